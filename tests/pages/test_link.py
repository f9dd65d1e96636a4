"""The state in the link: what is written is read again, whatever else stands there."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import explain
from explain import InvalidOption, UnknownKey
from explain.decompose import PARTITIONERS, REPLACEMENTS, VALUES
from pages._shell import reshaping
from pages._shell.state import START
from pages._shell.url import decode, encode

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="~"), min_size=1, max_size=30)
UNITS = st.dictionaries(
    st.sampled_from(["hidden1", "hidden2"]),
    st.lists(st.integers(0, 200), min_size=1, max_size=5),
    min_size=1,
)
STEPS = st.one_of(
    st.just(reshaping.merged()),
    st.builds(lambda a, b: reshaping.merged((a, b)), st.integers(0, 9), st.integers(0, 9)),
    st.builds(reshaping.split, st.integers(0, 9)),
    st.builds(reshaping.carved, NAMES, UNITS),
)


def as_query(encoded):
    return {name: v if isinstance(v, list) else [v] for name, v in encoded.items()}


STATES = st.builds(
    replace,
    st.just(START),
    split=st.sampled_from([record.key for record in PARTITIONERS]),
    parts=st.none() | st.integers(1, 62),
    reshaped=st.lists(STEPS, max_size=5).map(tuple),
    module=st.none() | st.integers(0, 61),
    worth=st.sampled_from(VALUES),
    stand=st.sampled_from(REPLACEMENTS),
    over=st.sampled_from(["sample", "all", "class~3", "group~sex~female"]),
    hidden=st.sets(st.integers(0, 61), max_size=5).map(lambda found: tuple(sorted(found))),
)
FIELDS = ("split", "parts", "reshaped", "module", "over", "worth", "stand", "hidden", "unit")


@given(STATES)
def test_what_is_asked_of_modules_is_read_again(asked):
    assert decode(as_query(encode(asked)), [START.model]) == (asked, ())


@given(st.dictionaries(st.sampled_from(FIELDS), st.lists(st.text(max_size=40), max_size=3)))
def test_no_link_breaks_reading(query):
    state, _ = decode(query, [START.model])
    assert state.model == START.model


@pytest.mark.parametrize(
    "step", ["", "merge~1", "merge~a~b", "split", "split~-1", "split~99", "carve", "carve~x",
             "carve~x~hidden1", "carve~x~hidden1~", "carve~x~hidden1~0..1", "carve~~hidden1~0",
             "carve~x~nowhere~0", "eval~1", "merge~0~0", "split~" + "9" * 50]
)  # fmt: skip
def test_a_step_that_cannot_be_done_is_refused_with_a_hint(demo, step):
    subject = demo("heart-mlp")
    parts = reshaping.redone(subject, _blocks(subject), ())
    with pytest.raises((InvalidOption, UnknownKey)) as caught:
        reshaping.redone(subject, parts, (step,))
    assert caught.value.hint


def _blocks(subject):
    return explain.partition(subject, "depth-blocks")


def test_steps_are_done_one_after_the_other(demo):
    subject = demo("heart-mlp")
    steps = (
        reshaping.split(0),
        reshaping.merged((0, 1)),
        reshaping.carved("a~b", {"hidden1": [0]}),
    )
    found = reshaping.redone(subject, _blocks(subject), steps)
    assert found.names[-1] == "a-b"
    assert found.sizes.sum() == _blocks(subject).sizes.sum()


@given(st.sets(st.integers(0, 3000), min_size=1, max_size=400))
def test_many_units_fit_into_a_step_and_come_back(units):
    step = reshaping.carved("mine", {"hidden1": sorted(units)})
    _, _, _, told = step.split("~")
    found = [
        unit
        for run in told.split(".")
        for unit in range(int(run.split("-")[0]), int(run.split("-")[-1]) + 1)
    ]
    assert found == sorted(units)


def test_a_link_with_more_steps_than_can_be_followed_loses_all_of_them_with_a_note():
    for steps in (["merge"] * 50, ["carve~a~hidden1~" + "1." * 3000 + "1"]):
        state, notes = decode({"reshaped": steps}, [START.model])
        assert state.reshaped == ()
        assert len(notes) == 1
