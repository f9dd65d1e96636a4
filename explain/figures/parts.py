"""What each named part or token adds, in two networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from explain.core.messages import number, say, signed
from explain.figures.chart import Look
from explain.figures.marks import SIDES
from explain.figures.pixels import Triple

MOST = 8
"""Parts that are shown one by one; the rest is one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One part: its name, and what it adds in either network, in units of the output."""

    name: str
    dense: float
    pruned: float

    @property
    def difference(self) -> float:
        """Return pruned - dense."""
        return self.pruned - self.dense


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTable:
    """Parts by falling size in either network; a full bar is ±`largest` in all columns."""

    rows: tuple[PartRow, ...]
    largest: float
    scale: str
    sentence: str
    data: Mapping[str, Sequence[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """One step of a waterfall: shares 0..1 of the axis that the bar spans, and its value."""

    name: str
    value: float
    low: float
    high: float
    text: str
    total: bool = False
    """Whether it is where the way starts or ends, a line in place of a bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """The way from the output at the baseline to the output at the sample."""

    title: str
    falls: tuple[Fall, ...]
    sentence: str
    look: Look


def parts_of_table(names: Sequence[str], found: Triple, *, most: int = MOST) -> PartTable:
    """Return the parts that add most in either network, the others summed into one row."""
    size = np.maximum(np.abs(found.dense), np.abs(found.pruned))
    order = np.argsort(-size, kind="stable")
    rows = tuple(
        PartRow(name=names[at], dense=float(found.dense[at]), pruned=float(found.pruned[at]))
        for at in order[:most]
    )
    rest = _rest(found, order[most:])
    shown = (*rows, *rest)
    largest = max((abs(x) for r in shown for x in (r.dense, r.pruned, r.difference)), default=0.0)
    return PartTable(
        rows=shown,
        largest=largest,
        scale=say("figures.parts.scale", largest=largest),
        sentence=_parts_sentence(rows),
        data={
            "part": [names[at] for at in order],
            "dense": [float(found.dense[at]) for at in order],
            "pruned": [float(found.pruned[at]) for at in order],
            "difference": [float(found.difference[at]) for at in order],
        },
    )


def _rest(
    found: Triple, order: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> tuple[PartRow, ...]:
    if not len(order):
        return ()
    name = say("figures.parts.others_together", count=len(order))
    dense, pruned = float(found.dense[order].sum()), float(found.pruned[order].sum())
    return (PartRow(name=name, dense=dense, pruned=pruned),)


def _parts_sentence(rows: Sequence[PartRow]) -> str:
    if not rows:
        return say("figures.parts.none")
    dense = max(rows, key=lambda row: abs(row.dense))
    pruned = max(rows, key=lambda row: abs(row.pruned))
    moved = max(rows, key=lambda row: abs(row.difference))
    return say(
        "figures.parts.strongest",
        dense_part=dense.name,
        dense=signed(dense.dense),
        pruned_part=pruned.name,
        pruned=signed(pruned.pruned),
        moved=moved.name,
        before=signed(moved.dense),
        after=signed(moved.pruned),
    )


def waterfall(
    found: PartTable, starts: tuple[float, float], ends: tuple[float, float]
) -> tuple[Waterfall, Waterfall]:
    """Return the ways of both networks on one axis.

    `starts`, `ends`: outputs at the baseline and at the sample, dense and pruned.
    """
    dense = _points(starts[0], [row.dense for row in found.rows])
    pruned = _points(starts[1], [row.pruned for row in found.rows])
    low, high = _axis([*dense, *pruned, *ends])
    names = [row.name for row in found.rows]
    return (
        _way("dense", names, dense, ends[0], (low, high)),
        _way("pruned", names, pruned, ends[1], (low, high)),
    )


def _points(start: float, values: Sequence[float]) -> list[float]:
    return [start, *(start + np.cumsum(values)).tolist()]


def _axis(points: Sequence[float]) -> tuple[float, float]:
    low, high = min(points), max(points)
    room = 0.03 * ((high - low) or 1.0)
    return low - room, high + room


def _way(
    look: Look,
    names: Sequence[str],
    points: Sequence[float],
    end: float,
    axis: tuple[float, float],
) -> Waterfall:
    title = say("comparison.network", network=look)
    steps = zip(names, points[:-1], points[1:], strict=True)
    falls = [_fall(name, before, after, axis) for name, before, after in steps]
    start = _stop(say("figures.parts.at_baseline"), points[0], axis)
    return Waterfall(
        title=title,
        falls=(start, *falls, _stop(say("figures.parts.at_sample"), end, axis)),
        sentence=say("figures.parts.goes", title=title, start=number(points[0]), end=number(end)),
        look=look,
    )


def _fall(name: str, before: float, after: float, axis: tuple[float, float]) -> Fall:
    low, high = (_place(x, axis) for x in sorted((before, after)))
    value = after - before
    return Fall(name=name, value=value, low=low, high=high, text=signed(value))


def _stop(name: str, at: float, axis: tuple[float, float]) -> Fall:
    place = _place(at, axis)
    return Fall(name=name, value=at, low=place, high=place, text=number(at), total=True)


def _place(x: float, axis: tuple[float, float]) -> float:
    return (x - axis[0]) / (axis[1] - axis[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token as it was typed: what it adds, and that as a share -1..1 of full colour."""

    text: str
    value: float
    share: float
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReading:
    """One network's reading of a message; `rest` is what the padding after it adds."""

    title: str
    tokens: tuple[Token, ...]
    rest: float
    sentence: str
    look: Look | None


def readings(
    texts: Sequence[str], known: Sequence[bool], found: Triple
) -> tuple[tuple[MessageReading, ...], str]:
    """Return the message as dense, pruned and difference read it, and their one scale in words.

    `known`: which of the tokens stand in the vocabulary. `found`: values [positions]; what follows
    the tokens is padding.
    """
    n = len(texts)
    shown = Triple(dense=found.dense[:n], pruned=found.pruned[:n])
    largest = shown.largest
    sides = tuple(
        replace(_reading(title, texts, known, [float(x) for x in values], largest), look=look)
        for look, (title, values) in zip(SIDES, found.sides, strict=True)
    )
    return sides, (say("figures.tokens.scale", largest=largest))


def _reading(
    title: str, texts: Sequence[str], known: Sequence[bool], values: list[float], largest: float
) -> MessageReading:
    tokens = tuple(
        Token(text=text, value=value, share=value / (largest or 1.0), known=there)
        for text, there, value in zip(texts, known, values[: len(texts)], strict=True)
    )
    return MessageReading(
        title=title,
        tokens=tokens,
        rest=sum(values[len(texts) :]),
        sentence=_tokens_sentence(tokens),
        look=None,
    )


def _tokens_sentence(tokens: Sequence[Token]) -> str:
    strongest = sorted(tokens, key=lambda token: -abs(token.value))[:3]
    named = [f"“{token.text}” {signed(token.value)}" for token in strongest]
    unknown = sum(not token.known for token in tokens)
    return say("figures.tokens.strongest", n=len(tokens), unknown=unknown, named=named)
