"""The values that nodes of the drawing stand for."""

from itertools import pairwise

from explain import Subject
from explain.core import ViewLayer


def inputs_of(subject: Subject, sample: int) -> list[float] | None:
    """Return the input values of a sample for painting, images scaled to 0..1; None for text."""
    if subject.spec.kind == "text":
        return None
    low, high = subject.spec.low, subject.spec.high
    values = subject.samples.inputs[0][sample].flatten().double()
    if subject.spec.kind != "image":
        return [float(v) for v in values]
    return [float(v) for v in (values - low) / ((high - low) or 1.0)]


def means_of(raw: list[float] | None, layer: ViewLayer) -> list[float | None]:
    """Average over the units (and positions) that a node stands for; None where they do not fit."""
    if raw is None or len(raw) < layer.units or len(raw) % max(1, layer.units):
        return [None] * layer.drawn
    size = len(raw) // layer.units
    units = [sum(raw[i * size : (i + 1) * size]) / size for i in range(layer.units)]
    edges = (*layer.members[: layer.drawn], layer.units)
    return [sum(units[a:b]) / max(1, b - a) for a, b in pairwise(edges)]
