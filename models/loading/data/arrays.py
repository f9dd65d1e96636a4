"""An npz or npy file as samples: `x`, and `y`, `mask` and `groups` where they are there."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from explain.core.subject import Samples
from models.loading.card.model_card import Card
from models.loading.data.beside import Beside, ByName, from_arrays
from models.loading.data.labels import (
    Answers,
    as_classes,
    as_flags,
    as_values,
    check_label,
    task_of_column,
)
from models.loading.data.npy import read_npy
from models.loading.data.record import Data, few_groups, left_out, quoted
from models.loading.files.zip_archive import Archive, quoted_name
from models.loading.limits import Limits

_USUAL = {"x": ("x", "inputs", "data", "x_test"), "y": ("y", "targets", "labels", "y_test")}
_ALONE = ByName()
_NPY = b"\x93NUMPY"

Arrays = Mapping[str, NDArray[Any]]


def read_arrays(data: bytes, card: Card, limits: Limits, by_name: ByName = _ALONE) -> Data:
    """Return the samples in an npz (`x`, optionally `y`, `mask`, `groups`) or in a single npy.

    Rows with values that are not finite, in `x` or `y`, are left out and counted. One-hot answers
    become classes where the task is a classification. `by_name`: what the
    inputs are called; each but the first is an array.

    Raises:
        ImportRefused: no `x`, arrays of different lengths, Python objects, or what does not fit.
    """
    arrays, named, said = _arrays(data, limits, by_name)
    x = arrays["x"]
    if x.dtype.kind not in "fiub" or x.ndim < 2:
        raise ImportRefused(
            "loading.data.no_row_per_sample", type=str(x.dtype), shape=str(list(x.shape))
        )
    _check_lengths(arrays)
    kind = card.modality or ("tabular" if x.ndim == 2 else "series")
    _check_size(arrays, named, kind, limits)
    answers = _answers(arrays, card, limits)
    others = from_arrays(by_name.beside, named, len(x))
    finite = _finite_rows(x) & others.finite
    known = np.array(answers.known, dtype=np.bool_)
    kept = torch.from_numpy(np.flatnonzero(finite & known))
    lost = [
        *left_out("not_finite", int((~finite).sum())),
        *left_out("no_answer", int((finite & ~known).sum())),
    ]
    report: list[Message] = [
        *said,
        Message(
            "loading.data.array_of_rows",
            rows=len(x),
            type=str(x.dtype),
            shape=str(list(x.shape[1:])),
        ),
        *others.report,
        *answers.report,
        *lost,
    ]
    if not len(kept):
        raise ImportRefused("loading.data.no_usable_row", report=lost)
    groups, more = _groups(arrays, kept, limits)
    samples = Samples(
        inputs=tuple(
            _of_rows(array, kept) for array in (*_inputs(arrays, kind, card), *others.rows)
        ),
        targets=answers.of(kept),
        ids=tuple(f"row {row}" for row in kept.tolist()),
        groups=groups,
    )
    return Data(
        kind=cast("Any", kind),
        samples=samples,
        task=answers.task,
        labels=answers.labels,
        names=_names(card, samples) if kind == "tabular" else (),
        held=others.held,
        report=(*report, *more),
    )


def _of_rows(values: Tensor, kept: Tensor) -> Tensor:
    """Return some rows in ascending order, moved to the front of the memory that they lie in."""
    if len(kept) < len(values):
        some = max(1, _AT_ONCE // values[0].numel())
        for at in range(0, len(kept), some):
            rows = kept[at : at + some]
            values[at : at + len(rows)] = values[rows]
    return values[: len(kept)]


def _finite_rows(x: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which rows hold no NaN and no infinity, looked at some megabytes at a time."""
    rows = x.reshape(len(x), -1)
    if x.dtype.kind != "f":
        return np.ones(len(x), np.bool_)
    some = max(1, _AT_ONCE // rows.shape[1])
    return np.concatenate(
        [np.isfinite(rows[at : at + some]).all(axis=1) for at in range(0, len(rows), some)]
    )


_AT_ONCE = 1 << 20


def _arrays(data: bytes, limits: Limits, by_name: ByName) -> tuple[Arrays, Arrays, list[Message]]:
    """Return the arrays by their role, those of further inputs by name, and what nothing uses.

    An array that is an input beside the varied one has no other role.
    """
    beside = by_name.beside
    if data.startswith(_NPY):
        _check_there(beside, ("x",))
        return {"x": read_npy(data, "x", limits)}, {}, []
    archive = Archive.open(data, limits)
    names = {name.removesuffix(".npy"): name for name in archive.names if name.endswith(".npy")}
    _check_there(beside, names)
    taken = {name for one in beside for name in one.source}
    free = [name for name in names if name not in taken]
    usual = {**_USUAL, "x": (by_name.first, *_USUAL["x"])}
    roles = {role: next((n for n in known if n in free), "") for role, known in usual.items()}
    roles |= {role: role for role in ("mask", "groups") if role in free}
    if not roles["x"]:
        raise ImportRefused(
            "loading.data.no_array_x", names=listed(map(quoted_name, archive.names))
        )
    used = {role: name for role, name in roles.items() if name}
    _check_bytes(sum(archive.sizes[names[name]] for name in {*used.values(), *taken}), limits)
    arrays = {
        role: read_npy(archive.content(names[name]), name, limits) for role, name in used.items()
    }
    others = {name: read_npy(archive.content(names[name]), name, limits) for name in sorted(taken)}
    rest = sorted(set(archive.names) - {names[name] for name in (*used.values(), *taken)})
    unused = listed(map(quoted_name, rest))
    said = [Message("loading.data.arrays_unused", arrays=len(rest), names=unused)]
    return arrays, others, said if rest else []


def _check_there(beside: Sequence[Beside], names: Iterable[str]) -> None:
    """Refuse a file without the array of an input; where several columns are named, too."""
    known = list(names)
    for one in beside:
        if len(one.source) > 1 or one.source[0] not in known:
            raise ImportRefused(
                "loading.data.no_array_of_input",
                name=quoted(one.name),
                sizes=one.sizes,
                array=listed(map(quoted, one.source)),
                names=listed(map(quoted_name, known)),
                wanted=one.source[0][:60],
                input=one.name[:60],
            )


def _check_size(arrays: Arrays, others: Arrays, kind: str, limits: Limits) -> None:
    """Refuse samples that would take too much memory once they are numbers and texts."""
    x = arrays["x"]
    if len(x) > limits.csv_rows:
        raise ImportRefused("loading.data.too_many_samples", count=len(x), most=limits.csv_rows)
    if kind == "tabular" and x.size > _WIDEST * len(x):
        raise ImportRefused("loading.data.too_many_columns", most=_WIDEST)
    each = 1 if kind == "image" and x.dtype == np.uint8 else _TYPES[kind]().itemsize
    if kind == "text" and "mask" in arrays:
        each *= 2
    _check_count("x", x.size, min(limits.samples_bytes // _FLOAT, limits.array_bytes // each))
    left = limits.array_bytes - x.size * each
    for name, array in others.items():
        _check_count(quoted(name), array.size, left // _WIDE)
        left -= array.size * _WIDE
    for role in {"y", "groups"} & set(arrays):
        _check_count(role, arrays[role].size, limits.array_cells)


_WIDEST = 100_000
"""Columns of an array, each of which gets a name."""
_FLOAT, _WIDE = 4, 8
"""Bytes of a number as networks take it, and as further inputs are held."""


def _check_count(name: str, count: int, most: int) -> None:
    if count > most:
        raise ImportRefused("loading.data.too_many_values", name=name, count=count, most=most)


def _check_bytes(count: int, limits: Limits) -> None:
    if count > limits.array_bytes:
        raise ImportRefused("loading.data.arrays_too_large", count=count, most=limits.array_bytes)


def _check_lengths(arrays: Arrays) -> None:
    lengths = {role: len(array) if array.ndim else 0 for role, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        told = [f"{role} {count:,}" for role, count in lengths.items()]
        raise ImportRefused("loading.data.lengths_differ", lengths=told)


def _inputs(arrays: Arrays, kind: str, card: Card) -> list[Tensor]:
    """Return the inputs in the type that their kind has."""
    x = arrays["x"]
    if kind == "text":
        if x.dtype.kind not in "iu":
            raise ImportRefused("loading.data.ids_not_whole", type=str(x.dtype))
        ids = _tensor(x, _TYPES[kind])
        if len(card.input.names) < 2:
            return [ids]
        mask = arrays.get("mask")
        if mask is None or mask.shape != x.shape:
            raise ImportRefused("loading.data.mask_missing", shape=str(list(x.shape)))
        return [ids, _tensor(mask, _TYPES[kind])]
    if kind == "image":
        pixel = np.uint8 if x.dtype == np.uint8 else _TYPES[kind]
        return [_tensor(_colours_first(x, card), pixel)]
    return [_tensor(x, _TYPES[kind])]


_TYPES: Mapping[str, type[np.number[Any]]] = MappingProxyType(
    {"tabular": np.float64, "series": np.float32, "image": np.float32, "text": np.int64}
)
"""Kind -> in what numbers of such samples are held before they are prepared."""


def _tensor(values: NDArray[Any], kind: type[np.number[Any]]) -> Tensor:
    """Return values in memory of their own, copied once."""
    return torch.from_numpy(np.require(values, kind, ["C", "W"]))


def _colours_first(pixels: NDArray[Any], card: Card) -> NDArray[Any]:
    """Return pictures [n, colours, height, width] out of those that the network's layout has."""
    if pixels.ndim == 3:
        return pixels[:, None]
    if pixels.ndim != 4:
        raise ImportRefused("loading.data.no_pictures", shape=str(list(pixels.shape)))
    if card.input.layout == "NHWC":
        return np.moveaxis(pixels, -1, 1)
    return pixels


def _answers(arrays: Arrays, card: Card, limits: Limits) -> Answers:
    y = arrays.get("y")
    if y is None:
        rows = len(arrays["x"])
        return Answers(known=[True] * rows, report=(Message("loading.data.no_array_y"),))
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2 and "multilabel" in {card.task, card.output}:
        return as_flags(_by_label(y, card))
    if y.ndim == 2 and _is_one_hot(y):
        found = as_classes(_cells(y.argmax(1)), card.labels, limits)
        said = Message("loading.data.one_hot", columns=y.shape[1])
        return dataclasses.replace(found, report=(said, *found.report))
    if y.ndim != 1:
        raise ImportRefused("loading.data.shape_of_answers", shape=str(list(y.shape)[1:]))
    is_value = card.task == "regression" or card.output == "value"
    if is_value or (
        not card.task and not card.output and task_of_column(_cells(y)) == "regression"
    ):
        return as_values(_cells(y), "y")
    return as_classes(_cells(y), card.labels, limits)


def _by_label(y: NDArray[Any], card: Card) -> dict[str, list[str]]:
    """Return one column of flags per label."""
    labels = card.labels or tuple(map(str, range(y.shape[1])))
    if len(labels) != y.shape[1]:
        raise ImportRefused(
            "loading.data.columns_of_answers", columns=y.shape[1], labels=len(labels)
        )
    return {label: _cells(y[:, place]) for place, label in enumerate(labels)}


def _cells(values: NDArray[Any]) -> list[str]:
    return [str(value).strip() for value in values.tolist()]


def _is_one_hot(y: NDArray[Any]) -> bool:
    if y.dtype.kind not in "fiub":
        return False
    return bool(((y == 0) | (y == 1)).all() and (y.sum(1) == 1).all())


def _groups(
    arrays: Arrays, kept: Tensor, limits: Limits
) -> tuple[Mapping[str, tuple[str, ...]], list[Message]]:
    """Return the groups of the rows kept, one column or several, and what is said about others."""
    found = arrays.get("groups")
    if found is None:
        return {}, []
    columns = found[:, None] if found.ndim == 1 else found
    if columns.ndim != 2 or columns.shape[1] > limits.csv_columns:
        raise ImportRefused("loading.data.groups_dimensions", shape=str(list(found.shape)))
    rows = columns[kept.numpy()]
    names = ["group"] if found.ndim == 1 else [f"group {i + 1}" for i in range(columns.shape[1])]
    groups = {name: tuple(_cells(rows[:, place])) for place, name in enumerate(names)}
    taken, said = few_groups(groups, limits)
    for value in {value for column in taken.values() for value in column}:
        check_label(value, limits)
    return taken, said


def _names(card: Card, samples: Samples) -> tuple[str, ...]:
    """Return the names of the columns: the card's where there are as many, else numbers."""
    width = samples.inputs[0][0].numel()
    if len(card.input.features) == width:
        return card.input.features
    return tuple(f"x{place}" for place in range(width))
