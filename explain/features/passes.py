"""Some samples through a private copy, listening to layers: what every unit puts out."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.core.errors import InvalidOption
from explain.core.network import Network
from explain.core.subject import Samples, Subject, Task, check_row
from explain.features.mappable import Tap
from explain.network import UNIT_LAYERS, activation_after, layer_of, output_layers, unit_axis
from explain.network.layout import require_lifted, row_axis, rows_first
from explain.network.steps import references

_BATCH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPass:
    """What a layer says to some samples, and what that does to one output of each.

    `activations`, `gradients` [n, units, *positions]; `targets` [n] the output looked at.
    """

    activations: Tensor
    gradients: Tensor
    targets: Tensor

    @property
    def relevance(self) -> Tensor:
        """Return activation · ∂output/∂activation, float64 [n, units, *positions]."""
        return self.activations.double() * self.gradients.double()


def activations(subject: Subject, place: Tap, samples: Samples) -> Tensor:
    """Return [n, units, *positions]. Cost: one forward pass over the samples."""
    found = []
    layout = row_axis(subject.network, samples, place.module)
    for rows in _batches(samples):
        seen: list[Tensor] = []
        with torch.no_grad():
            listening(subject.network, place, seen.append)(*rows.inputs)
        found.append(place.units_first(seen[-1], layout, rows.count).clone())
    return torch.cat(found)


def activations_and_gradients(
    subject: Subject, place: Tap, samples: Samples, targets: NDArray[np.int64] | None
) -> LayerPass:
    """Return activations and gradients. Cost: one forward and one backward pass.

    The layer's output is cut off from what made it, so that the backward pass ends there and no
    parameter gathers a gradient. Without `targets` each sample's largest output is looked at.

    Raises:
        InvalidOption: there is no such output.
    """
    parts, at = [], 0
    for rows in _batches(samples):
        wanted = None if targets is None else targets[at : at + rows.count]
        parts.append(_answer(subject, place, rows, wanted))
        at += rows.count
    return LayerPass(
        activations=torch.cat([part.activations for part in parts]),
        gradients=torch.cat([part.gradients for part in parts]),
        targets=torch.cat([part.targets for part in parts]),
    )


def _answer(
    subject: Subject, place: Tap, rows: Samples, wanted: NDArray[np.int64] | None
) -> LayerPass:
    seen: list[Tensor] = []
    with torch.enable_grad():
        outputs = listening(subject.network, place, partial(_cut, seen=seen))(*rows.inputs)
        outputs = outputs.reshape(rows.count, -1)
        targets = outputs.detach().argmax(1) if wanted is None else torch.from_numpy(wanted)
        _check_targets(targets, outputs.shape[1])
        chosen = outputs.gather(1, targets[:, None]).sum()
    leaf, layout = seen[-1], row_axis(subject.network, rows, place.module)
    slope = torch.autograd.grad(chosen, leaf, allow_unused=True)[0] if chosen.grad_fn else None
    slope = torch.zeros_like(leaf) if slope is None else slope
    return LayerPass(
        activations=place.units_first(leaf.detach(), layout, rows.count),
        gradients=place.units_first(slope, layout, rows.count),
        targets=targets,
    )


def _check_targets(targets: Tensor, columns: int) -> None:
    if targets.numel() and not 0 <= int(targets.min()) <= int(targets.max()) < columns:
        raise InvalidOption("features.no_output", output=int(targets.max()), last=columns - 1)


def listening(network: Network, place: Tap, hear: Callable[[Tensor], Tensor | None]) -> Network:
    """Return a private copy in which `hear` gets the layer's output and may replace it."""
    copied = network.sharing_copy()

    def hook(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor | None:
        return hear(output)

    copied.get_submodule(place.module).register_forward_hook(hook)
    return copied


def _cut(output: Tensor, seen: list[Tensor]) -> Tensor:
    seen.append(output.detach().clone().requires_grad_())
    return seen[-1]


def _batches(samples: Samples) -> Iterator[Samples]:
    for at in range(0, samples.count, _BATCH):
        yield samples.take(np.arange(at, min(at + _BATCH, samples.count)))


Seen = dict[str, tuple[Tensor, Tensor]]


def observe(subject: Subject, modules: Iterable[str], sample: int) -> Seen:
    """Return (input, output) of each module for one sample.

    The batch dimension is dropped. A module that runs twice shows its last run. Cost: one forward
    pass of one sample, and a few to find the rows.

    Raises:
        InvalidSubject: there is no such sample.
        Refused: a value that does not hold its rows one after the other.
    """
    check_row(subject.samples, sample)
    network = require_lifted(subject.network)
    one = subject.samples.take(np.array([sample]))
    with torch.no_grad():
        values = network.record(*one.inputs)

    def alone(step: str) -> Tensor:
        layout = row_axis(network, subject.samples, step)
        found: Tensor = rows_first(values[step], layout, 1)[0]
        return found

    ran = {step.module: step for step in network.steps if step.module is not None}
    return {
        name: (alone(references(ran[name].arguments)[0].name), alone(ran[name].name))
        for name in set(modules)
    }


def unit_values(subject: Subject, sample: int) -> dict[str, Tensor]:
    """Return one value per unit of every linear and convolutional layer, for one sample.

    Returns:
        Layer name -> [units]: the value after the layer's activation function (the mean over
        positions for feature maps and tokens); for layers that give the answer of a
        classification, the probabilities of the classes, and of a set of labels, of each. Cost:
        one forward pass of one sample.
    """
    network = subject.network
    after = activation_after(network)
    layers = {layer_of(n) for n in network.prunable}
    kinds = {name: network.get_submodule(name) for name in layers}
    known = [n for n, m in kinds.items() if isinstance(m, UNIT_LAYERS)]
    seen = observe(subject, (after.get(name, name) for name in known), sample)
    last = output_layers(network)
    values: dict[str, Tensor] = {}
    for name in known:
        output = _per_unit(kinds[name], seen[after.get(name, name)][1])
        values[name] = _as_answers(output, subject.task) if name in last else output
    return values


def _as_answers(outputs: Tensor, task: Task) -> Tensor:
    if task.kind == "multilabel":
        return outputs.sigmoid()
    return torch.softmax(outputs, 0) if task.kind == "classification" else outputs


def _per_unit(layer: nn.Module, output: Tensor) -> Tensor:
    units = output.movedim(unit_axis(layer), 0)
    return units.reshape(len(units), -1).mean(1)
