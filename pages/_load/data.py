"""The data, of the kind that the network takes; they can be left out."""

import streamlit as st

from explain import ImportRefused
from explain.core import silent
from explain.core.messages import say
from models.loading.card.model_card import Card
from models.loading.limits import LIMITS
from models.loading.opening import shown_name
from pages._load.drafts import Rows, by_name, columns_offered, data_is_read, data_of, opened
from pages._load.drop import SLOTS, let_go_of
from pages._load.file import DATA, show_refusal
from pages._load.mends import offer_answers
from pages._load.uploads import Given, given, stoppable
from pages._shell.charts import offer_made, plain, to_csv
from pages._shell.panel import boundary


def load_data(card: Card) -> tuple[Rows | None, bool]:
    """Read the data that were given, or say which fit; return them, and whether that is done."""
    with boundary("data"):
        found = given(DATA)
        if found is not None:
            return _read(found, card, _words())
        st.markdown(f":small[{say('load.data.fits', modality=card.modality)}]")
        if card.modality == "text" and card.preprocess.tokenizer != "shipped" and _words() is None:
            st.markdown(f":small[{say('load.data.vocabulary')}]")
        _template(card)
    return None, True


def _words() -> Given | None:
    """Return the tokenizer's file that was given, else the one that came with the weights."""
    model = opened()
    if model is None or not model.words or given(SLOTS["words"]) is not None:
        return given(SLOTS["words"])
    return Given(id=f"{model.sha256}-words", name=model.name, content=model.words.encode())


def _template(card: Card) -> None:
    """Offer an empty table with the right columns, where a table is what fits."""
    columns = _columns(card)
    if columns:
        offer_made(
            say("load.data.template"),
            to_csv({name: [""] for name in columns}),
            name="template.csv",
            mime="text/csv",
            key="load-template",
            about=say("load.data.template_about"),
        )


def _columns(card: Card) -> list[str]:
    answer = card.target or "label"
    if card.modality == "text":
        return ["text", answer]
    if card.modality != "tabular" or not card.input.shape:
        return []
    numbered = [f"feature {at}" for at in range(min(card.input.shape[0], LIMITS.csv_columns))]
    others = [name for one in by_name(card).beside if not one.shared for name in one.source]
    return [*(card.input.features or numbered), *others, *card.groups, answer]


def _read(file: Given, card: Card, words: Given | None) -> tuple[Rows | None, bool]:
    try:
        if not data_is_read(file, card, words):
            stoppable(
                f"{file.id}-data",
                say("load.reading", file=file.name),
                lambda progress: data_of(file, card, words, progress),
            )
        if not data_is_read(file, card, words):
            return None, False
        rows = data_of(file, card, words, silent)
    except ImportRefused as refused:
        show_refusal(refused)
        offer_answers(columns_offered(file, card, words, None), st.container(horizontal=True))
        st.button(say("load.data.go_on_without"), key="load-no-data", on_click=_without)
        return None, False
    _said(rows)
    return rows, True


def _without() -> None:
    let_go_of("data")


def _said(rows: Rows) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.markdown(
        say(
            "load.data.rows",
            file=plain(shown_name(rows.file.name)),
            n=rows.data.samples.count,
        ),
        width="stretch",
    )
    row.button(say("load.data.without"), key="load-no-data", on_click=_without, type="tertiary")
    st.markdown("  \n".join(f":small[{plain(line)}]" for line in rows.data.report))
