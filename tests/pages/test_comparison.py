"""Two networks are compared however the other one came to be: nothing asks for a plan."""

import inspect
from dataclasses import replace

import numpy as np
import pytest

from explain import PruningPlan, Refused
from explain.core.comparison import Comparison, Masked, Opened
from pages._attribution import caches as reason_caches
from pages._features import caches as map_caches
from pages._modules import caches as module_caches
from pages._shell import answers, caches
from pages._shell.kept import Kept
from pages._shell.keys import Cut, Explainer, Question, Sight

MODEL = "heart-mlp"
SECOND = Comparison(dense=MODEL, how=Opened(model=MODEL, seed=2))
PICTURES = Comparison(dense="digits-cnn", how=Opened(model="digits-cnn", seed=2))
HOW = Explainer(method="integrated-gradients", baseline="zero")
SIGHT = Sight(sample=3, target=0)
CUT = Cut(model=MODEL, method="depth-blocks")
QUESTION = Question(over="all", sample=0, value="logit", replacement="zero")

ASKED = {
    "run": lambda c: caches.run(c.after),
    "run_on_all": caches.run_on_all,
    "size": lambda c: caches.size(c.after),
    "values": lambda c: caches.values(c.after, 3),
    "unit_arithmetic": lambda c: caches.unit_arithmetic(c, "hidden1", 0, 3),
    "outputs": lambda c: answers.outputs(c.after, 3, ""),
    "explained": lambda c: reason_caches.explained(c.after, HOW, SIGHT),
    "drifted": lambda c: reason_caches.drifted(c, HOW),
    "important": lambda c: reason_caches.important(c.after, HOW, None, 20),
    "lifted": lambda c: reason_caches.lifted(c.after, HOW),
    "maps": lambda c: map_caches.maps(c.after, "hidden1", SIGHT),
    "largest": lambda c: map_caches.largest(c.after, SIGHT),
    "field": lambda _: map_caches.field(PICTURES.after, "conv1", 0, (2, 2), SIGHT),
    "incoming": lambda c: map_caches.incoming(c, "hidden1", 0),
    "top": lambda c: map_caches.top(c.after, "hidden1", 0),
    "contributed": lambda c: module_caches.contributed(c.after, CUT, QUESTION),
    "change": lambda c: module_caches.change(c, CUT, QUESTION),
    "interacting": lambda c: module_caches.interacting(c.after, CUT, QUESTION),
    "flowing": lambda c: module_caches.flowing(c.after, CUT),
    "connected": lambda c: module_caches.connected(c.after, CUT),
    "unit_counts": lambda c: module_caches.unit_counts(c.after, CUT),
    "units_inside": lambda c: module_caches.units_inside(c.after, CUT, QUESTION, 0),
    "conducted": lambda c: module_caches.conducted(c.after, CUT, QUESTION),
    "curve": lambda c: module_caches.curve(c.both, CUT, QUESTION),
    "given_back": lambda c: module_caches.given_back(c, CUT),
    "hidden_run": lambda c: module_caches.hidden_run(c.after, CUT, (0,), "zero"),
    "hidden_answer": lambda c: module_caches.hidden_answer(c.after, CUT, (0,), "zero", 3),
}
"""Everything that pages ask of a comparison or of its other network."""


@pytest.fixture
def no_plans(monkeypatch):
    def refused(*_args, **_named):
        pytest.fail("a plan was asked for")

    for name in ("masks", "scores", "sweep", "_masked"):
        monkeypatch.setattr(caches, name, refused)


@pytest.mark.parametrize("name", ASKED)
def test_a_second_training_is_compared_without_a_plan(no_plans, name):  # noqa: ARG001
    assert ASKED[name](SECOND) is not None


def test_everything_that_takes_a_comparison_is_asked_above():
    takes = {
        name
        for module in (answers, caches, reason_caches, map_caches, module_caches)
        for name in module.__all__
        if callable(found := getattr(module, name))
        and {"network", "networks", "comparison"} & set(inspect.signature(_made(found)).parameters)
    }
    assert takes - {"subject_of", "plainly"} == set(ASKED)


def _made(found):
    return found.__wrapped__ if isinstance(found, Kept) else found


def test_the_other_network_answers_the_dense_ones_samples_with_its_own_weights(demo):
    dense, other = (caches.subject_of(one) for one in SECOND.both)
    assert other.samples is dense.samples
    assert caches.run(SECOND.after).metric != caches.dense(MODEL).metric
    mine = demo(MODEL)
    x = mine.samples.inputs[0][:5]
    assert not np.allclose(other.network(x).detach(), dense.network(x).detach())


def test_a_model_compared_with_itself_has_not_changed():
    same = Comparison(dense=MODEL, how=Opened(model=MODEL))
    assert caches.run(same.after).metric == caches.dense(MODEL).metric
    assert reason_caches.drifted(same, HOW).overlap.value == pytest.approx(1.0)
    assert not module_caches.change(same, CUT, QUESTION).change.any()


def test_what_reads_other_inputs_or_answers_another_question_is_refused():
    for other in ("credit-mlp", "digits-mlp"):
        with pytest.raises(Refused) as caught:
            caches.subject_of(Comparison(dense=MODEL, how=Opened(model=other)).after)
        assert caught.value.hint


def test_a_plan_that_takes_nothing_is_looked_up_as_the_model_itself():
    nothing = Comparison(dense=MODEL, how=Masked(plan=PruningPlan()))
    assert module_caches.contributed(nothing.after, CUT, QUESTION) is module_caches.contributed(
        nothing.before, CUT, QUESTION
    )
    some = replace(nothing, how=Masked(plan=PruningPlan(amount=0.5)))
    assert caches.plainly(some.after) == some.after
