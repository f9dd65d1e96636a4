"""hide: a network in which some modules say nothing, as a network like any other."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from explain.core.errors import InvalidOption, Refused
from explain.core.network import Ref, Step
from explain.core.rows import need_rows
from explain.core.subject import Subject
from explain.decompose.contributions.layout import Layout, RowAxis, layouts, require_lifted
from explain.decompose.contributions.replacement import stand_ins
from explain.decompose.contributions.sites import HidingSite, Labels, hiding_sites, module_count
from explain.network import with_steps
from explain.network.rewiring import rewired


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
