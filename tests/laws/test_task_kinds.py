"""Laws of every kind of task: one class, one logit, a set of labels, a value; answers or none."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, hamming_loss
from torch.nn.functional import binary_cross_entropy_with_logits

import explain
from explain import ExplainError, InvalidSubject, PruningPlan, Refused, Task
from explain.attribution import ATTRIBUTORS
from explain.core.intervals import wilson
from explain.decompose import hide
from explain.figures import answer, class_bars, decision_name
from explain.measure import meter
from explain.pruning import CRITERIA
from tests.laws.kinds import KINDS, SUBJECTS, halved, inputs, network, subject, without_data

PLAN = PruningPlan(amount=0.5)


def parts_of(found):
    return explain.partition(found, "layered-null", k=2)


VERBS = {
    "evaluate": explain.evaluate,
    "sweep": lambda found: explain.sweep(found, PLAN, (0.3, 0.6)),
    "flips": lambda found: explain.flips(found, halved(found)),
    "ledger": lambda found: explain.ledger_of(
        explain.sweep(found, PLAN, (0.5,)), found, explain.evaluate(found)
    ),
    "drift": lambda found: explain.drift(found, halved(found), "saliency"),
    "feature_maps": lambda found: explain.feature_maps(found, layer="0", sample=0),
    "contributions": lambda found: explain.contributions(found, parts_of(found), sample=0),
    "probabilities": lambda found: explain.contributions(
        found, parts_of(found), sample=0, value="probability"
    ),
    "losses": lambda found: explain.contributions(found, parts_of(found), sample=0, value="loss"),
    "interactions": lambda found: explain.interactions(found, parts_of(found), sample=0),
    "conductances": lambda found: explain.conductances(found, parts_of(found), sample=0),
    "localised": lambda found: explain.localised(found, PLAN, "0"),
    "recalibrate": explain.recalibrate,
    "repair": lambda found: explain.repair(found, found),
    "hide": lambda found: hide(found, parts_of(found).labels, [0]),
    "activations": lambda found: explain.partition(found, "activation-correlation", k=2),
    **{
        f"attribute by {record.key}": lambda found, key=record.key: explain.attribute(found, key)
        for record in ATTRIBUTORS
    },
}
WITHOUT_DATA = {
    "measure": explain.measure,
    "size": explain.size,
    "network_view": lambda found: explain.network_view(found, explain.score(found, PLAN), PLAN),
    "partition": parts_of,
    "prune": halved,
}


def refusal(call):
    """Return the error of this project that a call raises, None where it serves."""
    try:
        call()
    except ExplainError as error:
        return error
    return None


@pytest.fixture(scope="module")
def made():
    """Return a maker of subjects, each made once."""
    known = {}

    def make(name):
        if name not in known:
            known[name] = SUBJECTS[name]()
        return known[name]

    return make


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("verb", [*VERBS, *WITHOUT_DATA])
def test_every_verb_serves_every_kind_of_task_or_refuses_in_words(made, name, verb):
    refused = refusal(lambda: (VERBS | WITHOUT_DATA)[verb](made(name)))
    assert refused is None or (str(refused).endswith(".") and refused.hint)


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("record", CRITERIA, ids=lambda record: record.key)
def test_every_criterion_prunes_every_kind_of_task_or_refuses_in_words(made, name, record):
    plan = PruningPlan(criterion=record.key, granularity=record.granularity, amount=0.5)
    if (refused := refusal(lambda: explain.score(made(name), plan))) is not None:
        assert record.needs
        assert refused.hint
        return
    pruned = explain.prune(made(name), explain.select(explain.score(made(name), plan), plan))
    assert explain.evaluate(pruned, reference=explain.evaluate(made(name))).n == 48


@pytest.mark.parametrize("verb", VERBS)
def test_without_data_what_needs_data_says_so(verb):
    with pytest.raises(Refused) as caught:
        VERBS[verb](without_data())
    if verb not in {"recalibrate", "repair"}:
        assert "There are no data" in str(caught.value)
        assert "CSV" in caught.value.hint


@pytest.mark.parametrize("verb", WITHOUT_DATA)
def test_without_data_a_network_is_drawn_pruned_and_weighed(verb):
    assert WITHOUT_DATA[verb](without_data())


@pytest.mark.parametrize("record", CRITERIA, ids=lambda record: record.key)
def test_without_data_exactly_the_criteria_that_need_none_work(record):
    plan = PruningPlan(criterion=record.key, granularity=record.granularity, amount=0.5)
    if record.needs:
        with pytest.raises(Refused, match="calibration"):
            explain.score(without_data(), plan)
    else:
        assert explain.select(explain.score(without_data(), plan), plan).pruned


@pytest.mark.parametrize("kind", KINDS)
def test_a_sweep_equals_fresh_evaluations_for_every_kind(kind):
    found = subject(kind)
    swept = explain.sweep(found, PLAN, (0.3, 0.7))
    dense = explain.evaluate(found)
    scores = explain.score(found, PLAN)
    for at, amount in enumerate(swept.amounts):
        pruned = explain.prune(found, explain.select(scores, PLAN.at(amount)))
        fresh = explain.evaluate(pruned, reference=dense)
        assert np.array_equal(swept.decisions[at], fresh.decisions)
        assert np.array_equal(swept.correct[at], fresh.correct)
        assert swept.metric[at] == fresh.metric
        assert swept.loss[at] == fresh.loss
        assert swept.flips[at] == len(explain.flips(found, pruned).changed)


@pytest.mark.parametrize("kind", KINDS)
def test_without_answers_the_metric_is_the_agreement_with_the_dense_network(kind):
    found = subject(kind, known=False)
    swept = explain.sweep(found, PLAN, (0.4, 0.8))
    assert swept.metric_key == "agreement"
    assert swept.correct is None
    assert swept.loss is None
    assert np.allclose(swept.metric, 1 - swept.flips / 48)
    assert swept.metric[0] == 1


def test_the_metrics_of_labels_are_those_of_scikit_learn():
    found = subject("multilabel")
    run = explain.evaluate(found)
    true, said = found.samples.targets.numpy(), run.decisions
    assert run.metric == pytest.approx(f1_score(true, said, average="macro", zero_division=0))
    outputs, targets = torch.from_numpy(run.outputs), found.samples.targets
    assert meter("label-accuracy").function(outputs, targets, found) == pytest.approx(
        1 - hamming_loss(true, said)
    )
    assert meter("accuracy").function(outputs, targets, found) == accuracy_score(true, said)
    assert run.loss == pytest.approx(
        float(binary_cross_entropy_with_logits(outputs.double(), targets.double()))
    )


def test_a_label_that_is_neither_true_nor_said_does_not_lower_the_macro_f1():
    found = subject("multilabel")
    outputs = torch.tensor([[2.0, -1.0, -1.0], [3.0, -1.0, -1.0]])
    targets = torch.tensor([[1, 0, 0], [1, 0, 0]])
    score = meter("macro-f1").function
    assert score(outputs, targets, found) == 1
    assert math.isnan(score(-outputs.abs(), 0 * targets, found))
    assert score(-outputs.abs(), targets, found) == 0


def test_a_set_of_labels_changes_when_any_label_does():
    found = subject("multilabel")
    before, after = explain.evaluate(found), explain.evaluate(halved(found, 0.7))
    wanted = np.flatnonzero((before.decisions != after.decisions).any(1))
    flips = explain.flips(found, halved(found, 0.7))
    assert len(wanted)
    assert np.array_equal(flips.changed, wanted)
    gained = len(flips.fixed) - len(flips.broke)
    assert gained == after.correct.sum() - before.correct.sum()


def test_each_label_is_said_above_the_cut():
    found = subject("multilabel")
    strict = replace(found, task=replace(found.task, cut=0.5))
    outputs = explain.evaluate(found).outputs
    assert np.array_equal(explain.evaluate(strict).decisions, outputs > 0.5)


@pytest.mark.parametrize("label", range(3))
def test_each_label_is_explained_by_its_own_output(label):
    found = subject("multilabel")
    why = explain.attribute(found, "integrated-gradients", sample=3, target=label)
    assert why.outputs[0] == pytest.approx(explain.evaluate(found).outputs[3, label], abs=1e-5)
    values = explain.contributions(
        found, parts_of(found), sample=3, value="probability", targets=label
    )
    likely = 1 / (1 + np.exp(-explain.evaluate(found).outputs[3, label]))
    assert values.whole[0] == pytest.approx(likely, abs=1e-5)


def test_labels_need_a_task_and_one_0_or_1_each():
    labels = torch.ones(48, 3, dtype=torch.int64)
    task = Task(kind="multilabel", classes=("a", "b", "c"), metric="macro-f1")
    with pytest.raises(InvalidSubject, match="not one per sample") as caught:
        explain.subject(network(3), inputs(), labels)
    assert "multilabel" in caught.value.hint
    for wrong in (labels[:, :2], labels * 2, labels * 0.5, labels[:, 0]):
        with pytest.raises(InvalidSubject, match="abels"):
            explain.subject(network(3), inputs(), wrong, task=task)
    floats = explain.subject(network(3), inputs(), labels.float(), task=task)
    assert floats.samples.targets.dtype == torch.int64
    with pytest.raises(InvalidSubject, match="2 labels for 3 outputs"):
        explain.subject(network(3), inputs(), labels[:, :2], task=replace(task, classes=("a", "b")))


@pytest.mark.parametrize("key", ["auc", "balanced-accuracy", "r2"])
def test_metrics_of_one_class_a_sample_do_not_fit_labels(key):
    task = Task(kind="multilabel", classes=("a", "b"), metric=key)
    with pytest.raises(InvalidSubject, match=key):
        explain.subject(network(2), inputs(), torch.ones(48, 2), task=task)


@pytest.mark.parametrize("kind", ["classification", "binary", "regression"])
@pytest.mark.parametrize("key", ["macro-f1", "label-accuracy"])
def test_metrics_of_labels_fit_nothing_else(kind, key):
    assert meter(key).fits(subject(kind)) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_decision_is_named_as_it_is_decided(kind):
    found = subject(kind)
    run = explain.evaluate(found)
    for row in range(10):
        said = answer(run.outputs[row].astype(np.float64), found.task, 0).decision
        assert said == decision_name(found.task, run.decisions[row])
    assert decision_name(found.task, found.samples.targets[0].numpy())


def test_labels_are_named_together_and_none_is_said_in_words():
    task = subject("multilabel").task
    assert decision_name(task, np.array([1.0, 0.0, 1.0])) == "red, rare"
    assert decision_name(task, np.zeros(3)) == "no label"


def test_label_by_label_bars_count_where_the_label_is_true():
    found = subject("multilabel")
    shown, hidden = explain.evaluate(found), explain.evaluate(halved(found, 0.8))
    truth = found.samples.targets.numpy()
    bars = class_bars(found.task, truth, shown, hidden)
    assert bars.data["n"] == [int(n) for n in truth.sum(0) if n for _ in range(2)]
    hits = (shown.decisions * truth).sum(0)
    assert bars.data["right"][::2] == [int(h) for h, n in zip(hits, truth.sum(0), strict=True) if n]
    counts = zip(bars.data["right"], bars.data["n"], strict=True)
    assert [(row.low, row.high) for row in bars.rows] == [wilson(*count) for count in counts]


def test_the_headline_of_labels_is_the_macro_f1():
    found = subject("multilabel")
    assert explain.measure(found)[0].key == "macro-f1"
    assert explain.measure(found)[0].value == explain.evaluate(found).metric
