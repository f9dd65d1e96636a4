"""A tax on the length of wires: training that pays for weights between units that stand far apart.

After BIMT (Liu, Gan and Tegmark 2023, arXiv:2305.08746), without its swaps of units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from models.architectures import TwoLayerMlp

SHORTEST = 0.1
"""What a wire of no length pays, as a length: the width of all is 1."""
RISES = 0.3
"""Share of the epochs within which the tax rises to its full height."""
CUT = 0.7
"""Share of the epochs after which the smallest weights are taken out."""


@dataclass(slots=True, kw_only=True)
class Wires:
    """The weights of a training: what each pays for its wire, and which of them are left.

    `columns`: of the pictures that are read. `tax`: the price of a size times a length; `kept`:
    the share of all weights that is left after the cut.
    """

    weights: tuple[nn.Parameter, ...]
    columns: int
    tax: float
    kept: float
    _lengths: tuple[Tensor, ...] = ()
    _left: tuple[Tensor, ...] = ()
    _price: float = field(default=0.0)

    def __post_init__(self) -> None:
        """Measure the wires, where they are taxed."""
        if self.tax:
            self._lengths = wire_lengths(self.weights, self.columns)

    def begin(self, share: float) -> None:
        """Begin the epoch that ends at this share of them all, 0..1: raise the tax, or cut."""
        self._price = self.tax * min(1.0, share / RISES)
        if self.kept < 1 and not self._left and share > CUT:
            self._left = largest_weights(self.weights, self.kept)

    def tax_now(self) -> Tensor:
        """Return what all weights pay together."""
        paid = [
            (weight.abs() * length).sum()
            for weight, length in zip(self.weights, self._lengths, strict=True)
        ]
        return self._price * torch.stack(paid).sum()

    def cut(self) -> None:
        """Take out the weights that are not left; before the cut all are."""
        with torch.no_grad():
            for weight, left in zip(self.weights, self._left, strict=bool(self._left)):
                weight.mul_(left)


def wire_lengths(weights: Sequence[Tensor], columns: int) -> tuple[Tensor, ...]:
    """Return for each matrix [outputs, inputs] the length of its wires, plus what the shortest pay.

    Units of a layer stand evenly from 0 to 1 in their order; elements of a picture of `columns`
    columns, flattened row by row, stand at their column.
    """
    places = torch.arange(weights[0].shape[1]) % columns / columns
    found = []
    for weight in weights:
        follow = torch.linspace(0, 1, len(weight))
        found.append(SHORTEST + (follow[:, None] - places[None, :]).abs())
        places = follow
    return tuple(found)


def largest_weights(weights: Sequence[Tensor], kept: float) -> tuple[Tensor, ...]:
    """Return for each matrix which of its weights are among the largest `kept` of all, 0 or 1."""
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    cut = sizes.kthvalue(max(1, round((1 - kept) * len(sizes)))).values
    return tuple((weight.detach().abs() > cut).to(weight.dtype) for weight in weights)


def shrunk(network: nn.Module, seed: int) -> TwoLayerMlp:
    """Return the network without hidden units that have no weights, the others in a random order.

    What computes the same: a unit that hears nothing hands a constant on, which joins the next
    biases. The order is drawn from `seed`, so that it gives nothing away.
    """
    if not isinstance(network, TwoLayerMlp):
        raise TypeError(type(network).__name__)
    random = torch.Generator().manual_seed(seed)
    layers = (network.hidden1, network.hidden2, network.output)
    weights = [layer.weight.detach().clone() for layer in layers]
    biases = [layer.bias.detach().clone() for layer in layers]
    for at in (0, 1):
        constant = ~(weights[at] != 0).any(dim=1)
        biases[at + 1] += weights[at + 1][:, constant] @ biases[at][constant].relu()
        weights[at + 1][:, constant] = 0
    for at in (1, 0):
        alive = (weights[at + 1] != 0).any(dim=0).nonzero().flatten()
        order = alive[torch.randperm(len(alive), generator=random)]
        weights[at], biases[at] = weights[at][order], biases[at][order]
        weights[at + 1] = weights[at + 1][:, order]
    state: dict[str, Tensor] = {}
    for name, weight, bias in zip(("hidden1", "hidden2", "output"), weights, biases, strict=True):
        state |= {f"{name}.weight": weight.contiguous(), f"{name}.bias": bias}
    with torch.device("meta"):
        found = mlp_of({name: tuple(tensor.shape) for name, tensor in state.items()})
    found.load_state_dict(state, assign=True)
    return found.eval()


def mlp_of(shapes: Mapping[str, tuple[int, ...]]) -> TwoLayerMlp:
    """Return the network whose tensors have these shapes."""
    first, second, last = (shapes[f"{name}.weight"] for name in ("hidden1", "hidden2", "output"))
    return TwoLayerMlp(first[1], (first[0], second[0]), last[0])
