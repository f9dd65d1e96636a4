"""Laws of recipes: a plan is one stage, steps follow their curve, hashes tell results apart."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import explain
from explain.core.comparison import Masked
from explain.core.errors import InvalidOption, InvalidPlan, Refused
from explain.core.recipe import Recipe, Stage
from explain.core.training import Training
from explain.study.running import plan_of_step
from tests.demos import of_each_kind

QUICK = Training(epochs=2, batch=64)


def stage(amount=0.6, schedule="one-shot", steps=1, curve="cubic", training=None, **fields):
    """Return a stage; further fields are the plan's, or switches of what is mended."""
    switches = {name: fields.pop(name) for name in ("folded", "recalibrated") if name in fields}
    plan = explain.PruningPlan(amount=amount, **fields)
    how = Masked(plan=plan, **switches)
    return Stage(how=how, schedule=schedule, steps=steps, curve=curve, training=training)


@pytest.fixture(scope="module")
def small(demo):
    """Return a demo that learns from a few rows."""
    found = demo("heart-mlp")
    return replace(found, training=found.training.take(np.arange(128)))


@given(amount=st.floats(0, 1), steps=st.integers(1, 30))
def test_curves_rise_to_the_amount_as_the_formula_says(amount, steps):
    found = {
        curve: Stage(
            how=Masked(plan=explain.PruningPlan()), schedule="iterative", steps=steps, curve=curve
        ).amounts(amount)
        for curve in ("linear", "cubic", "constant")
    }
    for amounts in found.values():
        assert len(amounts) == steps
        assert amounts[-1] == amount
        assert all(0 <= a <= b + 1e-12 for a, b in itertools.pairwise(amounts))
    for k, (line, cube) in enumerate(zip(found["linear"], found["cubic"], strict=True), 1):
        assert line == pytest.approx(amount * k / steps)
        # Zhu & Gupta: s_t = s_f + (s_i - s_f)(1 - (t - t_0) / (n Δt))³ with s_i = 0
        assert cube == pytest.approx(amount - amount * (1 - k / steps) ** 3)
    left = [1.0, *(1 - a for a in found["constant"])]
    if amount < 0.999:  # beyond, what is left is mostly rounding
        shares = [after / before for before, after in itertools.pairwise(left)]
        assert shares == pytest.approx([shares[0]] * steps)


@pytest.mark.parametrize("key", of_each_kind())
def test_a_plan_is_a_recipe_of_one_stage(demo, key):
    dense, plan = demo(key), explain.PruningPlan(criterion="lamp", amount=0.8)
    ran = explain.run(dense, Recipe.of_plan(plan))
    copy = explain.prune(dense, explain.select(explain.score(dense, plan), plan))
    for name, tensor in ran.subject.network.weights().items():
        assert tensor.equal(copy.network.weights()[name])
    after = explain.evaluate(copy, reference=explain.evaluate(dense))
    assert ran.stages[0].evaluation.metric == after.metric
    assert len(ran.stages[0].flips.changed) == len(explain.flips(dense, copy).changed)
    assert Recipe.from_json(plan.to_json()) == Recipe.of_plan(plan)


STAGES = (
    stage(schedule="iterative", steps=4),
    stage(schedule="iterative", steps=3, curve="constant", training=QUICK),
    stage(schedule="gradual", steps=3, training=replace(QUICK, epochs=5)),
    stage(schedule="iterative", steps=3, of="all"),
    stage(schedule="iterative", steps=2, curve="linear", overrides=(("hidden1", 0.2),)),
    stage(granularity="neuron", criterion="l2-norm", schedule="iterative", steps=3),
)


@pytest.mark.parametrize(
    "one", STAGES, ids=lambda s: f"{s.schedule}-{s.how.plan.granularity}-{s.how.plan.of}"
)
def test_steps_end_where_one_shot_does_and_zeros_only_grow(small, one):
    ran = explain.run(small, Recipe(stages=(one,)))
    at_once = explain.run(small, Recipe(stages=(Stage(how=one.how),)))
    slack = one.steps * (40 if one.how.plan.granularity == "neuron" else 1)
    assert abs(ran.stages[0].kept - at_once.stages[0].kept) <= slack
    trained = one.training.epochs if one.training else 0
    assert len(ran.stages[0].epochs) == trained * (one.steps if one.schedule == "iterative" else 1)


def test_the_steps_take_what_the_curve_says_of_what_the_stage_found():
    one = stage(amount=0.9, schedule="iterative", steps=5)
    alive = [1.0]
    for step in range(5):
        alive.append(alive[-1] * (1 - plan_of_step(one, step).amount))
    assert [1 - left for left in alive[1:]] == pytest.approx(one.amounts(0.9))


def test_a_stage_works_on_what_the_one_before_it_left(small):
    first, second = stage(0.5, training=QUICK), stage(0.5, criterion="taylor")
    ran = explain.run(small, Recipe(stages=(first, second)))
    kept = [one.kept / one.total for one in ran.stages]
    assert kept == pytest.approx([0.5, 0.25], abs=0.01)
    before, after = (one.subject.network for one in ran.stages)
    for name in before.prunable:
        assert not after.get_parameter(name)[before.get_parameter(name) == 0].any()
    again = explain.run(small, Recipe(stages=(first,)))
    assert again.stages[0].kept == ran.stages[0].kept
    assert len(ran.subject.pruned_by.split("\n")) == 3


def test_one_result_has_one_hash_and_another_has_another(small):
    recipe = Recipe(stages=(stage(0.5, training=QUICK), stage(0.5, schedule="iterative", steps=2)))
    first, second = (
        explain.run(small, recipe),
        explain.run(small, Recipe.from_json(recipe.to_json())),
    )
    assert first.hash == second.hash
    others = (
        explain.run(small, Recipe(stages=recipe.stages[:1])),
        explain.run(small, Recipe(stages=(stage(0.5, training=replace(QUICK, seed=1)),))),
        explain.run(replace(small, training=small.training.take(np.arange(100))), recipe),
    )
    assert len({first.hash, *(other.hash for other in others)}) == 4


def test_training_needs_rows_and_labels_before_anything_is_done(small):
    asked = []
    blind = replace(small, training=replace(small.training, targets=None))
    recipe = Recipe(stages=(stage(), stage(training=QUICK)))
    with pytest.raises(Refused, match="labels"):
        explain.run(blind, recipe, progress=lambda *_: asked.append(1))
    assert not asked
    soft = Recipe(stages=(stage(training=replace(QUICK, soft=1.0)),))
    assert explain.run(blind, soft).stages[0].epochs


def test_progress_rises_to_the_end_and_may_cancel(small):
    told = []
    recipe = Recipe(stages=(*STAGES[:3], stage()))
    explain.run(small, recipe, progress=lambda share, *_: told.append(share))
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)

    def stop(share, *_):
        if share > 0.5:
            raise explain.Cancelled

    with pytest.raises(explain.Cancelled):
        explain.run(small, recipe, progress=stop)


def test_what_is_mended_is_mended_after_every_step(demo):
    dense = demo("digits-cnn")
    one = stage(0.8, schedule="iterative", steps=2, recalibrated=True)
    lines = explain.run(dense, Recipe(stages=(one,))).subject.pruned_by.split("\n")
    assert ["recalibrated" in line for line in lines] == [False, True, False, True]


plans = st.builds(
    explain.PruningPlan,
    amount=st.floats(0, 1),
    criterion=st.sampled_from(("magnitude", "lamp")),
    overrides=st.sampled_from(((), (("hidden1", 0.25),))),
)
stages = st.builds(
    Stage,
    how=st.builds(Masked, plan=plans, folded=st.booleans(), recalibrated=st.booleans()),
    schedule=st.just("iterative"),
    steps=st.integers(1, 1000),
    curve=st.sampled_from(("linear", "cubic", "constant")),
    training=st.none() | st.builds(Training, epochs=st.integers(1, 50)),
)


@given(st.lists(stages, min_size=1, max_size=20))
def test_json_and_back(found):
    recipe = Recipe(stages=tuple(found))
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert "\n" not in recipe.to_json()


HOSTILE = (
    "",
    "[]",
    "1",
    "null",
    '{"stages": []}',
    '{"stages": {}}',
    '{"stages": [1]}',
    '{"stages": [[]]}',
    '{"stages": [{}], "x": 1}',
    json.dumps({"stages": [{}] * 21}),
    '{"stages": [{"schedule": "at night"}]}',
    '{"stages": [{"schedule": ["gradual"]}]}',
    '{"stages": [{"steps": 2}]}',
    '{"stages": [{"schedule": "iterative", "steps": 1e3}]}',
    '{"stages": [{"schedule": "iterative", "steps": true}]}',
    '{"stages": [{"schedule": "iterative", "steps": 10000000}]}',
    '{"stages": [{"schedule": "iterative", "steps": 2, "threshold": 0.1}]}',
    '{"stages": [{"schedule": "iterative", "curve": "square"}]}',
    '{"stages": [{"schedule": "gradual"}]}',
    '{"stages": [{"schedule": "gradual", "steps": 3, "training": {"epochs": 2}}]}',
    '{"stages": [{"schedule": "gradual", "folded": true, "training": {}}]}',
    '{"stages": [{"training": []}]}',
    '{"stages": [{"training": {"epochs": NaN}}]}',
    '{"stages": [{"training": {"rates": 1}}]}',
    '{"stages": [{"amount": 2}]}',
    '{"stages": [{"folded": 1}]}',
    '{"stages": ' + "[" * 100_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:40] or "empty")
def test_hostile_recipes_are_refused_in_words(text):
    with pytest.raises((InvalidPlan, InvalidOption)) as caught:
        Recipe.from_json(text)
    assert caught.value.hint
    assert len(str(caught.value)) < 300
    assert not math.isnan(len(caught.value.hint))
