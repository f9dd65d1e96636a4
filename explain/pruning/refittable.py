"""unrepaired: layers that `repair` leaves as they are, and why."""

from collections.abc import Iterable, Mapping

from torch import Tensor, nn

from explain.core.messages import Message
from explain.core.network import Network
from explain.core.subject import Subject
from explain.network import users_of
from explain.network.graph import CONVOLUTIONS, layer_of, prunable_layers
from explain.network.layout import require_lifted
from explain.pruning.unfolding import channel_groups, columns_of

_REFIT = (nn.Linear, *CONVOLUTIONS)
_GRAM = 2**25


def repair_refusal(subject: Subject) -> Message | None:
    """Return why the subject cannot be repaired, or None. Cost: no pass."""
    samples, piece = subject.calibration, require_lifted(subject.network).piece
    if samples is None or not samples.count:
        return Message("pruning.nothing_to_refit_on")
    if piece is not None and samples.count < piece:
        return Message("pruning.too_few_to_refit", size=piece)
    return None if refittable(subject.network) else Message("pruning.no_layer_to_refit")


def unrepaired(subject: Subject) -> Mapping[str, Message]:
    """Return the layers with weights that `repair` leaves as they are, each with the reason.

    Cost: no pass.
    """
    titles = {info.name: info.display for info in subject.network.layers}
    return {
        layer: Message("pruning.unrepaired", why=why, layer=titles.get(layer, layer))
        for layer in dict.fromkeys(prunable_layers(subject.network))
        if (why := _why_not(subject.network, layer)) is not None
    }


def refittable(network: Network) -> dict[str, tuple[str, ...]]:
    """Return the layers that can be refit, in execution order, and all with the same weight.

    A weight that several layers have stands once, under the first.
    """
    found: dict[str, tuple[str, ...]] = {}
    for layer in prunable_layers(network):
        if _why_not(network, layer) is None:
            users = users_of(network, f"{layer}.weight")
            found.setdefault(users[0], users)
    return found


def _why_not(network: Network, layer: str) -> str | None:
    module = network.get_submodule(layer)
    if not isinstance(module, _REFIT) or not module.weight.is_floating_point():
        return "recurrent" if isinstance(module, nn.RNNBase | nn.RNNCellBase) else "other"
    if channel_groups(module) * columns_of(module) ** 2 > _GRAM:
        return "wide"
    return None if _is_whole(network, layer, module) else "shared"


def _is_whole(network: Network, layer: str, module: nn.Module) -> bool:
    """Return whether all that has the weight multiplies with it and adds the same bias."""
    users = users_of(network, f"{layer}.weight")
    others = [network.get_submodule(name) for name in users]
    alike = all(type(one) is type(module) and one.bias is module.bias for one in others)
    return alike and not _read_elsewhere(network, module, users)


def _read_elsewhere(network: Network, module: nn.Module, users: Iterable[str]) -> bool:
    """Return whether another layer or a step by itself reads the weight or the bias."""
    own = {id(tensor) for tensor in module.parameters(recurse=False)}
    known = set(users)
    layers = {step.module for step in network.steps if step.module is not None} - known
    elsewhere = (
        p for name in layers for p in network.get_submodule(name).parameters(recurse=False)
    )
    handed = (
        _tensor(network, str(step.arguments[0]))
        for step in network.steps
        if step.operation == "parameter"
    )
    return any(id(tensor) in own for tensor in (*elsewhere, *handed))


def _tensor(network: Network, name: str) -> Tensor | None:
    return getattr(network.get_submodule(layer_of(name)), name.rpartition(".")[2], None)
