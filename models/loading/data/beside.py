"""Inputs beside the one that is varied: what data by name give them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from models.loading.data.record import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """An input that comes from the data by name.

    `source`: the array, or the columns in order. `shape`: of one row, None for a size that varies.
    `shared`: whether all rows share one value.
    """

    name: str
    source: tuple[str, ...]
    shape: tuple[int | None, ...]
    shared: bool = False

    @property
    def sizes(self) -> str:
        """Return the shape in words."""
        return " × ".join("?" if size is None else str(size) for size in self.shape) or "1"

    def fits(self, shape: Sequence[int]) -> bool:
        """Return whether these are the sizes of one value of the input."""
        return len(shape) == len(self.shape) and all(
            wanted in {None, size} for wanted, size in zip(self.shape, shape, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ByName:
    """What data may hold by name: the varied input, called `first`, and those beside it."""

    first: str = ""
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What data give further inputs.

    `rows`: one tensor for each input with a row for each row, in order. `held`: input -> the value
    that all rows share. `finite`: which rows hold numbers alone.
    """

    rows: tuple[Tensor, ...]
    held: Mapping[str, Tensor]
    finite: NDArray[np.bool_]
    report: tuple[Message, ...]


def from_arrays(beside: Sequence[Beside], arrays: Mapping[str, NDArray[Any]], count: int) -> Taken:
    """Return what arrays of a file give: a row for each of `count` rows, or a value for all.

    Raises:
        ImportRefused: an array that is no numbers, of another shape or length.
    """
    rows: list[Tensor] = []
    held: dict[str, Tensor] = {}
    said: list[Message] = []
    finite = np.ones(count, np.bool_)
    for one in beside:
        array = arrays[one.source[0]]
        if array.dtype.kind not in "fiub":
            raise _unfit("no_numbers", one, array)
        same = one.fits(array.shape)
        if not same and not (array.ndim and one.fits(array.shape[1:])):
            raise _unfit("shape", one, array)
        values = torch.from_numpy(np.require(array, _kind(array), ["C", "W"]))
        if not same and (one.shared or len(array) == 1 != count):
            same, values = len(array) == 1, values[0]
        if same:
            if not bool(torch.isfinite(values).all()):
                raise _unfit("not_finite", one, array)
            held[one.name] = values
        elif len(array) != count or one.shared:
            raise _unfit("length", one, array, count=count)
        else:
            finite &= torch.isfinite(values.reshape(count, -1)).all(1).numpy()
            rows.append(values)
        said.append(_told(one, shared=same))
    return Taken(rows=tuple(rows), held=held, finite=finite, report=tuple(said))


def _kind(array: NDArray[Any]) -> type:
    if array.dtype == np.uint8:
        return np.uint8  # pictures, whose scale follows from that
    return np.float64 if array.dtype.kind == "f" else np.int64


def _unfit(why: str, one: Beside, array: NDArray[Any], count: int = 0) -> ImportRefused:
    return ImportRefused(
        "loading.data.input_unfit",
        why=why,
        name=quoted(one.name),
        sizes=one.sizes,
        array=quoted(one.source[0]),
        shape=str(list(array.shape)),
        count=count,
    )


def from_columns(beside: Sequence[Beside], numbers: NDArray[np.float64], count: int) -> Taken:
    """Return what columns of a table of `count` rows give.

    `numbers` [rows, columns]: of all inputs, in order; of none, anything.

    Raises:
        ImportRefused: another number of columns than the input has numbers.
    """
    at, rows = 0, list[Tensor]()
    for one in beside:
        width = len(one.source)
        known = [size for size in one.shape if size is not None]
        if one.shared or len(known) < len(one.shape) or int(np.prod(known)) != width:
            raise ImportRefused(
                "loading.data.input_of_columns",
                name=quoted(one.name),
                sizes=one.sizes,
                columns=listed(map(quoted, one.source)),
            )
        part = torch.from_numpy(np.ascontiguousarray(numbers[:, at : at + width]))
        rows.append(part.reshape(len(part), *known))
        at += width
    finite = np.ones(count, np.bool_)
    if beside:
        finite &= np.isfinite(numbers).all(axis=1)
    said = tuple(_told(one, shared=False) for one in beside)
    return Taken(rows=tuple(rows), held={}, finite=finite, report=said)


def _told(one: Beside, *, shared: bool) -> Message:
    return Message(
        "loading.data.input_shared" if shared else "loading.data.input_by_row",
        name=quoted(one.name),
        source=listed(map(quoted, one.source)),
    )


def to_option(wanted: ByName) -> dict[str, object]:
    """Return inputs as plain JSON, for the process that reads."""
    return asdict(wanted)


def from_option(told: object) -> ByName:
    """Return the inputs that `to_option` wrote down."""
    if not isinstance(told, dict):
        return ByName()
    return ByName(
        first=told["first"],
        beside=tuple(
            Beside(
                name=one["name"],
                source=tuple(one["source"]),
                shape=tuple(one["shape"]),
                shared=one["shared"],
            )
            for one in told["beside"]
        ),
    )
