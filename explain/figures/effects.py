"""What pruning does beside the network, at one amount and over a sweep: words, groups, layers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from explain.core.comparison import Evaluation, FlipLedger, Sweep
from explain.core.intervals import Measurement
from explain.core.messages import say
from explain.core.methods import Meter
from explain.core.scores import MaskSet
from explain.core.subject import Subject
from explain.figures.amounts import cliff_sentence
from explain.figures.decisions import (
    decisions_sentence,
    group_sentence,
    metric_sentence,
    nothing_sentence,
)
from explain.figures.wording import decision_name
from explain.measure import (
    FEW,
    GroupChange,
    group_changes,
    ledger_between,
    stands_out,
    transitions,
)

FEWEST = 5
"""Groups with fewer samples are left out."""
MOST = 10
"""Rows that are shown; the others fold."""
_WIDTHS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
"""What the full width may stand for, so that it does not move with every step."""


class Placed(NamedTuple):
    """A value in words, and where it and its interval stand, 0..1 of the width."""

    text: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRow:
    """The name of a group or a layer; a `quiet` one is too small to compare."""

    name: str
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectTable:
    """Rows under one title; those that are `folded` are opened on demand."""

    title: str
    rows: tuple[EffectRow, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What one amount does: the answer, and a value for each row of the tables, in their order.

    `everybody` is where all samples together stand among the `groups`; `scale` says so.
    """

    says: str
    scale: str
    everybody: float
    groups: tuple[Placed, ...]
    kept: tuple[Placed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectCurve:
    """The same at every amount of a sweep, 0..1 ascending; `note` says where its metric falls."""

    amounts: tuple[float, ...]
    effects: tuple[Effects, ...]
    note: str


_OF_CLASSES = frozenset({"classification", "binary"})


def grouped(subject: Subject) -> Subject:
    """Return a subject with its samples in groups: by their class where its data name none."""
    samples, task = subject.samples, subject.task
    if samples.groups or samples.targets is None or task.kind not in _OF_CLASSES:
        return subject
    classes = samples.targets.reshape(-1).tolist()
    names = {at: decision_name(task, at) for at in set(classes)}
    groups = {task.target: tuple(names[at] for at in classes)}
    return replace(subject, samples=replace(samples, groups=groups))


Runs = tuple[Evaluation, Evaluation]
"""The answers of the dense and of the other network to the same samples."""


def group_tables(subject: Subject, runs: Runs) -> tuple[EffectTable, ...]:
    """Return the groups of a subject as rows, a table for each column."""
    changes = _changes(subject, ledger_between(subject, *runs))
    tables = [
        EffectTable(
            title=column,
            rows=tuple(EffectRow(name=one.label, quiet=one.small) for one in found),
        )
        for column, found in groupby(changes, key=lambda one: one.column)
    ]
    return tuple(_folded(tables))


def _changes(subject: Subject, ledger: FlipLedger) -> list[GroupChange]:
    """Return the changed decisions of every group that has enough samples to be shown."""
    return [one for one in group_changes(grouped(subject), ledger) if one.n >= FEWEST]


def _folded(tables: Sequence[EffectTable]) -> Iterator[EffectTable]:
    """Yield the tables, those folded that have no room; of the first as much as there is."""
    room = MOST
    for at, table in enumerate(tables):
        if len(table.rows) <= room:
            yield table
        elif at == 0:
            yield replace(table, rows=table.rows[:room])
            yield replace(table, title="", rows=table.rows[room:], folded=True)
        else:
            yield replace(table, folded=True)
        room -= len(table.rows)


def layer_tables(masks: MaskSet, titles: dict[str, str]) -> tuple[EffectTable, ...]:
    """Return the prunable layers as rows. `titles`: display name by layer name."""
    names = [titles.get(t.layer, t.layer) for t in masks.scores.tensors]
    rows = tuple(EffectRow(name=name) for name in names)
    return tuple(_folded([EffectTable(title="", rows=rows)])) if rows else ()


def effects(
    subject: Subject,
    masks: MaskSet,
    runs: Runs | None,
    change: tuple[Measurement, Meter] | None = None,
    *,
    other: bool = False,
) -> Effects:
    """Return what one amount does.

    Args:
        subject: the dense subject.
        masks: what the other network keeps.
        runs: the answers of both; None without samples.
        change: of the metric, with its interval, and what the metric is; None where unknown.
        other: whether the other network is more than what the masks keep of the dense one.
    """
    kept = tuple(_kept(masks))
    if runs is None:
        return Effects(says="", scale="", everybody=0.0, groups=(), kept=kept)
    ledger = ledger_between(subject, *runs)
    changes = _changes(subject, ledger)
    changed = sum(word != "same" for word in ledger.status)
    everybody, width = changed / max(1, len(ledger.status)), _width(changes)
    said = [] if change is None else [metric_sentence(*change)]
    differ = other or masks.kept < masks.total
    return Effects(
        says=_answer(subject, ledger, changes, said, differ=differ),
        scale=say("figures.effects.scale", everybody=everybody, width=width, few=FEW),
        everybody=round(min(1.0, everybody / width), 4),
        groups=tuple(_placed(one, width, pruned=differ) for one in changes),
        kept=kept,
    )


def _answer(
    subject: Subject,
    ledger: FlipLedger,
    changes: Sequence[GroupChange],
    said: list[str],
    *,
    differ: bool,
) -> str:
    """Return how many decisions changed, what became of them, and whose change most often."""
    task, total = subject.task, len(ledger.status)
    changed = total - ledger.status.count("same")
    if not changed:
        return nothing_sentence(total, pruned=True) if differ else say("figures.effects.nothing")
    known = subject.samples.targets is not None
    found = decisions_sentence(ledger, transitions(ledger, task), task, known=known)
    everybody = changed / total
    top = [group_sentence(stands_out(changes, everybody), everybody)] if changes else []
    return say("shell.sentences", all=[found, *said, *top])


def _width(changes: Sequence[GroupChange]) -> float:
    """Return the smallest width that holds the intervals of all groups that are not small."""
    highest = max((one.high for one in changes if not one.small), default=1.0)
    return next(width for width in _WIDTHS if width >= min(1.0, highest))


def _placed(one: GroupChange, width: float, *, pruned: bool) -> Placed:
    """Return a group's share and its interval; where nothing is pruned there is no doubt."""
    values = (one.share, one.low, one.high) if pruned else (one.share,) * 3
    places = (round(min(1.0, value / width), 4) for value in values)
    return Placed(say("figures.effects.share", share=one.share, n=one.n), *places)


def _kept(masks: MaskSet) -> Iterator[Placed]:
    """Yield what each prunable layer keeps, in their order."""
    for tensor, gone in zip(masks.scores.tensors, masks.pruned, strict=True):
        kept = tensor.entries - int(gone.sum())
        left = kept / tensor.entries if tensor.entries else 0.0
        text = say("figures.effects.share", share=left, n=tensor.entries)
        yield Placed(text, round(left, 4), 0.0, 0.0)


def effect_curve(sweep: Sweep, subject: Subject, select: Callable[[float], MaskSet]) -> EffectCurve:
    """Return what every amount of a sweep does; `select` returns what one of them keeps."""
    amounts = tuple(sweep.amounts.tolist())
    return EffectCurve(
        amounts=amounts,
        effects=tuple(
            effects(subject, select(amount), (sweep.dense, sweep.run(at)))
            for at, amount in enumerate(amounts)
        ),
        note=cliff_sentence(sweep),
    )
