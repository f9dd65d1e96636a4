"""Runs of a network with many sets of modules present, sharing all that they have in common.

The value of a step depends only on which of the modules *before* it are present. So every step
runs once for each different set of those, not once for each set asked for; a step that no hidden
unit reaches runs once. Sets stand where rows stand: a value holds c sets of n rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.core.errors import Refused
from explain.core.network import Ref, Step
from explain.decompose.contributions.affine import (
    Pieces,
    fan_in,
    is_affine,
    pieces,
    said_to_each,
    said_to_nothing,
)
from explain.decompose.contributions.coalitions import codes
from explain.decompose.contributions.hiding import HidingSite
from explain.network import Lifted
from explain.network.layout import (
    Count,
    Layout,
    Memo,
    RowAxis,
    RowlessValue,
    split_axis,
)
from explain.network.steps import last_uses, references, run_step

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleReach:
    """Which modules each step's value depends on, as bits.

    `before`: without the hiding at the step itself, `after` with it. `frees`: the values that no
    later step needs. `sizes`: how many numbers a step gives for one row.
    """

    sites: Mapping[str, HidingSite]
    before: Mapping[str, int]
    after: Mapping[str, int]
    frees: tuple[tuple[str, ...], ...]
    sizes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A network made ready; `apart`: layers taken apart by modules, once they were asked for."""

    network: Lifted
    where: Mapping[str, Layout]
    reach: ModuleReach
    apart: "Apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """Values of n rows at the steps that no hidden module reaches, and what stands for units."""

    count: int
    values: Mapping[str, Any]
    stand_ins: Mapping[str, Tensor]


class Apart:
    """Layers taken apart by the modules that their input units belong to, each once."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, str], tuple[Codes, Pieces]] = {}

    def of(self, module: nn.Module, site: HidingSite) -> tuple[Codes, Pieces]:
        """Return the modules at a site, and the layer behind it in pieces."""
        key = (id(module), site.step)
        if key not in self._found:
            local = np.unique(site.owners)
            units = [np.flatnonzero(site.owners == m) for m in local]
            self._found[key] = (local, pieces(module, units))
        return self._found[key]


class Sets:
    """The sets asked for, and for any bits which different sets of those they make.

    What has been found once is kept: many portions of rows ask the same.
    """

    def __init__(self, coalitions: NDArray[np.bool_]) -> None:
        self._codes = codes(coalitions)
        self._found: dict[int, tuple[Codes, Codes, Codes]] = {}
        self._among: dict[tuple[int, int], Tensor] = {}
        self._present: dict[tuple[int, bytes], Tensor] = {}

    def of(self, bits: int) -> tuple[Codes, Codes, Codes]:
        """Return the different sets, where each first stands, and which of them each is."""
        if bits not in self._found:
            found = np.unique(self._codes & bits, return_index=True, return_inverse=True)
            self._found[bits] = (found[0], found[1], found[2].reshape(-1))
        return self._found[bits]

    def count(self, bits: int) -> int:
        """Return how many different sets there are."""
        return len(self.of(bits)[0])

    def among(self, finer: int, coarser: int) -> Tensor:
        """Return for each set of the finer bits which set of the coarser bits it is."""
        if (finer, coarser) not in self._among:
            place = self.of(coarser)[2][self.of(finer)[1]]
            self._among[finer, coarser] = torch.from_numpy(place)
        return self._among[finer, coarser]

    def present(self, bits: int, owners: Codes) -> Tensor:
        """Return which of these modules are there in each different set [sets, owners], 1 or 0.

        What is in no module (-1) is always there.
        """
        key = (bits, owners.tobytes())
        if key not in self._present:
            there = (self.of(bits)[0][:, None] >> np.maximum(owners, 0)) & 1
            self._present[key] = torch.from_numpy(there.astype(np.bool_) | (owners < 0))
        return self._present[key]


def route(network: Lifted, where: Mapping[str, Layout], places: tuple[HidingSite, ...]) -> Route:
    """Return the network made ready for hiding at these places. Cost: no pass.

    Raises:
        Refused: a step that hidden units reach mixes the rows of a batch.
    """
    asked = tuple((site.step, site.owners.tobytes()) for site in places)
    reach = _KNOWN.get(network, asked, lambda: _reach(network, where, places))
    return Route(network=network.sharing_copy(), where=where, reach=reach, apart=Apart())


_KNOWN: Memo[ModuleReach] = Memo()


def _reach(
    network: Lifted, where: Mapping[str, Layout], places: tuple[HidingSite, ...]
) -> ModuleReach:
    at = {site.step: site for site in places}
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for step in network.steps:
        bits = 0
        for ref in references(step):
            bits |= 0 if isinstance(where[ref.name], Count) else after[ref.name]
        own = at[step.name].owners if step.name in at else np.empty(0, np.int64)
        own = own[own >= 0]
        if bits and isinstance(where[step.name], RowlessValue):
            raise Refused("decompose.mixes_rows", name=step.name)
        before[step.name] = bits
        after[step.name] = bits | int(np.bitwise_or.reduce(1 << own, initial=0))
    return ModuleReach(
        sites=at,
        before=before,
        after=after,
        frees=last_uses(network.steps),
        sizes={s.name: int(np.prod(s.shape)) for s in network.steps if s.shape is not None},
    )


def unhidden(way: Route, inputs: tuple[Tensor, ...], stand_ins: Mapping[str, Tensor]) -> Prefix:
    """Return what is the same whichever modules are hidden. Cost: up to one pass."""
    values: dict[str, Any] = {}
    for step in way.network.steps:
        if way.reach.before[step.name] == 0 and not isinstance(way.where[step.name], Count):
            given = _Given(way, len(inputs[0]), values.__getitem__)
            values[step.name] = run_step(step, way.network, given, inputs)
    return Prefix(count=len(inputs[0]), values=values, stand_ins=stand_ins)


def largest_row(way: Route, sets: Sets) -> int:
    """Return the most numbers that one row has at any step, for these sets."""
    return (
        max(
            size * sets.count(way.reach.after[name])
            for name, size in way.reach.sizes.items()
            if way.reach.after[name]
        )
        if any(way.reach.after.values())
        else 1
    )


def coalition_outputs(way: Route, prefix: Prefix, sets: Sets) -> Tensor:
    """Return the network's outputs [c, n, ...] with each of c sets of modules present."""
    last = way.network.steps[-1].name
    with torch.no_grad():
        found = _Run(way, prefix, sets).last()
    layout = way.where[last]
    rows = found.movedim(layout.axis if isinstance(layout, RowAxis) else 0, 0)
    rows = split_axis(rows, 0, (sets.count(way.reach.after[last]), prefix.count))
    return rows[torch.from_numpy(sets.of(way.reach.after[last])[2])]


def multiply_adds(way: Route, sets: Sets) -> float:
    """Return the multiply-adds that one row costs with all these sets."""
    cost = {layer.name: layer.macs for layer in way.network.layers}
    total = 0.0
    for step in way.network.steps:
        site = _split(way, sets, step)
        bits = way.reach.before[step.name if site is None else site.step]
        total += cost.get(str(step.module), 0) * (sets.count(bits) if bits else 1)
    return total


def _split(way: Route, sets: Sets, step: Step) -> HidingSite | None:
    """Return the site that a step takes its input from, where splitting its sum pays."""
    if step.module is None or len(step.arguments) != 1 or step.keywords:
        return None
    argument = step.arguments[0]
    site = way.reach.sites.get(argument.name) if isinstance(argument, Ref) else None
    module = way.network.get_submodule(step.module)
    if site is None or not is_affine(module):
        return None
    layouts = {way.where[site.step], way.where[step.name]}
    before, after = way.reach.before[site.step], way.reach.after[site.step]
    few = len(set(site.owners.tolist())) < fan_in(module)
    pays = sets.count(after) > 2 * sets.count(before)
    return site if layouts == {RowAxis(0, 1, 1)} and few and pays else None


class _Run:
    """One run over the steps that hidden modules reach."""

    def __init__(self, way: Route, prefix: Prefix, sets: Sets) -> None:
        self._way, self._prefix, self._sets = way, prefix, sets
        self._values: dict[str, Any] = {}
        self._spread: dict[tuple[str, int], Any] = {}

    def last(self) -> Tensor:
        """Return the last step's value."""
        way = self._way
        for step, frees in zip(way.network.steps, way.reach.frees, strict=True):
            if way.reach.before[step.name] and not isinstance(way.where[step.name], Count):
                self._values[step.name] = self._value(step)
            for name in frees:
                self._values.pop(name, None)
                self._spread = {k: v for k, v in self._spread.items() if k[0] != name}
        name = way.network.steps[-1].name
        output: Tensor = self._taken(name, way.reach.after[name])
        return output

    def _value(self, step: Step) -> Any:
        """Return a step's value before its own hiding."""
        site = _split(self._way, self._sets, step)
        if site is not None:
            return self._from_parts(step, site)
        bits = self._way.reach.before[step.name]
        rows = self._prefix.count * self._sets.count(bits)
        given = _Given(self._way, rows, lambda name: self._taken(name, bits))
        return run_step(step, self._way.network, given)

    def _taken(self, name: str, bits: int) -> Any:
        """Return the value of an earlier step with its units hidden, for the sets of some bits."""
        if (name, bits) not in self._spread:
            layout = self._way.where[name]
            raw = self._raw(name)
            wide = _spread(raw, layout, self._index(bits, self._way.reach.before[name]))
            site = self._way.reach.sites.get(name)
            self._spread[name, bits] = wide if site is None else self._hidden(wide, site, bits)
        return self._spread[name, bits]

    def _raw(self, name: str) -> Any:
        return self._values[name] if name in self._values else self._prefix.values[name]

    def _index(self, finer: int, coarser: int) -> tuple[Tensor | None, int]:
        """Return which set of the coarser bits each one is, None where they are the same."""
        sets = self._sets.count(coarser)
        place = self._sets.among(finer, coarser)
        same = len(place) == sets and torch.equal(place, torch.arange(sets))
        return (None if same else place), sets

    def _hidden(self, value: Tensor, site: HidingSite, bits: int) -> Tensor:
        rows = _rows_of(self._way.where[site.step])
        present = self._sets.present(bits, site.owners)
        wide = rows.apart(value, len(present))
        shape = [1] * wide.dim()
        shape[rows.axis + 1], shape[site.axis] = present.shape
        stand_in = self._prefix.stand_ins[site.step]
        if stand_in.dim() == 0:
            return rows.together(wide * present.reshape(shape))
        kept = torch.where(present.reshape(shape), wide, rows.apart(stand_in))
        return rows.together(kept)

    def _from_parts(self, step: Step, site: HidingSite) -> Tensor:
        """Return what a linear layer says, added up from what it says to each module.

        f(x with modules S) = f(stand-ins) + Σ over S of L(x - stand-in at that module's units).
        """
        module = self._way.network.get_submodule(str(step.module))
        value, stand_in = self._raw(site.step), self._prefix.stand_ins[site.step]
        sets = self._sets.count(self._way.reach.before[site.step])
        rows = self._prefix.count
        if stand_in.dim():
            value = (split_axis(value, 0, (sets, rows)) - stand_in).flatten(0, 1)
        # The layer runs once for each module, not for each set of them: what is linear adds up.
        local, layer = self._way.apart.of(module, site)
        parts = split_axis(said_to_each(layer, value), 1, (sets, rows))
        base = module(stand_in) if stand_in.dim() else said_to_nothing(module, parts.shape[3:])
        base = base.expand(rows, *parts.shape[3:]).reshape(-1)
        return self._added(site, local, parts, base).flatten(0, 1)

    def _added(
        self, site: HidingSite, local: NDArray[np.int64], parts: Tensor, base: Tensor
    ) -> Tensor:
        """Return base + parts of the modules that are there [sets, rows, ...]."""
        before, after = (
            bits[site.step] for bits in (self._way.reach.before, self._way.reach.after)
        )
        present = self._sets.present(after, local)
        flat = parts.flatten(2)
        shape = parts.shape[2:]
        if flat.shape[1] == 1:
            return split_axis(_sums(base, present, flat[:, 0]), 1, tuple(shape))
        origin = self._sets.among(after, before)
        out = parts.new_empty(len(present), flat.shape[2])
        for prefix in range(flat.shape[1]):
            here = (origin == prefix).nonzero()[:, 0]
            out[here] = _sums(base, present[here], flat[:, prefix])
        return split_axis(out, 1, shape)


def _sums(base: Tensor, present: Tensor, parts: Tensor) -> Tensor:
    """Return base [numbers] + the sum of the parts [K, numbers] that are there [sets, K].

    Where no set lacks more than one part (ablations), that part is taken from the sum of all.
    """
    if int((~present).sum(1).max()) > 1:
        return torch.addmm(base, present.to(parts.dtype), parts)
    whole = base + parts.sum(0)
    found = parts.index_select(0, (~present).int().argmax(1))
    torch.sub(whole, found, out=found)
    for place in present.all(1).nonzero()[:, 0].tolist():
        found[place] = whole
    return found


@dataclass(frozen=True, slots=True)
class _Given:
    """What a step's references stand for while there are so many rows, all sets together."""

    way: Route
    rows: int
    take: Callable[[str], Any]

    def __getitem__(self, name: str, /) -> Any:
        """Return a count for all the rows, else the value."""
        layout = self.way.where[name]
        if isinstance(layout, Count):
            return layout.start + layout.slope * self.rows
        return self.take(name)


def _spread(value: Any, layout: Layout, index: tuple[Tensor | None, int]) -> Any:
    """Return a value of some sets as that of others, each a copy of the one it is."""
    place, sets = index
    if isinstance(layout, tuple):
        return tuple(_spread(v, part, index) for v, part in zip(value, layout, strict=True))
    if place is None or not isinstance(layout, RowAxis):
        return value
    return layout.together(layout.apart(value, sets).index_select(layout.axis + 1, place))


def _rows_of(layout: Layout) -> RowAxis:
    if not isinstance(layout, RowAxis):
        raise Refused("decompose.constant_unit")
    return layout
