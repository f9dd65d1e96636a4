"""A lifted network for others: a program of `torch.export`, weights as safetensors."""

from pathlib import Path
from typing import cast

import torch
from safetensors.torch import save
from torch import Tensor
from torch.export import Dim, ExportedProgram, export

from explain.core.errors import InvalidFile, Refused, reason_of
from explain.core.network import Network, Step
from explain.network.lifted import Lifted
from explain.network.lifting.tracing import EXCLUSIVE, undisturbed
from explain.network.returning import state_for_source
from explain.network.shapes import dtype_of

_ROWS = 3


def example_of(network: Lifted) -> tuple[Tensor, ...]:
    """Return inputs of the shapes that a network takes: zeros, a few rows."""
    return tuple(
        torch.zeros((_rows(step), *(step.shape or ())), dtype=dtype_of(step))
        for step in _inputs(network)
    )


def exported(network: Lifted, example: tuple[Tensor, ...]) -> ExportedProgram:
    """Return a network as an exported program; rows and lengths that are free stay free.

    Names of layers are safe already (`explain.network.graph`): torch writes them into code.

    Raises:
        Refused: torch cannot export it, with what it says.
    """
    free = tuple(_free(step) for step in _inputs(network))
    with EXCLUSIVE, undisturbed():
        try:
            return export(network.sharing_copy(), example, dynamic_shapes=(free,), strict=False)
        except Exception as error:
            raise Refused("network.not_exported", line=reason_of(error)) from error


def _inputs(network: Lifted) -> list[Step]:
    return [step for step in network.steps if step.operation == "input"]


def _sizes(step: Step) -> tuple[tuple[int, int | None], ...]:
    return cast("tuple[tuple[int, int | None], ...]", dict(step.keywords)["sizes"])


def _rows(step: Step) -> int:
    low, high = _sizes(step)[0]
    return low if low == high else max(low, min(_ROWS, high or _ROWS))


def _free(step: Step) -> dict[int, object]:
    return {at: Dim.AUTO for at, (low, high) in enumerate(_sizes(step)) if low != high}


def weights_as_bytes(network: Network) -> bytes:
    """Return the state dict for the code that a network came from as a safetensors file.

    `explain.network.state_for_source` says what stands in it; a tied tensor stands under each name.
    """
    found = state_for_source(cast("Lifted", network)).tensors
    return save({name: tensor.clone() for name, tensor in found.items()})


def save_weights(network: Network, path: Path) -> None:
    """Write the state dict for the code that a network came from to a safetensors file.

    Raises:
        InvalidFile: the path cannot be written.
    """
    try:
        path.write_bytes(weights_as_bytes(network))
    except OSError as error:
        raise InvalidFile("network.unwritable", path=str(path)) from error
