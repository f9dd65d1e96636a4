"""Last step: the first look, at shapes, predictions and counts, and the door to the other pages."""

import pandas as pd
import streamlit as st

from explain import ImportRefused, Subject
from explain.core.messages import say, share
from explain.network import Lifted
from models.loading.assembling.first_look import FirstLook
from models.loading.card.model_card import Card
from models.loading.opening import ModelFile
from pages._choices.catalog import CHOICES
from pages._load.drafts import Rows, draft_key, draft_subject, look_of
from pages._load.file import show_refusal
from pages._shell import loaded
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.start import follow_link
from pages._shell.state import MODEL, START, become
from pages._shell.url import link_to, stop_waiting


def load_look(file: ModelFile, network: Lifted, card: Card, rows: Rows | None) -> None:
    """Show what the network says about its first samples, and offer to open it."""
    st.header(say("load.look.title"), anchor=False)
    with boundary("first look"):
        key = draft_key(file, card, rows)
        try:
            with st.spinner(say("load.look.looking")):
                subject = draft_subject(key, file, network, card, rows)
                look = look_of(key, subject)
        except ImportRefused as refused:
            show_refusal(refused)
            return
        _open(key, subject, card)
        if rows is None:
            st.markdown(f":small[{say('load.look.without_data')}]")
        _numbers(subject, look)
        for warning in look.warnings:
            st.warning(plain(warning))
        _rows(look)
        _counts(look)
        _origin(file, subject)


def _open(key: str, subject: Subject, card: Card) -> None:
    waits = link_to(key) is not None
    st.html(_STYLE)
    st.button(
        say("load.look.open_link" if waits else "load.look.open"),
        key="load-open",
        type="primary",
        shortcut="Enter",
        on_click=_opened,
        args=(key, subject, card),
        help=say("load.look.open_link_help" if waits else "load.look.open_help"),
    )


_STYLE = (
    "<style>.st-key-load-open button{background:var(--action);border-color:var(--action)}"
    ".st-key-load-open :is(p,kbd){color:var(--on-action);opacity:1}</style>"
)
"""The button that everything leads to, with contrast enough in both themes, its key included."""


def _opened(key: str, subject: Subject, card: Card) -> None:
    """Keep the subject for this session, and show it: as the link asked for, or from the start."""
    loaded.add(key, subject, card)
    link = link_to(key)
    stop_waiting()
    if link is not None:
        follow_link(link.query, CHOICES)
        st.session_state["load-goes-to"] = link.page
        return
    become(START.but(MODEL.to(key)))
    st.session_state["load-goes-to"] = ""


def _numbers(subject: Subject, look: FirstLook) -> None:
    columns = st.columns(3)
    shapes = ", ".join(" × ".join(map(str, shape)) for shape in look.inputs)
    columns[0].metric(say("load.look.shape_in"), plain(shapes), border=True)
    columns[1].metric(
        say("load.look.shape_out"), plain(" × ".join(map(str, look.output))), border=True
    )
    right = say("load.look.no_answers") if look.right is None else share(look.right)
    values = subject.task.kind == "regression"
    name = say("load.look.values_close" if values else "load.look.decisions_right")
    columns[2].metric(name, plain(right), border=True)
    if look.count:
        sizes = say(
            "load.look.sizes",
            rows=look.count,
            low=look.low,
            high=look.high,
            mean=look.mean,
            deviation=look.deviation,
        )
        st.markdown(f":small[{sizes}]")


def _rows(look: FirstLook) -> None:
    if look.rows:
        st.dataframe(
            pd.DataFrame(
                look.rows,
                columns=[
                    say("load.look.row"),
                    say("load.look.network_says"),
                    say("load.look.data_say"),
                ],
            ),
            hide_index=True,
            key="load-look-rows",
            alt=say("load.look.rows_alt"),
        )


def _counts(look: FirstLook) -> None:
    if look.decided:
        names = list(look.decided)
        st.dataframe(
            pd.DataFrame(
                {
                    say("load.look.class"): names,
                    say("load.look.decided"): [look.decided[name] for name in names],
                    say("load.look.in_data"): [look.answered.get(name, 0) for name in names],
                }
            ),
            hide_index=True,
            height=min(300, 40 + 35 * len(names)),
            key="load-look-counts",
            alt=say("load.look.counts_alt"),
        )


def _origin(file: ModelFile, subject: Subject) -> None:
    with st.expander(say("load.look.origin")):
        st.code(f"sha256 {file.sha256}", language=None, wrap_lines=True)
        st.markdown("  \n".join(f":small[{plain(note)}]" for note in subject.card.notes))
