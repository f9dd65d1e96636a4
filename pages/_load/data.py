"""Third step: data, of the kind that the network takes; it can be left out."""

import streamlit as st

from explain import ImportRefused
from explain.core import silent
from explain.core.messages import say
from models.loading.card.model_card import Card
from models.loading.limits import LIMITS
from models.loading.opening import shown_name
from pages._load.drafts import Rows, data_is_read, data_of, possible_answers
from pages._load.file import DATA, show_refusal
from pages._load.mends import offer_answers
from pages._load.uploads import Given, clear, stoppable, upload
from pages._shell.charts import plain, to_csv
from pages._shell.panel import boundary

_MB = 1_000_000
_WORDS = 20 * _MB
"""Bytes of a tokenizer."""


def load_data(card: Card) -> tuple[Rows | None, bool]:
    """Show what fits and read it; return the rows, and whether the step is done."""
    st.header(say("load.data.title"), anchor=False)
    with boundary("data"):
        st.markdown(f":small[{say('load.data.fits', modality=card.modality)}]")
        found = upload(
            DATA,
            say("load.data.upload", most=LIMITS.csv_bytes // _MB),
            most=LIMITS.file_bytes,
            note=say("load.data.upload_help"),
        )
        words = _vocabulary(card)
        _template(card)
        if found is not None:
            return _read(found, card, words)
    return None, True


def _vocabulary(card: Card) -> Given | None:
    if card.modality != "text" or card.preprocess.tokenizer == "shipped":
        return None
    return upload("load-vocabulary", say("load.data.vocabulary"), most=_WORDS)


def _template(card: Card) -> None:
    """Offer an empty table with the right columns, where a table is what fits."""
    columns = _columns(card)
    if columns:
        st.download_button(
            say("load.data.template"),
            to_csv({name: [""] for name in columns}),
            file_name="template.csv",
            mime="text/csv",
            on_click="ignore",
            key="load-template",
            type="tertiary",
        )


def _columns(card: Card) -> list[str]:
    answer = card.target or "label"
    if card.modality == "text":
        return ["text", answer]
    if card.modality != "tabular" or not card.input.shape:
        return []
    numbered = [f"feature {at}" for at in range(min(card.input.shape[0], LIMITS.csv_columns))]
    return [*(card.input.features or numbered), *card.groups, answer]


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
        offer_answers(possible_answers(file, card, words, None))
        st.button(say("load.data.go_on_without"), key="load-no-data", on_click=clear, args=(DATA,))
        return None, False
    _said(rows)
    return rows, True


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
    row.button(
        say("load.data.without"), key="load-no-data", on_click=clear, args=(DATA,), type="tertiary"
    )
    st.markdown("  \n".join(f":small[{plain(line)}]" for line in rows.data.report))
