"""A network made for one number of rows, run for any number: in pieces of that many."""

from collections.abc import Callable, Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from explain.core.errors import InvalidSubject, Refused
from explain.core.network import Step

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def fixed_rows(steps: Sequence[Step]) -> int | None:
    """Return the number of rows that the inputs are fixed to, None where it is free."""
    sizes = [dict(step.keywords).get("sizes") for step in steps if step.operation == "input"]
    firsts = {cast("tuple[tuple[int, int | None], ...]", found)[0] for found in sizes if found}
    fixed = {low for low, high in firsts if low == high}
    return fixed.pop() if len(fixed) == 1 else None


def in_pieces(
    run: Callable[..., Tensor], inputs: tuple[Tensor, ...], size: int, layers: Iterable[nn.Module]
) -> Tensor:
    """Return the outputs of all rows of a network that takes `size` rows at a time.

    The last piece repeats its rows until it is full, and what comes out for those is cut off: each
    row's outputs are those of a run of the network itself. Gradients flow. `layers` are asked
    whether anyone listens to them, who would hear pieces and repeated rows. Cost: one pass of
    `size` rows for every piece.

    Raises:
        InvalidSubject: inputs of different numbers of rows, or outputs that are not one a row.
        Refused: someone listens inside the network.
    """
    count = len(inputs[0])
    if any(len(given) != count for given in inputs):
        raise InvalidSubject("network.input_rows")
    if any(getattr(layer, kind) for layer in layers for kind in _HOOKS):
        raise _refused(count, size)
    parts = [_checked(run(*_piece(inputs, at, size)), size) for at in range(0, count, size)]
    return torch.cat(parts)[:count]


def refuse_other_counts(inputs: tuple[Tensor, ...], size: int | None) -> None:
    """Refuse to look inside a network of fixed size for another number of rows.

    Raises:
        Refused: with the number of rows that it takes.
    """
    if size is not None and inputs and len(inputs[0]) != size:
        raise _refused(len(inputs[0]), size)


def _piece(inputs: tuple[Tensor, ...], at: int, size: int) -> tuple[Tensor, ...]:
    some = tuple(given[at : at + size] for given in inputs)
    missing = size - len(some[0])
    rows = torch.arange(size) % len(some[0])
    return tuple(given[rows] for given in some) if missing else some


def _checked(output: Tensor, size: int) -> Tensor:
    if output.dim() == 0 or len(output) != size:
        raise InvalidSubject("network.no_answer_each", shape=str(list(output.shape)), size=size)
    return output


def _refused(count: int, size: int) -> Refused:
    return Refused("network.fixed_batch", size=size, count=count)
