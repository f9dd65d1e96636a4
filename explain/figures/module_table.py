"""What each module adds, dense, pruned and changed, and what was found in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.contributions import (
    ContributionChange,
    Contributions,
    HiddenAlone,
    Interactions,
)
from explain.core.messages import Message, say, signed
from explain.core.methods import Meter
from explain.core.partition import PLANTED_LEAK, Partition, Structure
from explain.figures.chart import of_module
from explain.figures.wording import change_with_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with the ends of its 95 % interval, equal to it where nothing spreads."""

    value: float
    low: float
    high: float

    @property
    def apart(self) -> bool:
        """Return whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRow:
    """One module: its colour, size, connections, and what it adds in either network."""

    number: int
    name: str
    colour: str
    units: int
    connections: int
    kept: int
    dense: Interval
    pruned: Interval
    change: Interval
    alone: tuple[float, float]
    """By how much the number falls when this module alone is hidden, dense and pruned."""

    @property
    def lost(self) -> float:
        """Return how much of its contribution is gone, below 0 where it has grown."""
        return -self.change.value if self.dense.value >= 0 else self.change.value

    @property
    def kept_share(self) -> float:
        """Return the share of its connections that is left."""
        return self.kept / self.connections if self.connections else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleTable:
    """Modules in their order; a full bar is ±`largest` in all three columns."""

    rows: tuple[ModuleRow, ...]
    largest: float
    certain: bool
    """Whether nothing spreads, as for one sample that was counted exactly: no intervals then."""
    scale: str
    sentence: str
    losses: str
    """Which module lost most connections, and which most of its contribution."""
    residual: str
    data: Mapping[str, Sequence[object]]


def module_table(
    names: Sequence[str],
    dense: Contributions,
    pruned: Contributions,
    change: ContributionChange,
    connections: tuple[NDArray[np.int64], NDArray[np.int64]],
    output: str,
) -> ModuleTable:
    """Return the table of the K modules, from the same question asked of both networks.

    `connections`: of each module in the dense and in the pruned network. `output`: what they add
    to, in words: "the logit of 3".
    """
    rows = tuple(
        ModuleRow(
            number=at,
            name=name,
            colour=of_module(at),
            units=int(dense.units[at]),
            connections=int(connections[0][at]),
            kept=int(connections[1][at]),
            dense=_of(dense, at),
            pruned=_of(pruned, at),
            change=Interval(
                value=float(change.change[at]),
                low=float(change.low[at]),
                high=float(change.high[at]),
            ),
            alone=(float(dense.ablation[at]), float(pruned.ablation[at])),
        )
        for at, name in enumerate(names)
    )
    ends = [abs(x) for row in rows for part in _parts(row) for x in (part.low, part.high)]
    largest = max(ends, default=0.0)
    return ModuleTable(
        rows=rows,
        largest=largest,
        certain=_certain(dense),
        scale=_scale(largest, dense),
        sentence=_sentence(rows, dense, pruned, output),
        losses=_losses(rows),
        residual=_residual(dense, pruned),
        data=_data(rows),
    )


def _of(found: Contributions, at: int) -> Interval:
    return Interval(
        value=float(found.shapley[at]), low=float(found.low[at]), high=float(found.high[at])
    )


def _parts(row: ModuleRow) -> tuple[Interval, Interval, Interval]:
    return row.dense, row.pruned, row.change


def _certain(found: Contributions) -> bool:
    return len(found.rows) == 1 and not found.sampling.any()


def _scale(largest: float, found: Contributions) -> str:
    full = signed(largest).lstrip("+")
    said = [
        say("figures.module_table.full_bar_one_sample", largest=full)
        if _certain(found)
        else say("figures.module_table.full_bar", largest=full)
    ]
    if found.value == "loss":
        said.append(say("figures.module_table.loss_colours"))
    return " ".join(said)


def _told(part: Interval, *, certain: bool) -> str:
    if certain:
        return signed(part.value)
    return f"{signed(part.value)} [{signed(part.low)}, {signed(part.high)}]"


def _sentence(
    rows: Sequence[ModuleRow], dense: Contributions, pruned: Contributions, output: str
) -> str:
    n = len(dense.rows)
    first = max(rows, key=lambda row: abs(row.dense.value))
    then = max(rows, key=lambda row: abs(row.pruned.value))
    ends = [signed(float(x.mean())) for x in (dense.empty, dense.whole, pruned.empty, pruned.whole)]
    return say(
        "figures.module_table.together",
        n=n,
        output=output,
        dense_empty=ends[0],
        dense_whole=ends[1],
        pruned_empty=ends[2],
        pruned_whole=ends[3],
        first=first.name,
        dense=_told(first.dense, certain=_certain(dense)),
        then=then.name,
        pruned=_told(then.pruned, certain=_certain(dense)),
    )


def _losses(rows: Sequence[ModuleRow]) -> str:
    """Say which module lost most connections, and which most of its contribution."""
    sure = [row for row in rows if row.change.apart]
    thinnest = min(rows, key=lambda row: row.kept_share)
    if thinnest.kept_share == 1.0:
        standing = sum(row.kept for row in rows)
        if sure:
            return say("figures.module_table.none_lost_but_changed", standing=standing)
        return say("figures.module_table.none_lost", standing=standing)
    name, lost = thinnest.name, 1 - thinnest.kept_share
    most = max(sure, key=lambda row: row.lost, default=None)
    if most is None:
        return say("figures.module_table.none_changed", name=name, lost=lost)
    if most.lost <= 0:
        return say("figures.module_table.none_fell", name=name, lost=lost)
    change = f"{signed(most.dense.value)} → {signed(most.pruned.value)}"
    if most is thinnest:
        return say("figures.module_table.same_fell", name=name, lost=lost, change=change)
    return say(
        "figures.module_table.other_fell", name=name, lost=lost, most=most.name, change=change
    )


def _residual(dense: Contributions, pruned: Contributions) -> str:
    worst = [float(np.abs(found.residual).max()) for found in (dense, pruned)]
    sets, one, other = dense.coalitions, *worst
    if dense.exact:
        return say("figures.module_table.exact", sets=sets, dense=one, pruned=other)
    return say("figures.module_table.sampled", sets=sets, dense=one, pruned=other)


def _data(rows: Sequence[ModuleRow]) -> dict[str, Sequence[object]]:
    columns: dict[str, Sequence[object]] = {
        "module": [row.name for row in rows],
        "units": [row.units for row in rows],
        "connections": [row.connections for row in rows],
        "connections kept": [row.kept for row in rows],
    }
    columns["hidden alone, dense"] = [row.alone[0] for row in rows]
    columns["hidden alone, pruned"] = [row.alone[1] for row in rows]
    for title in ("dense", "pruned", "change"):
        parts = [getattr(row, title) for row in rows]
        columns[title] = [part.value for part in parts]
        columns[f"{title}, low"] = [part.low for part in parts]
        columns[f"{title}, high"] = [part.high for part in parts]
    return columns


def partition_sentences(parts: Partition) -> tuple[str, ...]:
    """Return what became of the search for modules, the most important sentence first."""
    sizes = _sizes(parts), *_dead(parts)
    told = "no" if parts.estimate is not None and not parts.estimate.can_tell else "yes"
    if parts.structure is Structure.NONE:
        return say("modules.none_found", told=told), *_estimated(parts), *sizes
    if parts.structure is Structure.BLOCKS:
        return say("modules.none_found", told=told), say("modules.blocks_instead"), *sizes
    return sizes[0], *_estimated(parts), *sizes[1:]


def _estimated(parts: Partition) -> tuple[str, ...]:
    estimate = parts.estimate
    if estimate is None or not len(estimate.eigenvalues):
        return ()
    power = say(
        "modules.power",
        modules="some" if estimate.count > 1 else "none",
        planted=estimate.planted,
        leak=PLANTED_LEAK,
        found=estimate.power,
    )
    if estimate.count > 1:
        return (
            say(
                "modules.larger_eigenvalue",
                margin=estimate.margin,
                networks=len(estimate.null_largest),
            ),
            power,
        )
    return (
        say(
            "modules.no_larger_eigenvalue",
            eigenvalue=float(estimate.eigenvalues[0]),
            margin=estimate.margin,
            networks=len(estimate.null_largest),
            bar=estimate.bar,
        ),
        power,
    )


def _dead(parts: Partition) -> tuple[str, ...]:
    if not parts.dead:
        return ()
    outside = any((labels < 0).any() for labels in parts.labels.values())
    return (say("modules.dead", where="outside" if outside else "inside", n=parts.dead),)


def _sizes(parts: Partition) -> str:
    *most, last = (f"{size:,}" for size in parts.sizes)
    if most:
        return say("modules.sizes", count=parts.count, most=most, last=last)
    searched = parts.structure is Structure.NONE
    return say("modules.all_in_one" if searched else "modules.one_asked_for", units=last)


def hidden_alone_sentence(found: HiddenAlone, names: Sequence[str], meter: Meter) -> str:
    """Return whether hiding each module alone changes the metric, and by how much."""
    changes = [
        Message("modules.hidden_one", module=name, change=change_with_interval(change, meter))
        for name, change in zip(names, found.changes, strict=True)
    ]
    return say(
        "modules.hidden_alone",
        replacement=found.replacement,
        metric=meter.title,
        apart=sum(change.excludes_zero for change in found.changes),
        count=len(changes),
        n=len(found.rows),
        changes=changes,
    )


def contributions_sentence(found: Contributions, names: Sequence[str]) -> str:
    """Return which module adds most, over how many rows."""
    if len(found.shapley) == 1:
        return say("modules.one_adds", value=found.value, adds=float(found.shapley[0]))
    first = int(np.argmax(np.abs(found.shapley)))
    return say(
        "modules.adds_most",
        value=found.value,
        n=len(found.rows),
        module=names[first],
        adds=float(found.shapley[first]),
        low=float(found.low[first]),
        high=float(found.high[first]),
        empty=float(found.empty.mean()),
        whole=float(found.whole.mean()),
    )


def interactions_sentence(found: Interactions, names: Sequence[str]) -> str:
    """Return which pair of modules interacts most."""
    matrix = found.matrix
    one, other = sorted(map(int, np.unravel_index(int(np.argmax(np.abs(matrix))), matrix.shape)))
    strongest = float(matrix[one, other])
    if strongest == 0:
        return say("modules.no_interaction", value=found.value)
    return say(
        "modules.more_together" if strongest > 0 else "modules.less_together",
        value=found.value,
        one=names[one],
        other=names[other],
        adds=abs(strongest),
    )
