"""Every word with a card has both in every language, stands somewhere, and is explained once."""

import pytest

from explain.core.messages import catalogue, keys, languages, speaking
from pages._shell import terms
from pages._shell.charts import plain


@pytest.mark.parametrize("language", languages())
def test_every_term_has_a_word_and_a_card(language):
    for key in ("glossary.word", "glossary.card"):
        assert set(catalogue.entry(language, key).forms) == set(terms.TERMS)


@pytest.mark.parametrize("language", languages())
def test_every_term_stands_in_a_message_and_its_card_fits_into_a_link(language):
    with speaking(language):
        texts = catalogue._texts(language)
        said = [str(texts[key]) for key in keys(language) if not key.startswith("glossary.")]
        for term in terms.TERMS:
            assert any(terms.pattern(term).search(text) for text in said), term
        for word, card in terms.glossary():
            assert word
            assert not set(card) & set('"\\$()<>')


def test_a_word_has_its_card_where_the_page_says_it_first(monkeypatch):
    monkeypatch.setattr(terms.st, "session_state", {})
    terms.forget_terms()
    text = plain("Original - give-back: test cases, original (and original).")
    first = terms.glossed(text, "here")
    assert first.startswith("[Original](#word-original ")
    assert first.count("#word-") == 3
    assert "[original]" not in first
    assert terms.glossed(text, "there") == text
    assert terms.glossed(text, "here") == first
    terms.forget_terms()
    assert terms.glossed(text, "there") == first
