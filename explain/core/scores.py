"""Scores of everything that can be pruned, ranked once; what dies as one; masks."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.plan import PruningPlan

Value = TypeVar("Value", bound=np.generic)
Counts = NDArray[np.int64]
Owner = NDArray[np.int64]
"""The number of the entry that takes each number with it, -1 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the entries of a site take from one tensor.

    `owner` broadcasts to `shape` and says which entry takes a number with it, -1 for none: one
    column of numbers suffices where rows die. None: every number is an entry, by its flat index.
    `companion`: a bias, a scale or a shift, which dies with an entry but is no connection.
    """

    name: str
    shape: tuple[int, ...]
    owner: Owner | None = None
    companion: bool = False

    def spread(self, values: NDArray[Value]) -> NDArray[Value]:
        """Return the entries' values [entries + 1] where their numbers are: broadcasts to `shape`.

        The last value stands where no entry does.
        """
        return values[:-1].reshape(self.shape) if self.owner is None else values[self.owner]

    def sizes(self, entries: int) -> NDArray[np.int64]:
        """Return how many of the numbers each entry takes [entries]."""
        if self.owner is None:
            return np.ones(entries, np.int64)
        times = math.prod(self.shape) // max(1, self.owner.size)
        return times * np.bincount(self.owner[self.owner >= 0], minlength=entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Entries that belong together: those of one weight, or of all weights of one attention.

    `parts`: where they lie; the first is a weight, and the site has its name unless several are.
    `rows`: the number of output rows in which they lie, equally many in each; 1 where an entry is
    not inside a row. `lines` [rows, entries / rows]: the entries of each row, ascending, where they
    do not lie one row after the other.
    """

    name: str
    layer: str
    parts: tuple[Part, ...]
    entries: int
    rows: int = 1
    lines: Counts | None = None

    @property
    def weights(self) -> tuple[Part, ...]:
        """Return the parts that are weights."""
        return tuple(part for part in self.parts if not part.companion)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Return how many weights each entry takes [entries]."""
        none = np.zeros(self.entries, np.int64)
        return sum((part.sizes(self.entries) for part in self.weights), none)

    @property
    def outside(self) -> int:
        """Return how many numbers of the weights lie in no entry."""
        return sum(math.prod(part.shape) for part in self.weights) - int(self.sizes.sum())


def weights_of(sites: tuple[Site, ...]) -> tuple[str, ...]:
    """Return the names of all weights of all sites, in order."""
    return tuple(part.name for site in sites for part in site.weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRanking:
    """The entries of one site in the order in which they die.

    An entry is what dies as one and lives: something that it takes is not 0 yet. Entries are
    compared inside groups: one group for the whole site, or one per output row.

    `parts`: what the entries take with them, from which tensors; the first is a weight.
    `values`: scores shaped like the weight ([entries] where an entry is more than one weight), None
    where they are |weight|.
    `ranked` [groups, size]: the scores ascending inside each group, comparable across tensors.
    `order` [groups, size]: the number of the entry at each position, for single weights the flat
    (row-major) index; equal scores stand by it.
    `absent` [groups]: how many of each group were gone before, which stand first and are none of
    the entries; None where all live.
    `sizes` [numbers of entries]: how many living weights each takes; None where each takes one.
    `alive`: weights of these tensors that are not 0; of them `outside` lie in no entry and stay.
    """

    name: str
    layer: str
    parts: tuple[Part, ...]
    values: Tensor | None
    ranked: NDArray[np.floating]
    order: NDArray[np.uint32]
    absent: Counts | None = None
    sizes: Counts | None = None
    alive: int = 0
    outside: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the first weight."""
        return self.parts[0].shape

    @property
    def entries(self) -> int:
        """Return how many entries can die here."""
        return int(self.group_sizes.sum())

    @property
    def group_sizes(self) -> Counts:
        """Return how many entries each group has [groups]."""
        groups, size = self.ranked.shape
        return np.full(groups, size, np.int64) - (0 if self.absent is None else self.absent)

    @property
    def group_absent(self) -> Counts:
        """Return how many of each group were gone before [groups]."""
        return np.zeros(len(self.ranked), np.int64) if self.absent is None else self.absent

    @property
    def standing(self) -> tuple[NDArray[np.uint32], ...]:
        """Return the entries of each group in the order in which they die."""
        return self._living(self.order)

    @property
    def living(self) -> tuple[NDArray[np.floating], ...]:
        """Return their scores, ascending."""
        return self._living(self.ranked)

    def _living(self, rows: NDArray[Value]) -> tuple[NDArray[Value], ...]:
        if self.absent is None:
            return tuple(rows)
        return tuple(row[start:] for row, start in zip(rows, self.absent, strict=True))

    @property
    def weights(self) -> tuple[str, ...]:
        """Return the names of the weights that entries take."""
        return tuple(part.name for part in self.parts if not part.companion)

    @property
    def companions(self) -> tuple[str, ...]:
        """Return the names of what goes with the weights: biases, BatchNorm scales and shifts."""
        return tuple(part.name for part in self.parts if part.companion)

    def gone(self, counts: Counts) -> NDArray[np.bool_]:
        """Return which entries die [numbers of entries + 1] when so many of each group do.

        The last place stands for "no entry", the number -1 of an owner, and never dies.
        """
        dead = np.zeros(self.order.size + 1, dtype=np.bool_)
        for order, count in zip(self.standing, counts, strict=True):
            dead[order[:count]] = True
        return dead

    def weights_gone(self, counts: Counts) -> int:
        """Return how many weights go when so many entries of each group do."""
        if self.sizes is None:
            return int(counts.sum())
        return int(self.sizes[self.gone(counts)[:-1]].sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSet:
    """All scores of one criterion on one subject, ranked: slow to make, then every amount is fast.

    `granularity` is the key of the grain, `options` the numbers that criterion and grain were given
    (defaults too). `grouping` "tensor": scores compare across a whole site (and across sites);
    "row": only inside output rows. `fixed` (name, size) lists prunable weights that this grain
    leaves alone, such as those of the output layer when whole units die. Weights are counted where
    they are not 0; `zeros` says how many of the prunable ones are.
    """

    criterion: str
    granularity: str
    grouping: str
    seed: int
    subject: str
    tensors: tuple[TensorRanking, ...]
    options: tuple[tuple[str, float], ...] = ()
    fixed: tuple[tuple[str, int], ...] = ()
    zeros: int = 0
    seconds: float = 0.0

    @property
    def entries(self) -> int:
        """Return the number of prunable entries."""
        return sum(tensor.entries for tensor in self.tensors)

    @property
    def weights(self) -> int:
        """Return the number of prunable weights (connections) that live, whatever dies as one."""
        return sum(tensor.alive for tensor in self.tensors) + sum(n for _, n in self.fixed)

    @property
    def outside(self) -> int:
        """Return how many prunable weights lie in no entry and stay at every amount."""
        return sum(tensor.outside for tensor in self.tensors) + sum(n for _, n in self.fixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRange:
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
    cut: ThresholdRange
    pool_amount: float

    @property
    def total(self) -> int:
        """Return the number of prunable entries."""
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
    def before(self) -> int:
        """Return how many entries were gone before, and are none of the total."""
        return sum(int(tensor.group_absent.sum()) for tensor in self.scores.tensors)

    @property
    def weights_total(self) -> int:
        """Return the number of prunable weights (connections)."""
        return self.scores.weights

    @property
    def weights_kept(self) -> int:
        """Return the number of connections that no mask removes."""
        return self.weights_total - sum(t.weights_gone(count) for t, count in self._counted())

    @property
    def keep(self) -> Mapping[str, Tensor]:
        """Return boolean keep-masks by parameter name, made now: True stays."""
        masks: dict[str, Tensor] = {}
        for tensor, counts in self._counted():
            stays = ~tensor.gone(counts)
            for part in tensor.parts:
                whole = np.broadcast_to(part.spread(stays), part.shape)
                masks[part.name] = torch.from_numpy(whole.copy())
        return MappingProxyType(masks)

    def _counted(self) -> Iterator[tuple[TensorRanking, Counts]]:
        return zip(self.scores.tensors, self.pruned, strict=True)
