"""A private copy of a network that may learn, and the copy as it behaves while it does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from explain.core.errors import UnknownKey
from explain.core.network import Network
from explain.network.graph import BATCH_NORMS, kind_of


def learning_copy(network: Network, frozen: tuple[str, ...]) -> tuple[Network, dict[str, Tensor]]:
    """Return a copy with tensors of its own, and its parameters that learn by name, tied ones once.

    Raises:
        UnknownKey: a frozen layer is not there.
    """
    known = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    layers = {name: None for name, _ in network.named_modules() if name}
    for name in frozen:
        if name not in layers:
            raise UnknownKey.among("layer", name, layers)
    copied = network.with_parameters({name: x.detach().clone() for name, x in known.items()})
    learning = {
        name: tensor.requires_grad_()
        for name, tensor in copied.named_parameters()
        if tensor.is_floating_point() and not is_frozen(name, frozen)
    }
    return copied, learning


def is_frozen(name: str, frozen: tuple[str, ...]) -> bool:
    """Return whether a layer or parameter is one of the frozen layers or inside one."""
    return any(name == layer or name.startswith(f"{layer}.") for layer in frozen)


@contextmanager
def in_training(
    network: Network, frozen: tuple[str, ...], dropout: float, random: torch.Generator
) -> Iterator[None]:
    """Let BatchNorm take the statistics of each batch and hidden activations drop, for a while.

    Norms that are frozen or keep no statistics stay as they are.
    """
    norms = [
        module
        for name, module in network.named_modules()
        if isinstance(module, BATCH_NORMS) and not is_frozen(name, frozen)
    ]
    hooks = [
        network.get_submodule(name).register_forward_hook(_dropping(dropout, random))
        for name in (hidden_activations(network) if dropout else ())
    ]
    try:
        for norm in norms:
            norm.train()
        yield
    finally:
        for norm in norms:
            norm.eval()
        for hook in hooks:
            hook.remove()


def hidden_activations(network: Network) -> tuple[str, ...]:
    """Return the activation functions that stand between layers that learn."""
    ran = dict.fromkeys(step.module for step in network.steps if step.module is not None)
    kinds = {name: kind_of(network.get_submodule(name)) for name in ran}
    last = max((at for at, name in enumerate(ran) if kinds[name] in _LEARN), default=-1)
    return tuple(name for at, name in enumerate(ran) if at < last and kinds[name] == "activation")


_LEARN = frozenset({"linear", "conv", "recurrent"})


def _dropping(share: float, random: torch.Generator) -> Callable[..., Tensor]:
    def hook(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        kept = torch.rand(output.shape, generator=random) >= share
        return output * kept / (1 - share)

    return hook
