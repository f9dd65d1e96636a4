"""Which entries of a pruned network stay zero while it learns."""

from collections.abc import Iterator, Mapping

from torch import Tensor

from explain.core.network import Network
from explain.core.subject import Subject
from explain.network import UNIT_LAYERS, batch_norm_after


def held_zeros(copy: Subject, dense: Subject) -> dict[str, Tensor]:
    """Return for each parameter what stays zero, True, where there is anything: by its name.

    What is 0 in the copy and not in the dense network was pruned; a prunable weight that is 0 in
    both arrived that way and stays too. So does what a unit all of whose weights are held says by
    its bias or its BatchNorm: it would learn to say a constant.
    """
    prunable = set(copy.network.prunable)
    tensors = {name: tensor.detach() for name, tensor in copy.network.named_parameters()}
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        zero = tensor == 0
        found[name] = zero if name in prunable else zero & (dense.network.get_parameter(name) != 0)
    for name, silent in _silent(copy.network, found):
        if name in tensors:
            found[name] = found[name] | (silent & (tensors[name] == 0))
    return {name: held for name, held in found.items() if held.any()}


def _silent(network: Network, held: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Yield the names of what speaks for units beside their weights, and which units are gone."""
    for layer, norm in batch_norm_after(network).items():
        gone = held.get(f"{layer}.weight")
        if gone is None or not isinstance(network.get_submodule(layer), UNIT_LAYERS):
            continue
        silent = gone.flatten(1).all(1)
        yield f"{layer}.bias", silent
        if norm is not None:
            yield from ((f"{norm}.{name}", silent) for name in ("weight", "bias"))
