"""Which probabilities a network ends in, told by what its last steps compute."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor

from explain.core.errors import InvalidSubject
from explain.core.network import Ref, Step
from explain.network.graph import output_layers
from explain.network.lifted import Lifted
from explain.network.shapes import dtype_of
from explain.network.steps import live, references, run_step

_ROWS = 8
_SPREADS = (1.0, 4.0, 16.0)
_CLOSE = 1e-4
_EDGE = 1e-4
"""Nearer to 0 and 1 no threshold is carried over: a clip at the end may stand there."""

Kind = Literal["softmax", "log-softmax", "sigmoid", "pair"]
_Trial = tuple[Mapping[str, Any], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The probabilities that a network gives.

    `kind`: "softmax", rows that sum to one; "log-softmax", logarithms of such; "sigmoid", each
    between 0 and 1; "pair", a sigmoid and its complement in front of it. `logits`: the step whose
    value they are made of, None where no step holds it; logarithms then are logits themselves.
    """

    kind: Kind
    logits: str | None


def ending_of(network: Lifted) -> Ending | None:
    """Return which probabilities a network gives, None where its outputs are any numbers.

    What the last layers with weights put out is replaced by random numbers, small and large, and
    the steps behind them run: outputs that stay between 0 and 1 are probabilities, whatever the
    steps are called. A step is the logits if a softmax or sigmoid of its value is the outputs.
    Cost: one pass of 8 rows.
    """
    trials = _trials(network)
    kind = None if not trials else _kind_of([outputs for _, outputs in trials])
    if kind is None:
        return None
    for found in ("softmax", "pair") if kind == "softmax" else (kind,):
        for step in network.steps[:-1]:
            if all(_makes(found, values.get(step.name), outputs) for values, outputs in trials):
                return Ending(kind=found, logits=step.name)
    return None if kind == "log-softmax" else Ending(kind=kind, logits=None)


def steps_to_logits(network: Lifted, ending: Ending) -> tuple[Step, ...]:
    """Return the steps with the logits as the answer, in the shape of the answer.

    Of a pair they are one column. What probabilities decide, logits decide alike: the largest
    stays the largest, and a probability above t is a logit above log(t / (1 - t)).
    """
    *steps, last = network.steps
    wide = (1,) if ending.kind == "pair" else (math.prod(last.shape or ()),)
    wanted = wide if ending.kind == "pair" else last.shape
    name = ending.logits or references(last)[0].name
    found: tuple[Ref, ...] = (Ref(name),)
    if {step.name: step.shape for step in steps}[name] == wanted:
        return live((*steps, replace(last, arguments=found)))
    flat = Step(
        name="logits:flat", operation="reshape", module=None, arguments=(*found, (-1, *wide))
    )
    return live((*steps, flat, replace(last, arguments=(Ref(flat.name),))))


def logit_of_cut(cut: float) -> float:
    """Return what a threshold on probabilities is on logits; 0, the usual one, is one half.

    Raises:
        InvalidSubject: it is no probability, or so near to 0 or 1 that a clip may stand there.
    """
    if cut == 0:
        return 0.0
    if not _EDGE <= cut <= 1 - _EDGE:
        raise InvalidSubject("measure.cut_of_probabilities", cut=cut)
    return math.log(cut / (1 - cut))


def _trials(network: Lifted) -> list[_Trial]:
    """Return the values behind the last layers, and the outputs, for each size of numbers."""
    generator = torch.Generator().manual_seed(0)
    rows = network.piece or _ROWS
    inputs = [
        torch.zeros((rows, *(step.shape or ())), dtype=dtype_of(step))
        for step in network.steps
        if step.operation == "input"
    ]
    with torch.no_grad():
        known = network.record(*inputs)
        found = [_tried(network, known, spread, generator) for spread in _SPREADS]
    return [trial for trial in found if bool(torch.isfinite(trial[1]).all())]


def _tried(
    network: Lifted, known: Mapping[str, Any], spread: float, generator: torch.Generator
) -> _Trial:
    """Return the values of the steps that depend on the last layers, and the outputs [n, k]."""
    last = output_layers(network)
    found: dict[str, Any] = {}
    values = dict(known)
    for step in network.steps:
        if step.module in last or (not last and step.operation == "input"):
            found[step.name] = values[step.name] = _like(known[step.name], spread, generator)
        elif any(ref.name in found for ref in references(step)):
            found[step.name] = values[step.name] = run_step(step, network, values)
    outputs: Tensor = found.get(network.steps[-1].name, known[network.steps[-1].name])
    return found, outputs.double().reshape(len(outputs), -1)


def _like(value: Any, spread: float, generator: torch.Generator) -> Any:
    if isinstance(value, tuple):
        return tuple(_like(part, spread, generator) for part in value)
    if not value.is_floating_point():
        return value
    return (spread * torch.randn(value.shape, generator=generator)).to(value.dtype)


def _kind_of(outputs: Sequence[Tensor]) -> Kind | None:
    """Return what the outputs of all trials may be: rows of shares, or each a probability."""
    rows = torch.cat(list(outputs))
    if not rows.numel() or rows.std() == 0:
        return None
    if rows.min() < -_CLOSE or rows.max() > 1 + _CLOSE:
        return "log-softmax" if _are_shares(rows.exp()) else None
    return "softmax" if _are_shares(rows) else "sigmoid"


def _are_shares(rows: Tensor) -> bool:
    return rows.shape[1] > 1 and bool(((rows.sum(1) - 1).abs() < _CLOSE).all())


def _makes(kind: Kind, value: Any, outputs: Tensor) -> bool:
    """Return whether the outputs are the softmax, its logarithm, or the sigmoid of a value."""
    if not isinstance(value, Tensor) or not value.is_floating_point() or value.dim() == 0:
        return False
    columns = 1 if kind == "pair" else outputs.shape[1]
    if value.numel() != len(outputs) * columns or len(value) != len(outputs):
        return False
    logits = value.double().reshape(len(value), -1)
    made = logits.softmax(1) if kind.endswith("softmax") else logits.sigmoid()
    if kind == "pair":
        made = torch.cat([1 - made, made], 1)
    given = outputs
    if kind == "log-softmax":
        given = outputs.exp()
        if bool(((logits - outputs).abs() < _CLOSE).all()):
            return False  # the outputs themselves: nothing to take off
    return made.shape == given.shape and bool(((made - given).abs() < _CLOSE).all())
