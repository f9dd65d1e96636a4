"""select: from scores and a plan to masks, and the order in which entries die.

Every entry has a smallest amount at which it is gone. Its rank is the number of entries that are
gone at that amount, so an entry is gone exactly when the number of pruned entries reaches it.
"""

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidPlan, UnknownKey
from explain.core.network import NEVER
from explain.core.plan import PruningPlan
from explain.core.scores import MaskSet, ScoreSet, TensorRanking, ThresholdRange
from explain.network import layer_of
from explain.pruning.catalog import criterion, options_of, with_scope


def own_amounts(scores: ScoreSet, plan: PruningPlan) -> tuple[float | None, ...]:
    """Return for each site the amount set for it alone, 0 where protected, None in the pool.

    Raises:
        UnknownKey: an override or a protection names no layer of this network.
    """
    known = [name for tensor in scores.tensors for name in _names(tensor)]
    known += [name for fixed, _ in scores.fixed for name in (fixed, layer_of(fixed))]
    for name in (*(name for name, _ in plan.overrides), *plan.protected):
        if name not in known:
            raise UnknownKey.among("prunable layer", name, dict.fromkeys(known))
    return tuple(_own(tensor, plan) for tensor in scores.tensors)


def _names(tensor: TensorRanking) -> tuple[str, ...]:
    """Return what people may call a site: itself, its layer, and each weight that it reaches."""
    reached = (name for weight in tensor.weights for name in (weight, layer_of(weight)))
    return tuple(dict.fromkeys((tensor.name, tensor.layer, *reached)))


def _own(tensor: TensorRanking, plan: PruningPlan) -> float | None:
    names = _names(tensor)
    if any(name in plan.protected for name in names):
        return 0.0
    amounts = dict(plan.overrides)
    return next((amounts[name] for name in names if name in amounts), None)


_PILOT = 16_384
_SMALL = 131_072

Counts = NDArray[np.int64]
_Count = int | Counts
Sorted = NDArray[np.floating]


def select(scores: ScoreSet, plan: PruningPlan) -> MaskSet:
    """Return what the plan keeps: exactly `round(amount * N)` entries die, ties by flat index.

    N counts the entries that are neither protected nor overridden, in the whole network (scope
    "global"), in each tensor ("layer") or in each output row ("row"). A larger amount keeps a
    subset of what a smaller one keeps. No weight is touched: only the sorted scores are searched.

    Raises:
        InvalidPlan: the scores belong to another criterion, granularity, seed, scope or option.
        UnknownKey: an override or protection names no layer.
    """
    plan = with_scope(plan)
    _check_same(scores, plan)
    own = own_amounts(scores, plan)
    pool = [i for i, amount in enumerate(own) if amount is None]
    counts = [
        np.zeros(len(tensor.ranked), np.int64) if amount is None else _shares(tensor, amount, plan)
        for tensor, amount in zip(scores.tensors, own, strict=True)
    ]
    tensors = [scores.tensors[i] for i in pool]
    chosen, cut = _pooled(tensors, plan)
    for i, count in zip(pool, chosen, strict=True):
        counts[i] = count
    amount = _amount(plan, tensors, chosen)
    return MaskSet(plan=plan, scores=scores, pruned=tuple(counts), cut=cut, pool_amount=amount)


def _amount(plan: PruningPlan, pool: list[TensorRanking], counts: list[Counts]) -> float:
    """Return the plan's amount, or the share of the pool that its threshold comes to."""
    if plan.amount is not None:
        return plan.amount
    before = sum(int(_before(tensor, plan).sum()) for tensor in pool)
    total = before + sum(tensor.entries for tensor in pool)
    return (before + sum(int(count.sum()) for count in counts)) / total if total else 0.0


def _before(tensor: TensorRanking, plan: PruningPlan) -> Counts:
    """Return how many entries of each group count as gone before the plan takes any [groups]."""
    return tensor.group_absent * (plan.of == "all")


def _taken(amount: float | NDArray[np.float64], size: _Count, before: _Count) -> Counts:
    """Return how many of `size` entries an amount takes where so many are gone `before`."""
    gone = np.rint(amount * (size + before)) - before
    return np.maximum(gone, 0).astype(np.int64)


def _check_same(scores: ScoreSet, plan: PruningPlan) -> None:
    grouping = "row" if plan.scope == "row" else "tensor"
    seed = plan.seed if criterion(plan.criterion).seeded else 0
    asked = (plan.criterion, plan.granularity, grouping, seed)
    made = (scores.criterion, scores.granularity, scores.grouping, scores.seed)
    if asked != made or options_of(plan) != dict(scores.options):
        raise InvalidPlan("pruning.other_scores")


def _pooled(tensors: list[TensorRanking], plan: PruningPlan) -> tuple[list[Counts], ThresholdRange]:
    if plan.threshold is not None:
        return _below(tensors, plan.threshold)
    amount = plan.amount or 0.0
    if not tensors:
        return [], ThresholdRange(low=0.0, high=0.0, ties=0)
    if plan.scope == "global":
        ((size, _, *before),) = _pool_groups(tensors, plan)
        k = int(_taken(amount, size, sum(before)))
        return _globally([tensor.living[0] for tensor in tensors], k)
    counts = [_shares(tensor, amount, plan) for tensor in tensors]
    return counts, _cut_of_groups(tensors, counts)


def _shares(tensor: TensorRanking, amount: float, plan: PruningPlan) -> Counts:
    return _taken(amount, tensor.group_sizes, _before(tensor, plan))


def _below(tensors: list[TensorRanking], threshold: float) -> tuple[list[Counts], ThresholdRange]:
    counts = [np.array([_below_in(t.living[0], threshold)], np.int64) for t in tensors]
    return counts, ThresholdRange(low=threshold, high=threshold, ties=0)


def _globally(arrays: list[Sorted], k: int) -> tuple[list[Counts], ThresholdRange]:
    total = sum(array.size for array in arrays)
    if k >= total:
        everything = ThresholdRange(low=math.inf, high=math.inf, ties=0)
        return [np.array([a.size], np.int64) for a in arrays], everything
    threshold = kth_smallest(arrays, k)
    below = [_below_in(array, threshold) for array in arrays]
    ties = k - sum(below)
    counts = _with_ties(arrays, threshold, below, ties)
    return counts, ThresholdRange(low=threshold, high=threshold, ties=ties)


def _with_ties(arrays: list[Sorted], threshold: float, below: list[int], ties: int) -> list[Counts]:
    """Add the entries that equal the threshold, tensors in order, until `ties` are gone."""
    counts: list[Counts] = []
    for array, count in zip(arrays, below, strict=True):
        taken = min(_equal_in(array, threshold), ties) if ties else 0
        ties -= taken
        counts.append(np.array([count + taken], np.int64))
    return counts


def _below_in(array: Sorted, threshold: float) -> int:
    """Count scores below a threshold, in the scores' own precision (a cast would copy them)."""
    return int(array.searchsorted(_rounded_up(threshold, array), "left"))


def _equal_in(array: Sorted, threshold: float) -> int:
    value = _rounded_up(threshold, array)
    if float(value) != threshold:
        return 0
    return int(array.searchsorted(value, "right") - array.searchsorted(value, "left"))


def _rounded_up(threshold: float, array: Sorted) -> np.floating:
    """Return the smallest number of the array's type that is not below the threshold."""
    kind = array.dtype.type
    value = kind(threshold)
    return value if float(value) >= threshold else np.nextafter(value, kind(math.inf))


def kth_smallest(arrays: list[Sorted], k: int) -> float:
    """Return the value at position k (from 0) of the merged sorted arrays, without merging them.

    Every s-th value of each array brackets it; the search goes on inside the bracket until what
    is left is small enough to partition, or is one value.
    """
    total = sum(array.size for array in arrays)
    if total <= _SMALL:
        return float(np.partition(np.concatenate(arrays), k)[k])
    # Every sorted array can be searched in its logarithm: only what lies inside is looked at.
    low, high = _bracket([array for array in arrays if array.size], k, total // _PILOT)
    if low == high:
        return float(low)
    starts = [int(array.searchsorted(low, "left")) for array in arrays]
    ends = [int(array.searchsorted(high, "right")) for array in arrays]
    inside = [array[i:j] for array, i, j in zip(arrays, starts, ends, strict=True)]
    # Thousands of short arrays: the slack of one pilot value for each is the whole pilot. As one
    # array they have the slack of one.
    if sum(array.size for array in inside) > total // 2:
        inside = [np.sort(np.concatenate(inside))]
    return kth_smallest(inside, k - sum(starts))


def _bracket(arrays: list[Sorted], k: int, stride: int) -> tuple[np.floating, np.floating]:
    """Return two values of which the first is not above the k-th smallest, the second not below."""
    pilot = np.sort(np.concatenate([array[::stride] for array in arrays]))
    # Each array may hide up to stride - 1 smaller values behind its last one in the pilot.
    above = k // stride + len(arrays)
    low: np.floating = pilot[min(k // stride, len(pilot) - 1)]
    return low, pilot[above] if above < len(pilot) else max(array[-1] for array in arrays)


def _cut_of_groups(tensors: list[TensorRanking], counts: list[Counts]) -> ThresholdRange:
    """Return the range of the groups' thresholds and the number of ties cut in all of them."""
    thresholds: list[float] = []
    ties = 0
    for tensor, count in zip(tensors, counts, strict=True):
        for row, k in zip(tensor.living, count, strict=True):
            if k >= row.size:
                thresholds.append(math.inf if row.size else 0.0)
                continue
            thresholds.append(float(row[k]))
            ties += int(k - row.searchsorted(row[k], "left"))
    return ThresholdRange(
        low=min(thresholds, default=0.0), high=max(thresholds, default=0.0), ties=ties
    )


_LAST_BITS = 4

Ranks = NDArray[np.uint32]


def groups(scores: ScoreSet, plan: PruningPlan) -> tuple[tuple[int, ...], ...]:
    """Return (size, how many) of the groups in which the plan's amount takes its share.

    An amount prunes `fixed_pruned + Σ how_many * round(amount * size)` entries. Of all, those gone
    `before` stand third: it is `how_many * max(0, round(amount * (size + before)) - before)`.
    """
    plan = with_scope(plan)
    own = own_amounts(scores, plan)
    pool = [t for t, amount in zip(scores.tensors, own, strict=True) if amount is None]
    return _pool_groups(pool, plan)


def _pool_groups(pool: list[TensorRanking], plan: PruningPlan) -> tuple[tuple[int, ...], ...]:
    """Return the groups of these sites, the smallest first."""
    if plan.scope == "global":
        before = sum(int(_before(tensor, plan).sum()) for tensor in pool)
        found = Counter([(sum(tensor.entries for tensor in pool), before)])
    else:
        found = Counter(pair for tensor in pool for pair in _pairs(tensor, plan))
    return tuple(
        (size, many, before) if plan.of == "all" else (size, many)
        for (size, before), many in sorted(found.items())
    )


def _pairs(tensor: TensorRanking, plan: PruningPlan) -> list[tuple[int, int]]:
    """Return for each group of a site its entries, and how many more were gone before."""
    before = _before(tensor, plan).tolist()
    return list(zip(tensor.group_sizes.tolist(), before, strict=True))


def fixed_pruned(scores: ScoreSet, plan: PruningPlan) -> int:
    """Return how many entries the overrides prune whatever the amount is."""
    own = own_amounts(scores, with_scope(plan))
    return sum(
        int(_shares(tensor, amount, plan).sum())
        for tensor, amount in zip(scores.tensors, own, strict=True)
        if amount is not None
    )


def death_ranks(scores: ScoreSet, plan: PruningPlan) -> dict[str, Ranks]:
    """Return for every site the rank at which each entry dies, by its number.

    0 stands for entries that are gone before or that an override removes at any amount, `NEVER`
    for protected ones.
    Cost: a few passes over the entries; no forward pass.
    """
    plan = with_scope(plan)
    own = own_amounts(scores, plan)
    pool = [t for t, amount in zip(scores.tensors, own, strict=True) if amount is None]
    sizes = groups(scores, plan)
    fixed = fixed_pruned(scores, plan)
    merged = _merged_positions(pool) if plan.scope == "global" else {}
    ranks: dict[str, Ranks] = {}
    for tensor, amount in zip(scores.tensors, own, strict=True):
        if amount is not None:
            taken = _shares(tensor, amount, plan).tolist()
            positions = [
                _overridden(size, count)
                for size, count in zip(tensor.group_sizes.tolist(), taken, strict=True)
            ]
        elif plan.scope == "global":
            positions = [fixed + 1 + merged[tensor.name]]
        else:
            pairs = _pairs(tensor, plan)
            shared = {pair: fixed + _shared_ranks(*pair, sizes) for pair in set(pairs)}
            positions = [shared[pair] for pair in pairs]
        ranks[tensor.name] = _by_flat_index(tensor, positions)
    return ranks


def weight_ranks(scores: ScoreSet, plan: PruningPlan) -> dict[str, Ranks]:
    """Return for every weight the rank at which each of its numbers dies, by flat index.

    A number dies with its entry; what lies in none never does.
    """
    ranks = death_ranks(scores, plan)
    found: dict[str, Ranks] = {}
    for tensor in scores.tensors:
        of_entries = np.append(ranks[tensor.name], np.uint32(NEVER))
        for part in tensor.parts:
            if not part.companion:
                found[part.name] = np.broadcast_to(part.spread(of_entries), part.shape).ravel()
    return found


def _by_flat_index(tensor: TensorRanking, positions: list[NDArray[np.int64]]) -> Ranks:
    ranks = np.zeros(tensor.order.size, np.uint32)
    ranks[np.concatenate(tensor.standing)] = np.concatenate(positions)
    return ranks


def _overridden(size: int, taken: int) -> NDArray[np.int64]:
    row = np.full(size, NEVER, np.int64)
    row[:taken] = 0
    return row


def _merged_positions(pool: list[TensorRanking]) -> dict[str, NDArray[np.int64]]:
    """Return by tensor the position of each entry in the merged order of all of the pool.

    Of equal scores those of the first tensor stand first: the sort is stable.
    """
    if not pool:
        return {}
    merged = np.argsort(np.concatenate([tensor.living[0] for tensor in pool]), kind="stable")
    positions = np.empty(merged.size, np.int64)
    positions[merged] = np.arange(merged.size)
    ends = np.cumsum([tensor.entries for tensor in pool])[:-1]
    parts = np.split(positions, ends)
    return {tensor.name: part for tensor, part in zip(pool, parts, strict=True)}


def _shared_ranks(own: int, before: int, sizes: tuple[tuple[int, ...], ...]) -> NDArray[np.int64]:
    """Return how many entries of all groups are gone when each position of one of `own` goes."""
    amounts = first_amounts(own + before)[before:]
    gone = sum(many * _taken(amounts, size, sum(more)) for size, many, *more in sizes)
    return np.asarray(gone, np.int64)


def first_amounts(size: int) -> NDArray[np.float64]:
    """Return the smallest float64 amount at which each position of a group is gone, exactly.

    `round(amount * size) > position`, in the arithmetic that selection uses: (position + 1/2)
    divided by the size, moved by the few last bits that rounding may ask for.
    """
    positions = np.arange(size, dtype=np.float64)
    amounts = (positions + 0.5) / max(1, size)
    # Start below and step up: only the product's own rounding says where the count turns.
    for _ in range(_LAST_BITS):
        amounts = np.nextafter(amounts, 0)
    for _ in range(3 * _LAST_BITS):
        gone = np.rint(amounts * size) > positions
        if gone.all():
            break
        amounts = np.where(gone, amounts, np.nextafter(amounts, 1))
    return amounts
