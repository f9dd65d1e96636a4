import copy
import json
import math
from timeit import repeat

import pytest

import explain
from explain.core.errors import InvalidPlan, Refused
from explain.core.messages import (
    Message,
    Unsayable,
    catalogue,
    comparing,
    from_plain,
    listed,
    say,
    speaking,
    templates,
    to_plain,
)

ENGLISH = """
plain = "The layer {layer} has {share:share} of {n:,}, {value:+.1f} and {{braces}}."
[grammar]
separator = ", "
clauses = "; "
and_more = "{first} and {more} more"
[files]
hint = "Give another."
broken.says = "It is broken: {problems:clauses}."
inside.deep.says = "Deep."
[rows]
left = { one = "{n} row of {total:,} is left.", other = "{n:,} rows of {total:,} are left." }
taken = { count = "rows", one = "One row.", other = "{rows} rows." }
network = { by = "which", dense = "a", other = { by = "compared", plan = "b", model = "{n}" } }
found = { by = "verdict", same = "The same.", more = { one = "{n} more.", other = "{n} ones." } }
[rows.missing]
says = "There are no rows called {names}."
hint = "Give {most} at most."
"""
CHINESE = """
[grammar]
separator = "、"
[rows]
left = { other = "剩 {n:,} / {total:,} 行。" }
[rows.missing]
says = "没有叫 {names} 的行。"
"""


@pytest.fixture(autouse=True)
def _messages(tmp_path, monkeypatch):
    (tmp_path / "en.toml").write_text(ENGLISH, encoding="utf-8")
    (tmp_path / "zh.toml").write_text(CHINESE, encoding="utf-8")
    monkeypatch.setattr(catalogue, "_FOLDER", tmp_path)
    texts = (catalogue.templates_of, catalogue.section_of, catalogue._texts)
    kept = (catalogue.entry, catalogue.languages, *texts)
    for one in kept:
        one.cache_clear()
    yield
    for one in kept:
        one.cache_clear()


def test_values_stand_where_the_message_names_them():
    said = say("plain", layer="fc1", share=0.825, n=1234, value=2)
    assert said == "The layer fc1 has 83 % of 1,234, +2.0 and {braces}."


def test_a_message_is_searched_as_the_text_that_it_says():
    message = Message("plain", layer="fc1", share=0.825, n=1234, value=2)
    assert "layer fc1" in message
    assert "plain" not in message


def test_a_number_chooses_the_form_of_the_plural():
    assert say("rows.left", n=1, total=2000) == "1 row of 2,000 is left."
    assert say("rows.left", n=0, total=2000) == "0 rows of 2,000 are left."
    assert say("rows.taken", rows=1) == "One row."


def test_a_verdict_chooses_its_sentence():
    assert say("rows.found", verdict="same", n=3) == "The same."
    assert say("rows.found", verdict="more", n=1) == "1 more."


def test_what_is_compared_chooses_its_words_and_is_never_given():
    assert say("rows.network", which="other", n=2) == "b"
    with comparing("model"):
        assert say("rows.network", which="other", n=2) == "2"
        assert say("rows.network", which="dense", n=2) == "a"
    assert str(Message("rows.network", which="other", n=2)) == "b"
    with pytest.raises(Unsayable):
        say("rows.network", which="other", n=2, compared="model")


def test_another_language_has_its_own_plurals_and_falls_back_to_english():
    with speaking("zh"):
        assert say("rows.left", n=1, total=2000) == "剩 1 / 2,000 行。"
        assert say("rows.taken", rows=1) == "One row."
    assert say("rows.left", n=1, total=2) == "1 row of 2 is left."


def test_scripts_get_a_section_as_it_stands_in_english_where_a_language_is_silent():
    with speaking("zh"):
        found = templates("rows")
    assert found["language"] == "zh"
    assert found["left"] == {"other": "剩 {n:,} / {total:,} 行。"}
    assert found["taken"]["one"] == "One row."


@pytest.mark.parametrize(
    "call",
    [
        lambda: say("rows.right"),
        lambda: say("rows.left", n=1),
        lambda: say("rows.taken", rows=1, total=2),
        lambda: say("rows.found", verdict="other", n=1),
        lambda: Refused("rows.missing", names="a"),
        lambda: Refused("rows.absent"),
        lambda: speaking("xx").__enter__(),
    ],
)
def test_a_message_that_would_be_broken_is_a_mistake_of_the_code(call):
    with pytest.raises(Unsayable):
        call()


def test_a_field_is_a_plain_name(tmp_path):
    (tmp_path / "en.toml").write_text('a = "{b.__class__}"\n', encoding="utf-8")
    catalogue._texts.cache_clear()
    with pytest.raises(ValueError, match="plain name"):
        say("a", b=1)


def test_an_error_is_said_in_the_language_of_who_reads_it():
    error = Refused("rows.missing", names=["a", "b"], most=2)
    assert (str(error), error.hint) == ("There are no rows called a, b.", "Give 2 at most.")
    with speaking("zh"):
        assert (str(error), error.hint) == ("没有叫 a、b 的行。", "Give 2 at most.")


def test_errors_of_a_section_share_its_hint():
    errors = (Refused("files.broken", problems=["a", "b"]), Refused("files.inside.deep"))
    assert [str(one) for one in errors] == ["It is broken: a; b.", "Deep."]
    assert {one.hint for one in errors} == {"Give another."}


def test_of_many_the_first_are_named():
    assert say("rows.missing.says", names=listed("abc", 3)) == "There are no rows called a, b, c."
    said = say("rows.missing.says", names=listed("abcd", 2))
    assert said == "There are no rows called a, b and 2 more."


@pytest.mark.parametrize(
    "made",
    [
        lambda: Refused("rows.missing", names=("a",), most=2),
        lambda: Refused("rows.left", hint=Message("rows.taken", rows=1), n=1, total=2),
        lambda: InvalidPlan("No.", hint="Yes."),
    ],
)
def test_an_error_is_the_same_as_a_copy_and_as_another_kind(made):
    error = made()
    for other in (copy.copy(error), explain.InvalidFile.like(error)):
        assert (str(other), other.hint) == (str(error), error.hint)
    assert type(copy.copy(error)) is type(error)
    assert type(explain.InvalidFile.like(error)) is explain.InvalidFile


def test_a_message_that_was_sent_says_the_same():
    inner = Message("rows.left", n=2, total=3)
    message = Message("rows.missing.says", names=["a", "b\udcff"])
    endless = Message("rows.missing.hint", most=math.inf)
    for one in (inner, message, endless, Message("rows.missing.says", names=inner)):
        sent = json.loads(json.dumps(to_plain(one)))
        assert str(from_plain(sent)) == str(one).replace("\udcff", "?")


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"key": "rows.left"},
        {"key": ["rows.left"], "values": {}},
        {"key": "rows.left", "values": {"n": 1}},
        {"key": "rows.left", "values": {"n": "x", "total": "y"}},
        {"key": "rows.absent", "values": {}},
        {"key": "rows.missing.says", "values": {"names": ["x" * 1000] * 3}},
        {"key": "rows.missing.says", "values": {"names": [["x"]]}},
    ],
)
def test_what_is_no_message_is_not_taken_from_another_process(sent):
    with pytest.raises(Unsayable):
        from_plain(sent)


def test_what_does_not_print_is_no_part_of_a_message():
    assert from_plain("a\x1b[31mb\n" + "c" * 5000) == ("a [31mb " + "c" * 5000)[:2000]


def test_a_message_inside_another_is_said_with_it():
    inner = Message("rows.left", n=2, total=3)
    with speaking("zh"):
        assert say("rows.missing.says", names=inner) == "没有叫 剩 2 / 3 行。 的行。"


def test_saying_costs_no_more_than_a_few_formats():
    def direct():
        return f"{format(2, ',')} rows of {format(3000, ',')} are left."

    def said():
        return say("rows.left", n=2, total=3000)

    assert said() == direct()
    assert min(repeat(said, number=2000, repeat=7)) < 12 * min(
        repeat(direct, number=2000, repeat=7)
    )
