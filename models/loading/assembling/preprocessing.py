"""From raw values to what a network takes: once, before anything is measured."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.network import Network, Step
from explain.core.subject import Samples
from models.loading.card.model_card import Card, Preprocess
from models.loading.data.record import Data

_BYTE = 1 / 255
_MOST_CELLS = 200_000
"""Cells of a table that are kept as text beside the numbers."""


def prepared(data: Data, card: Card, network: Network) -> Samples:
    """Return the rows as the network takes them: (value · scale - mean) / std, in its type.

    Inputs beside the first are taken as they stand, but for further pictures of its size. Pictures
    have their colours first, as
    `arranged` leaves the network. Raw cells of a table stay readable in `display`, as far as there
    are at most 200,000.

    Raises:
        ImportRefused: rows of another shape than the network takes, mean or std of another length,
            ids outside a type, numbers that are no longer finite.
    """
    steps = input_steps(network)
    if len(steps) != len(data.samples.inputs):
        raise ImportRefused(
            "loading.assembling.other_inputs", inputs=len(steps), given=len(data.samples.inputs)
        )
    first, *others = data.samples.inputs
    inputs = (
        _input(first, data, card, steps[0]),
        *(
            _input(tensor, data, card, step)
            if data.kind == "image" and step.shape == steps[0].shape
            else _beside(tensor, step)
            for tensor, step in zip(others, steps[1:], strict=True)
        ),
    )
    display = _display(data) if data.kind == "tabular" else data.samples.display
    return dataclasses.replace(data.samples, inputs=inputs, display=display)


def input_steps(network: Network) -> tuple[Step, ...]:
    """Return the steps that take inputs, in the order of the inputs."""
    return tuple(step for step in network.steps if step.operation == "input")


def _input(raw: Tensor, data: Data, card: Card, step: Step) -> Tensor:
    keywords: dict[str, Any] = dict(step.keywords)
    values = raw if data.kind == "text" else _scaled(raw, data, card)
    found = _shaped(values, step, keywords["sizes"], data.kind).to(keywords["dtype"])
    if found.is_floating_point() and not bool(torch.isfinite(found).all()):
        rows = int((~torch.isfinite(found.flatten(1)).all(1)).sum())
        raise ImportRefused("loading.assembling.no_longer_finite", rows=rows, type=str(found.dtype))
    return found.contiguous()


def _beside(raw: Tensor, step: Step) -> Tensor:
    """Return the values of a further input in its type."""
    keywords: dict[str, Any] = dict(step.keywords)
    values = raw.reshape(len(raw)) if step.shape == () and raw[0].numel() == 1 else raw
    found = _shaped(values, step, keywords["sizes"], "").to(keywords["dtype"])
    if not found.is_floating_point() and raw.is_floating_point() and not raw.equal(raw.round()):
        first = f"{float(raw[raw != raw.round()][0]):g}"
        raise ImportRefused("loading.assembling.whole_numbers_wanted", value=first)
    return found.contiguous()


def scale_of(data: Data, card: Card) -> Preprocess:
    """Return the card's preprocessing with mean and deviation of these rows in it.

    One number per colour or feature, with six digits, after the card's `scale`; the deviation is 1
    where all values are alike. Texts have neither.
    """
    if data.kind == "text":
        return card.preprocess
    values = _in_order(data.samples.inputs[0], data, card).double()
    flat = values.movedim(_axis(values, data), 0).flatten(1)
    deviations = flat.std(1, correction=0)
    found = flat.mean(1), torch.where(deviations > 0, deviations, 1.0)
    mean, std = (tuple(float(f"{value:.6g}") for value in numbers.tolist()) for numbers in found)
    return dataclasses.replace(card.preprocess, mean=mean, std=std)


def _scaled(raw: Tensor, data: Data, card: Card) -> Tensor:
    """Return (raw · scale - mean) / std, worked out in float64 but for pictures."""
    values = _in_order(raw, data, card)
    mean = _along(card.preprocess.mean, values, _axis(values, data), "mean")
    std = _along(card.preprocess.std, values, _axis(values, data), "std")
    values = values if mean is None else values - mean
    return values if std is None else values / std


def _in_order(raw: Tensor, data: Data, card: Card) -> Tensor:
    """Return raw · scale with the colours as the network takes them."""
    process = card.preprocess
    scale = process.scale or (_BYTE if raw.dtype == torch.uint8 else 1.0)
    values = raw.to(torch.float32 if data.kind == "image" else torch.float64)
    if process.colours == "BGR" and data.kind == "image":
        values = values.flip(1)
    return values if scale == 1.0 else values * scale


def _axis(values: Tensor, data: Data) -> int:
    """Return the dimension of the colours or features."""
    return 1 if data.kind in {"image", "tabular"} else values.dim() - 1


def _along(found: Sequence[float], values: Tensor, axis: int, name: str) -> Tensor | None:
    """Return one number, or one per colour or feature, shaped to go along that axis."""
    if not found:
        return None
    if len(found) not in {1, values.shape[axis]}:
        raise ImportRefused(
            "loading.assembling.numbers_per_feature",
            name=name,
            count=len(found),
            features=values.shape[axis],
        )
    shape = [1] * values.dim()
    shape[axis] = len(found)
    return torch.tensor(found, dtype=values.dtype).reshape(shape)


def _shaped(
    values: Tensor, step: Step, sizes: Sequence[tuple[int, int | None]], kind: str
) -> Tensor:
    """Return values in the shape of an input; columns of a table are laid out as its elements."""
    wanted = step.shape or ()
    if kind == "tabular" and tuple(values.shape[1:]) != wanted:
        if values[0].numel() == torch.Size(wanted).numel():
            return values.reshape(len(values), *wanted)
        raise ImportRefused(
            "loading.assembling.other_features",
            features=torch.Size(wanted).numel(),
            columns=values[0].numel(),
        )
    fits = values.dim() == len(sizes) and all(
        low <= size and (high is None or size <= high)
        for size, (low, high) in zip(values.shape[1:], sizes[1:], strict=True)
    )
    if not fits:
        raise ImportRefused(
            "loading.assembling.other_shape",
            wanted=str(list(wanted)),
            shape=str(list(values.shape[1:])),
        )
    return values


def _display(data: Data) -> dict[str, tuple[str, ...]]:
    """Return raw cells as texts, column by column, as many columns as stay readable."""
    rows = data.samples.inputs[0]
    most = max(1, _MOST_CELLS // max(1, len(rows)))
    columns = zip(data.names[:most], rows.T.tolist(), strict=False)
    return {name: tuple(f"{value:g}" for value in column) for name, column in columns}
