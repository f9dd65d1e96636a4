"""The thing that is examined: a network, its samples, what its answers mean; rows chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import InvalidSubject, Refused
from explain.core.messages import Message
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
    usual range of values (for colour ranges). `questions`: for each column of a table the question
    that it answers, where several columns (the levels of a category) answer one; they go together
    in what takes parts away, and are told as one. Empty: each column asks its own. `baseline` is
    the key of the baseline that stands for "nothing there" by the word of whoever made the network;
    empty where nobody said. `inputs`: the names of the inputs where a file tells them, that which
    is explained first; `held`: a sentence for each input that is not explained.
    """

    kind: Literal["image", "table", "text", "array"]
    shape: tuple[int, ...]
    names: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    baseline: str = ""
    questions: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    held: tuple[Message, ...] = ()

    def __post_init__(self) -> None:
        """Refuse questions that are not those of all columns of a table."""
        if self.questions and (self.kind != "table" or (len(self.questions),) != self.shape):
            raise InvalidSubject("samples.questions", count=len(self.questions), shape=self.shape)

    @property
    def asked(self) -> tuple[str, ...]:
        """Return each question once, in the order of their first columns."""
        return tuple(dict.fromkeys(self.questions))

    @property
    def question_of(self) -> NDArray[np.int64]:
        """Return for each column [features] the place of its question in `asked`."""
        place = {name: at for at, name in enumerate(self.asked)}
        return np.array([place[name] for name in self.questions], dtype=np.int64)


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
    notes: tuple[str | Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A network in evaluation mode with the samples every number is measured on.

    `samples` are held out; `calibration` comes from the training data and serves criteria and
    repair; `training` are all rows that it may learn from, None where those are the calibration
    rows. `fingerprint` is the hash of structure, weights and data of the dense subject; a pruned
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
    training: Samples | None = None


LIMIT = 2_000
"""Samples evaluated by default."""


def evaluation_rows(subject: Subject, limit: int | None = LIMIT) -> NDArray[np.int64]:
    """Return the rows to evaluate, ascending: all, or `limit` of them by class share.

    The choice is fixed: it depends on the data alone. Every class keeps its share to within one
    sample (largest remainders); sets of labels and values are chosen from all alike. `limit=None`
    takes all.
    """
    count = subject.samples.count
    if limit is None or count <= limit:
        return np.arange(count)
    generator = np.random.default_rng(0)
    labels = _strata(subject)
    chosen = [
        generator.permutation(np.flatnonzero(labels == label))[:share]
        for label, share in _shares(labels, limit)
    ]
    return np.sort(np.concatenate(chosen))


def _strata(subject: Subject) -> NDArray[np.int64]:
    targets = subject.samples.targets
    if targets is None or subject.task.kind in {"regression", "multilabel"}:
        return np.zeros(subject.samples.count, np.int64)
    return targets.numpy().astype(np.int64)


def _shares(labels: NDArray[np.int64], limit: int) -> list[tuple[int, int]]:
    classes, counts = np.unique(labels, return_counts=True)
    exact = counts * (limit / len(labels))
    shares = np.floor(exact).astype(np.int64)
    rest = np.argsort(shares - exact, kind="stable")[: limit - int(shares.sum())]
    shares[rest] += 1
    return list(zip(classes.tolist(), shares.tolist(), strict=True))


def spread_rows(count: int, limit: int) -> NDArray[np.int64]:
    """Return at most `limit` of `count` rows, ascending and evenly spread; all where they fit."""
    if count <= limit:
        return np.arange(count, dtype=np.int64)
    return np.linspace(0, count - 1, limit).round().astype(np.int64)


def need_rows(samples: Samples) -> None:
    """Refuse what needs data where there are none.

    A network may stand without data: its samples then have no rows, but the shape of the inputs. It
    is drawn and pruned by what looks at weights alone, and everything else says this.

    Raises:
        Refused: there are no rows.
    """
    if no_rows(samples) is not None:
        raise Refused("samples.none")


def no_rows(samples: Samples) -> Message | None:
    """Return why nothing can be measured on these samples, or None: the one test for "no data"."""
    return None if samples.count else Message("samples.none.says")


def check_row(samples: Samples, sample: int) -> None:
    """Refuse a sample that is not there.

    Raises:
        InvalidSubject: there is no such sample.
        Refused: there are none at all.
    """
    need_rows(samples)
    if not 0 <= sample < samples.count:
        raise InvalidSubject("samples.no_sample", sample=sample, last=samples.count - 1)


def check_rows(samples: Samples, rows: NDArray[np.int64]) -> None:
    """Refuse rows that are not there, and a choice of none.

    Raises:
        InvalidSubject: there is no such row, or no row is chosen.
        Refused: there are none at all.
    """
    need_rows(samples)
    if not len(rows) or rows.min() < 0 or rows.max() >= samples.count:
        raise InvalidSubject("samples.no_rows", last=samples.count - 1)
