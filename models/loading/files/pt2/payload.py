"""The tensors of a network as it uses them: parameters, in float32, tied where they were."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from explain.core.errors import ImportRefused
from explain.core.messages import Message
from models.loading.files.pt2.types import lower_dtype
from models.loading.files.zip_archive import quoted_name
from models.loading.limits import Limits

Kind = str
"""Of a tensor: "parameter", "buffer" or "constant"."""


class Tensors(Protocol):
    """Where the tensors of a file are found, whatever layout it has."""

    def read(self, names: Iterable[str], limits: Limits) -> dict[str, Tensor]:
        """Return tensors by name, with memory of their own; tied ones are one object."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The tensors by their names in the file, tied ones the same object, and what was changed."""

    tensors: Mapping[str, Tensor]
    warnings: tuple[Message, ...] = ()


def tensors_of_payload(source: Tensors, wanted: Mapping[str, Kind], limits: Limits) -> Payload:
    """Return the tensors called `wanted`: name in the file -> what it is there.

    Floats of other widths become float32. Cost: two copies of the bytes, one after the other.

    Raises:
        ImportRefused: tensors that cannot be had, weights in whole numbers.
    """
    found = source.read(wanted, limits)
    made: dict[int, Tensor] = {}
    for name, tensor in found.items():
        if id(tensor) not in made:
            made[id(tensor)] = _used(name, tensor, wanted[name])
    return Payload(
        tensors={name: made[id(tensor)] for name, tensor in found.items()},
        warnings=tuple(_changes(found.values())),
    )


def _used(name: str, tensor: Tensor, kind: Kind) -> Tensor:
    own = tensor.to(lower_dtype(tensor.dtype))
    if kind != "parameter":
        return own
    if not own.is_floating_point():
        raise ImportRefused("loading.pt2.quantised_weight", name=quoted_name(name))
    return nn.Parameter(own)


def _changes(tensors: Iterable[Tensor]) -> Iterable[Message]:
    narrowed = sorted({_word(t.dtype) for t in tensors if lower_dtype(t.dtype) != t.dtype})
    if narrowed:
        yield Message("loading.pt2.used_as_float32", types=narrowed)


def _word(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
