"""The sizes of the inputs, and what a network must hold and take before anything runs."""

from collections.abc import Iterator, Mapping, Sequence

import torch

from explain.core.errors import ImportRefused
from explain.core.messages import listed
from explain.core.network import Step
from explain.network.lifted import Lifted
from models.loading.files.onnx.graph import Port
from models.loading.files.raw_tensors import is_sound
from models.loading.limits import Limits

_SHOWN = 5
_WHOLE = frozenset({torch.int32, torch.int64})


def refuse_unsound(network: Lifted) -> None:
    """Refuse NaN and infinity in the tensors of layers; masks may hold minus infinity.

    Raises:
        ImportRefused: with the names of the tensors.
    """
    bad = list(_unsound(network))
    if bad:
        raise ImportRefused("loading.onnx.not_finite", tensors=listed(bad, _SHOWN))


def refuse_other_inputs(network: Lifted) -> None:
    """Refuse several inputs, but for token ids and their mask.

    Raises:
        ImportRefused: with their number.
    """
    given = [step for step in network.steps if step.operation == "input"]
    if len(given) > 1 and not (len(given) == 2 and _are_ids_and_mask(*given)):
        raise ImportRefused("loading.onnx.too_many_inputs", count=len(given))


def _are_ids_and_mask(ids: Step, mask: Step) -> bool:
    one, two = dict(ids.keywords), dict(mask.keywords)
    return one["dtype"] in _WHOLE and ids.shape == mask.shape and one["sizes"] == two["sizes"]


def _unsound(network: Lifted) -> Iterator[str]:
    loose = {str(s.arguments[0]) for s in network.steps if s.operation == "parameter"}
    shown = {info.name: info.display for info in network.layers}
    for name, tensor in (*network.named_parameters(), *network.named_buffers()):
        if not is_sound(tensor, mask=name in loose):
            layer, _, last = name.rpartition(".")
            yield f"{shown.get(layer, layer)}.{last}" if layer else last


_BATCH = "rows of the batch"
_ROWS = (3, 5)
_LENGTHS = ((7, 11), (16, 24), (64, 96), (224, 256))
"""Free sizes beside the batch are tried with these, until one pair works."""

_APART = 2

Trial = Mapping[str, tuple[int, int]]
"""Name of a free size -> its value in both trials."""


def trials(inputs: Sequence[Port]) -> Iterator[Trial]:
    """Yield what free sizes are tried with, the smallest first.

    Every name of a free size gets numbers of its own; the first dimension of all inputs is the
    batch, whatever each input calls it.
    """
    names = dict.fromkeys(name for port in inputs for name in _names(port) if name)
    others = [name for name in names if name != _BATCH]
    for one, two in _LENGTHS if others else _LENGTHS[:1]:
        yield {_BATCH: _ROWS} | {
            name: (one + _APART * place, two + _APART * place) for place, name in enumerate(others)
        }


def shapes_of(port: Port, trial: Trial) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the sizes of an input in both trials."""
    pairs = [
        (size, size) if isinstance(size, int) else trial[str(name)]
        for size, name in zip(port.dims, _names(port), strict=True)
    ]
    return tuple(one for one, _ in pairs), tuple(two for _, two in pairs)


def limits_of(port: Port, limits: Limits) -> tuple[tuple[int, int | None], ...]:
    """Return the smallest and largest size of every dimension of an input.

    Raises:
        ImportRefused: an input that is no tensor of numbers, or without dimensions.
    """
    if port.dtype is None:
        raise ImportRefused("loading.onnx.input_no_numbers", name=port.name[:80])
    if not port.dims:
        raise ImportRefused("loading.onnx.shape_of_input", name=port.name[:80])
    return tuple(
        (size, size) if isinstance(size, int) else (1, limits.sequence if axis else None)
        for axis, size in enumerate(port.dims)
    )


def _names(port: Port) -> list[str | None]:
    """Return the name of each free size; None for a fixed one."""
    return [
        None if isinstance(size, int) else _BATCH if axis == 0 else size or f"dimension {axis}"
        for axis, size in enumerate(port.dims)
    ]
