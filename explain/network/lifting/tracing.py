"""A private copy of a module, run once on fake tensors: `torch.export` writes down what it does."""

import copy
import io
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TextIO, cast
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram, default_decompositions, export
from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode
from torch.nn.modules import transformer

from explain.core.errors import ExplainError, InvalidSubject, UnsupportedOperation, reason_of
from explain.network.answers import named_tensors
from explain.network.graph import sanitise
from explain.network.lifting.building import BUILDERS
from explain.network.operations import KEYS

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
    """Gives every network the same signature: any arguments in, one named tensor out."""

    def __init__(self, module: nn.Module, output: str) -> None:
        super().__init__()
        self.add_module(ROOT, module)
        self._output = output

    def forward(self, *inputs: Tensor) -> Tensor:
        return named_tensors(self.get_submodule(ROOT)(*inputs))[self._output]


def trace(module: nn.Module, inputs: tuple[Tensor, ...], output: str) -> ExportedProgram:
    """Return the functional graph of `module`, with the batch free and lengths free where possible.

    `output`: the name of the tensor that is its answer, as `run_source` calls it.

    Lengths are the other dimensions of integer and boolean inputs (token ids and their masks).
    One trace at a time: it switches process-wide settings of torch and puts them back.

    Raises:
        UnsupportedOperation: the batch size is fixed, or the forward writes to its own buffers.
        InvalidSubject: the module does not run on these inputs, or what it does depends on values.
    """
    with EXCLUSIVE, _quiet(), _without_fused_attention(), torch.no_grad():
        try:
            root = _Root(module, output).eval()
            program = _export(root, inputs, lengths=True)
            if not _is_faithful(program):
                program = _export(root, inputs, lengths=False)
            program = cast("ExportedProgram", program.run_decompositions(_unknown()))
        except ExplainError:
            raise
        except GuardOnDataDependentSymNode as error:
            raise InvalidSubject("network.depends_on_values") from error
        except Exception as error:
            raise InvalidSubject("network.not_traced", reason=reason_of(error)) from error
    _refuse_fixed_batch(program)
    if program.graph_signature.buffers_to_mutate:
        written = next(iter(program.graph_signature.buffers_to_mutate.values()))
        raise UnsupportedOperation(
            "unsupported_operation.writes", name=written.removeprefix(ROOT + ".")
        )
    return program


def run_source(module: nn.Module, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Run the source the way it is traced; return the tensors in what it gives, by name.

    Raises:
        InvalidSubject: it does not run.
    """
    with EXCLUSIVE, _quiet(), _without_fused_attention(), torch.no_grad(), _put_back(module):
        try:
            found = named_tensors(module(*(x.clone() for x in inputs)))
        except Exception as error:
            rows = len(inputs[0])
            raise InvalidSubject("network.not_run", rows=rows, reason=reason_of(error)) from error
    return found


@contextmanager
def _put_back(module: nn.Module) -> Iterator[None]:
    """Leave random numbers and what a forward writes to its buffers as they were."""
    written = [tensor for tensor in _tensors(module) if not isinstance(tensor, nn.Parameter)]
    before = [tensor.clone() for tensor in written]
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            for tensor, values in zip(written, before, strict=True):
                tensor.copy_(values)


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


def _export(root: nn.Module, inputs: tuple[Tensor, ...], *, lengths: bool) -> ExportedProgram:
    free = tuple(dict.fromkeys(range(_free(x, lengths=lengths)), Dim.AUTO) for x in inputs)
    return export(root, inputs, dynamic_shapes=(free,), strict=False)


def _free(x: Tensor, *, lengths: bool) -> int:
    """Return how many leading dimensions of an input may vary."""
    return x.dim() if lengths and not x.is_floating_point() else 1


@cache
def _unknown() -> dict[Any, Callable[..., Any]]:
    """Return what torch itself says in other operators, of those that no table here has."""
    every = default_decompositions()
    known = {*BUILDERS, *KEYS}
    return {target: every[target] for target in every if target not in known}


def _is_faithful(program: ExportedProgram) -> bool:
    """Return whether ranges of sizes say everything that the trace took for granted."""
    guards = getattr(program, "_guards_code", None) or []
    return all(_PLAIN_GUARD.fullmatch(guard) for guard in guards)


def _refuse_fixed_batch(program: ExportedProgram) -> None:
    names = set(program.graph_signature.user_inputs)
    for node in program.graph.nodes:
        if node.name in names and (size := fixed_size(node.meta["val"].shape[0])) is not None:
            raise UnsupportedOperation("unsupported_operation.fixed_rows", size=size)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings that are noise, and what torch prints of a graph that failed, from people."""
    silence = _Silence(sys.stderr)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    with warnings.catch_warnings(), redirect_stderr(silence):
        for category, message in _NOISE:
            warnings.filterwarnings("ignore", message=message, category=category)
        for logger in loggers:
            logger.addFilter(silence.lets_pass)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeFilter(silence.lets_pass)


_LOGGERS = ("torch.fx.experimental.symbolic_shapes", "torch.export", "torch.export._trace")
"""Which report of a graph that failed what its error says too."""


class _Silence(io.TextIOBase):
    """Drops what the thread that made it writes; others go on writing where they did."""

    def __init__(self, before: TextIO) -> None:
        self._before, self._thread = before, threading.get_ident()

    def lets_pass(self, _record: logging.LogRecord) -> bool:
        """Return whether another thread speaks."""
        return threading.get_ident() != self._thread

    def write(self, text: str, /) -> int:
        """Write what others say."""
        return self._before.write(text) if threading.get_ident() != self._thread else len(text)


@contextmanager
def _without_fused_attention() -> Iterator[None]:
    """Keep nn.TransformerEncoder on the path that calls its layers one by one.

    Nor do it and its decoder compare a mask with a causal one, which decides whether attention may
    leave the mask out that it applies either way.
    """
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with patch.object(transformer, "_detect_is_causal_mask", _is_said_to_be_causal):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _is_said_to_be_causal(_mask: object, *said: object) -> bool:
    return said[:1] == (True,)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Trace without the warnings that are noise here, and layer by layer."""
    with _quiet(), _without_fused_attention():
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """The copy and its names: sanitised dotted name -> original dotted name."""

    module: nn.Module
    originals: dict[str, str] = field(default_factory=dict)


class _Renamed(dict[str, object]):
    """A dict whose entries can still be looked up under their old names, but only list the new."""

    def __init__(self, entries: dict[str, object], safe: dict[str, str]) -> None:
        super().__init__({safe[name]: value for name, value in entries.items()})
        self.safe = safe

    def __missing__(self, name: str) -> object:
        if self.safe.get(name, name) == name:
            raise KeyError(name)
        return self[self.safe[name]]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or super().__contains__(self.safe.get(str(name)))

    def __setitem__(self, name: str, value: object) -> None:
        super().__setitem__(self.safe.get(name, name), value)


def skeleton(module: nn.Module) -> Skeleton:
    """Return a copy of `module` in eval mode that shares its tensors under sanitised names.

    The caller's module is read, never written: no hook, flag, gradient or name of it changes.

    Raises:
        InvalidSubject: the module cannot be copied.
    """
    shared: dict[int, object] = {id(tensor): tensor for tensor in _tensors(module)}
    try:
        copied = copy.deepcopy(module, shared)
    except Exception as error:
        raise InvalidSubject("network.not_copied", error=reason_of(error)) from error
    made = Skeleton(module=copied.eval())
    _rename(made, copied, safe_path="", path="", seen=set())
    return made


def _tensors(module: nn.Module) -> Iterator[Tensor]:
    for part in module.modules():
        yield from (p for p in part.parameters(recurse=False))
        yield from (b for b in part.buffers(recurse=False))
        yield from (value for value in vars(part).values() if isinstance(value, Tensor))


def _rename(
    made: Skeleton, module: nn.Module, *, safe_path: str, path: str, seen: set[int]
) -> None:
    """Rename everything below `module`, and note who was who."""
    if id(module) not in seen:
        seen.add(id(module))
        _hide_unsafe_constants(module)
        _rename_entries(module)
    for safe, original in _pairs(module):
        made.originals[safe_path + safe] = path + original
    for safe, child in module._modules.items():  # noqa: SLF001 - a rename has no public door
        if child is not None:
            original = made.originals[safe_path + safe]
            _rename(made, child, safe_path=f"{safe_path}{safe}.", path=f"{original}.", seen=seen)


def _rename_entries(module: nn.Module) -> None:
    state = vars(module)
    kinds = ("_modules", "_parameters", "_buffers")
    safe = sanitise(name for kind in kinds for name in state[kind])
    if all(name == new for name, new in safe.items()):
        return
    for kind in kinds:
        state[kind] = _Renamed(state[kind], safe)
    persistent = {safe.get(name, name) for name in state["_non_persistent_buffers_set"]}
    state["_non_persistent_buffers_set"] = persistent


def _pairs(module: nn.Module) -> Iterator[tuple[str, str]]:
    """Yield safe and original name of everything directly inside a renamed module."""
    for kind in ("_modules", "_parameters", "_buffers"):
        entries = vars(module)[kind]
        known = getattr(entries, "safe", {})
        originals = {safe: original for original, safe in known.items()}
        yield from ((name, originals.get(name, name)) for name in entries)


def _hide_unsafe_constants(module: nn.Module) -> None:
    """Turn plain tensor attributes with unsafe names into buffers, which can be renamed."""
    state = vars(module)
    for name in [n for n, value in state.items() if isinstance(value, torch.Tensor)]:
        if not name.isidentifier():
            state["_buffers"][name] = state.pop(name)
            state["_non_persistent_buffers_set"].add(name)
