"""Which of the values that a network returns is its answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from torch import Tensor
from torch.utils import _pytree

from explain.core.errors import InvalidSubject
from explain.core.messages import Message

_USUAL = ("logits", "probabilities", "output_probability", "scores", "output")
"""Names that say by themselves which value is meant, the clearest first."""
_MOST = 200
_SHOWN = 8
_NAME = 60

Door = Literal["python", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A value that a network returns: its name, and the shape of one row of it.

    `shape`: None for a size that varies or is not told; None where no size is known at all.
    `rows`: whether it has one row for each row of the inputs, as far as is told. `numbers`: whether
    it holds floating-point numbers.
    """

    name: str
    shape: tuple[int | None, ...] | None = None
    rows: bool = True
    numbers: bool = True

    @property
    def may_answer(self) -> bool:
        """Return whether it may be one row of numbers for each row of the inputs."""
        several = [size for size in self.shape or () if size != 1]
        return self.rows and self.numbers and len(several) <= 1

    def said(self) -> Message:
        """Return name and shape in words."""
        name = _cut(self.name)
        if not self.rows:
            return Message("network.output.without_rows", name=name)
        if self.shape is None:
            return Message("network.output.unknown", name=name)
        sizes = " × ".join("?" if size is None else str(size) for size in self.shape)
        return Message("network.output.of_rows", name=name, sizes=sizes or "1")


def _cut(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:_NAME])


def answer_among(outputs: Sequence[Output], wanted: str | int | None, *, door: Door) -> Output:
    """Return the output that is the answer.

    `wanted`: its name, or its place from 0 on. Without it: the only output there is, the only one
    that may be a row of numbers, or the one of these with a usual name ("logits").

    Raises:
        InvalidSubject: no such output, none at all, or several that could be meant; all are named,
            with the line that chooses one: in Python, or for a file.
    """
    if wanted is not None and wanted != "":
        return _asked(outputs, wanted)
    if not outputs:
        raise InvalidSubject("network.no_output")
    likely, is_clear = likely_answer(outputs)
    if is_clear:
        return likely
    hint = Message("network.several_outputs.hint", door=door, name=_cut(likely.name))
    raise InvalidSubject(
        "network.several_outputs.says", hint=hint, count=len(outputs), outputs=_listed(outputs)
    )


def likely_answer(outputs: Sequence[Output]) -> tuple[Output, bool]:
    """Return the output that is most likely the answer, and whether no other could be meant."""
    fitting = [one for one in outputs if one.may_answer]
    usual = [one for name in _USUAL for one in fitting if one.name == name]
    found = [*usual, *fitting, *outputs]
    return found[0], bool(usual) or len(fitting) == 1 or len(outputs) == 1


def _asked(outputs: Sequence[Output], wanted: str | int) -> Output:
    named = [one for one in outputs if one.name == str(wanted)]
    if not named and str(wanted).isdecimal():
        named = list(outputs[int(wanted) : int(wanted) + 1])
    if not named:
        raise InvalidSubject(
            "network.no_such_output", name=_cut(str(wanted)), outputs=_listed(outputs)
        )
    return named[0]


def _listed(outputs: Sequence[Output]) -> list[Message]:
    return [one.said() for one in outputs[:_SHOWN]]


def chosen_notes(
    outputs: Sequence[Output], chosen: Output, unread: int, weights: int
) -> tuple[Message, ...]:
    """Return sentences about the choice: what is left out, with its weights; none of one output."""
    if len(outputs) < 2:
        return ()
    others = _listed([one for one in outputs if one is not chosen])
    name = _cut(chosen.name)
    said = Message("network.output_chosen", count=len(outputs), name=name, outputs=others)
    alone = Message("network.weights_of_others", n=unread, weights=weights)
    return (said, alone) if unread else (said,)


def named_tensors(returned: object) -> dict[str, Tensor]:
    """Return the tensors in what a network returned, by name, in order.

    Tuples and lists are taken apart by place, dicts by key, dataclasses and named tuples by field,
    and whatever torch knows how to flatten by what it calls its parts: "logits", "0", "boxes.1".
    At most 200.
    """
    found: dict[str, Tensor] = {}
    for path, tensor in _leaves(returned, ()):
        found.setdefault(".".join(path) or "output", tensor)
        if len(found) == _MOST:
            break
    return found


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Tensor]]:
    if isinstance(value, Tensor):
        yield path, value
        return
    for name, part in _parts(value):
        yield from _leaves(part, (*path, name))


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a container with their names; nothing of what is none."""
    if isinstance(value, Mapping):
        yield from ((str(key), part) for key, part in value.items())
    elif is_dataclass(value):
        yield from ((one.name, getattr(value, one.name)) for one in fields(value))
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from zip(value._fields, value, strict=True)
    elif isinstance(value, (tuple, list)):
        yield from ((str(place), part) for place, part in enumerate(value))
    elif type(value) in _pytree.SUPPORTED_NODES:
        parts, _ = _pytree.SUPPORTED_NODES[type(value)].flatten_fn(value)
        yield from ((str(place), part) for place, part in enumerate(parts))


def outputs_of(tensors: Mapping[str, Tensor], rows: int) -> tuple[Output, ...]:
    """Return what is known of the tensors that a network returned for so many rows."""
    return tuple(
        Output(
            name=name,
            shape=tuple(tensor.shape[1:]),
            rows=tensor.shape[:1] == (rows,),
            numbers=tensor.is_floating_point(),
        )
        for name, tensor in tensors.items()
    )
