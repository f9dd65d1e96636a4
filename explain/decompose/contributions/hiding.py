"""Where the units of modules speak, what stands in their place, and a network without them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import InvalidOption, InvalidSubject, Refused, UnknownKey
from explain.core.network import Ref, Step
from explain.core.subject import Samples, Subject, need_rows
from explain.decompose.contributions.coalitions import MOST
from explain.network import (
    UNIT_LAYERS,
    Lifted,
    activation_after,
    output_layers,
    prunable_layers,
    unit_axis,
    with_steps,
)
from explain.network.layout import (
    Layout,
    Memo,
    RowAxis,
    layouts,
    require_lifted,
    split_axis,
)
from explain.network.steps import rewired

Labels = Mapping[str, NDArray[np.int64]]
"""Layer -> the module that each of its units belongs to [units], from 0; -1 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HidingSite:
    """A step whose value is what a layer's units say.

    `axis` of the units, counted from the end of the value; `owners` [units] their modules, -1 for a
    unit that is in none and is never hidden.
    """

    layer: str
    step: str
    axis: int
    owners: NDArray[np.int64]

    def facing(self, units: torch.Tensor) -> torch.Tensor:
        """Return [..., units] laid along the value's axis of units."""
        return units.reshape(*units.shape, *[1] * (-1 - self.axis))


def module_count(labels: Labels) -> int:
    """Return the number of modules K.

    Raises:
        InvalidSubject: no modules, or a layer without units.
        InvalidOption: more than 62 modules.
    """
    if not labels or any(len(owners) == 0 or owners.min() < -1 for owners in labels.values()):
        raise InvalidSubject("decompose.labels")
    count = 1 + max(int(owners.max()) for owners in labels.values())
    if count == 0:
        raise InvalidSubject("decompose.labels")
    if count > MOST:
        raise InvalidOption("decompose.too_many_modules", count=count, most=MOST)
    return count


def hiding_sites(network: Lifted, labels: Labels) -> tuple[HidingSite, ...]:
    """Return where the units can be hidden: after the layer's activation function.

    Layers that give the answer are left out: to hide an output is to hide the question.

    Raises:
        UnknownKey: no such layer.
        InvalidSubject: a layer with another number of units than labels.
        Refused: a layer whose units cannot be told apart (recurrent, transposed convolutions).
    """
    asked = tuple((layer, len(owners), owners.tobytes()) for layer, owners in labels.items())
    return _KNOWN.get(network, asked, lambda: _found(network, labels))


_KNOWN: Memo[tuple[HidingSite, ...]] = Memo()


def _found(network: Lifted, labels: Labels) -> tuple[HidingSite, ...]:
    answering = output_layers(network)
    after = activation_after(network)
    found = []
    for layer, owners in labels.items():
        _check(network, layer, owners)
        if layer in answering or owners.max() < 0:
            continue
        steps = [s.name for s in network.steps if s.module == after[layer]]
        axis = unit_axis(network.get_submodule(layer))
        found += [
            HidingSite(layer=layer, step=s, axis=axis, owners=np.asarray(owners)) for s in steps
        ]
    place = {step.name: at for at, step in enumerate(network.steps)}
    return tuple(sorted(found, key=lambda site: place[site.step]))


def hideable_units(places: tuple[HidingSite, ...], players: int) -> NDArray[np.int64]:
    """Return how many units of each module can be hidden [K]."""
    layers = {site.layer: site.owners for site in places}
    return sum(
        (np.bincount(owners[owners >= 0], minlength=players) for owners in layers.values()),
        start=np.zeros(players, np.int64),
    )


def _check(network: Lifted, layer: str, owners: NDArray[np.int64]) -> None:
    module = network.get_submodule(layer)
    if not isinstance(module, UNIT_LAYERS) or layer not in prunable_layers(network):
        raise Refused("decompose.not_hideable", layer=layer)
    units, labels = len(module.weight), len(owners)
    if labels != units:
        raise InvalidSubject("decompose.count_of_labels", layer=layer, units=units, labels=labels)


Replacement = Literal["zero", "mean", "resample"]

REPLACEMENTS: tuple[str, ...] = get_args(Replacement)

DRAWS = 4
"""Other samples that each row is given in "resample"; numbers are means over them."""

_BATCH = 128


def check_replacement(subject: Subject, replacement: str) -> None:
    """Refuse a replacement that is not there or lacks its data.

    Raises:
        UnknownKey: no such replacement.
        Refused: there are no calibration samples to take values from.
    """
    if replacement not in REPLACEMENTS:
        raise UnknownKey.among("replacement", replacement, REPLACEMENTS)
    if replacement != "zero" and subject.calibration is None:
        raise Refused("decompose.replacement_without_samples", replacement=replacement)


def stand_ins(
    subject: Subject,
    replacement: str,
    places: tuple[HidingSite, ...],
    where: Mapping[str, Layout],
    rows: int,
    seed: int,
) -> list[Mapping[str, Tensor]]:
    """Return for each draw what stands at each site: 0, or [rows or 1, ..., outer, group, ...].

    One draw but for "resample", which takes all units of a draw from the same other sample, so
    that what hidden modules say belongs together.
    """
    check_replacement(subject, replacement)
    if replacement == "zero" or subject.calibration is None:
        return [MappingProxyType({site.step: torch.zeros(()) for site in places})]
    if replacement == "mean":
        return [_said(subject, subject.calibration, places, where, mean=True)]
    generator = np.random.default_rng(seed)
    chosen = generator.integers(0, subject.calibration.count, size=(DRAWS, rows))
    return [
        _said(subject, subject.calibration.take(draw), places, where, mean=False) for draw in chosen
    ]


def _said(
    subject: Subject,
    samples: Samples,
    places: tuple[HidingSite, ...],
    where: Mapping[str, Layout],
    *,
    mean: bool,
) -> Mapping[str, Tensor]:
    """Return what units say to these samples: the mean of a row, or all rows."""
    network = require_lifted(subject.network).sharing_copy()
    found: dict[str, list[Tensor]] = {site.step: [] for site in places}
    for at in range(0, samples.count, _BATCH):
        some = tuple(x[at : at + _BATCH] for x in samples.inputs)
        with torch.no_grad():
            values = network.record(*some)
        for step, parts in found.items():
            said = _by_row(values[step], where[step], step, len(some[0]))
            parts.append(said.sum(0, keepdim=True) if mean else said)
    parts_of = {step: torch.cat(parts) for step, parts in found.items()}
    return {
        step: said.sum(0, keepdim=True) / samples.count if mean else said
        for step, said in parts_of.items()
    }


def _by_row(value: Tensor, layout: Layout, step: str, count: int) -> Tensor:
    """Return [rows, ..., outer, group, ...]: a value with its rows in front."""
    if not isinstance(layout, RowAxis):
        raise Refused("decompose.constant_step", step=step)
    sizes = (layout.outer, count, layout.group)
    return split_axis(value, layout.axis, sizes).movedim(layout.axis + 1, 0)


def hide(
    subject: Subject, labels: Labels, modules: Collection[int], *, replacement: str = "zero"
) -> Subject:
    """Return the subject with whole modules hidden.

    The units' activations (after the activation function, where pruning removes before it) are
    replaced by a step of the network itself, so every observer sees the same network: metric,
    classes, single answers.

    Args:
        subject: dense or pruned.
        labels: layer -> module of each unit.
        modules: which to hide; none gives the same outputs as before, bit for bit.
        replacement: "zero", or "mean" over the calibration samples for each unit and position.

    Cost: a few passes of three rows; for "mean" one of the calibration samples.

    Raises:
        InvalidOption: no such module.
        Refused: "resample", which is no single network; layers that cannot be hidden; no data.
        UnknownKey, InvalidSubject: as `module_contributions`.
    """
    need_rows(subject.samples)
    network, count = require_lifted(subject.network), module_count(labels)
    for module in modules:
        if not 0 <= module < count:
            raise InvalidOption("decompose.no_module", module=module, last=count - 1)
    if replacement == "resample":
        raise Refused("decompose.resampled")
    places = tuple(
        site for site in hiding_sites(network, labels) if np.isin(site.owners, list(modules)).any()
    )
    rows = subject.samples.take(np.arange(min(3, subject.samples.count))).inputs
    where = layouts(network, rows)
    (stand_in,) = stand_ins(subject, replacement, places, where, rows=1, seed=0)
    tensors = {
        f"hidden.{at}.{kind}": tensor
        for at, site in enumerate(places)
        for kind, tensor in _tensors(site, modules, where[site.step], stand_in[site.step]).items()
    }
    at = {site.step: place for place, site in enumerate(places)}
    steps = rewired(
        network.steps,
        lambda step: (step, *_hiding(step, at[step.name])) if step.name in at else (step,),
    )
    key = ", ".join(str(module) for module in sorted(modules))
    return replace(
        subject,
        network=with_steps(network, steps, tensors=tensors),
        pruned_by="\n".join(filter(None, [subject.pruned_by, f"hidden modules: {key}"])),
    )


def _tensors(
    site: HidingSite, modules: Collection[int], layout: Layout, stand_in: Tensor
) -> dict[str, Tensor]:
    """Return which units stay, and what stands for the others, to broadcast over rows."""
    plain = isinstance(layout, RowAxis) and layout.outer == layout.group == 1
    if not isinstance(layout, RowAxis) or (stand_in.dim() and not plain):
        raise Refused("decompose.mixed_rows", layer=site.layer)
    keeps = torch.from_numpy(~np.isin(site.owners, list(modules)))
    if stand_in.dim():
        stand_in = layout.together(stand_in.movedim(0, layout.axis + 1))
    return {"keeps": site.facing(keeps), "says": stand_in}


def _hiding(step: Step, at: int) -> list[Step]:
    """Return the steps that follow a step whose hidden units say something else."""
    names = (f"hidden.{at}.keeps", f"hidden.{at}.says")
    asks = [Step(name=n, operation="parameter", module=None, arguments=(n,)) for n in names]
    keeps, says = (Ref(name) for name in names)
    chosen = Step(
        name=f"hidden.{at}",
        operation="where",
        module=None,
        arguments=(keeps, Ref(step.name), says),
        shape=step.shape,
    )
    return [*asks, chosen]
