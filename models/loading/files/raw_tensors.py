"""Raw bytes of a file as tensors that can be computed with, and what a reader found."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from explain.network import Lifted, NetworkInput, Output
from models.loading.files.zip_archive import quoted_name
from models.loading.limits import Limits

_HALF = (torch.float16, torch.bfloat16)
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """Tensors in float32 (whole numbers as they were) and what was changed, in sentences."""

    tensors: Mapping[str, Tensor]
    warnings: tuple[Message, ...]


def flat_tensor(raw: memoryview | bytes, dtype: torch.dtype) -> Tensor:
    """Return the little-endian values in `raw` as a flat tensor with memory of its own."""
    return torch.frombuffer(bytearray(raw), dtype=dtype)


def elements_of(name: str, shape: Sequence[int], limit: int) -> int:
    """Return how many elements a tensor of that shape has.

    Raises:
        ImportRefused: a size below 1, more than eight sizes, or more than `limit` elements.
    """
    size = str(list(shape[:9]))[:120]
    if len(shape) > 8:
        raise ImportRefused("loading.weights.too_many_sizes", name=quoted_name(name), shape=size)
    if any(size < 1 for size in shape):
        raise ImportRefused("loading.weights.no_values", name=quoted_name(name), shape=size)
    if any(size > limit for size in shape) or math.prod(shape) > limit:
        raise ImportRefused(
            "loading.weights.too_many_elements", name=quoted_name(name), shape=size, most=limit
        )
    return math.prod(shape)


def check_tensor_name(name: str, limits: Limits) -> None:
    """Check that a tensor's name is printable, not too long and not too deep.

    Raises:
        ImportRefused: it is not.
    """
    if not name or not name.isprintable() or len(name) > limits.name_characters:
        raise ImportRefused(
            "loading.weights.name_unusable", name=quoted_name(name), most=limits.name_characters
        )
    if name.count(".") >= limits.name_depth:
        raise ImportRefused(
            "loading.weights.name_too_deep", most=limits.name_depth, name=quoted_name(name)
        )


def usable(tensors: Mapping[str, Tensor]) -> Usable:
    """Return tensors in float32, tied ones still tied, with a warning for every change of type.

    Raises:
        ImportRefused: NaN or infinity in a tensor, with the names.
    """
    converted: dict[int, Tensor] = {}
    for tensor in tensors.values():
        if id(tensor) not in converted:
            converted[id(tensor)] = tensor.float() if tensor.is_floating_point() else tensor
    found = {name: converted[id(tensor)] for name, tensor in tensors.items()}
    check_finite(found)
    return Usable(tensors=found, warnings=tuple(_conversions(tensors)))


def check_finite(tensors: Mapping[str, Tensor]) -> None:
    """Check that every number is one.

    Raises:
        ImportRefused: NaN or infinity in a tensor, with the names.
    """
    bad = [
        name
        for name, tensor in tensors.items()
        if tensor.is_floating_point() and not torch.isfinite(tensor).all()
    ]
    if bad:
        raise ImportRefused(
            "loading.weights.not_finite", tensors=listed(map(quoted_name, bad), _SHOWN)
        )


def _conversions(tensors: Mapping[str, Tensor]) -> Iterable[Message]:
    half = [name for name, tensor in tensors.items() if tensor.dtype in _HALF]
    double = [name for name, tensor in tensors.items() if tensor.dtype == torch.float64]
    if half:
        yield Message("loading.weights.widened", tensors=listed(map(quoted_name, half), _SHOWN))
    if double:
        yield Message("loading.weights.rounded", tensors=listed(map(quoted_name, double), _SHOWN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A network, or bare weights that still need an architecture; never both.

    `format` is the key of the reader. `tensors` are bare weights under the file's own names, in
    the file's order. `card` is the content of the embedded model card as plain JSON values, not
    checked. `classes` are the names of classes that a pickle asks for, none of which was looked up.
    `inside` are the keys of a checkpoint under which its weights lie, `prefix` is what all their
    names began with. `words` is the content of a tokenizer's file beside them, not checked.
    `parts`: how many numbers each network of a checkpoint has where there are several, `part` that
    which was read, "" where nothing says which is meant and there are no tensors. `inputs` are all
    that the network of the file takes, in its order, `outputs` the
    values that the network of the file returns, `output` is the name of the one that became its
    answer. `warnings` are sentences for people.
    """

    format: str
    network: Lifted | None = None
    tensors: Mapping[str, Tensor] = field(default_factory=lambda: MappingProxyType({}))
    card: Mapping[str, object] | None = None
    classes: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    prefix: str = ""
    parts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    part: str = ""
    words: str = ""
    inputs: tuple[NetworkInput, ...] = ()
    outputs: tuple[Output, ...] = ()
    output: str = ""
    warnings: tuple[Message, ...] = ()


def wanted_output(asked: str, card: Mapping[str, object] | None) -> str:
    """Return the output that was asked for, else the one that the card in the file names."""
    told = None if card is None else card.get("output_name")
    return asked or (told if isinstance(told, str) else "")


def is_sound(tensor: Tensor, *, mask: bool) -> bool:
    """Return whether a tensor holds no NaN and no infinity; a mask may hold minus infinity."""
    if not tensor.is_floating_point():
        return True
    if not mask:
        return bool(torch.isfinite(tensor).all())
    return not bool((torch.isnan(tensor) | (tensor == float("inf"))).any())
