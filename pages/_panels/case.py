"""The case that is looked at, in words: its chip, and the one that is pinned beside it."""

from dataclasses import dataclass
from html import escape

import streamlit as st

from explain.core.messages import say
from explain.figures import Turn, case_name, first_letters, short_line, turn
from pages._panels.case_choices import CHOICES, PINNED
from pages._panels.case_picker import case_picker, choose_beside
from pages._panels.choices import TEXT
from pages._shell import caches, current
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.current import has_data
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, State, state

_SIDES = {True: "right", False: "wrong", None: ""}


@panel("sample", follows=(PLAN, SAMPLE, TEXT, *CHOICES))
def case() -> None:
    """Show what the case is and what both networks decide; it opens the choice of another.

    Nothing without samples.
    """
    if not has_data():
        return
    now = state()
    with st.container(key="case", horizontal=True, gap=None):
        with st.container(key="case-chip", gap=None):
            st.html(_card(now))
            chip = st.popover(
                say("panels.case.choose"), key="case-choice", width="stretch", on_change="rerun"
            )
        with st.container(key="case-steps", width="content", gap=None):
            _step("previous", -1)
            _step("next", 1)
    with chip, st.container(key="case-picker", gap="small"):
        case_picker(opened=bool(chip.open))


def _card(now: State) -> str:
    said = _in_words(now, now.sample, now[TEXT])
    side = _SIDES[said.turn.right]
    return (
        f'<div class="case-card">{_picture(now)}<p><strong>{escape(said.name)}</strong>'
        f'<span class="case-line">{escape(said.line)}</span>'
        f'<span class="case-turn {side}">{escape(said.turn.said)}</span></p></div>'
    )


def _picture(now: State) -> str:
    if caches.subject(now.model).spec.kind != "image":
        return ""
    return f'<img src="{escape(caches.picture_of(now.model, now.sample))}" alt="">'


def _step(way: str, by: int) -> None:
    st.button(
        say("panels.case.step", way=way),
        key=f"case-{way}",
        type="tertiary",
        on_click=choose_beside,
        args=(by,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _InWords:
    """What people read of a case: its name, a line about it, and "no → yes ✕"."""

    name: str
    line: str
    turn: Turn


def _in_words(now: State, sample: int, text: str = "") -> _InWords:
    """Return a case in words, or a typed text in its place.

    Cost: one forward pass of each network over one sample.
    """
    subject = caches.subject(now.model)
    both = current.comparison(now).both
    dense, other = (current.outputs(network, sample, text) for network in both)
    targets = None if text else subject.samples.targets
    truth = None if targets is None else targets[sample].double().numpy()
    return _InWords(
        name=say("panels.case.typed") if text else case_name(subject.samples, sample),
        line=first_letters(text) if text else short_line(subject, sample),
        turn=turn(subject.task, (dense, other), truth),
    )


@panel("pinned", follows=(PLAN, SAMPLE, PINNED))
def pinned_case() -> None:
    """Show the case that the chosen one is compared with, where there is one."""
    pinned = state()[PINNED]
    if pinned is None:
        return
    said = _in_words(state(), pinned)
    row = st.container(key="case-pinned", horizontal=True, vertical_alignment="center", gap="small")
    row.markdown(plain(say("panels.case.pinned", name=said.name, turn=said.turn.said)))
    row.button(say("panels.case.swap"), key="case-swap", type="tertiary", on_click=_swap)
    row.button(say("panels.case.unpin"), key="case-unpin", type="tertiary", on_click=_unpin)


def _swap() -> None:
    pinned = state()[PINNED]
    if pinned is not None:
        choose(SAMPLE.to(pinned), PINNED.to(state().sample))


def _unpin() -> None:
    choose(PINNED.to(None))
