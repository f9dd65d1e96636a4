"""A module run once on fake tensors: `torch.export` writes down what it does."""

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram, export

from explain.core.errors import ExplainError, InvalidSubject, UnsupportedOperation

ROOT = "root"
"""The name under which the traced module hangs in the exported program."""

EXCLUSIVE = threading.RLock()
"""Held by whatever runs on fake or meta tensors: torch keeps notes on that in global variables."""

_NOISE = (
    (FutureWarning, r".*isinstance\(treespec, LeafSpec\).*"),
    (UserWarning, r"The tensor attributes? .* assigned during export.*"),
    (UserWarning, r"enable_nested_tensor is True.*"),
    (UserWarning, r"The PyTorch API of nested tensors.*"),
)
_PLAIN_GUARD = re.compile(r"[^%/]*(<=|>=|<|>|==|!=)[^%/]*")


class _Root(nn.Module):
    """Gives every network the same signature, whatever its `forward` calls its arguments."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.add_module(ROOT, module)

    def forward(self, *inputs: Tensor) -> Tensor:
        output: Tensor = self.get_submodule(ROOT)(*inputs)
        return output


def trace(module: nn.Module, inputs: tuple[Tensor, ...]) -> ExportedProgram:
    """Return the functional graph of `module`, with the batch free and lengths free where possible.

    Lengths are the other dimensions of integer and boolean inputs (token ids and their masks).
    One trace at a time: it switches process-wide settings of torch and puts them back.

    Raises:
        UnsupportedOperation: the batch size is fixed, or the forward writes to its own buffers.
        InvalidSubject: the module does not run on these inputs, or what it does depends on values.
    """
    with EXCLUSIVE, _quiet(), _without_fused_attention(), torch.no_grad():
        try:
            program = _export(module, inputs, lengths=True)
            if not _is_faithful(program):
                program = _export(module, inputs, lengths=False)
            program = cast("ExportedProgram", program.run_decompositions({}))
        except ExplainError:
            raise
        except Exception as error:
            raise _explained("cannot be traced", error) from error
    _refuse_fixed_batch(program)
    if program.graph_signature.buffers_to_mutate:
        written = next(iter(program.graph_signature.buffers_to_mutate.values()))
        raise UnsupportedOperation(f"a write to {written.removeprefix(ROOT + '.')}")
    return program


def run_source(module: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
    """Run the source the way it was traced.

    Raises:
        InvalidSubject: it does not run.
    """
    with EXCLUSIVE, _quiet(), _without_fused_attention(), torch.no_grad():
        try:
            output: Tensor = module(*(x.clone() for x in inputs))
        except Exception as error:
            raise _explained(f"does not run for {len(inputs[0])} rows", error) from error
    return output


def example_rows(example: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return copies of a few rows, as many as no other dimension has: the batch stays telling.

    Raises:
        InvalidSubject: an input without rows, or inputs with different numbers of rows.
    """
    inputs = (example,) if isinstance(example, Tensor) else tuple(example)
    if not inputs or any(x.dim() == 0 or x.numel() == 0 for x in inputs):
        raise InvalidSubject("network.no_rows")
    if len({len(x) for x in inputs}) > 1:
        raise InvalidSubject("network.example_rows")
    others = {size for x in inputs for size in x.shape[1:]}
    count = next(n for n in range(2, len(others) + 3) if n not in others)
    return take_rows(inputs, count)


def fixed_size(size: Any) -> int | None:
    """Return a traced size where the trace settled on a number, None where it is free."""
    if isinstance(size, int):
        return size
    settled: int | None = size.node.maybe_as_int()
    return settled


def take_rows(inputs: tuple[Tensor, ...], count: int) -> tuple[Tensor, ...]:
    """Return `count` rows of each input, from the first again when there are fewer."""
    return tuple(x.detach()[torch.arange(count) % len(x)] for x in inputs)


def _export(module: nn.Module, inputs: tuple[Tensor, ...], *, lengths: bool) -> ExportedProgram:
    free = tuple(dict.fromkeys(range(_free(x, lengths=lengths)), Dim.AUTO) for x in inputs)
    return export(_Root(module).eval(), inputs, dynamic_shapes=(free,), strict=False)


def _free(x: Tensor, *, lengths: bool) -> int:
    """Return how many leading dimensions of an input may vary."""
    return x.dim() if lengths and not x.is_floating_point() else 1


def _is_faithful(program: ExportedProgram) -> bool:
    """Return whether ranges of sizes say everything that the trace took for granted."""
    guards = getattr(program, "_guards_code", None) or []
    return all(_PLAIN_GUARD.fullmatch(guard) for guard in guards)


def _refuse_fixed_batch(program: ExportedProgram) -> None:
    names = set(program.graph_signature.user_inputs)
    for node in program.graph.nodes:
        if node.name in names and (size := fixed_size(node.meta["val"].shape[0])) is not None:
            raise UnsupportedOperation(f"a fixed batch size of {size}")


def _explained(what: str, error: Exception) -> ExplainError:
    line = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return InvalidSubject(
        f"The network {what}: {line}",
        hint="It must run on the example, and its path must not depend on the values inside.",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        for category, message in _NOISE:
            warnings.filterwarnings("ignore", message=message, category=category)
        yield


@contextmanager
def _without_fused_attention() -> Iterator[None]:
    """Keep nn.TransformerEncoder on the path that calls its layers one by one."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Trace without the warnings that are noise here, and layer by layer."""
    with _quiet(), _without_fused_attention():
        yield
