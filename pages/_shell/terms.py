"""Words of the field with a card: a dotted underline where a page says one for the first time."""

import re
from collections.abc import Iterator

import streamlit as st

from explain.core.messages import say, templates

TERMS = tuple(term for term in templates("glossary")["card"] if term != "by")
"""The words that have a card, by their keys in `glossary`."""

_SAID = "terms"
"""Key of the session's state: word -> the place of the page that says it first."""


def glossary() -> Iterator[tuple[str, str]]:
    """Yield every word and its card, in the order of the alphabet."""
    words = ((say("glossary.word", term=term), say("glossary.card", term=term)) for term in TERMS)
    yield from sorted(words, key=lambda pair: pair[0].casefold())


def forget_terms() -> None:
    """Begin a page: no word has been said."""
    st.session_state[_SAID] = {}


def glossed(markdown: str, place: str) -> str:
    """Return Markdown in which the words that stand first here on the page carry their cards.

    `markdown`: a text made safe by `plain`. `place` names where on the page it stands.
    """
    said: dict[str, str] = st.session_state.setdefault(_SAID, {})
    for term in TERMS:
        found = pattern(term).search(markdown)
        if found is not None and said.setdefault(term, place) == place:
            card = (
                f'[{found[0]}](#word-{term.replace(" ", "-")} "{say("glossary.card", term=term)}")'
            )
            markdown = f"{markdown[: found.start()]}{card}{markdown[found.end() :]}"
    return markdown


def pattern(term: str) -> re.Pattern[str]:
    """Return what finds a word in a text outside of cards, in the plural too."""
    word = re.escape(say("glossary.word", term=term)).replace(r"\ ", r"[ \\-]+")
    return re.compile(rf"(?<![\w\[#-]){word}s?(?![\w\]-])(?![^(]*\"\))", re.IGNORECASE)
