"""Choosing a case by looking: filters, search, and the cases as tiles."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import explain
from explain import Case, Pick, Subject
from explain.core import SHOWN, Comparison, Masked
from explain.core.messages import say
from explain.figures import case_words, short_line, wording
from explain.study import askable
from pages._components.case_tiles import CASE_TILES
from pages._panels.case_choices import FIRST, GROUP, LABEL, PINNED, SEARCH, SHOW, TILES
from pages._shell import caches, current
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.current import shown_sweep
from pages._shell.kept import MODELS, kept
from pages._shell.state import OTHER, SAMPLE, State, kept_field, state

_OF_THE_PLAN = frozenset({"next", "never"})
"""What only the amounts of a plan can say, not another model."""


def case_picker(*, opened: bool) -> None:
    """Show the fields that narrow cases down, and where it is open the filters and tiles.

    Cost: where it is open the sweep of the plan, kept; else nothing.
    """
    now = state()
    filters = st.container(horizontal=True, vertical_alignment="center")
    _narrowing(now, caches.subject(now.model))
    if not opened:
        return
    shown_sweep(now)
    with filters:
        _filters(now)
        pinned = "yes" if now[PINNED] == now.sample else "no"
        pin = say("panels.case.pin", pinned=pinned)
        st.button(
            pin,
            key="case-pin",
            on_click=_pin,
            args=(now.sample,),
            type="tertiary",
            help=say("panels.case.pin_help"),
        )
    _cases(now)


def _cases(now: State) -> None:
    found = _listed_cases(now)
    if not found:
        st.markdown(say("panels.case.none"))
        return
    shown = found[: now[TILES]]
    case_tiles("case-tiles", say("panels.case.tiles"), shown)
    if len(found) > len(shown):
        more = say("panels.case.more", n=min(FIRST, len(found) - len(shown)), all=len(found))
        st.button(more, key="case-more", on_click=_more, type="tertiary")


def _filters(now: State) -> None:
    """Show what can be listed with how many there are; nothing pressed lists all."""
    offered = [s for s in SHOWN[1:] if now[OTHER] is None or s not in _OF_THE_PLAN]
    counts = {show: len(_listed_cases(now, show)) for show in offered}
    st.pills(
        say("panels.case.show"),
        offered,
        format_func=lambda show: plain(say("panels.case.filter", show=show, n=counts[show])),
        label_visibility="collapsed",
        wrap=True,
        **kept_field(
            "case-show",
            None if now[SHOW] == "all" else now[SHOW],
            lambda show: choose(SHOW.to(show or "all")),
        ),
    )


def _narrowing(now: State, subject: Subject) -> None:
    kinds = [over.partition("~") for over in _askable(now.model)]
    labels = [rest for kind, _, rest in kinds if kind == "class"]
    groups = [rest for kind, _, rest in kinds if kind == "group"]
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    if labels:
        _labels(row, subject, labels)
    if groups:
        _groups(row, groups)
    row.text_input(
        say("panels.case.search"),
        placeholder=say("panels.case.search_for"),
        **kept_field("case-search", now[SEARCH], lambda words: choose(SEARCH.to(words.strip()))),
    )
    last = subject.samples.count - 1
    row.number_input(
        say("panels.case.sample", last=last),
        0,
        last,
        step=1,
        **kept_field("sample", now.sample, lambda sample: choose(SAMPLE.to(int(sample)))),
    )


@kept(size=MODELS)
def _askable(model: str) -> tuple[str, ...]:
    return askable(caches.subject(model))


def _labels(row: DeltaGenerator, subject: Subject, labels: list[str]) -> None:
    label = state()[LABEL]
    row.selectbox(
        plain(wording.capital(subject.task.target)),
        ["", *labels],
        format_func=lambda at: subject.task.classes[int(at)] if at else say("panels.case.any"),
        **kept_field(
            "case-label",
            "" if label is None else str(label),
            lambda chosen: choose(LABEL.to(int(chosen) if chosen else None)),
        ),
    )


def _groups(row: DeltaGenerator, groups: list[str]) -> None:
    row.selectbox(
        say("panels.case.group"),
        ["", *groups],
        format_func=lambda group: group.replace("~", ": ", 1) or say("panels.case.any"),
        **kept_field("case-group", state()[GROUP], lambda group: choose(GROUP.to(group))),
    )


def case_tiles(key: str, title: str, found: Sequence[Case], *, short: bool = False) -> None:
    """Show cases as tiles; a click looks at one. `short`: of a row of a table, only its groups."""
    now = state()
    shown = {
        "title": title,
        "picked": now.sample,
        "pinned": now[PINNED],
        "cases": [_tile(now, case, short=short) for case in found],
    }
    picked, pinned = partial(_picked, key), partial(_pinned, key)
    CASE_TILES(key, shown, on_picked=picked, on_pinned=pinned)


def _tile(now: State, case: Case, *, short: bool) -> Mapping[str, Any]:
    subject = caches.subject(now.model)
    words, image = case_words(subject, case), subject.spec.kind == "image"
    return {
        "row": case.row,
        "name": words.name,
        "line": short_line(subject, case.row) if short else words.line,
        "picture": caches.picture_of(now.model, case.row) if image else "",
        "turn": words.turn,
        "verdict": words.verdict,
        "side": {True: "right", False: "wrong", None: ""}[case.right],
        "when": words.when if now[OTHER] is None else "",
    }


def _row(key: str, event: str) -> int | None:
    """Return the row that the tiles tell of, if this model has it."""
    told = st.session_state[key].get(event)
    row = told.get("row") if isinstance(told, dict) else None
    there = isinstance(row, int) and 0 <= row < caches.subject(state().model).samples.count
    return row if there else None


def _picked(key: str) -> None:
    row = _row(key, "picked")
    if row is not None:
        choose(SAMPLE.to(row))


def _pinned(key: str) -> None:
    row = _row(key, "pinned")
    if row is not None:
        _pin(row)


def _pin(row: int) -> None:
    """Pin a case; the one that is pinned is pinned no more."""
    choose(PINNED.to(None if row == state()[PINNED] else row))


def _more() -> None:
    choose(TILES.to(state()[TILES] + FIRST))


@kept(size=64)
def _listed(comparison: Comparison, how: Masked, pick: Pick) -> tuple[Case, ...]:
    model = comparison.dense
    return explain.cases(
        caches.sweep(model, how),
        caches.subject(model),
        caches.evaluated(comparison.after),
        pick,
        amount=caches.masks(model, how.plan).pool_amount,
    )


def _listed_cases(now: State, show: str | None = None) -> tuple[Case, ...]:
    """Return the cases of the filters, or what they would be with another `show`."""
    pick = Pick(show=show or now[SHOW], label=now[LABEL], group=now[GROUP], search=now[SEARCH])
    return _listed(current.comparison(now), current.masked(now), pick)


def choose_beside(by: int) -> None:
    """Choose the next case of the list, or the one before; behind the last comes the first."""
    rows = [case.row for case in _listed_cases(state())]
    if not rows:
        return
    at = rows.index(state().sample) if state().sample in rows else -(by > 0)
    choose(SAMPLE.to(rows[(at + by) % len(rows)]))
