"""Many networks of one structure as one function of their weights."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explain.attribution.folding import fold, foldings
from explain.core.network import Network
from explain.network import Lifted

__all__ = ["Stack", "stacked"]

Tensors = tuple[Tensor, ...]
_Slot = tuple[dict[str, Tensor], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """`run(weights(slice), inputs)` under `torch.vmap` runs these networks at once.

    `run` takes the tensors of one network and its inputs. It writes them into a private skeleton
    that nobody else has, so one thread at a time may use a stack. `weights(at)` [k, ...] are those
    tensors of the networks in a slice, one behind the other: only what differs between networks.
    """

    run: Callable[[Tensors, Tensors], Tensor]
    weights: Callable[[slice], Tensors]


def stacked(networks: Sequence[Network], skeleton: Lifted) -> Stack:
    """Return networks of one structure as a function of the tensors in which they differ.

    A BatchNorm that alone follows a convolution is folded into its weights. Cost: no pass; memory
    for copies of the weights that differ, when `weights` is called.

    Args:
        networks: not touched.
        skeleton: a private copy of the first that this function may change; its steps may start
            elsewhere.
    """
    known = [_tensors(network) for network in networks]
    pairs = foldings(networks[0])
    folded = {f"{layer}.{name}" for layer in pairs for name in ("weight", "bias")}
    parts = {n for pair in pairs.items() for n in known[0] if n.rpartition(".")[0] in pair}
    plain = [n for n in known[0] if n not in parts and _differs(n, known)]
    names = (*plain, *sorted(folded))
    for norm in pairs.values():
        _replace(skeleton, norm, nn.Identity())
    slots = [_slot(skeleton, name) for name in names]

    def weights(at: slice) -> Tensors:
        found = {n: torch.stack([tensors[n] for tensors in known[at]]) for n in (*plain, *parts)}
        for layer, norm in pairs.items():
            epsilon = float(networks[0].get_submodule(norm).eps)  # type: ignore[arg-type]
            both = fold(_inside(found, layer), _inside(found, norm), epsilon)
            found |= zip((f"{layer}.weight", f"{layer}.bias"), both, strict=True)
        return tuple(found[name].detach() for name in names)

    def run(given: Tensors, inputs: Tensors) -> Tensor:
        for (owner, name), tensor in zip(slots, given, strict=True):
            owner[name] = tensor
        outputs: Tensor = skeleton(*inputs)
        return outputs

    return Stack(run=run, weights=weights)


def _tensors(network: Network) -> dict[str, Tensor]:
    """Return every tensor under every name, so that those that two networks share are the same."""
    return {
        f"{path}.{name}" if path else name: tensor
        for path, module in network.named_modules()
        for name, tensor in _own(module)
    }


def _own(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    for kind in ("_parameters", "_buffers"):
        yield from ((n, tensor) for n, tensor in vars(module)[kind].items() if tensor is not None)


def _differs(name: str, known: Sequence[Mapping[str, Tensor]]) -> bool:
    return any(tensors[name] is not known[0][name] for tensors in known)


def _inside(found: Mapping[str, Tensor], module: str) -> dict[str, Tensor]:
    return {
        name.rpartition(".")[2]: tensor
        for name, tensor in found.items()
        if name.rpartition(".")[0] == module
    }


def _slot(skeleton: Lifted, name: str) -> _Slot:
    """Return where a tensor hangs: a dictionary of its module, and its name there."""
    path, _, last = name.rpartition(".")
    state = vars(skeleton.get_submodule(path))
    return state["_buffers" if last in state["_buffers"] else "_parameters"], last


def _replace(network: Lifted, name: str, module: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    vars(network.get_submodule(parent))["_modules"][last] = module
