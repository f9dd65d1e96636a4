"""left_alone: weights that no amount of a plan takes, and why."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from explain.core.messages import Message, listed
from explain.core.network import Network
from explain.core.scores import ScoreSet
from explain.core.subject import Subject
from explain.network import layer_of, output_layers, shared_parameters, users_of
from explain.network.graph import CONVOLUTIONS, RECURRENT
from explain.network.slopes import slopes
from explain.pruning.catalog import criterion

_MATRIX = 2
_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """What stays at every amount: why -> layers, how many weights these hold, and of how many.

    Weights are tensors of two dimensions or more: biases and norms are not counted. `why` is a form
    of the message `pruning.left_alone`.
    """

    why: Mapping[str, tuple[str, ...]]
    weights: int
    total: int

    def told(self) -> tuple[Message, ...]:
        """Return one clause for each reason, with four layers at most."""
        return tuple(
            Message("pruning.left_alone", why=why, layers=listed(layers, _NAMED))
            for why, layers in self.why.items()
        )


def left_alone(subject: Subject, scores: ScoreSet) -> LeftAlone:
    """Return which weights of a network the entries of these scores do not reach, and why.

    Cost: no pass.
    """
    network = subject.network
    reached = {id(network.get_parameter(n)) for tensor in scores.tensors for n in tensor.weights}
    every = {n: p for n, p in network.named_parameters() if p.dim() >= _MATRIX}
    left = {name: weight for name, weight in every.items() if id(weight) not in reached}
    titles = {info.name: info.display for info in network.layers}
    why: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for name, weight in left.items():
        title = titles.get(layer_of(name), name)
        why[_why(network, name, weight, scores.criterion)][title] = None
    return LeftAlone(
        why={reason: tuple(layers) for reason, layers in why.items()},
        weights=sum(weight.numel() for weight in left.values()),
        total=sum(weight.numel() for weight in every.values()),
    )


def _why(network: Network, name: str, weight: Tensor, key: str) -> str:
    owner = network.get_submodule(layer_of(name))
    if name not in network.prunable:
        return "embedding" if isinstance(owner, nn.Embedding) else "loose"
    reasons = {
        "gradient": "gradients" in criterion(key).needs and _is_flat(network, name),
        "answer": layer_of(name) in output_layers(network),
        "recurrent": isinstance(owner, RECURRENT),
        "transposed": isinstance(owner, CONVOLUTIONS[3:]),
        "shared": id(weight) in shared_parameters(network),
    }
    return next((reason for reason, holds in reasons.items() if holds), "other")


def _is_flat(network: Network, name: str) -> bool:
    return slopes(network).layers.isdisjoint(users_of(network, name))
