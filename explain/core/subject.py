"""The thing that is examined: a network, its samples, and what its answers mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from torch import Tensor

from explain.core.errors import InvalidSubject
from explain.core.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Rows that belong together.

    `inputs`: one tensor per network input, batch first. `targets`: int64 classes [n], int64 labels
    [n, labels] of 0 and 1, float values [n], or None where nothing is known. `ids`: one name per
    row. `groups`: column name -> one label per row (hospital, age band ...). `display`: column
    name -> one readable value per row, for tables. `masks`: optional boolean ground truth
    [n, height, width] of where the evidence is.
    """

    inputs: tuple[Tensor, ...]
    targets: Tensor | None = None
    ids: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    display: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    masks: Tensor | None = None

    def __post_init__(self) -> None:
        """Refuse columns of different lengths."""
        if not self.inputs or self.inputs[0].dim() == 0:
            raise InvalidSubject("samples.no_inputs")
        lengths = {"inputs": {len(x) for x in self.inputs}}
        if self.targets is not None:
            lengths["targets"] = {len(self.targets)}
        if self.ids:
            lengths["ids"] = {len(self.ids)}
        columns = {**self.groups, **self.display}
        lengths |= {name: {len(column)} for name, column in columns.items()}
        if self.masks is not None:
            lengths["masks"] = {len(self.masks)}
        for column, found in lengths.items():
            if found != {self.count}:
                raise InvalidSubject(
                    "samples.lengths", column=column, rows=sorted(found), count=self.count
                )

    @property
    def count(self) -> int:
        """Return the number of rows."""
        return len(self.inputs[0])

    def take(self, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> "Samples":
        """Return these rows in this order."""
        at = [int(row) for row in rows]
        return Samples(
            inputs=tuple(x[at] for x in self.inputs),
            targets=None if self.targets is None else self.targets[at],
            ids=tuple(self.ids[i] for i in at) if self.ids else (),
            groups={name: tuple(column[i] for i in at) for name, column in self.groups.items()},
            display={name: tuple(column[i] for i in at) for name, column in self.display.items()},
            masks=None if self.masks is None else self.masks[at],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """What one sample looks like and how to show it.

    `kind` "image": shape [channels, height, width]; "table": shape [features] with `names`;
    "text": token ids, `names` the vocabulary; "array": anything else. `low` and `high` are the
    usual range of values (for colour ranges). `baseline` is the key of the baseline that stands for
    "nothing there" by the word of whoever made the network; empty where nobody said.
    """

    kind: Literal["image", "table", "text", "array"]
    shape: tuple[int, ...]
    names: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    baseline: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the outputs mean.

    `kind` "classification": one logit per class, the decision is the largest (first on ties);
    "binary": one logit, the decision is class 1 where it exceeds `cut`; "multilabel": one logit
    per label, the decision is the set of those that exceed `cut`; "regression": one value, a
    decision changes when it moves by more than `tolerance`. `classes` names classes or labels.
    `metric` is the key of the headline metric in the catalog of `explain.measure`.
    """

    kind: Literal["classification", "binary", "multilabel", "regression"]
    classes: tuple[str, ...] = ()
    metric: str = "accuracy"
    target: str = "target"
    cut: float = 0.0
    tolerance: float = 0.0

    @property
    def by_class(self) -> bool:
        """Return whether each class or label has an output of its own."""
        return self.kind in {"classification", "multilabel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """Where a network comes from, what it is for, and what it is not for."""

    title: str
    purpose: str
    not_for: str = ""
    source: str = ""
    authors: str = ""
    licence: str = ""
    limits: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    baselines: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A network in evaluation mode with the samples every number is measured on.

    `samples` are held out; `calibration` comes from the training data and serves criteria and
    repair. `fingerprint` is the hash of structure, weights and data of the dense subject; a pruned
    copy keeps it and adds its plan to `pruned_by`, one a line.
    """

    key: str
    network: Network
    samples: Samples
    calibration: Samples | None
    spec: InputSpec
    task: Task
    card: ModelCard
    fingerprint: str
    pruned_by: str = ""
