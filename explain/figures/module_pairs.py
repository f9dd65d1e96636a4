"""How modules work together, pair by pair: synergy and redundancy, dense and pruned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from explain.core.contributions import Interactions
from explain.core.messages import say, signed


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCell:
    """One pair: its index, also as share of the largest; `apart`: the interval leaves 0 out."""

    share: float
    text: str
    apart: bool
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulePairs:
    """Two heat maps [K, K] in one range, the diagonal empty."""

    names: tuple[str, ...]
    sides: tuple[tuple[str, tuple[tuple[PairCell | None, ...], ...]], ...]
    largest: float
    sentence: str
    data: Mapping[str, Sequence[object]]


def module_pairs(names: Sequence[str], dense: Interactions, pruned: Interactions) -> ModulePairs:
    """Return the pairwise interactions of both networks, over the same rows, side by side."""
    largest = float(max(np.abs(dense.matrix).max(), np.abs(pruned.matrix).max()))
    sides = (("dense", dense), ("pruned", pruned))
    pairs = list(combinations(range(len(names)), 2))
    return ModulePairs(
        names=tuple(names),
        sides=tuple(
            (say("comparison.network", network=which), _cells(found, largest, names))
            for which, found in sides
        ),
        largest=largest,
        sentence=_sentence(names, dense, pruned),
        data={
            "module": [names[one] for one, _ in pairs],
            "with": [names[other] for _, other in pairs],
            **{
                f"{title}{end}": [float(values[pair]) for pair in pairs]
                for title, found in sides
                for end, values in (
                    ("", found.matrix),
                    (", low", found.low),
                    (", high", found.high),
                )
            },
        },
    )


def _cells(
    found: Interactions, largest: float, names: Sequence[str]
) -> tuple[tuple[PairCell | None, ...], ...]:
    size = len(names)
    return tuple(
        tuple(
            None if one == other else _cell(found, one, other, largest, names)
            for other in range(size)
        )
        for one in range(size)
    )


def _cell(
    found: Interactions, one: int, other: int, largest: float, names: Sequence[str]
) -> PairCell:
    value, low, high = (float(x[one, other]) for x in (found.matrix, found.low, found.high))
    spread = "" if low == high else f" [{signed(low)}, {signed(high)}]"
    return PairCell(
        share=value / largest if largest else 0.0,
        text=signed(value),
        apart=low < high and (low > 0 or high < 0),
        told=f"{names[one]} with {names[other]}: {signed(value)}{spread}",
    )


def _sentence(names: Sequence[str], dense: Interactions, pruned: Interactions) -> str:
    told = say(
        "figures.module_pairs.both",
        dense=_strongest(names, dense),
        pruned=_strongest(names, pruned),
    )
    return f"{told} {_colours(dense.value)} {_over(dense)}"


def _colours(value: str) -> str:
    if value == "loss":
        return say("figures.module_pairs.blue_raises_loss")
    return say("figures.module_pairs.blue_is_synergy")


def _over(found: Interactions) -> str:
    if np.array_equal(found.low, found.high):
        return say("figures.module_pairs.one_sample")
    return say("figures.module_pairs.samples", n=len(found.rows))


def _strongest(names: Sequence[str], found: Interactions) -> str:
    one, other = np.unravel_index(int(np.argmax(np.abs(found.matrix))), found.matrix.shape)
    value = float(found.matrix[one, other])
    if value == 0:
        return say("figures.module_pairs.none")
    pair = sorted((int(one), int(other)))
    return say(
        "figures.module_pairs.strongest",
        one=names[pair[0]],
        other=names[pair[1]],
        value=signed(value),
    )
