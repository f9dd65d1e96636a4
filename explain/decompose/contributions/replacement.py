"""What stands where a module is hidden."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from explain.core.errors import Refused, UnknownKey
from explain.core.subject import Samples, Subject
from explain.decompose.contributions.layout import Layout, RowAxis, require_lifted, split_axis
from explain.decompose.contributions.sites import HidingSite

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
