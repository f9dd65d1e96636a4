"""mappable_layers: the layers whose units can be looked at one by one."""

from dataclasses import dataclass

from torch import Tensor, nn

from explain.core.errors import Refused, UnknownKey
from explain.core.messages import Message
from explain.core.network import Network
from explain.core.subject import Subject
from explain.network import UNIT_LAYERS, activation_after, prunable_layers, unit_axis
from explain.network.layout import RowAxis, rows_first

_KINDS = {0: "units", 1: "tokens", 2: "maps"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """Where to listen to a layer: a module, its output for one sample, and its axis of units."""

    module: str
    shape: tuple[int, ...]
    axis: int

    @property
    def units(self) -> int:
        """Return how many units there are."""
        return self.shape[self.axis]

    @property
    def positions(self) -> tuple[int, ...]:
        """Return the sizes of the positions: (), (tokens,) or (height, width)."""
        return tuple(n for i, n in enumerate(self.shape) if i != self.axis)

    @property
    def kind(self) -> str:
        """Return "units", "tokens" or "maps"."""
        return _KINDS[len(self.positions)]

    def units_first(self, output: Tensor, layout: RowAxis | None, rows: int) -> Tensor:
        """Return an output of that many rows as [rows, units, *positions]."""
        return rows_first(output, layout, rows).movedim(1 + self.axis, 1)


def mappable_layers(subject: Subject) -> tuple[str, ...]:
    """Return the layers that `feature_maps` can look at, in execution order.

    They are the linear and the 1-d and 2-d convolutional layers, transposed ones left out. A
    layer that runs twice stands once and shows its last run. Cost: no pass.
    """
    return tuple(_taps(subject.network))


def tap(subject: Subject, layer: str) -> Tap:
    """Return where to listen to a layer.

    Raises:
        UnknownKey: the network has no module of that name.
        Refused: it has, but its units cannot be looked at.
    """
    found = _taps(subject.network)
    if layer in found:
        return found[layer]
    if layer in {name for name, _ in subject.network.named_modules()}:
        hint = Message("features.pick_layer", layers=list(found))
        raise Refused(
            "features.no_units", hint=hint if found else Message("features.pick_none"), layer=layer
        )
    raise UnknownKey.among("layer", layer, found)


def check_channel(found: Tap, channel: int) -> None:
    """Refuse a channel that is not there.

    Raises:
        Refused: there is no such channel.
    """
    if not 0 <= channel < found.units:
        raise Refused("features.no_channel", channel=channel, last=found.units - 1)


def _taps(network: Network) -> dict[str, Tap]:
    after = activation_after(network)
    shapes = {info.name: info.output_shape for info in network.layers}
    found = {}
    for layer in dict.fromkeys(prunable_layers(network)):
        module = network.get_submodule(layer)
        shape = shapes[after[layer]]
        if isinstance(module, UNIT_LAYERS) and _fits(module, shape):
            axis = len(shape) + unit_axis(module)
            found[layer] = Tap(module=after[layer], shape=shape, axis=axis)
    return found


def _fits(module: nn.Module, shape: tuple[int, ...]) -> bool:
    if isinstance(module, nn.Linear):
        return 1 <= len(shape) <= 3
    return isinstance(module, (nn.Conv1d, nn.Conv2d)) and len(shape) == module.weight.dim() - 1
