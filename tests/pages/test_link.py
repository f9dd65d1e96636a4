"""The state in the link: what is written is read again, whatever else stands there."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import explain
from explain import InvalidOption, PruningPlan, UnknownKey
from explain.attribution import ATTRIBUTORS, BASELINES
from explain.core import SHOWN
from explain.core.comparison import Another
from explain.decompose import PARTITIONERS, REPLACEMENTS, VALUES
from models.catalog import KEYS
from pages._choices.catalog import CHOICES
from pages._modules import reshaping
from pages._modules.choices import RESHAPED
from pages._reasons.choices import TABS
from pages._shell.state import MODEL, PLAN, START
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


def named(name):
    """Return a choice by its name in links."""
    return next(choice for choice in CHOICES if choice.name == name)


SWITCHES = [choice for choice in CHOICES if isinstance(choice.default, bool)]
SMALL = st.none() | st.integers(0, 62)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
VALUES_OF = {
    "lang": st.just("en"),
    "model": st.sampled_from(KEYS),
    "plan": st.builds(PruningPlan, amount=st.floats(0, 1), protected=st.tuples(WORDS)),
    "sample": st.integers(0, 10**9),
    "other": st.none() | st.builds(Another, model=st.sampled_from(KEYS), seed=st.integers(1, 3)),
    "tab": st.sampled_from(TABS),
    "answers": st.none() | st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)),
    "view": st.sampled_from(["graph", "matrix", "table"]),
    "layer": WORDS,
    "unit": st.none() | st.tuples(WORDS, st.integers(0, 999)),
    "target": SMALL,
    "pick": st.sampled_from(SHOWN),
    "label": SMALL,
    "group": WORDS,
    "search": WORDS,
    "tiles": st.integers(0, 10**9),
    "pinned": SMALL,
    "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    "way": st.sampled_from(["bars", "waterfall"]),
    "maps": WORDS,
    "place": st.none() | st.tuples(st.integers(0, 999), st.integers(0, 999)),
    "give-back-of": st.sampled_from(["modules", "layers"]),
    **{choice.name: st.booleans() for choice in SWITCHES},
    "channel": SMALL,
    "colours": st.sampled_from(["unit", "layer", "network"]),
    "method": st.sampled_from([record.key for record in ATTRIBUTORS]),
    "option": st.lists(st.tuples(WORDS, st.floats(allow_nan=False)), max_size=3).map(tuple),
    "baseline": st.sampled_from([record.key for record in BASELINES]),
    "partition": st.sampled_from([record.key for record in PARTITIONERS]),
    "k": SMALL,
    "reshaped": st.lists(STEPS, max_size=5).map(tuple),
    "module": SMALL,
    "hidden": st.sets(st.integers(0, 61), max_size=5).map(lambda found: tuple(sorted(found))),
    "over": st.sampled_from(["sample", "all", "class~3", "group~sex~female"]),
    "value": st.sampled_from(VALUES),
    "replacement": st.sampled_from(REPLACEMENTS),
}
STATES = st.fixed_dictionaries({}, optional=VALUES_OF).map(
    lambda values: START.but(*(named(name).to(value) for name, value in values.items()))
)
ONCE = {old: choice.name for choice in CHOICES for old in choice.once}
NAMES_IN_LINKS = sorted(
    {*VALUES_OF, *ONCE, "amount", "threshold", "seed", "of", "override", "protect"}
)


def test_every_choice_is_drawn_below():
    assert [choice.name for choice in CHOICES if choice.name not in VALUES_OF] == []


def test_no_two_choices_answer_to_one_name_in_a_link():
    names = [name for choice in CHOICES for name in (choice.name, *choice.once)]
    full = PruningPlan(criterion="lamp", scope="layer", of="all", amount=0.5, seed=1)
    names += PLAN.spell("plan", replace(full, overrides=(("b", 0.5),), protected=("a",)))
    assert len(names) == len(set(names))


@given(STATES)
def test_every_choice_survives_its_link(asked):
    assert decode(encode(asked), KEYS, CHOICES) == (asked, ())


@given(st.dictionaries(st.sampled_from(NAMES_IN_LINKS), st.lists(st.text(max_size=40), max_size=3)))
def test_no_link_breaks_reading(query):
    state, notes = decode(query, KEYS, CHOICES)
    assert state.model in KEYS
    assert all(isinstance(note, str) for note in notes)


@pytest.mark.parametrize(
    ("name", "value"),
    [("view", "../etc"), ("colours", "none"), ("method", "<b>"), ("baseline", "no"), ("value", "x"),
     ("partition", "x"), ("replacement", "one"), ("k", "-1"), ("channel", "1e3"), ("sample", "٣"),
     ("module", "9" * 11), ("target", "x"), ("unit", "~1"), ("option", "steps~many"),
     ("pick", "both"), ("tiles", "many"), ("answers", "a~b")]
)  # fmt: skip
def test_a_value_of_no_meaning_falls_back_with_a_note_that_names_it(name, value):
    state, (note,) = decode({name: [value]}, KEYS, CHOICES)
    assert state == START
    assert name in note


@pytest.mark.parametrize(("old", "name"), ONCE.items())
def test_a_link_with_a_name_of_before_shows_the_same_view(old, name):
    value = {"k": "3", "partition": "louvain", "value": "loss", "replacement": "mean"}.get(
        name, "a"
    )
    asked = decode({name: [value]}, KEYS, CHOICES)
    assert asked[0] != START
    assert decode({old: [value]}, KEYS, CHOICES) == asked
    assert encode(asked[0]) == {name: [value]}


def test_the_old_names_are_those_that_links_had():
    assert set(ONCE) == {"split", "parts", "worth", "stand", "whose"}


@given(STATES, st.sampled_from(CHOICES))
def test_a_choice_made_anew_takes_back_what_belongs_to_it_and_nothing_else(asked, made):
    after = asked.but(made.to(asked[made]))
    for choice in CHOICES:
        belongs = choice.belongs_to({made: None})
        assert after[choice] == (choice.default if belongs else asked[choice])


def test_another_model_takes_back_all_but_the_plan_and_how_things_are_drawn():
    stay = {choice.name for choice in CHOICES if not choice.belongs_to({MODEL: None})}
    assert stay == {
        *("lang", "model", "plan", "view", "colours", "give-back-of", "tab", "way"),
        *({choice.name for choice in SWITCHES} - {"recalibrated", "folded", "repaired"}),
    }


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
        state, notes = decode({"reshaped": steps}, KEYS, CHOICES)
        assert state[RESHAPED] == ()
        assert len(notes) == 1
