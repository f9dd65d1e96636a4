"""Many networks of one structure as one function of their weights."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explain.attribution.rewiring import (
    ending_at,
    fold,
    foldings,
    pooling_first,
    starting_at,
    straight_until,
)
from explain.core.network import Network
from explain.network import Lifted

Tensors = tuple[Tensor, ...]
_Slot = tuple[dict[str, Tensor], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """`run(given, enter(given, *inputs), *inputs)` are the outputs of the network of those tensors.

    `enter` runs the affine layers at the beginning, if there are any: on a straight line of inputs
    its values form a straight line too. `run` does all that follows. Both may be called under
    `torch.vmap` with `weights(slice)` [k, ...]: the tensors of those networks, one behind the
    other, and only what differs between networks. Both write into a private skeleton that nobody
    else has, so one thread at a time may use a stack.
    """

    enter: Callable[..., Tensor]
    run: Callable[..., Tensor]
    weights: Callable[[slice], Tensors]


def stack_networks(networks: Sequence[Network], skeleton: Lifted) -> Stack:
    """Return networks of one structure as a function of the tensors in which they differ.

    A BatchNorm that alone follows a convolution is folded into its weights, and a ReLU waits for
    the max pool that alone follows it. Cost: no pass; memory for copies of the weights that differ,
    when `weights` is called.

    `skeleton`: a private copy of the first that this function may change; its steps may start
    elsewhere.
    """
    known = [_tensors(network) for network in networks]
    pairs = foldings(networks[0])
    folded = {f"{layer}.{name}" for layer in pairs for name in ("weight", "bias")}
    parts = {n for pair in pairs.items() for n in known[0] if n.rpartition(".")[0] in pair}
    # What all networks share stays in the skeleton, and `vmap` does its work once.
    plain = [n for n in known[0] if n not in parts and _differs(n, known)]
    names = (*plain, *sorted(folded))
    for norm in pairs.values():
        _replace(skeleton, norm, nn.Identity())
    head, rest = _halves(pooling_first(skeleton))
    own = sum(step.operation == "input" for step in rest.steps) - 1
    into_head = [_slot(head, name) for name in names]
    into_rest = [_slot(rest, name) for name in names]

    def weights(at: slice) -> Tensors:
        found = {n: torch.stack([tensors[n] for tensors in known[at]]) for n in (*plain, *parts)}
        for layer, norm in pairs.items():
            epsilon = float(networks[0].get_submodule(norm).eps)  # type: ignore[arg-type]
            both = fold(_inside(found, layer), _inside(found, norm), epsilon)
            found |= zip((f"{layer}.weight", f"{layer}.bias"), both, strict=True)
        return tuple(found[name].detach() for name in names)

    def enter(given: Tensors, *inputs: Tensor) -> Tensor:
        _write(into_head, given)
        value: Tensor = head(*inputs)
        return value

    def run(given: Tensors, value: Tensor, *inputs: Tensor) -> Tensor:
        _write(into_rest, given)
        outputs: Tensor = rest(value, *inputs[len(inputs) - own :])
        return outputs

    return Stack(enter=enter, run=run, weights=weights)


def _halves(network: Lifted) -> tuple[Lifted, Lifted]:
    """Return the affine beginning and what follows it: all of the network if nothing is affine."""
    last = straight_until(network)
    is_input = any(step.name == last and step.operation == "input" for step in network.steps)
    return ending_at(network, last), network if is_input else starting_at(network, last)


def _write(slots: Sequence[_Slot | None], given: Tensors) -> None:
    for slot, tensor in zip(slots, given, strict=True):
        if slot is not None:
            owner, name = slot
            owner[name] = tensor


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


def _slot(skeleton: Lifted, name: str) -> _Slot | None:
    """Return where a tensor hangs: a dictionary of its module, and its name there.

    None where the steps of this half do not name the module: it holds no such tensor.
    """
    path, _, last = name.rpartition(".")
    module = dict(skeleton.named_modules()).get(path)
    if module is None:
        return None
    state = vars(module)
    return state["_buffers" if last in state["_buffers"] else "_parameters"], last


def _replace(network: Lifted, name: str, module: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    vars(network.get_submodule(parent))["_modules"][last] = module
