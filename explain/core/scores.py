"""Scores of everything that can be pruned, ranked once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.plan import PruningPlan

__all__ = ["Cut", "MaskSet", "Ranked", "ScoreSet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """The entries of one weight tensor in the order in which they die.

    An entry is one weight, or one whole unit (row, filter). Entries are compared inside groups:
    one group for the whole tensor, or one per output row.

    `values`: scores shaped like the weight ([units] for units), None where they are |weight|.
    `ranked` [groups, size]: the scores ascending inside each group, comparable across tensors.
    `order` [groups, size]: the flat (row-major) index of the entry at each position; equal scores
    stand by flat index.
    `companions`: what goes with a whole unit: its bias, its BatchNorm scale and shift.
    """

    name: str
    layer: str
    shape: tuple[int, ...]
    values: Tensor | None
    ranked: NDArray[np.floating]
    order: NDArray[np.uint32]
    companions: tuple[str, ...] = ()

    @property
    def entries(self) -> int:
        """Return how many entries can die here."""
        return self.ranked.size


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSet:
    """All scores of one criterion on one subject, ranked: slow to make, then every amount is fast.

    `grouping` "tensor": scores compare across a whole tensor (and across tensors); "row": only
    inside output rows. `fixed` (name, size) lists prunable weights that this granularity leaves
    alone, such as those of the output layer when whole units die.
    """

    criterion: str
    granularity: str
    grouping: str
    seed: int
    subject: str
    tensors: tuple[Ranked, ...]
    fixed: tuple[tuple[str, int], ...] = ()
    seconds: float = 0.0

    @property
    def entries(self) -> int:
        """Return the number of prunable entries."""
        return sum(tensor.entries for tensor in self.tensors)

    @property
    def weights(self) -> int:
        """Return the number of prunable weights (connections), whatever the granularity."""
        return sum(math.prod(t.shape) for t in self.tensors) + sum(n for _, n in self.fixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where the scores were cut: one threshold, or a range of them where the scope has many.

    A threshold is the score of the first entry that survives (infinity when none does); every
    entry below it is gone. `ties` entries that equal it are gone too, lowest flat index first.
    """

    low: float
    high: float
    ties: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskSet:
    """What a plan keeps: exact counts per tensor; boolean masks only when asked for.

    `pruned[i]` [groups] counts the entries that die in each group of `scores.tensors[i]`: always
    the first so many of its order. `pool_amount` is the plan's amount, or the one that its
    threshold comes to: the share of the entries that are neither protected nor overridden.
    """

    plan: PruningPlan
    scores: ScoreSet
    pruned: tuple[NDArray[np.int64], ...]
    cut: Cut
    pool_amount: float

    @property
    def total(self) -> int:
        """Return the number of prunable entries (weights, or units)."""
        return self.scores.entries

    @property
    def kept(self) -> int:
        """Return the number of entries kept."""
        return self.total - sum(int(count.sum()) for count in self.pruned)

    @property
    def amount(self) -> float:
        """Return the share of entries removed, 0..1 (0 where there are none)."""
        return (self.total - self.kept) / self.total if self.total else 0.0

    @property
    def weights_total(self) -> int:
        """Return the number of prunable weights (connections)."""
        return self.scores.weights

    @property
    def weights_kept(self) -> int:
        """Return the number of connections that no mask removes."""
        gone = 0
        for tensor, count in zip(self.scores.tensors, self.pruned, strict=True):
            size = math.prod(tensor.shape) // max(1, tensor.entries)
            gone += int(count.sum()) * size
        return self.weights_total - gone

    @property
    def keep(self) -> Mapping[str, Tensor]:
        """Return boolean keep-masks by parameter name, made now: True stays."""
        masks: dict[str, Tensor] = {}
        for tensor, counts in zip(self.scores.tensors, self.pruned, strict=True):
            entries = _keep_entries(tensor, counts)
            if self.scores.granularity == "weight":
                masks[tensor.name] = entries.reshape(tensor.shape)
                continue
            rows = entries.reshape(-1, *(1 for _ in tensor.shape[1:]))
            masks[tensor.name] = rows.expand(tensor.shape).clone()
            masks |= {name: entries.clone() for name in tensor.companions}
        return MappingProxyType(masks)


def _keep_entries(tensor: Ranked, counts: NDArray[np.int64]) -> Tensor:
    keep = np.ones(tensor.entries, dtype=np.bool_)
    for order, count in zip(tensor.order, counts, strict=True):
        keep[order[:count]] = False
    return torch.from_numpy(keep)
