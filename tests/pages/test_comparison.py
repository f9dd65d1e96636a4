"""Two networks are compared however the other one came to be: nothing asks for a plan."""

import inspect
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain import PruningPlan, Refused
from explain.core.comparison import Another, Comparison, Masked
from explain.core.messages import say
from explain.figures import wording
from explain.measure import decision_changes, meter
from models.loading.card.model_card import Card, Preprocess
from pages._attribution import caches as reason_caches
from pages._features import caches as map_caches
from pages._modules import caches as module_caches
from pages._shell import caches, current, loaded
from pages._shell.kept import Kept, forget_model
from pages._shell.keys import Explainer, Partitioning, Payoff, Sight
from tests.demos import subject_of
from tests.pages.visiting import holding, html, notes, numbers, opened, ribbon, table_of, text, told

MODEL = "heart-mlp"
SECOND = Comparison(dense=MODEL, how=Another(model=MODEL, seed=2))
PICTURES = Comparison(dense="digits-cnn", how=Another(model="digits-cnn", seed=2))
HOW = Explainer(method="integrated-gradients", baseline="zero")
SIGHT = Sight(sample=3, target=0)
CUT = Partitioning(model=MODEL, method="depth-blocks")
QUESTION = Payoff(over="all", sample=0, value="logit", replacement="zero")

CALLED_PRUNED = re.compile(r"(?<! % )(?<!--)\b[Pp]runed\b(?!\*\*|.network.gets).{0,30}")
"""The other network called what it is not; amounts and the glossary speak of plans."""
ASKED = {
    "evaluated": lambda c: caches.evaluated(c.after),
    "run_with_outputs": lambda c: caches.run_with_outputs(c.after),
    "run_on_all": caches.run_on_all,
    "metric_change": caches.metric_change,
    "left": caches.left,
    "unmatched": lambda c: caches.unmatched(c) is None or None,
    "drawing": lambda c: caches.drawing(c, ""),
    "payload": lambda c: caches.payload(c, ""),
    "severed": lambda c: caches.severed(c.after),
    "size": lambda c: caches.size(c.after),
    "values": lambda c: caches.values(c.after, 3),
    "unit_arithmetic": lambda c: caches.unit_arithmetic(c, "hidden1", 0, 3),
    "outputs": lambda c: current.outputs(c.after, 3, ""),
    "explanation_of": lambda c: reason_caches.explanation_of(c.after, HOW, SIGHT),
    "drift_of": lambda c: reason_caches.drift_of(c, HOW),
    "important": lambda c: reason_caches.important(c.after, HOW, None, 20),
    "lift_of": lambda c: reason_caches.lift_of(c.after, HOW),
    "feature_maps_of": lambda c: map_caches.feature_maps_of(c.after, "hidden1", SIGHT),
    "largest": lambda c: map_caches.largest(c.after, SIGHT),
    "field": lambda _: map_caches.field(PICTURES.after, "conv1", 0, (2, 2), SIGHT),
    "incoming": lambda c: map_caches.incoming(c, "hidden1", 0),
    "top": lambda c: map_caches.top(c.after, "hidden1", 0),
    "contributions_of": lambda c: module_caches.contributions_of(c.after, CUT, QUESTION),
    "change_between": lambda c: module_caches.change_between(c, CUT, QUESTION),
    "interactions_of": lambda c: module_caches.interactions_of(c.after, CUT, QUESTION),
    "flow_of": lambda c: module_caches.flow_of(c.after, CUT),
    "connections_of": lambda c: module_caches.connections_of(c.after, CUT),
    "unit_counts": lambda c: module_caches.unit_counts(c.after, CUT),
    "units_inside": lambda c: module_caches.units_inside(c.after, CUT, QUESTION, 0),
    "conductances_of": lambda c: module_caches.conductances_of(c.after, CUT, QUESTION),
    "contribution_curve": lambda c: module_caches.contribution_curve(c.both, CUT, QUESTION),
    "give_back_of": lambda c: module_caches.give_back_of(c, CUT),
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
        for module in (current, caches, reason_caches, map_caches, module_caches)
        for name, found in vars(module).items()
        if name[0] != "_"
        and callable(found)
        and getattr(_made(found), "__module__", None) == module.__name__
        and {"network", "networks", "comparison"} & set(inspect.signature(_made(found)).parameters)
    }
    assert takes - {"subject_of", "plainly"} == set(ASKED)


def _made(found):
    return found.__wrapped__ if isinstance(found, Kept) else found


def test_the_other_network_answers_the_dense_ones_samples_with_its_own_weights(demo):
    dense, other = (caches.subject_of(one) for one in SECOND.both)
    assert other.samples is dense.samples
    assert caches.evaluated(SECOND.after).metric != caches.dense(MODEL).metric
    mine = demo(MODEL)
    x = mine.samples.inputs[0][:5]
    assert not np.allclose(other.network(x).detach(), dense.network(x).detach())


def test_a_model_compared_with_itself_has_not_changed():
    same = Comparison(dense=MODEL, how=Another(model=MODEL))
    assert caches.evaluated(same.after).metric == caches.dense(MODEL).metric
    assert reason_caches.drift_of(same, HOW).overlap.value == pytest.approx(1.0)
    assert not module_caches.change_between(same, CUT, QUESTION).change.any()


def test_what_reads_other_inputs_or_answers_another_question_is_refused():
    for other in ("credit-mlp", "digits-mlp"):
        with pytest.raises(Refused) as caught:
            caches.subject_of(Comparison(dense=MODEL, how=Another(model=other)).after)
        assert caught.value.hint


def test_a_plan_that_takes_nothing_is_looked_up_as_the_model_itself():
    nothing = Comparison(dense=MODEL, how=Masked(plan=PruningPlan()))
    assert module_caches.contributions_of(
        nothing.after, CUT, QUESTION
    ) is module_caches.contributions_of(nothing.before, CUT, QUESTION)
    some = replace(nothing, how=Masked(plan=PruningPlan(amount=0.5)))
    assert caches.plainly(some.after) == some.after


KEY = loaded.key_of("cd" * 32, b"another network")


def _wider(subject):
    """Return the subject with an untrained network of other layers."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(subject.spec.shape[0], 7), nn.ReLU(), nn.Linear(7, 2))
    x = subject.samples.inputs[0]
    made = explain.subject(network, x[:4], subject.samples.targets[:4], task=subject.task)
    return replace(subject, network=made.network, card=replace(subject.card, title="Wider"))


def test_a_link_to_another_model_shows_its_numbers_and_stays(demo):
    app = opened(model=MODEL, other=f"{MODEL}~2", amount="0.5")
    assert not app.error
    assert not notes(app)
    other = subject_of(MODEL, seed=2)
    dense = explain.evaluate(demo(MODEL))
    run = explain.evaluate(replace(other, samples=demo(MODEL).samples), reference=dense)
    assert ribbon(app)["kept_of"].endswith("parameters")
    assert numbers(app)[1] == wording.metric(run.metric, meter("auc"))
    changed = decision_changes(dense, run, demo(MODEL).task)
    assert numbers(app)[2] == str(len(changed.changed))
    assert "".join(app.query_params["other"]) == f"{MODEL}~2"
    groups = told(app, "sparsight_effects")["effects"]["groups"]
    assert all(low < high for _, _, low, high in groups)
    next(one for one in app.button if one.label == "Compare with the plan").click().run()
    assert ribbon(app)["kept_of"].endswith(" weights")
    assert "other" not in app.query_params


def test_the_groups_are_those_of_the_other_training():
    app = opened("decisions", model=MODEL, other=f"{MODEL}~2")
    assert not app.error
    changed = int(numbers(app)[2])
    rows = [row[2] for row in table_of(app, "data-decisions groups") if "hospital" in row[0]]
    found = [re.fullmatch(r"([\d.]+) % of (\d+)", said) for said in rows]
    assert len(found) == 4
    assert sum(round(float(one[1]) * int(one[2]) / 100) for one in found) == changed > 0
    assert "training 2" in text(app)
    assert not CALLED_PRUNED.findall(f"{text(app)} {html(app)}")


@pytest.mark.parametrize("page", ["inputs", "parts", "inside"])
def test_every_page_shows_another_training(page):
    app = opened(page, model=MODEL, other=f"{MODEL}~2", over="all")
    for key in [switch.key for switch in app.toggle]:
        app.toggle(key=key).set_value(True).run()
        assert not app.exception
        assert not app.error
        app.run()
    assert not app.exception
    assert not app.error
    assert "Compared with" in text(app)
    assert not CALLED_PRUNED.findall(f"{text(app)} {html(app)}")


@pytest.mark.parametrize("page", ["", "inputs", "inside", "parts"])
def test_a_file_of_another_architecture_is_compared_and_what_needs_units_says_why_not(demo, page):
    hold = holding(KEY, "Wider", _wider(demo(MODEL)))
    app = opened(hold, page, model=MODEL, other=KEY)
    assert not app.error
    assert not notes(app)
    assert "Wider" in text(app)
    assert say("comparison.other_scale") not in text(app)
    assert "has 3 layers of weights and 'Wider' has 2" in text(app)
    if not page:
        assert told(app, "sparsight_effects")["layers"] == []
        assert told(app, "sparsight_graph")["kept_text"] == say("comparison.connections", n=1664)


def test_a_card_that_scales_inputs_in_another_way_is_said(demo):
    scaled = Card(preprocess=Preprocess(mean=(0.5,), std=(2.0,)))
    app = opened(holding(KEY, "Wider", _wider(demo(MODEL)), scaled), model=MODEL, other=KEY)
    assert say("comparison.other_scale") in text(app)


@pytest.mark.parametrize("other", [KEY, "credit-mlp", "nothing", f"{MODEL}~9", "", "a~b~c"])
def test_another_model_that_cannot_be_compared_falls_back_with_a_note(other):
    app = opened(model=MODEL, other=other)
    assert not app.error
    assert ribbon(app)["kept_of"].endswith(" weights")
    assert "other model cannot be compared" in notes(app)


def test_another_model_that_is_gone_is_said_in_place(demo):
    app = opened(holding(KEY, "Wider", _wider(demo(MODEL))), model=MODEL, other=KEY)
    forget_model(KEY)
    app.run()
    assert not app.exception
    assert "not in memory" in " ".join(one.value for one in app.error)
