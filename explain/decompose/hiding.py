"""hide: a network in which some modules say nothing, as a network like any other."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explain.core.errors import InvalidOption, Refused
from explain.core.network import Ref, Step
from explain.core.rows import need_rows
from explain.core.subject import Subject
from explain.decompose.layout import Layout, Rows, layouts, lifted
from explain.decompose.replacement import stand_ins
from explain.decompose.sites import Labels, Site, module_count, sites
from explain.network import Lifted

__all__ = ["hide"]


def hide(
    subject: Subject, labels: Labels, modules: Collection[int], *, replacement: str = "zero"
) -> Subject:
    """Return the subject with whole modules hidden, as if they were removed.

    The units' activations (after the activation function) are replaced by a step of the network
    itself, so every observer sees the same network: metric, classes, single answers.

    Args:
        subject: dense or pruned.
        labels: layer -> module of each unit.
        modules: which to hide; none gives the same outputs as before, bit for bit.
        replacement: "zero", or "mean" over the calibration samples for each unit and position.

    Cost: a few passes of three rows; for "mean" one of the calibration samples.

    Raises:
        InvalidOption: no such module.
        Refused: "resample", which is no single network; layers that cannot be hidden; no data.
        UnknownKey, InvalidSubject: as `contributions`.
    """
    need_rows(subject.samples)
    network, count = lifted(subject.network), module_count(labels)
    for module in modules:
        if not 0 <= module < count:
            raise InvalidOption(
                f"There is no module {module}.", hint=f"Modules run from 0 to {count - 1}."
            )
    if replacement == "resample":
        raise Refused(
            "Resampling gives each row other values: it is no single network.",
            hint="Hide with zeros or with the mean.",
        )
    places = tuple(
        site for site in sites(network, labels) if np.isin(site.owners, list(modules)).any()
    )
    rows = subject.samples.take(np.arange(min(3, subject.samples.count))).inputs
    where = layouts(network, rows)
    (stand_in,) = stand_ins(subject, replacement, places, where, rows=1, seed=0)
    tensors = {
        f"hidden.{at}.{kind}": tensor
        for at, site in enumerate(places)
        for kind, tensor in _tensors(site, modules, where[site.step], stand_in[site.step]).items()
    }
    key = ", ".join(str(module) for module in sorted(modules))
    return replace(
        subject,
        network=_rewired(network, places, tensors),
        pruned_by="\n".join(filter(None, [subject.pruned_by, f"hidden modules: {key}"])),
    )


def _tensors(
    site: Site, modules: Collection[int], layout: Layout, stand_in: Tensor
) -> dict[str, Tensor]:
    """Return which units stay, and what stands for the others, to broadcast over rows."""
    plain = isinstance(layout, Rows) and layout.outer == layout.group == 1
    if not isinstance(layout, Rows) or (stand_in.dim() and not plain):
        raise Refused(
            f"The units of {site.layer!r} do not stand one row at a time.",
            hint="Hide with zeros.",
        )
    keeps = torch.from_numpy(~np.isin(site.owners, list(modules)))
    if stand_in.dim():
        stand_in = layout.together(stand_in.movedim(0, layout.axis + 1))
    return {"keeps": site.facing(keeps), "says": stand_in}


def _rewired(network: Lifted, places: tuple[Site, ...], tensors: Mapping[str, Tensor]) -> Lifted:
    own = network.sharing_copy()
    named = [*own.named_parameters(remove_duplicate=False)]
    known: dict[str, Tensor] = dict(named) | dict(own.named_buffers(remove_duplicate=False))
    loose = [str(s.arguments[0]) for s in own.steps if s.operation == "parameter"]
    return Lifted(
        modules={s.module: own.get_submodule(s.module) for s in own.steps if s.module},
        tensors={**{name: known[name] for name in loose}, **tensors},
        steps=_steps(network.steps, {site.step: at for at, site in enumerate(places)}),
        layers=network.layers,
    )


def _steps(steps: tuple[Step, ...], places: Mapping[str, int]) -> list[Step]:
    """Return the steps with three more after each place; later steps take what these give."""
    found: list[Step] = []
    for step in steps:
        arguments = _renamed(step.arguments, places)
        keywords = tuple((key, _renamed(value, places)) for key, value in step.keywords)
        found.append(replace(step, arguments=arguments, keywords=keywords))
        if step.name in places:
            found += _hiding(step, places[step.name])
    return found


def _hiding(step: Step, at: int) -> list[Step]:
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


def _renamed(argument: Any, places: Mapping[str, int]) -> Any:
    if isinstance(argument, tuple):
        return tuple(_renamed(part, places) for part in argument)
    if isinstance(argument, Ref) and argument.name in places:
        return Ref(f"hidden.{places[argument.name]}")
    return argument
