"""What was read of a data file, and what goes on from there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, cast

import torch
from torch import Tensor

from explain.core.errors import ExplainError, ImportRefused
from explain.core.messages import Message, listed, to_plain
from explain.core.subject import Samples
from models.loading.limits import Limits
from models.loading.processes.frames import messages_from

_KINDS = ("tabular", "image", "text", "series")
_TASKS = ("", "classification", "multilabel", "regression")


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Rows of a user as they stand in the file, before any scale, mean or deviation.

    `samples.inputs`: "tabular" float64 [n, columns]; "image" uint8 [n, colours, height, width];
    "text" int64 ids [n, length], and a mask of the same shape where the network takes one;
    "series" float32 or int64 [n, ...]. `samples.targets`: int64 [n] places in `labels`; int64
    [n, labels] of 0 and 1 for several labels a row; float64 [n] values; None without answers.
    `task` says which of these, "" without answers. `names` are the columns of a table or the words
    behind the ids. `possible` are columns that may hold the answer where the card names none,
    the likeliest first. `learnt` says of every row, bool [n], whether the network was trained on
    it; None where the file does not tell. Further inputs of a network that takes several follow as
    they stand in the file; `held` are values of those that all rows share. `report` are
    sentences for people, each with its count.
    """

    kind: Literal["tabular", "image", "text", "series"]
    samples: Samples
    task: Literal["", "classification", "multilabel", "regression"] = ""
    labels: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    learnt: Tensor | None = None
    held: Mapping[str, Tensor] = field(default_factory=lambda: MappingProxyType({}))
    report: tuple[Message, ...] = ()


def left_out(why: str, rows: int) -> list[Message]:
    """Return what is said about rows that are left out: nothing where there are none."""
    return [Message("loading.data.left_out", why=why, rows=rows)] if rows else []


def few_groups(
    columns: Mapping[str, tuple[str, ...]], limits: Limits
) -> tuple[Mapping[str, tuple[str, ...]], list[Message]]:
    """Return the columns that are groups, and a sentence about those that have too many values.

    What names every row (an id, a name) is no group, and each group costs a look at all rows.
    """
    found: dict[str, tuple[str, ...]] = {}
    left = limits.groups
    for name, column in columns.items():
        count = len(set(column))
        if count <= left:
            found[name] = column
            left -= count
    others = [quoted(name) for name in columns if name not in found]
    said = Message("loading.data.no_groups", names=listed(others), most=limits.groups)
    return MappingProxyType(found), [said] if others else []


def packed(data: Data) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Return data as plain JSON values and tensors."""
    samples = data.samples
    tensors = {f"input{place}": tensor for place, tensor in enumerate(samples.inputs)}
    if samples.targets is not None:
        tensors["targets"] = samples.targets
    if data.learnt is not None:
        tensors["learnt"] = data.learnt
    tensors |= {f"held{place}": value for place, value in enumerate(data.held.values())}
    columns = {
        name: {key: list(column) for key, column in getattr(samples, name).items()}
        for name in ("groups", "display")
    }
    plain = {name: list(getattr(data, name)) for name in ("labels", "names", "possible")}
    found: dict[str, object] = {
        "kind": data.kind,
        "task": data.task,
        "ids": list(samples.ids),
        "held": list(data.held),
        "report": [to_plain(said) for said in data.report],
        **plain,
        **columns,
    }
    return found, tensors


def unpacked(found: Mapping[str, object], tensors: Mapping[str, Tensor]) -> Data:
    """Return the data that `packed` took apart, checked again.

    Raises:
        ImportRefused: these are not its parts.
    """
    try:
        data = _unpacked(found, tensors)
    except (KeyError, TypeError, ValueError, AttributeError, ExplainError) as error:
        raise _broken() from error
    _check(data)
    return data


def _unpacked(found: Mapping[str, object], tensors: Mapping[str, Tensor]) -> Data:
    count = sum(name.startswith("input") for name in tensors)
    samples = Samples(
        inputs=tuple(tensors[f"input{place}"] for place in range(count)),
        targets=tensors.get("targets"),
        ids=_texts(found["ids"]),
        groups=_named(found["groups"]),
        display=_named(found["display"]),
    )
    return Data(
        kind=cast("Literal['image']", _choice(found["kind"], _KINDS)),
        samples=samples,
        task=cast("Literal['']", _choice(found["task"], _TASKS)),
        labels=_texts(found["labels"]),
        names=_texts(found["names"]),
        possible=_texts(found["possible"]),
        learnt=tensors.get("learnt"),
        held={name: tensors[f"held{at}"] for at, name in enumerate(_texts(found["held"]))},
        report=messages_from(found["report"]),
    )


def _check(data: Data) -> None:
    """Refuse targets that are no places in the labels, and numbers that are not finite."""
    targets, learnt = data.samples.targets, data.learnt
    if learnt is not None and (learnt.dtype != torch.bool or learnt.shape != (data.samples.count,)):
        raise _broken()
    if (targets is None) != (data.task == ""):
        raise _broken()
    if targets is not None and targets.numel():
        ends = (0, len(data.labels) - 1) if data.task == "classification" else (0, 1)
        low, high = float(targets.min()), float(targets.max())
        if data.task != "regression" and not ends[0] <= low <= high <= ends[1]:
            raise _broken()
    for tensor in (
        *data.samples.inputs,
        *data.held.values(),
        *([] if targets is None else [targets]),
    ):
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise _broken()


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise _broken()
    return tuple(value)


def _named(value: object) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise _broken()
    return MappingProxyType({str(name): _texts(inner) for name, inner in value.items()})


def _choice(value: object, options: tuple[str, ...]) -> str:
    if value not in options:
        raise _broken()
    return str(value)


def _broken() -> ImportRefused:
    return ImportRefused("loading.data.unasked_answer")


_SHOWN = 40


def quoted(text: str) -> str:
    """Return a text of a file in quotation marks, printable and short."""
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
    return ascii(short) if not short.isprintable() else f"'{short}'"
