"""Raw bytes of a file as tensors that this project can compute with."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Never

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from models.loading.archive import shown
from models.loading.limits import Limits

__all__ = ["Usable", "check_finite", "check_tensor_name", "elements_of", "filled", "usable"]

_HALF = (torch.float16, torch.bfloat16)
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """Tensors in float32 (whole numbers as they were) and what was changed, in sentences."""

    tensors: Mapping[str, Tensor]
    warnings: tuple[str, ...]


def filled(raw: memoryview | bytes, dtype: torch.dtype) -> Tensor:
    """Return the little-endian values in `raw` as a flat tensor with memory of its own."""
    return torch.frombuffer(bytearray(raw), dtype=dtype)


def elements_of(name: str, shape: Sequence[int], limit: int) -> int:
    """Return how many elements a tensor of that shape has.

    Raises:
        ImportRefused: a size below 1, more than eight sizes, or more than `limit` elements.
    """
    told = f"has the tensor {shown(name)} of the shape {str(list(shape[:9]))[:120]}"
    if len(shape) > 8:
        _refuse(f"{told}: more than eight sizes")
    if any(size < 1 for size in shape):
        _refuse(f"{told}, which holds no values")
    if any(size > limit for size in shape) or math.prod(shape) > limit:
        _refuse(f"{told}: more than {limit:,} elements")
    return math.prod(shape)


def check_tensor_name(name: str, limits: Limits) -> None:
    """Check that a tensor's name is printable, not too long and not too deep.

    Raises:
        ImportRefused: it is not.
    """
    if not name or not name.isprintable() or len(name) > limits.name_characters:
        _refuse(
            f"has a tensor with the name {shown(name)}: names have 1 to "
            f"{limits.name_characters} printable characters"
        )
    if name.count(".") >= limits.name_depth:
        _refuse(f"has a tensor whose name has more than {limits.name_depth} parts: {shown(name)}")


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
            f"NaN or infinity stands in {_listed(bad)}.",
            hint="Such weights come from a training that diverged: take an earlier checkpoint.",
        )


def _conversions(tensors: Mapping[str, Tensor]) -> Iterable[str]:
    half = [name for name, tensor in tensors.items() if tensor.dtype in _HALF]
    double = [name for name, tensor in tensors.items() if tensor.dtype == torch.float64]
    if half:
        yield (
            f"16-bit numbers were widened to float32 without loss: {_listed(half)}. "
            "Every size shown counts float32."
        )
    if double:
        yield (
            f"64-bit numbers were rounded to float32: {_listed(double)}. "
            "Outputs may differ from the source in the seventh digit."
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(shown(name) for name in names[:_SHOWN]) + more


def _refuse(what: str) -> Never:
    raise ImportRefused(f"The file {what}.", hint="Save the weights again from the network.")
