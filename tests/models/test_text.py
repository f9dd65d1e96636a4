"""The tokenizer: what it keeps, what it calls things, and texts that people type."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explain.core.errors import InvalidSubject
from models.text import MOST, PAD, UNKNOWN, token_ids, tokens, typed_sample, vocabulary, word
from tests.demos import subject_of

NAMES = (PAD, UNKNOWN, "call", "now", "!", "!!", "<3 digits>", "<6 or more digits>", "don't")
texts = st.text(max_size=200)


@pytest.fixture(scope="module")
def sms():
    return subject_of("sms-transformer")


@pytest.mark.parametrize(
    ("text", "pieces", "names"),
    [
        ("Call NOW!!!", ("Call", "NOW", "!!!"), ("call", "now", "!!")),
        ("£150 off", ("£", "150", "off"), ("£", "<3 digits>", "off")),
        ("07712345678", ("07712345678",), ("<6 or more digits>",)),
        ("Don\u2019t, ok?", ("Don\u2019t", ",", "ok", "?"), ("don't", ",", "ok", "?")),
        ("www.x_y.com", ("www", ".", "x", "_", "y", ".", "com"), None),
        ("b4 2moro", ("b", "4", "2", "moro"), ("b", "<1 digit>", "<1 digit>", "moro")),
        (" \n\t", (), ()),
    ],
)
def test_a_text_is_cut_as_worked_out_by_hand(text, pieces, names):
    assert tokens(text) == pieces
    if names is not None:
        assert tuple(word(piece) for piece in pieces) == names


@given(texts)
def test_the_tokens_of_a_text_stand_in_it_in_order(text):
    place = 0
    for token in tokens(text):
        place = text.index(token, place) + len(token)
    assert place <= len(text)


@given(texts)
def test_nothing_but_white_space_is_left_out(text):
    assert "".join(tokens(text)) == "".join(text.split())


@given(texts)
def test_capitals_and_the_digits_of_a_number_change_no_word(text):
    ascii_text = text.encode("ascii", "ignore").decode()
    changed = ascii_text.upper().translate(str.maketrans("0123456789", "9876543210"))
    assert [*map(word, tokens(changed))] == [*map(word, tokens(ascii_text))]


@given(texts)
def test_no_word_of_a_vocabulary_holds_a_long_number(text):
    for name in vocabulary([text], least=1):
        assert name == PAD or sum(letter.isdecimal() for letter in name) <= 1


@given(texts, st.integers(1, 12))
def test_ids_are_those_of_the_words_then_padding(text, length):
    ids = token_ids(text, NAMES, length)
    found = tokens(text)[:length]
    assert len(ids) == length
    assert all(number == 0 for number in ids[len(found) :])
    for token, number in zip(found, ids, strict=False):
        assert NAMES[number] == (word(token) if word(token) in NAMES else UNKNOWN)


@given(st.lists(texts, max_size=5), st.integers(1, 3))
def test_a_vocabulary_does_not_depend_on_the_order_of_its_texts(many, least):
    names = vocabulary(many, least=least)
    assert names == vocabulary(many[::-1], least=least)
    assert names[:2] == (PAD, UNKNOWN)
    for name in names[2:]:
        assert sum(name in map(word, tokens(text)) for text in many) >= least


def test_a_typed_text_is_read_like_the_same_message_of_the_data(sms):
    message = sms.samples.display["message"][3]
    found = typed_sample(sms, message)
    assert torch.equal(found.inputs[0], sms.samples.inputs[0][3:4])
    assert found.inputs[0].dtype == torch.int64
    assert torch.equal(sms.network(*found.inputs), sms.network(sms.samples.inputs[0][3:4]))


def test_a_typed_text_says_what_is_unknown_and_what_is_cut_off(sms):
    found = typed_sample(sms, "Call qwrtzpl " + "now " * 50)
    assert found.display["message"][0].startswith("Call qwrtzpl")
    assert found.display["tokens read"] == ("40",)
    assert found.display["unknown words"] == ("1",)
    assert found.display["tokens cut off"] == ("12",)
    assert found.targets is None


def test_an_obvious_offer_is_spam_and_a_note_to_a_friend_is_not(sms):
    offer = typed_sample(sms, "URGENT! You have won a £2000 prize. Call 09061701461 now to claim.")
    note = typed_sample(sms, "ok, see you at home later, i'm still in class")
    decided = [int(sms.network(*each.inputs).argmax()) for each in (offer, note)]
    assert [sms.task.classes[label] for label in decided] == ["spam", "ham"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "x" * (MOST + 1)])
def test_a_text_without_words_or_without_end_is_refused_with_a_hint(sms, text):
    with pytest.raises(InvalidSubject) as caught:
        typed_sample(sms, text)
    assert caught.value.hint


def test_a_network_that_reads_no_text_refuses_one():
    with pytest.raises(InvalidSubject, match="does not read text"):
        typed_sample(subject_of("heart-mlp"), "hello")


@given(st.text(min_size=1, max_size=300))
def test_any_typed_text_is_refused_or_answered_with_finite_numbers(sms, text):
    try:
        found = typed_sample(sms, text)
    except InvalidSubject:
        assert not tokens(text)
    else:
        assert torch.isfinite(sms.network(*found.inputs)).all()
