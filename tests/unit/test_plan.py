"""A plan is validated, canonical, hashable, and survives JSON and the URL."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain import InvalidPlan, PruningPlan
from explain.core.plan import SCOPES
from explain.pruning import CRITERIA, GRAINS, misfit
from explain.pruning.catalog import with_scope
from models.catalog import KEYS
from pages._choices.catalog import CHOICES
from pages._explore.choices import VIEW
from pages._panels.choices import UNIT
from pages._shell.state import MODEL, PLAN, SAMPLE, START
from pages._shell.url import decode, encode

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
SHARES = st.floats(0, 1, allow_nan=False)
PLANS = st.builds(
    lambda pair, scope, amount, threshold, overrides, protected, seed, share: PruningPlan(
        criterion=pair[0].key,
        granularity=pair[1].key,
        scope=scope,
        amount=None if threshold is not None else amount,
        threshold=threshold,
        overrides=tuple(overrides.items()),
        protected=tuple(protected),
        seed=seed,
        options={
            p.key: round(p.low + share * (min(p.high, 99) - p.low))
            for p in (*pair[0].parameters, *pair[1].parameters)
        },
    ),
    st.sampled_from([(r, g) for r in CRITERIA for g in GRAINS if misfit(r, g) is None]),
    st.sampled_from(["", *SCOPES]),
    SHARES,
    st.one_of(st.none(), st.floats(0, 1e6, allow_nan=False)),
    st.dictionaries(NAMES, SHARES, max_size=3),
    st.sets(NAMES, max_size=3),
    st.integers(0, 2**31 - 1),
    SHARES,
)


@given(PLANS)
def test_a_plan_survives_json(plan):
    again = PruningPlan.from_json(plan.to_json())
    assert again == plan
    assert hash(again) == hash(plan)
    assert again.to_json() == plan.to_json()


@given(PLANS, st.sampled_from(KEYS), st.integers(0, 99))
def test_a_link_reproduces_the_view(plan, model, sample):
    made = (MODEL.to(model), PLAN.to(plan), SAMPLE.to(sample))
    state = START.but(*made, VIEW.to("matrix"), UNIT.to(("hidden1", sample)))
    found, notes = decode(encode(state), KEYS, CHOICES)
    assert (found, notes) == (state, ())


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": -0.1},
        {"amount": 1.1},
        {"amount": math.nan},
        {"amount": math.inf},
        {"amount": "half"},
        {"amount": True},
        {"amount": 10**400},
        {"threshold": -1.0},
        {"threshold": math.nan},
        {"threshold": math.inf},
        {"amount": 0.5, "threshold": 0.5},
        {"scope": "universe"},
        {"scope": ["global"]},
        {"granularity": ""},
        {"criterion": ""},
        {"criterion": "x" * 201},
        {"criterion": None},
        {"overrides": (("a",),)},
        {"overrides": (("a", 2.0),)},
        {"overrides": (("a", 0.1), ("a", 0.2))},
        {"overrides": "a=1"},
        {"protected": "hidden1"},
        {"protected": (1,)},
        {"options": "m=4"},
        {"options": (("m",),)},
        {"options": (("m", 4), ("m", 8))},
        {"options": {"m": "four"}},
        {"options": {"m": math.inf}},
        {"options": {"m": True}},
        {"options": {1: 4}},
        {"options": {"": 4}},
        {"seed": -1},
        {"seed": 2**31},
        {"seed": 1.5},
        {"seed": True},
    ],
    ids=str,
)
def test_a_plan_that_means_nothing_is_refused_with_a_hint(fields):
    with pytest.raises(InvalidPlan) as caught:
        PruningPlan(**fields)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '{"amount": NaN}',
        '{"amount": Infinity}',
        '{"amount": 0.5, "evil": 1}',
        '{"__class__": "x"}',
        '{"amount": 1e999}',
        "[" * 100_000,
        '{"overrides": {"a": 0.5}}',
        '{"amount": [0.5]}',
        '{"options": [0.5]}',
        '{"options": {"m": [4]}}',
        '{"options": {"m": 1e999}}',
        '{"options": {"m": {"m": 4}}}',
    ],
    ids=lambda text: text[:20],
)
def test_a_text_that_is_no_plan_is_refused(text):
    with pytest.raises(InvalidPlan):
        PruningPlan.from_json(text)


def test_order_and_repetition_of_names_do_not_matter():
    one = PruningPlan(protected=("b", "a", "a"), overrides=(("y", 0.5), ("x", 1)))
    two = PruningPlan(protected=("a", "b"), overrides=(("x", 1.0), ("y", 0.5)))
    assert one == two
    assert json.loads(one.to_json())["protected"] == ["a", "b"]


def test_options_are_canonical_and_a_plan_without_any_is_read():
    one = PruningPlan(options=(("n", 2), ("m", 4.0)))
    two = PruningPlan(options={"m": 4, "n": 2})
    assert one == two
    assert hash(one) == hash(two)
    assert json.loads(one.to_json())["options"] == {"m": 4, "n": 2}
    old = {k: v for k, v in json.loads(PruningPlan().to_json()).items() if k != "options"}
    assert PruningPlan.from_mapping(old) == PruningPlan()


def test_a_link_with_a_number_that_its_grain_does_not_take_loses_only_that():
    query = {"granularity": ["nm"], "amount": ["0.5"], "plan-option": ["side~4.0"]}
    found, notes = decode(query, KEYS, CHOICES)
    assert found[PLAN] == PruningPlan(granularity="nm", amount=0.5)
    assert len(notes) == 1


def test_the_default_plan_prunes_nothing_by_global_magnitude():
    plan = PruningPlan()
    assert (plan.criterion, plan.granularity, plan.scope) == ("magnitude", "weight", "")
    assert with_scope(plan).scope == "global"
    assert (plan.amount, plan.threshold) == (0.0, None)


HOSTILE = [
    "![x](http://evil.example/a.png)",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "1e999",
    "-0.5",
    "nan",
    "٣",
    "9" * 400,
    "",
    "\x00",
    "{'a': 1}",
    "a~b~c",
]
PARAMETERS = [
    "model", "criterion", "granularity", "scope", "of", "amount", "threshold",
    "override", "protect", "plan-option", "seed", "sample", "view", "layer", "unknown",
]  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(PARAMETERS),
        st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30)), max_size=3),
    )
)
def test_any_query_gives_a_state_and_notes_but_never_an_error(query):
    found, notes = decode(query, KEYS, CHOICES)
    assert found.model in KEYS
    assert found.plan.criterion in {record.key for record in CRITERIA}
    assert found[VIEW] in {"graph", "matrix", "table"}
    assert found.sample >= 0
    assert all(isinstance(note, str) for note in notes)


@pytest.mark.parametrize(
    "name", ["model", "criterion", "granularity", "scope", "amount", "seed", "view"]
)
def test_a_bad_value_falls_back_with_a_note_and_spares_the_others(name):
    query = {"amount": ["0.5"], "model": ["heart-mlp"], "criterion": ["lamp"], name: ["no such"]}
    found, notes = decode(query, KEYS, CHOICES)
    assert len(notes) == 1
    wanted = {"model": "heart-mlp", "criterion": "lamp", "amount": 0.5}
    got = {"model": found.model, "criterion": found.plan.criterion, "amount": found.plan.amount}
    assert {k: v for k, v in got.items() if k != name} == {
        k: v for k, v in wanted.items() if k != name
    }
