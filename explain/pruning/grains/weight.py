"""Weight: every connection dies by itself."""

import math

import numpy as np
from torch import nn

from explain.core.messages import Message
from explain.core.methods import Grain, Options
from explain.core.scores import Counts, Part, Site
from explain.core.subject import Subject
from explain.network import layer_of
from explain.network.graph import TRANSPOSED
from explain.pruning.matrices import module_of_weight


def weight_sites(subject: Subject, _options: Options) -> tuple[Site, ...]:
    """Return every prunable weight, each of its numbers an entry."""
    return tuple(_site(subject, name) for name in subject.network.prunable)


def _site(subject: Subject, name: str) -> Site:
    weight = subject.network.get_parameter(name)
    lines = _lines(module_of_weight(subject, name), tuple(weight.shape))
    return Site(
        name=name,
        layer=layer_of(name),
        parts=(Part(name=name, shape=tuple(weight.shape)),),
        entries=weight.numel(),
        rows=max(1, len(weight) if lines is None else len(lines)),
        lines=lines,
    )


def _lines(layer: nn.Module, shape: tuple[int, ...]) -> Counts | None:
    """Return the flat indices of what each output reads [outputs, ...] where inputs come first."""
    if not isinstance(layer, TRANSPOSED):
        return None
    grouped = np.arange(math.prod(shape)).reshape(layer.groups, -1, *shape[1:]).swapaxes(1, 2)
    return grouped.reshape(layer.out_channels, -1)


WEIGHT = Grain(
    key="weight",
    title="Weights",
    line="Every connection dies by itself.",
    kind="weights",
    one="weight",
    many="weights",
    still="{kept} of {total} connections left",
    scopes=("global", "layer", "row"),
    function=weight_sites,
    source="Han et al. 2015, arXiv:1506.02626",
    fits=lambda subject: None if subject.network.prunable else Message("pruning.no_weights"),
)
