"""Which decisions changed, in words: the answer in one line, ways, rates and groups."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from explain.core.comparison import FlipLedger
from explain.core.intervals import Measurement
from explain.core.messages import say
from explain.core.methods import Meter
from explain.core.subject import Task
from explain.figures import wording
from explain.measure import ClassRate, GroupChange, Transition, Way, meter


def decisions_sentence(
    ledger: FlipLedger, found: Sequence[Transition], task: Task, *, known: bool
) -> str:
    """Return how many decisions changed, what became of them, and where most of them went.

    Args:
        ledger: of the two networks compared; at least one decision changed.
        found: the ledger's transitions.
        task: says what decisions are.
        known: whether there are targets.
    """
    counts = Counter(ledger.status)
    changed = len(ledger.status) - counts["same"]
    said = say(
        "figures.decisions.changed",
        changed=changed,
        total=len(ledger.status),
        outcomes=_outcomes(counts, known=known),
    )
    return say("shell.sentences", all=[said, *_most_common(found, task, changed)])


def _outcomes(counts: Counter[str], *, known: bool) -> str:
    """Return "6 now wrong ✕, 8 now right ✓": what there is of each."""
    told = [
        say("figures.decisions.outcome", status=verdict(status, known=known), n=counts[status])
        for status in ("broke", "fixed", "changed wrong", "changed")
        if counts[status]
    ]
    return say("figures.decisions.outcomes", all=told)


def verdict(status: str, *, known: bool) -> str:
    """Return what a status of the ledger is called: a value that moved may still be right."""
    return "still right" if known and status == "changed" else status


def _most_common(found: Sequence[Transition], task: Task, changed: int) -> list[str]:
    """Return which new answer most of the changed decisions have; nothing for a single one."""
    if task.kind == "multilabel" or changed == 1:
        return []
    if task.kind == "regression":
        rose, fell = (_count(found, way) for way in ((0, 1), (1, 0)))
        return [say("figures.decisions.rose_and_fell", rose=rose, fell=fell)]
    answers: Counter[int] = Counter()
    for one in found:
        before, after = one.way
        answers[after] += one.n * (before != after)
    answer, count = answers.most_common(1)[0]
    name = wording.decision_name(task, answer)
    return [say("figures.decisions.most_are_now", count=count, changed=changed, name=name)]


def _count(found: Sequence[Transition], way: Way) -> int:
    return sum(one.n for one in found if one.way == way)


def nothing_sentence(total: int, *, pruned: bool) -> str:
    """Return that no decision changed, and whether anything is pruned at all."""
    return say(
        "figures.decisions.nobody_changed", pruned="some" if pruned else "nothing", total=total
    )


_WIDE = -0.888
"""A change that takes as much room as any."""


def metric_sentence(change: Measurement, record: Meter) -> str:
    """Return whether the metric moved by more than other samples might have moved it."""
    name = wording.capital(record.title)
    moved = "noise"
    if change.low is None or change.high is None:
        return say("figures.decisions.metric_unknown", metric=name)
    if change.excludes_zero:
        moved = "up" if change.value > 0 else "down"
    elif change.low == change.high:
        moved = "same"
    value = wording.signed_metric(change.value, record)
    low, high = (wording.bound(end, record) for end in (change.low, change.high))
    return say(
        "figures.decisions.metric", moved=moved, metric=name, change=value, low=low, high=high
    )


def longest_metric_sentence(record: Meter) -> str:
    """Return the longest that such a sentence may be, for the room that is kept for it."""
    end = wording.bound(_WIDE, record)
    return max(
        (
            say(
                "figures.decisions.metric",
                moved=moved,
                metric=wording.capital(record.title),
                change=wording.signed_metric(_WIDE, record),
                low=end,
                high=end,
            )
            for moved in ("up", "down", "noise")
        ),
        key=len,
    )


def way_name(task: Task, way: Way) -> str:
    """Return a way in words: "no disease → disease", "rose", "round: no longer said"."""
    first, second = way
    if task.kind == "regression":
        return say("figures.decisions.value_way", way=f"{first}{second}")
    if task.kind == "multilabel":
        label = wording.class_name(task, first)
        return say("figures.decisions.label_way", said=second, label=label)
    before, after = (wording.decision_name(task, at) for at in way)
    return say("figures.decisions.way", before=before, after=after)


RateKind = Literal["class", "sensitivity", "false_alarms"]
"""What a rate is: the share of a class that is found, of the second of two, or its false alarms."""


def rate_name(task: Task, found: ClassRate, kind: RateKind) -> str:
    """Return a rate in words: the class, "disease found", "others called disease"."""
    return say("figures.decisions.rate", kind=kind, name=wording.class_name(task, found.at))


def rate_change(change: Measurement) -> str:
    """Return a change of a rate in points with its interval, called noise where that holds 0."""
    return wording.change_with_interval(change, meter("accuracy"))


def group_sentence(top: GroupChange | None, everybody: float) -> str:
    """Return which group's decisions change more often than everybody's, or that none does."""
    if top is None:
        return say("figures.groups.none_stands_out")
    return say(
        "figures.groups.stands_out",
        column=top.column,
        label=top.label,
        share=top.share,
        n=top.n,
        everybody=everybody,
    )


def next_sentence(names: Sequence[str], amount: float) -> str:
    """Return who is decided differently next, and from which amount on."""
    if not names:
        return say("figures.decisions.nobody_next")
    return say("figures.decisions.next", n=len(names), name=names[0], amount=amount)
