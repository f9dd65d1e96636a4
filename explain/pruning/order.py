"""The order in which entries die as the amount grows, as ranks that a browser can compare.

Every entry has a smallest amount at which it is gone. Its rank is the number of entries that are
gone at that amount, so an entry is gone exactly when the number of pruned entries reaches it.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from explain.core.network import NEVER
from explain.core.plan import PruningPlan
from explain.core.scores import ScoreSet, TensorRanking
from explain.pruning.catalog import with_scope
from explain.pruning.selection import own_amounts

_LAST_BITS = 4

Ranks = NDArray[np.uint32]


def groups(scores: ScoreSet, plan: PruningPlan) -> tuple[tuple[int, int], ...]:
    """Return (size, how many) of the groups in which the plan's amount takes its share.

    An amount prunes `fixed_pruned + Σ how_many * round(amount * size)` entries.
    """
    plan = with_scope(plan)
    own = own_amounts(scores, plan)
    pool = [t for t, amount in zip(scores.tensors, own, strict=True) if amount is None]
    if plan.scope == "global":
        return ((sum(tensor.entries for tensor in pool), 1),)
    sizes: Counter[int] = Counter()
    for tensor in pool:
        count, size = tensor.ranked.shape
        sizes[size] += count
    return tuple(sorted(sizes.items()))


def fixed_pruned(scores: ScoreSet, plan: PruningPlan) -> int:
    """Return how many entries the overrides prune whatever the amount is."""
    own = own_amounts(scores, with_scope(plan))
    return sum(
        len(tensor.ranked) * round(amount * tensor.ranked.shape[1])
        for tensor, amount in zip(scores.tensors, own, strict=True)
        if amount is not None
    )


def death_ranks(scores: ScoreSet, plan: PruningPlan) -> dict[str, Ranks]:
    """Return for every site the rank at which each entry dies, by its number.

    0 stands for entries that an override removes at any amount, `NEVER` for protected ones.
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
            positions = _overridden(tensor, amount)
        elif plan.scope == "global":
            positions = fixed + 1 + merged[tensor.name]
        else:
            positions = fixed + _shared_ranks(tensor, sizes)
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


def _by_flat_index(tensor: TensorRanking, positions: NDArray[np.int64]) -> Ranks:
    ranks = np.empty(tensor.entries, np.uint32)
    ranks[tensor.order.ravel()] = positions.ravel()
    return ranks


def _overridden(tensor: TensorRanking, amount: float) -> NDArray[np.int64]:
    count, size = tensor.ranked.shape
    row = np.full(size, NEVER, np.int64)
    row[: round(amount * size)] = 0
    return np.broadcast_to(row, (count, size))


def _merged_positions(pool: list[TensorRanking]) -> dict[str, NDArray[np.int64]]:
    """Return by tensor the position of each entry in the merged order of all of the pool.

    Of equal scores those of the first tensor stand first: the sort is stable.
    """
    if not pool:
        return {}
    merged = np.argsort(np.concatenate([tensor.ranked[0] for tensor in pool]), kind="stable")
    positions = np.empty(merged.size, np.int64)
    positions[merged] = np.arange(merged.size)
    ends = np.cumsum([tensor.entries for tensor in pool])[:-1]
    parts = np.split(positions, ends)
    return {tensor.name: part[None, :] for tensor, part in zip(pool, parts, strict=True)}


def _shared_ranks(tensor: TensorRanking, sizes: tuple[tuple[int, int], ...]) -> NDArray[np.int64]:
    """Return how many entries of all groups are gone when each position of a group goes."""
    amounts = first_amounts(tensor.ranked.shape[1])
    gone = sum(many * np.rint(amounts * size) for size, many in sizes)
    row = np.asarray(gone, np.float64).astype(np.int64)
    return np.broadcast_to(row, tensor.ranked.shape)


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
