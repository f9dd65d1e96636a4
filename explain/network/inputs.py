"""What a network takes: inputs by name; one held at a value; another put first."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor

from explain.core.errors import InvalidSubject
from explain.core.messages import Message
from explain.core.network import Ref, Step
from explain.network.assembling import reassembled, with_steps
from explain.network.graph import sanitise, unique
from explain.network.lifted import Lifted
from explain.network.shapes import dtype_of
from explain.network.steps import renamed, routed

_NAME = 60
_Range = tuple[int, int | None]
_Sizes = tuple[_Range, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInput:
    """An input: its name, and the shape of one row of it.

    `shape`: None for a size that varies. `numbers`: whether it takes floating-point numbers.
    `tensor`: where all rows share one value, the name of the tensor that stands for it in the
    network; "" for an input with a row for each row.
    """

    name: str
    shape: tuple[int | None, ...]
    numbers: bool = True
    tensor: str = ""

    def said(self) -> Message:
        """Return name and shape in words."""
        sizes = " × ".join("?" if size is None else str(size) for size in self.shape)
        return Message(
            "network.input.shared" if self.tensor else "network.input.of_rows",
            name=printable(self.name),
            sizes=sizes or "1",
        )


def printable(name: str) -> str:
    """Return the name of an input as far as it prints, at most 60 characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:_NAME])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Steps and loose tensors whose inputs all have rows, and every input there was, in order."""

    steps: tuple[Step, ...]
    tensors: Mapping[str, Tensor]
    entries: tuple[NetworkInput, ...]


def entered(
    steps: Sequence[Step],
    tensors: Mapping[str, Tensor],
    names: Sequence[str],
    rows: Sequence[bool],
    most: int,
) -> Entered:
    """Return the steps with a tensor in place of each input that all rows share.

    It holds random numbers, or zeros of whole numbers, until `holding` gives it a value. `names`
    and `rows`: of each input, in order, its name and whether it has a row for each row. `most`:
    how many numbers all these tensors may hold.

    Raises:
        InvalidSubject: such an input whose size varies, or too many numbers.
    """
    taken = {*tensors, *(step.name.partition(".")[0] for step in steps)}
    given = [step for step in steps if step.operation == "input"]
    told = {
        step.name: _entry(step, name, with_rows=own)
        for step, name, own in zip(given, names, rows, strict=True)
    }
    shared = [entry for entry, own in zip(told.values(), rows, strict=True) if not own]
    _check_sizes(shared, most)
    chance = torch.Generator().manual_seed(0)
    found: dict[str, Tensor] = {}
    for step, own in zip(given, rows, strict=True):
        if not own:
            entry = told[step.name]
            name = unique(
                sanitise([f"input_{printable(entry.name)}"]).popitem()[1], {*taken, *found}
            )
            found[name] = _placeholder(entry, dtype_of(step), chance)
            told[step.name] = replace(entry, tensor=name)
    left = [step.name for step, own in zip(given, rows, strict=True) if own]
    changed = (
        step
        if step.name not in told
        else replace(step, arguments=(left.index(step.name),))
        if step.name in left
        else _handed(step.name, told[step.name].tensor)
        for step in steps
    )
    others = [step.name for step in given if step.name not in left]
    apart = renamed(tuple(changed), {name: f"shared:{at}" for at, name in enumerate(others)})
    entries = tuple(told.values())
    return Entered(steps=_numbered(apart), tensors={**tensors, **found}, entries=entries)


def _numbered(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return steps whose inputs are called by their places, if nothing else is called so."""
    inputs = [step.name for step in steps if step.operation == "input"]
    names = {name: f"input:{place}" for place, name in enumerate(inputs)}
    others = {step.name for step in steps if step.operation != "input"}
    return renamed(steps, names) if others.isdisjoint(names.values()) else tuple(steps)


def _check_sizes(shared: Sequence[NetworkInput], most: int) -> None:
    """Refuse inputs without rows whose size varies, or that are too large together."""
    for entry in shared:
        if None in entry.shape:
            raise InvalidSubject("network.input_of_free_size", entry=entry.said())
    if sum(math.prod(size or 1 for size in entry.shape) for entry in shared) > most:
        names = [entry.said() for entry in shared]
        raise InvalidSubject("network.inputs_too_large", entries=names, most=most)


def network_inputs(
    network: Lifted, told: Sequence[tuple[str, str]] = ()
) -> tuple[NetworkInput, ...]:
    """Return the inputs of a network, called by their places where nothing tells their names.

    `told`: name of each, in order, and the tensor that stands for one that all rows share, else "".

    Raises:
        InvalidSubject: these are not the network's inputs.
    """
    steps = _inputs(network)
    given = list(told) or [(f"input{place}", "") for place in range(len(steps))]
    shared = [tensor for _, tensor in given if tensor]
    loose = {step.arguments[0] for step in network.steps if step.operation == "parameter"}
    names = {name for name, _ in given}
    if len(names) < len(given) or len(set(shared)) < len(shared) or not loose.issuperset(shared):
        raise InvalidSubject("network.other_inputs")
    if len(given) - len(shared) != len(steps):
        raise InvalidSubject("network.other_inputs")
    left = iter(steps)
    return tuple(
        _shared(name, tensor, network.tensor(tensor))
        if tensor
        else _entry(next(left), name, with_rows=True)
        for name, tensor in given
    )


def _shared(name: str, tensor: str, value: Tensor) -> NetworkInput:
    shape, numbers = tuple(value.shape), value.is_floating_point()
    return NetworkInput(name=name, shape=shape, numbers=numbers, tensor=tensor)


def _entry(step: Step, name: str, *, with_rows: bool) -> NetworkInput:
    sizes = _sizes(step)[1 if with_rows else 0 :]
    shape = tuple(low if low == high else None for low, high in sizes)
    return NetworkInput(name=name, shape=shape, numbers=dtype_of(step).is_floating_point)


def _sizes(step: Step) -> _Sizes:
    return cast("_Sizes", dict(step.keywords)["sizes"])


def _placeholder(entry: NetworkInput, kind: torch.dtype, chance: torch.Generator) -> Tensor:
    """Return numbers that tell rows apart: of zeros a network would seem to look at nothing."""
    sizes = cast("tuple[int, ...]", entry.shape)
    if kind.is_floating_point:
        return torch.rand(sizes, generator=chance).to(kind)
    return torch.zeros(sizes, dtype=kind)


def _handed(name: str, tensor: str) -> Step:
    return Step(name=name, operation="parameter", module=None, arguments=(tensor,))


def reordered(network: Lifted, order: Sequence[int]) -> Lifted:
    """Return the network with its inputs in another order: `order` has all their places once."""
    entries = _inputs(network)
    first = [replace(entries[at], arguments=(new,)) for new, at in enumerate(order)]
    return with_steps(network, _numbered([*first, *_body(network)]))


def _inputs(network: Lifted) -> list[Step]:
    return [step for step in network.steps if step.operation == "input"]


def _body(network: Lifted) -> list[Step]:
    return [step for step in network.steps if step.operation != "input"]


def holding(network: Lifted, entry: NetworkInput, place: int, value: float | Tensor) -> Lifted:
    """Return the network with one of its inputs at a value for ever: it takes one input less.

    Each row is given the very numbers that the input would be given, so no bit of the answers
    changes. `place`: of the input among those with rows, never the first. `value`: a number for all
    of it, or a tensor of the shape of one row. Cost: two runs without numbers.

    Raises:
        InvalidSubject: a tensor of another shape, a number that the input's type does not hold, or
            a size that varies where the first input has none at its place.
    """
    if entry.tensor:
        old = network.tensor(entry.tensor)
        if isinstance(value, Tensor):
            _check_sizes_of(entry, value, [(size, size) for size in old.shape])
        held = _tensor_of(entry, value, old)
        return network.with_parameters({entry.tensor: held})
    entries = _inputs(network)
    gone = entries.pop(place)
    kept = [replace(step, arguments=(at,)) for at, step in enumerate(entries)]
    body = _body(network)
    name = unique("held:input", {step.name for step in body})
    made, tensors = _made(replace(gone, name=name), entry, value, kept[0])
    steps = [*kept, *made, *(routed(step, {gone.name: name}) for step in body)]
    return reassembled(network, _numbered(steps), tensors=tensors)


def _made(
    gone: Step, entry: NetworkInput, value: float | Tensor, first: Step
) -> tuple[list[Step], Mapping[str, Tensor]]:
    """Return the steps that give each row the value, the last of them called as `gone` is."""
    rows = _step("size", f"{gone.name}:rows", Ref(first.name), 0)
    kind = dtype_of(gone)
    if not isinstance(value, Tensor):
        sizes = [_size(entry, axis, gone, first) for axis in range(1, len(entry.shape) + 1)]
        asked = [step for step in sizes if isinstance(step, Step)]
        refs = (Ref(one.name) if isinstance(one, Step) else one for one in sizes)
        number = _number(entry, value, kind)
        full = _step("full", gone.name, (Ref(rows.name), *refs), number, dtype=kind)
        return [rows, *asked, full], {}
    _check_sizes_of(entry, value, _sizes(gone)[1:])
    held = _tensor_of(entry, value, torch.empty(value.shape, dtype=kind))
    name = sanitise([f"{printable(entry.name)}_{gone.name}"]).popitem()[1]
    once = (1,) * value.dim()
    return [
        rows,
        _handed(f"{gone.name}:held", name),
        _step("repeat", gone.name, Ref(f"{gone.name}:held"), (Ref(rows.name), *once)),
    ], {name: held}


def _size(entry: NetworkInput, axis: int, gone: Step, first: Step) -> int | Step:
    """Return a size of the input: one that varies is that of the first input at the same place."""
    fixed = entry.shape[axis - 1]
    if fixed is not None:
        return fixed
    others = _sizes(first)
    if axis >= len(others) or others[axis][0] == others[axis][1]:
        raise InvalidSubject("network.input_of_free_size", entry=entry.said())
    return _step("size", f"{gone.name}:size{axis}", Ref(first.name), axis)


def _number(entry: NetworkInput, value: float, kind: torch.dtype) -> float:
    """Return a number as an input of this type has it: whole where it must be."""
    if kind.is_floating_point:
        return float(value)
    if float(value) != int(value):
        raise InvalidSubject("network.input_takes_whole", name=printable(entry.name), value=value)
    return int(value)


def _check_sizes_of(entry: NetworkInput, value: Tensor, sizes: Sequence[_Range]) -> None:
    fits = value.dim() == len(sizes) and all(
        low <= size and (high is None or size <= high)
        for size, (low, high) in zip(value.shape, sizes, strict=True)
    )
    if not fits:
        given = " × ".join(map(str, value.shape)) or "1"
        raise InvalidSubject("network.input_of_other_shape", entry=entry.said(), given=given)


def _tensor_of(entry: NetworkInput, value: float | Tensor, like: Tensor) -> Tensor:
    """Return a value as a tensor of this shape and type."""
    if not isinstance(value, Tensor):
        return torch.full_like(like, _number(entry, value, like.dtype))
    broken = value[value != value.round()] if value.is_floating_point() else value[:0]
    if broken.numel() and not like.dtype.is_floating_point:
        raise InvalidSubject(
            "network.input_takes_whole",
            name=printable(entry.name),
            value=float(broken.flatten()[0]),
        )
    return value.to(like.dtype).contiguous()


def _step(operation: str, name: str, *arguments: object, **keywords: object) -> Step:
    return Step(
        name=name,
        operation=operation,
        module=None,
        arguments=arguments,
        keywords=tuple(keywords.items()),
    )
