"""freed: a network made for one number of rows, as one for any number where that can be proven."""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import torch
from torch import Tensor

from explain.core.errors import ExplainError
from explain.core.network import Ref, Step
from explain.network.assembling import reassembled
from explain.network.lifted import Lifted
from explain.network.lifting.tracing import EXCLUSIVE
from explain.network.shapes import dtype_of, weightless_run
from explain.network.steps import live, references, run_step

_MORE = 7
"""How many times the rows of the file run without numbers: what grows with them is the batch."""

_TRIES_A_STEP, _MORE_TRIES = 3, 500
_MOST_READINGS = 8
_MOST_FEW = 64
_FEW = 3
_CLOSE = 1e-4
_ROWS = "size:rows"
_SIZES_AT: Mapping[str, int] = {
    "zeros": 0,
    "ones": 0,
    "full": 0,
    "new_zeros": 1,
    "new_ones": 1,
    "new_full": 1,
    "expand": 1,
    "repeat": 1,
    "reshape": 1,
}


@dataclass(frozen=True, slots=True)
class _Value:
    """What a step gives for few and many rows; `outer`: blocks before the rows on their axis."""

    few: Any
    many: Any
    outer: int = 1


@dataclass(frozen=True, slots=True)
class _Many:
    """What values are for many rows."""

    values: Mapping[str, _Value]

    def __getitem__(self, name: str, /) -> Any:
        return self.values[name].many


@dataclass(frozen=True, slots=True)
class _Choice:
    """A step as it may be for any number of rows."""

    step: Step
    outer: int | None = None


def with_free_batch(network: Lifted) -> Lifted:
    """Return the network with its batch free, or as it is where that cannot be done.

    An exporter that was not told that the number of rows varies writes it into the sizes of
    reshaping steps. Each such size is taken back to what it came from: where the rows lie in a
    value is followed from the inputs on, without numbers. The result is kept if on random rows it
    gives what the network gives in pieces; else the network stays and runs in pieces.

    Cost: two runs without numbers, and those of `rows_to_prove`.
    """
    if network.piece is None:
        return network
    few = _few(network, network.piece)
    if few is None:
        return network
    inputs = _random_rows(network, max(few, network.piece))
    try:
        with torch.no_grad():
            wanted = network(*inputs)[:few]
        readings = _readings(network, network.piece)
        found = (_rebuilt(network, steps) for steps in readings)
        rows = tuple(x[:few] for x in inputs)
        return next(f for f in found if f is not None and _same(f, rows, wanted))
    except (StopIteration, RuntimeError, IndexError, ExplainError):
        return network


def rows_stand_alone(network: Lifted) -> bool:
    """Return whether the first of a piece of random rows is answered alike beside other ones.

    Cost: two runs of a piece.
    """
    rows = network.piece or _FEW
    inputs = _random_rows(network, 2 * rows - 1)
    beside = tuple(torch.cat([x[:1], x[rows:]]) for x in inputs)
    with torch.no_grad():
        one, two = network(*(x[:rows] for x in inputs)), network(*beside)
    return torch.allclose(one[0], two[0], rtol=_CLOSE, atol=_CLOSE, equal_nan=True)


def rows_to_prove(network: Lifted) -> int:
    """Return how many rows `with_free_batch` runs at most: a piece, and a few for each reading.

    A network for fewer rows than these few runs as often as it takes.
    """
    piece = network.piece or 1
    few = _few(network, piece) or 0
    return -(-max(few, piece) // piece) * piece + _MOST_READINGS * few


def _few(network: Lifted, piece: int) -> int | None:
    """Return a small number that is no size of a value, None where each is one."""
    sizes = {piece, *(size for step in network.steps for size in step.shape or ())}
    return next((n for n in range(3, _MOST_FEW) if n not in sizes), None)


class _Search:
    """Goes through the steps, tries the ways to read each size, and goes back where one fails."""

    def __init__(self, network: Lifted, rows: int) -> None:
        self._rows, self._tries = rows, 0
        self._few = weightless_run(network, rows)
        self._steps = network.steps
        self._twin = network.sharing_copy().to("meta")
        self._inputs = tuple(
            torch.empty((rows * _MORE, *(step.shape or ())), dtype=dtype_of(step))
            for step in network.steps
            if step.operation == "input"
        )

    def found(self) -> Iterator[list[Step]]:
        """Yield the steps for any number of rows, depth first."""
        values: dict[str, _Value] = {_ROWS: _Value(self._rows, self._rows * _MORE)}
        done: list[Step] = []
        waiting = [self._choices(self._steps[0], values)]
        most = _TRIES_A_STEP * len(self._steps) + _MORE_TRIES
        while waiting and self._tries < most:
            self._tries += 1
            choice = next(waiting[-1], None)
            if choice is None:  # nothing fits here: the step before is to be read otherwise
                waiting.pop()
                if done:
                    values.pop(done.pop().name, None)
                continue
            value = self._tried(choice, values)
            if value is None:
                continue
            values[choice.step.name] = value
            done.append(choice.step)
            if len(done) < len(self._steps):
                waiting.append(self._choices(self._steps[len(done)], values))
                continue
            yield list(done)
            values.pop(done.pop().name)  # the next reading differs in the last steps first

    def _choices(self, step: Step, values: Mapping[str, _Value]) -> Iterator[_Choice]:
        if step.operation == "input":
            yield _Choice(_any_rows(step))
        elif step.operation == "reshape":
            yield from _reshapes(step, values, self._rows)
        elif step.operation in _SIZES_AT:
            yield from _resized(step, values, self._rows)
        else:
            yield _Choice(step)

    def _tried(self, choice: _Choice, values: Mapping[str, _Value]) -> _Value | None:
        """Return the value of a step for many rows, None where it does not fit."""
        few = self._few[choice.step.name]
        try:
            many = run_step(choice.step, self._twin, _Many(values), self._inputs)
        except (RuntimeError, ValueError, IndexError, TypeError):
            return None
        used = [values[ref.name] for ref in references(choice.step.arguments)]
        grows = any(_grows(value.few, value.many) for value in used)
        if not _fits(few, many, grows=grows):
            return None
        if choice.step.operation == "output" and _axis(few, many) != 0:
            return None
        return _Value(few, many, _outer(choice, few, many, used))


def _readings(network: Lifted, rows: int) -> list[list[Step]]:
    """Return the first few ways to read the sizes that fit."""
    if any(step.shape is None for step in network.steps if step.operation == "input"):
        return []
    with EXCLUSIVE, torch.no_grad(), torch.device("meta"):
        return list(islice(_Search(network, rows).found(), _MOST_READINGS))


def _any_rows(step: Step) -> Step:
    keywords = dict(step.keywords)
    sizes = cast("tuple[tuple[int, int | None], ...]", keywords["sizes"])
    return dataclasses.replace(
        step, keywords=tuple({**keywords, "sizes": ((1, None), *sizes[1:])}.items())
    )


def _reshapes(step: Step, values: Mapping[str, _Value], rows: int) -> Iterator[_Choice]:
    """Yield the ways to lay out a value whose rows grow: the row-major place of the batch is kept.

    With P numbers before the batch, the entry that takes it up has a product of those before it
    that divides P; what is left of P are blocks inside that entry. The fewest blocks come first.
    """
    value = values[references(step.arguments)[0].name]
    sizes = step.arguments[1]
    axis = _axis(value.few, value.many)
    if axis is None or not isinstance(sizes, tuple) or references(sizes):
        yield _Choice(step)
        return
    before = math.prod(value.few.shape[:axis]) * value.outer
    target = _resolved(cast("tuple[int, ...]", sizes), value.few.numel())
    for outer, at in sorted(_places(target, before, rows)):
        entry = Ref(_ROWS) if target[at] == rows else -1
        yield _Choice(_with_sizes(step, (*target[:at], entry, *target[at + 1 :])), outer)


def _places(target: tuple[int, ...], before: int, rows: int) -> Iterator[tuple[int, int]]:
    """Yield for each entry that may take up the batch the blocks left inside it, and its place."""
    for at, size in enumerate(target):
        passed = math.prod(target[:at])
        if passed and size and before % passed == 0 and size % (before // passed * rows) == 0:
            yield before // passed, at


def _resized(step: Step, values: Mapping[str, _Value], rows: int) -> Iterator[_Choice]:
    """Yield the ways to read the sizes of a value that is made, repeated or made wider."""
    sizes = step.arguments[_SIZES_AT[step.operation]]
    if not isinstance(sizes, tuple):
        yield _Choice(step)
        return
    followed = _followed(step, sizes, values)
    batches = [at for at, size in enumerate(followed) if size == rows]
    changed = [
        _Choice(_with_sizes(step, (*followed[:at], Ref(_ROWS), *followed[at + 1 :])))
        for at in batches
    ]
    same = _Choice(_with_sizes(step, followed))
    # A size of 1 is rarely the batch; a larger one that equals it nearly always is.
    yield from (same, *changed) if rows == 1 else (*changed, same)


def _followed(
    step: Step, sizes: tuple[object, ...], values: Mapping[str, _Value]
) -> tuple[object, ...]:
    """Return the sizes of an `expand` with -1 where the value itself has its rows."""
    if step.operation != "expand":
        return sizes
    value = values[references(step.arguments)[0].name]
    axis = _axis(value.few, value.many)
    if axis is None:
        return sizes
    at = len(sizes) - value.few.dim() + axis
    return (*sizes[:at], -1, *sizes[at + 1 :])


def _with_sizes(step: Step, sizes: tuple[object, ...]) -> Step:
    at = _SIZES_AT[step.operation]
    arguments = (*step.arguments[:at], sizes, *step.arguments[at + 1 :])
    return dataclasses.replace(step, arguments=arguments)


def _resolved(sizes: tuple[int, ...], count: int) -> tuple[int, ...]:
    known = math.prod(size for size in sizes if size != -1)
    return tuple(count // max(1, known) if size == -1 else size for size in sizes)


def _axis(few: Any, many: Any) -> int | None:
    """Return the dimension that grows with the rows."""
    if not isinstance(few, Tensor):
        return None
    return next((at for at in range(few.dim()) if few.shape[at] != many.shape[at]), None)


def _grows(few: Any, many: Any) -> bool:
    if isinstance(few, Tensor):
        return _axis(few, many) is not None
    if isinstance(few, (tuple, list)):
        return any(_grows(*pair) for pair in zip(few, many, strict=True))
    return False


def _fits(few: Any, many: Any, *, grows: bool) -> bool:
    """Return whether a value has the rows in exactly one place, or none where it has no rows."""
    if isinstance(few, (tuple, list)):
        return all(_fits(*pair, grows=grows) for pair in zip(few, many, strict=True))
    if not isinstance(few, Tensor):
        return True
    if few.dim() != many.dim():
        return False
    other = [(a, b) for a, b in zip(few.shape, many.shape, strict=True) if a != b]
    return all(b == a * _MORE for a, b in other) and len(other) <= 1 and (bool(other) or not grows)


def _outer(choice: _Choice, few: Any, many: Any, used: Sequence[_Value]) -> int:
    """Return the blocks before the rows, kept from the value they came from."""
    if choice.outer is not None:
        return choice.outer
    axis = _axis(few, many)
    if axis is None:
        return 1
    size = few.shape[axis]
    for value in used:
        own = _axis(value.few, value.many)
        if own is not None and value.few.shape[own] == size:
            return value.outer
    return 1


def _rebuilt(network: Lifted, steps: Sequence[Step]) -> Lifted | None:
    entry = next(step for step in steps if step.operation == "input")
    size = Step(name=_ROWS, operation="size", module=None, arguments=(Ref(entry.name), 0))
    at = steps.index(entry) + 1
    try:
        return reassembled(network, live([*steps[:at], size, *steps[at:]]))
    except ExplainError:
        return None


def _same(free: Lifted, inputs: tuple[Tensor, ...], wanted: Tensor) -> bool:
    """Return whether a network runs and gives what it should, up to rounding."""
    try:
        with torch.no_grad():
            got = free(*inputs)
    except RuntimeError:
        return False
    if wanted.shape != got.shape:
        return False
    scale = float(wanted.double().nan_to_num().abs().max()) if wanted.numel() else 0.0
    return torch.allclose(
        got.double(), wanted.double(), rtol=0, atol=_CLOSE * scale, equal_nan=True
    )


def _random_rows(network: Lifted, rows: int) -> tuple[Tensor, ...]:
    chance = torch.Generator().manual_seed(0)
    inputs = [step for step in network.steps if step.operation == "input"]
    return tuple(_random((rows, *(s.shape or ())), dtype_of(s), chance) for s in inputs)


def _random(shape: tuple[int, ...], kind: torch.dtype, chance: torch.Generator) -> Tensor:
    if kind.is_floating_point:
        return torch.rand(shape, generator=chance).to(kind)
    return torch.randint(0, 2, shape, generator=chance).to(kind)
