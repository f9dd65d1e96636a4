"""Tables of decisions as plain HTML: answers against answers, rates of classes, groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from explain import Measurement, Task
from explain.core.messages import count, number, say
from explain.figures import (
    NUMBER,
    REMOVED,
    SMALL,
    Cell,
    Look,
    RateKind,
    Row,
    Stretch,
    Table,
    Text,
    Track,
    marks,
    rate_change,
    rate_name,
    shade,
    to_html,
    way_name,
    wording,
)
from explain.measure import ClassRate, GroupChange, Transition, Way
from pages._decisions.choices import spell_way

MATRIX = 10
"""Classes up to which answers stand against answers."""
TINY = 5
"""Groups with fewer test cases are told in one line."""
_CELL = "padding:4px 10px 4px 0;border:0;vertical-align:middle;line-height:1.3"
_QUIET = "color:var(--ink-2)"
_VERDICTS = {"broke": "var(--broke)", "fixed": "var(--fixed)"}


def text_cell(text: str, css: str = "", title: str = "") -> Cell:
    """Return a cell of one text."""
    return Cell(parts=(Text(text=text),), css=css, title=title)


def verdict_css(status: str) -> str:
    """Return the colour of what happened to a decision; its sign and word stand with it."""
    return f"color:{_VERDICTS[status]}" if status in _VERDICTS else ""


def boxed(table: Table, label: str, height: str = "") -> str:
    """Return a table that scrolls inside its own box where it is too wide or too high."""
    css = f"overflow:auto;max-height:{height}" if height else "overflow-x:auto"
    return (
        f'<div tabindex="0" role="group" aria-label="{escape(label)}" style="{escape(css)}">'
        f"{to_html(table)}</div>"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What went which way: of which task, whether right and wrong are known, and what is chosen."""

    task: Task
    found: Sequence[Transition]
    known: bool
    chosen: Way | None

    @property
    def classes(self) -> tuple[int, ...]:
        """Return the classes that either network says."""
        return tuple(sorted({at for one in self.found for at in one.way}))

    @property
    def single(self) -> bool:
        """Return whether each way is a row, in place of answers against answers."""
        return self.task.kind in {"regression", "multilabel"} or len(self.classes) > MATRIX

    @property
    def gone(self) -> tuple[Transition, ...]:
        """Return the ways that moved a value, a label or an answer; of values, all."""
        if self.task.kind == "regression":
            return tuple(self.found)
        labels = self.task.kind == "multilabel"
        return tuple(one for one in self.found if one.n and (labels or one.way[0] != one.way[1]))

    @property
    def most(self) -> tuple[Transition, ...]:
        """Return the most frequent of them, with the chosen one."""
        if len(self.gone) <= MATRIX:
            return self.gone
        found = sorted(self.gone, key=lambda one: (one.way != self.chosen, -one.n))[:MATRIX]
        return tuple(sorted(found, key=lambda one: -one.n))

    def parts(self, one: Transition) -> tuple[Text, ...]:
        """Return what became of those that went one way, each with its sign."""
        if not self.known:
            return ()
        rest = one.n - one.broke - one.fixed
        counts = {"broke": one.broke, "fixed": one.fixed}
        if self.task.kind != "regression":
            counts["changed wrong"] = rest
        return tuple(
            Text(
                text=say("decisions.mark", status=status, n=n), css=f"{_CHIP};{verdict_css(status)}"
            )
            for status, n in counts.items()
            if n
        )

    def pick(self, way: Way) -> str:
        """Return what a button for this way sends."""
        return f"way~{spell_way(way)}"


_CHIP = f"{SMALL};background:var(--paper);border-radius:3px;padding:0 3px;white-space:nowrap"


def ways_title(ways: Ways) -> str:
    """Return what the table of ways shows."""
    kind = {"regression": "value", "multilabel": "label"}.get(ways.task.kind, "class")
    return say("decisions.ways", kind=kind)


def ways_table(ways: Ways) -> str:
    """Return the answers of one network against the other's, or the ways that there are."""
    return boxed(_list(ways) if ways.single else _matrix(ways), ways_title(ways))


def _matrix(ways: Ways) -> Table:
    classes = ways.classes
    cells = {one.way: one for one in ways.found}
    names = [wording.class_name(ways.task, at) for at in classes]
    largest = tuple(
        max((one.n for one in ways.found if (one.way[0] == one.way[1]) == same), default=1)
        for same in (False, True)
    )
    heads = [text_cell(name, f"{SMALL};text-align:center;overflow-wrap:anywhere") for name in names]
    corner = text_cell(
        say("decisions.corner"), f"{SMALL};text-align:left;font-weight:400;width:8rem"
    )
    return Table(
        columns=[corner, *heads],
        rows=tuple(
            Row(
                head=text_cell(name, "font-weight:600;overflow-wrap:anywhere"),
                cells=tuple(
                    _way(ways, cells.get((first, second)), largest[first == second])
                    for second in classes
                ),
            )
            for first, name in zip(classes, names, strict=True)
        ),
        cell="padding:0;border:2px solid var(--paper);vertical-align:middle;line-height:1.3",
        css="width:100%;table-layout:fixed",
        mark=("decisions", "ways"),
    )


def _way(ways: Ways, one: Transition | None, largest: int) -> Cell:
    if one is None:
        return Cell(parts=(Text(text="·"),), css=f"text-align:center;{_QUIET}")
    same = one.way[0] == one.way[1]
    wide = len(ways.classes) <= 4
    total = Text(text=count(one.n), css=f"font-weight:{400 if same else 600}")
    parts = () if same else ways.parts(one)
    strength = 0.06 + 0.24 * one.n / largest
    tint = f"background:{shade(REMOVED, strength)}" if same else marks.tint_css("pruned", strength)
    return Cell(
        parts=parts if parts and not wide else (total, *parts),
        css=f"text-align:center;{tint};{NUMBER}",
        title=f"{way_name(ways.task, one.way)}: {count(one.n)}",
        aside=True,
        pick=ways.pick(one.way),
        chosen=one.way == ways.chosen,
    )


def _list(ways: Ways) -> Table:
    """Return one way a row."""
    values = ways.task.kind == "regression"
    largest = max((one.n for one in ways.most), default=1)
    names = ["way", "n", *(("median", "largest") if values else ()), "what"]
    return Table(
        columns=[_head(say("decisions.column", column=name)) for name in names],
        rows=tuple(_line(ways, one, largest, values=values) for one in ways.most),
        cell=_CELL,
        mark=("decisions", "ways"),
    )


def _head(text: str) -> Cell:
    return text_cell(text, f"{SMALL};{_QUIET};font-weight:400;text-align:left")


def _line(ways: Ways, one: Transition, largest: int, *, values: bool) -> Row:
    filled = Stretch(start=0.0, end=one.n / largest, css=marks.bar_css("pruned"))
    name = Text(text=way_name(ways.task, one.way), breaks=True)
    moved = [text_cell(number(value), NUMBER) for value in one.moved] if values else []
    parts = () if values and one.way == (0, 0) else ways.parts(one)
    return Row(
        head=Cell(parts=(name,), pick=ways.pick(one.way), chosen=one.way == ways.chosen),
        cells=(
            Cell(parts=(Text(text=count(one.n), css=NUMBER), Track(marks=(filled,), height=6))),
            *moved,
            Cell(parts=parts, aside=True),
        ),
    )


def rates_table(task: Task, rates: Sequence[tuple[ClassRate, RateKind]]) -> str:
    """Return how often classes are found, or said falsely."""
    table = Table(
        columns=[_head(say("decisions.column", column=name)) for name in _RATES],
        rows=tuple(_rate(rate_name(task, one, kind), one) for one, kind in rates),
        cell=_CELL,
        mark=("decisions", "rates"),
    )
    return boxed(table, say("decisions.rates"))


_RATES = ("rate", "hundred", "networks", "change")


def _rate(name: str, one: ClassRate) -> Row:
    both = (*_dotted(one.before, "dense", 0), *_dotted(one.after, "pruned", 10))
    moved = say("decisions.arrow", before=one.before.value, after=one.after.value)
    spread = [
        say("decisions.rate_interval", low=each.low, high=each.high, n=each.n)
        for each in (one.before, one.after)
    ]
    return Row(
        head=Cell(parts=(Text(text=name, breaks=True),)),
        cells=(
            Cell(parts=(Track(marks=both, height=20, css="min-width:90px"),), silent=True),
            text_cell(
                moved, NUMBER, say("decisions.both_intervals", before=spread[0], after=spread[1])
            ),
            text_cell(rate_change(one.change), SMALL),
        ),
    )


def _dotted(one: Measurement, look: Look, top: int) -> tuple[Stretch, ...]:
    """Return the mark of one network and the band of its interval."""
    return (
        Stretch(start=one.low or 0.0, end=one.high or 0.0, css=marks.spread_css(top + 2)),
        Stretch(start=one.value, end=one.value, css=f"top:{top}px;{marks.dot_css(look)}"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Groups, the share of everybody's decisions that changed, and the group that is chosen."""

    found: Sequence[GroupChange]
    everybody: float
    chosen: str

    @property
    def shown(self) -> tuple[GroupChange, ...]:
        """Return the groups that have a row."""
        return tuple(group for group in self.found if group.n >= TINY)

    @property
    def tiny(self) -> tuple[GroupChange, ...]:
        """Return those that are told in one line."""
        return tuple(group for group in self.found if group.n < TINY)

    @property
    def widest(self) -> float:
        """Return what the full width stands for: the largest bound of a group that is not small."""
        shown = self.shown
        highs = [group.high for group in shown if not group.small]
        return max(highs or [group.high for group in shown], default=0.0) or 1.0


def groups_table(groups: Groups) -> str:
    """Return a row a group: how many of its decisions changed, now wrong, now right."""
    known = any(group.broke is not None for group in groups.found)
    names = ["group", "changed", "share", *(("broke", "fixed") if known else ())]
    table = Table(
        columns=[_head(say("decisions.column", column=name)) for name in names],
        rows=tuple(_group(group, groups) for group in groups.shown),
        cell=_CELL,
        mark=("decisions", "groups"),
    )
    return boxed(table, say("decisions.groups"))


def _group(group: GroupChange, groups: Groups) -> Row:
    name = f"{group.column}~{group.label}"
    few = "few" if group.small else "enough"
    outcomes = [
        text_cell(
            say("decisions.mark", status=status, n=n) if n else "",
            f"{verdict_css(status)};{NUMBER}",
        )
        for status, n in (("broke", group.broke), ("fixed", group.fixed))
        if n is not None
    ]
    return Row(
        head=Cell(
            parts=(
                Text(text=group.label, breaks=True),
                Text(text=group.column, css=f"{SMALL};{_QUIET}"),
            ),
            css="width:34%",
            aside=True,
            pick=f"group~{name}",
            chosen=name == groups.chosen,
        ),
        cells=(
            Cell(parts=(_interval(group, groups),), silent=True),
            text_cell(
                say("decisions.group_share", size=few, share=group.share, n=group.n),
                f"{NUMBER};{_QUIET}" if group.small else NUMBER,
                say("decisions.rate_interval", low=group.low, high=group.high, n=group.n),
            ),
            *outcomes,
        ),
    )


def _interval(group: GroupChange, groups: Groups) -> Track:
    """Return a group's dot on the band of its interval, and everybody's share as a dashed line."""
    widest = groups.widest
    dot = f"top:1px;{marks.dot_css('noise' if group.small else 'pruned')}"
    low, high, at, middle = (
        min(1.0, value / widest) for value in (group.low, group.high, group.share, groups.everybody)
    )
    drawn = [
        Stretch(start=low, end=high, css=marks.spread_css(3)),
        Stretch(start=middle, end=middle, css=_EVERYBODY),
    ]
    if group.share <= widest:
        drawn.append(Stretch(start=at, end=at, css=dot))
    if group.high > widest:
        drawn.append(Stretch(start=1.0, end=1.0, css=_BREAK))
    return Track(marks=tuple(drawn), css="border-radius:3px;min-width:60px")


_EVERYBODY = "top:-9px;height:30px;width:0;border-left:2px dashed var(--ink-2)"
"""A dashed line that runs through all rows."""
_BREAK = (
    f"width:2px;margin-left:-6px;border-left:2px solid {REMOVED};border-right:2px solid {REMOVED}"
)
"""A double line at the edge: the interval goes on."""
