"""Networks with a known right answer: independent networks merged, units shuffled, leak added.

A unit that answers no sample of its own network (a ReLU that died in training) has no right answer:
nothing but its name ties it to its network. Such units stay in the merged network and are marked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import explain
from explain.core.partition import UnitLabels
from explain.core.subject import Samples, Subject
from models.data import digits
from models.fitting import Fitting, fit

_RECIPE = Fitting(epochs=20, rate=1e-3, decay=1e-4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A network, the block that each hidden unit came from, and which units answer anything."""

    subject: Subject
    truth: UnitLabels
    alive: Mapping[str, NDArray[np.bool_]]


def _mlp(blocks: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64 * blocks, width * blocks),
        nn.ReLU(),
        nn.Linear(width * blocks, width * blocks),
        nn.ReLU(),
        nn.Linear(width * blocks, 10 * blocks),
    )


def _cnn(blocks: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(blocks, width // 2 * blocks, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(width // 2 * blocks, width * blocks, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(4),
        nn.Flatten(),
        nn.Linear(width * 4 * blocks, 10 * blocks),
    )


_MAKERS = {"mlp": _mlp, "cnn": _cnn}


def blocks(kind: str, count: int, *, seed: int, width: int = 16) -> list[nn.Sequential]:
    """Return independently trained networks that each read one digit."""
    make = _MAKERS[kind]
    return [
        nn.Sequential(
            *fit(lambda: make(1, width), _rows(), _RECIPE, seed=100 * seed + place).children()
        )
        for place in range(count)
    ]


def planted(
    kind: str, parts: Sequence[nn.Sequential], *, leak: float, seed: int, width: int = 16
) -> Planted:
    """Return the networks merged block by block, hidden units permuted, the rest Gaussian leak.

    `leak` is the spread of the leak as a share of the root mean square of the blocks' weights.
    """
    count = len(parts)
    whole = _MAKERS[kind](count, width)
    random = torch.Generator().manual_seed(seed)
    layers = [place for place, part in enumerate(whole) if isinstance(part, (nn.Linear, nn.Conv2d))]
    order: Tensor | None = None
    truth: dict[str, NDArray[np.int64]] = {}
    alive: dict[str, NDArray[np.bool_]] = {}
    answering = [_answering(part) for part in parts]
    for place in layers:
        own = [part[place] for part in parts]
        weight, bias = _merged(own, leak, random)
        weight = weight if order is None else weight[:, _spread(order, weight.shape[1])]
        last = place == layers[-1]
        order = torch.arange(len(weight)) if last else torch.randperm(len(weight), generator=random)
        whole[place].weight.data = weight[order]
        whole[place].bias.data = bias[order]
        if not last:
            truth[str(place)] = (order // (len(order) // count)).numpy()
            alive[str(place)] = torch.cat([each[place] for each in answering])[order].numpy()
    return Planted(subject=_subject(whole, count), truth=truth, alive=alive)


def _answering(part: nn.Sequential) -> dict[int, Tensor]:
    """Return for each layer before a ReLU which units answer some training sample [units]."""
    found: dict[int, Tensor] = {}
    value = digits.read_digits().train.inputs[0]
    with torch.no_grad():
        for place, layer in enumerate(part):
            value = layer(value)
            if isinstance(layer, nn.ReLU):
                found[place - 1] = value.movedim(1, 0).flatten(1).amax(1) > 0
    return found


UNLIKE = ("alike", "dead", "columns", "rows")
"""What is done to planted networks and to controls alike."""

_DEAD = 0.3
_NEVER = -1e3


def unlike(network: Planted, how: str, seed: int) -> Planted:
    """Return a network as it is ("alike"), or made harder.

    "columns", "rows": every column or row of each layer's weights times a lognormal(1) number.
    "dead": 30 % of the units of each hidden layer hold weights as they are drawn and never fire.
    """
    if how == "alike":
        return network
    random = torch.Generator().manual_seed(seed)
    subject = network.subject
    weights = {name: tensor.detach().clone() for name, tensor in subject.network.named_parameters()}
    alive = {layer: there.copy() for layer, there in network.alive.items()}
    if how == "dead":
        _kill(weights, alive, random)
    else:
        for weight in (tensor for tensor in weights.values() if tensor.dim() > 1):
            axis = 0 if how == "rows" else 1
            factors = torch.randn(weight.shape[axis], generator=random).exp()
            weight.mul_(factors.reshape(-1, *[1] * (weight.dim() - 1 - axis)))
    changed = replace(subject, network=subject.network.with_parameters(weights))
    return replace(network, subject=changed, alive=alive)


def _kill(
    weights: dict[str, Tensor], alive: dict[str, NDArray[np.bool_]], random: torch.Generator
) -> None:
    layers = [name.removesuffix(".weight") for name in weights if name.endswith(".weight")]
    for layer, behind in pairwise(layers):
        incoming, outgoing = weights[f"{layer}.weight"], weights[f"{behind}.weight"]
        units = len(incoming)
        chosen = torch.randperm(units, generator=random)[: int(_DEAD * units)]
        incoming[chosen] = _drawn(incoming[chosen], incoming, random)
        weights[f"{layer}.bias"][chosen] = _NEVER
        read = outgoing.view(len(outgoing), units, -1)
        read[:, chosen] = _drawn(read[:, chosen], outgoing, random)
        alive[layer][chosen.numpy()] = False


def _drawn(shape_of: Tensor, like: Tensor, random: torch.Generator) -> Tensor:
    return torch.randn(shape_of.shape, generator=random) * like.square().mean().sqrt()


def control(kind: str, blocks: int, *, seed: int, width: int = 16) -> Subject:
    """Return a network of the same size whose weights are random."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _subject(_MAKERS[kind](blocks, width), blocks)


def trained_control(kind: str, blocks: int, *, seed: int, width: int = 16) -> Subject:
    """Return one network, as wide as so many blocks, trained as a whole to read one digit."""
    whole = fit(lambda: _MAKERS[kind](1, width * blocks), _rows(), _RECIPE, seed=seed)
    return _subject(whole, 1)


def _rows() -> tuple[Tensor, Tensor]:
    train = digits.read_digits().train
    assert train.targets is not None
    return train.inputs[0], train.targets


def _merged(
    own: Sequence[nn.Module], leak: float, random: torch.Generator
) -> tuple[Tensor, Tensor]:
    weights = [part.get_parameter("weight").detach() for part in own]
    rms = torch.cat([w.flatten() for w in weights]).square().mean().sqrt()
    rows, columns = weights[0].shape[:2]
    count = len(weights)
    shape = (rows * count, columns * count, *weights[0].shape[2:])
    whole = torch.randn(shape, generator=random) * rms * leak
    for i, weight in enumerate(weights):
        whole[i * rows : (i + 1) * rows, i * columns : (i + 1) * columns] = weight
    return whole, torch.cat([part.get_parameter("bias").detach() for part in own])


def _spread(order: Tensor, columns: int) -> Tensor:
    """Return the order of columns where each unit has several (positions behind a flattening)."""
    each = columns // len(order)
    return (order[:, None] * each + torch.arange(each)).flatten()


def _subject(network: nn.Module, blocks: int) -> Subject:
    rows = digits.read_digits().test.take(np.arange(256))
    parts = [rows.inputs[0].roll(shift, 0) for shift in range(blocks)]
    inputs = torch.cat(parts, 1)
    targets = rows.targets
    samples = Samples(inputs=(inputs,), targets=targets)
    return explain.subject(network.eval(), samples, calibration=samples)
