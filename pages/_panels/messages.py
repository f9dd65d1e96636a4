"""The ribbon's line, the only place for messages: what did not fit, is compared, or broke."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from explain import Subject
from explain.core import Compared, Masked
from explain.core.messages import say
from explain.figures import wording
from explain.measure import headline_metric, meter
from explain.pruning import (
    RECALIBRATION_ROWS,
    collapsed,
    grain,
    recalibration_refusal,
    repair_refusal,
    repair_rows,
)
from pages._panels.beside import back_to_the_plan, other_title, scaled_otherwise
from pages._panels.plan import repair_help
from pages._panels.unit import titles
from pages._shell import caches, current
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.current import has_data
from pages._shell.panel import panel
from pages._shell.state import FOLDED, OTHER, PLAN, RECALIBRATED, REPAIRED, State, state
from pages._shell.url import notes_said, waiting

_ROOM = 110
"""Letters that the line has room for on a small screen of a desk."""


@dataclass(frozen=True, slots=True)
class _Message:
    """A sentence as plain text, and what draws the button beside it."""

    text: str
    button: Callable[[], object] | None = None

    def show(self) -> None:
        """Show both."""
        st.markdown(plain(self.text))
        if self.button is not None:
            self.button()


def messages() -> None:
    """Show the line; it is as high with a message as without one."""
    with st.container(key="ribbon-line", horizontal=True, vertical_alignment="center", gap="small"):
        _line()


@panel("messages", follows=(PLAN,), last=True)
def _line() -> None:
    """Show the first message, and a chip that opens all of them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        first, *others = [*_messages(state()), _Message("")]
        first.show()
        if len(others) > 1 or len(first.text) > _ROOM:
            _all(first, others[:-1])


def _all(first: _Message, others: list[_Message]) -> None:
    label = say("panels.messages.more", n=len(others)) if others else say("panels.messages.whole")
    with st.popover(label, key="messages", type="tertiary"), st.container(width=400):
        st.markdown(plain(first.text))
        for one in others:
            one.show()


def _messages(now: State) -> Iterator[_Message]:
    """Yield what there is to say, what people did not ask for first."""
    for note in notes_said():
        yield _Message(note, _to_models if waiting() is not None else None)
    if now[OTHER] is not None:
        yield _Message(say("comparison.line", title=other_title(now)), back_to_the_plan)
        if scaled_otherwise(now):
            yield _Message(say("comparison.other_scale"))
    elif has_data():
        subject = caches.subject(now.model)
        yield from _severed(now, subject)
        yield from _mending(now, subject)
        yield from _heard(now, subject)
        masks = caches.masks(now.model, now.plan)
        if masks.kept == masks.total:
            yield _Message(say("panels.messages.nothing_pruned"))


def _to_models() -> None:
    st.page_link("pages/models.py", label=say("pages.models"))


def _severed(now: State, subject: Subject) -> Iterator[_Message]:
    """Say which layer lost everything where nothing gets from the input to the answer."""
    layers = caches.severed(_plain(now))
    if layers:
        masks = caches.masks(now.model, now.plan)
        lost = sum(t.entries for t in masks.scores.tensors if t.layer in layers)
        named = [titles(subject).get(layer, layer) for layer in layers]
        entries = grain(now.plan.granularity).many
        yield _Message(
            say("panels.recalibration.severed", layers=named, lost=lost, entries=entries)
        )


def _mending(now: State, subject: Subject) -> Iterator[_Message]:
    """Say what repair and recalibration did, or offer them where the metric collapsed."""
    if now.repaired:
        yield _Message(_repair_said(now, subject), partial(_repair, on=False))
    if now.recalibrated:
        yield _Message(_recalibration_said(now, subject), partial(_recalibrate, on=False))
    if not (now.repaired or now.recalibrated):
        yield from _offer(now, subject)


def _offer(now: State, subject: Subject) -> Iterator[_Message]:
    """Offer what may bring the metric back."""
    bare, dense = caches.evaluated(_plain(now)).metric, caches.dense(now.model).metric
    can_repair = repair_refusal(subject) is None
    can_recalibrate = recalibration_refusal(subject) is None
    if not (can_repair or can_recalibrate):
        return
    if collapsed(caches.subject_of(_plain(now)), dense, bare):
        title = wording.capital(meter(headline_metric(subject)).title)
        text = say(
            "panels.recalibration.fell",
            norms="yes" if can_recalibrate else "no",
            title=title,
            dense=_worded(dense, subject),
            before=_worded(bare, subject),
        )
        offers = [_repair] * can_repair + [_recalibrate] * can_recalibrate
        yield _Message(text, lambda: [offer(on=True) for offer in offers])


def _repair_said(now: State, subject: Subject) -> str:
    before, after = (caches.evaluated(one).metric for one in (_plain(now), _repaired(now)))
    return say(
        "panels.repair.done",
        helped="yes" if after > before else "no",
        rows=len(repair_rows(subject)),
        metric=meter(headline_metric(subject)).title,
        before=_worded(before, subject),
        after=_worded(after, subject),
        dense=_worded(caches.dense(now.model).metric, subject),
    )


def _recalibration_said(now: State, subject: Subject) -> str:
    return say(
        "panels.recalibration.done",
        rows=_rows(subject),
        metric=meter(headline_metric(subject)).title,
        before=_worded(caches.evaluated(_repaired(now)).metric, subject),
        after=_worded(caches.evaluated(current.planned(now)).metric, subject),
        dense=_worded(caches.dense(now.model).metric, subject),
    )


def _worded(metric: float, subject: Subject) -> str:
    return wording.metric(metric, meter(headline_metric(subject)))


def _heard(now: State, subject: Subject) -> Iterator[_Message]:
    """Say which removed units still hand something on, and offer to fold it; say what is left."""
    found = caches.heard(now.model, Masked(plan=now.plan))
    if not found:
        return
    names = titles(subject)
    folded = caches.heard(now.model, Masked(plan=now.plan, folded=True))
    moved = _named(names, (layer for layer in found if layer not in folded))
    if moved and not now.folded:
        text = say("panels.heard.says", n=sum(found.values()), layers=_named(names, found))
        yield _Message(text, partial(_fold, on=True))
    elif moved:
        yield _Message(say("panels.heard.done", layers=moved), partial(_fold, on=False))
    if folded and (now.folded or not moved):
        why = caches.not_folded(now.model, Masked(plan=now.plan))
        yield _Message(
            say(
                "panels.heard.cannot",
                n=sum(folded.values()),
                layers=_named(names, folded),
                why=why or [say("panels.heard.mixed")],
            )
        )


def _named(names: Mapping[str, str], layers: Iterable[str]) -> list[str]:
    return [names.get(layer, layer) for layer in layers]


def _fold(*, on: bool) -> None:
    st.button(
        say("panels.heard.fold" if on else "panels.recalibration.take_back"),
        key="fold" if on else "fold-off",
        on_click=choose,
        args=(FOLDED.to(on),),
        help=say("panels.heard.fold_help") if on else None,
    )


def _repair(*, on: bool) -> None:
    st.button(
        say("panels.repair.repair" if on else "panels.recalibration.take_back"),
        key="repair" if on else "repair-off",
        on_click=choose,
        args=(REPAIRED.to(on),),
        help=plain(repair_help()) if on else None,
    )


def _recalibrate(*, on: bool) -> None:
    st.button(
        say("panels.recalibration.recalibrate" if on else "panels.recalibration.take_back"),
        key="recalibrate" if on else "recalibrate-off",
        on_click=choose,
        args=(RECALIBRATED.to(on),),
        help=say("panels.recalibration.recalibrate_help", repaired="no") if on else None,
    )


def _plain(now: State) -> Compared:
    """Return the pruned network with the weights and statistics that were trained."""
    return Compared(model=now.model, how=Masked(plan=now.plan))


def _repaired(now: State) -> Compared:
    """Return the network that the plan makes, with the statistics that were trained."""
    how = current.masked(now)
    return Compared(model=now.model, how=replace(how, recalibrated=False))


def _rows(subject: Subject) -> int:
    found = 0 if subject.calibration is None else subject.calibration.count
    return min(found, RECALIBRATION_ROWS)
