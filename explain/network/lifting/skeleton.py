"""A private copy of a module for tracing: new objects, safe names, the very same tensors."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from explain.core.errors import InvalidSubject
from explain.network.names import sanitise


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
        raise InvalidSubject("network.not_copied", error=_first_line(error)) from error
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


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
