"""The test cases whose decision changed, or those of the chosen answers and group: one a row."""

from functools import partial
from typing import Any

import streamlit as st

from explain.core.messages import say
from explain.figures import way_name
from explain.study import group_of
from pages._decisions.case_table import MOST, cases_table
from pages._decisions.choices import WAY
from pages._decisions.decided import Decided, look_at
from pages._decisions.ledger import ledger_csv
from pages._panels.case_choices import GROUP
from pages._shell.actions import choose
from pages._shell.charts import offer_file, plain
from pages._shell.current import shown_sweep
from pages._shell.loaded import short
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, Choice, state


@panel("cases", follows=(PLAN, WAY, GROUP, SAMPLE))
def listed_decisions() -> None:
    """Show the chosen test cases; a row chooses the one that every page looks at."""
    now = state()
    seen = look_at(now, shown_sweep(now))
    rows = seen.listed
    chosen = now[WAY] is not None or bool(now[GROUP])
    if seen.changed or chosen:
        filtered = "yes" if chosen else "no"
        st.header(say("decisions.listed", filtered=filtered, n=len(rows)), anchor=False)
    _file(seen)
    _chips(seen)
    if len(rows):
        st.html(cases_table(seen))
    elif chosen:
        st.markdown(say("decisions.no_case"))
    if len(rows) > MOST:
        st.markdown(f":small[{say('decisions.first_listed', most=MOST, total=len(rows))}]")


def _chips(seen: Decided) -> None:
    """Show what the table is narrowed to; a press takes it back."""
    with st.container(horizontal=True, gap="small"):
        way = seen.now[WAY]
        if way is not None:
            _chip(way_name(seen.subject.task, way), WAY)
        if seen.now[GROUP]:
            column, label = group_of(seen.subject, seen.now[GROUP])
            _chip(say("decisions.of_group", column=column, label=label), GROUP)


def _chip(label: str, choice: Choice[Any]) -> None:
    st.button(
        plain(say("decisions.chip", name=label)),
        key=f"chip-{choice.name}",
        help=say("decisions.take_back"),
        on_click=lambda: choose(choice.to(choice.default)),
    )


def _file(seen: Decided) -> None:
    offer_file(
        say("decisions.download"),
        partial(ledger_csv, seen.now),
        name=f"{short(seen.now.model)}-{seen.now.plan.criterion}-decisions.csv",
        mime="text/csv",
        key="download-flips",
        about=say("decisions.csv_about"),
        look="tertiary",
    )
