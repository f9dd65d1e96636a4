"""unit_values: what every unit puts out for one sample."""

import torch
from torch import Tensor, nn

from explain.core.subject import Subject, Task
from explain.features.observed import observe
from explain.network import UNIT_LAYERS, activation_after, layer_of, output_layers


def unit_values(subject: Subject, sample: int) -> dict[str, Tensor]:
    """Return one value per unit of every linear and convolutional layer, for one sample.

    Args:
        subject: dense or pruned.
        sample: row of the subject's samples.

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
    if isinstance(layer, nn.Linear):
        return output.reshape(-1, output.shape[-1]).mean(0)
    return output.flatten(1).mean(1)
