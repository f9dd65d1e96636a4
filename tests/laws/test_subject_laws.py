"""Laws of putting a network and its data together, and of measuring without labels."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

import explain
from explain import InvalidSubject, PruningPlan, Task

INPUTS = torch.randn(12, 5, generator=torch.Generator().manual_seed(0))
CLASSES = torch.arange(12) % 3


def network(outputs, *last):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, outputs), *last)


def halved(subject):
    plan = PruningPlan(amount=0.5)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


def test_targets_in_one_column_say_the_same_as_targets_in_a_row():
    values = INPUTS.sum(1)
    row = explain.subject(network(1), INPUTS, values)
    column = explain.subject(
        network(1), INPUTS, values[:, None], calibration=(INPUTS, values[:, None])
    )
    assert column.samples.targets.shape == column.calibration.targets.shape == (12,)
    assert explain.evaluate(column).metric == explain.evaluate(row).metric
    assert explain.evaluate(column).loss == explain.evaluate(row).loss


@pytest.mark.parametrize("shape", [(12, 3), (12, 1, 1)])
def test_targets_that_are_not_one_per_sample_are_refused(shape):
    with pytest.raises(InvalidSubject, match="not one per sample"):
        explain.subject(network(3), INPUTS, torch.zeros(shape, dtype=torch.int64))


@pytest.mark.parametrize("kind", [torch.int32, torch.int16, torch.uint8])
def test_classes_of_any_integer_type_are_classes(kind):
    wanted = explain.subject(network(3), INPUTS, CLASSES)
    found = explain.subject(network(3), explain.Samples(inputs=(INPUTS,), targets=CLASSES.to(kind)))
    assert found.samples.targets.dtype == torch.int64
    assert explain.evaluate(found).loss == explain.evaluate(wanted).loss


def test_a_regression_with_several_outputs_is_refused():
    with pytest.raises(InvalidSubject, match="one output, this network has 2"):
        explain.subject(network(2), INPUTS, INPUTS.sum(1))


class SqueezedSigmoid(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = network(1)

    def forward(self, x):
        return torch.sigmoid(self.inner(x)).squeeze(1)


@pytest.mark.parametrize(
    ("module", "targets"),
    [
        (network(3, nn.Softmax(1)), CLASSES),
        (network(1, nn.Sigmoid()), CLASSES % 2),
        (SqueezedSigmoid(), CLASSES % 2),
        (network(3, nn.Softmax(1)), None),
    ],
)
def test_a_classifier_that_gives_probabilities_is_cut_before_them(module, targets):
    subject = explain.subject(module, INPUTS, targets)
    assert [note.key for note in subject.card.notes] == ["measure.cut_before"]
    logits = (module.inner if isinstance(module, SqueezedSigmoid) else module[:-1])(INPUTS)
    assert torch.equal(subject.network(INPUTS).flatten(), logits.detach().flatten())


@pytest.mark.parametrize("last", [nn.LogSoftmax(1), nn.Identity(), nn.ReLU()])
def test_a_classifier_that_gives_anything_else_is_served(last):
    assert explain.subject(network(3, last), INPUTS, CLASSES).task.kind == "classification"


def test_a_regression_may_end_in_a_sigmoid():
    assert explain.subject(network(1, nn.Sigmoid()), INPUTS, INPUTS[:, 0]).task.kind == "regression"


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c", "d")])
def test_every_output_has_one_class(classes):
    with pytest.raises(InvalidSubject, match="classes for 3 outputs"):
        explain.subject(network(3), INPUTS, CLASSES % 2, classes=classes)
    with pytest.raises(InvalidSubject, match="classes for 3 outputs"):
        explain.subject(network(3), INPUTS, task=Task(kind="classification", classes=classes))


def test_one_logit_decides_between_exactly_two_classes():
    with pytest.raises(InvalidSubject, match="3 classes"):
        explain.subject(network(1), INPUTS, CLASSES, classes=("a", "b", "c"))


@pytest.mark.parametrize("key", ["auc", "r2"])
def test_a_metric_without_meaning_for_the_task_is_refused(key):
    task = Task(kind="classification", classes=("a", "b", "c"), metric=key)
    with pytest.raises(InvalidSubject, match=key):
        explain.subject(network(3), INPUTS, CLASSES, task=task)


def test_outputs_of_more_than_two_dimensions_are_refused_in_words():
    with pytest.raises(InvalidSubject, match=r"\[7, 3\] numbers for each sample"):
        explain.subject(nn.Linear(5, 3), torch.randn(4, 7, 5))


def test_calibration_targets_must_be_classes_too():
    with pytest.raises(InvalidSubject, match="reach from 0 to 3"):
        explain.subject(network(3), INPUTS, CLASSES, calibration=(INPUTS, torch.arange(12) % 4))


def test_agreement_with_an_unknown_network_is_unknown():
    subject = explain.subject(network(3), INPUTS)
    pruned = halved(subject)
    dense = explain.evaluate(subject)
    assert dense.metric == 1.0
    assert math.isnan(explain.evaluate(pruned).metric)
    assert 0 <= explain.evaluate(pruned, reference=dense).metric <= 1
    keys = [found.key for found in explain.measure(pruned)]
    assert "agreement" not in keys
    with_reference = {m.key: m.value for m in explain.measure(pruned, reference=subject)}
    changed = len(explain.flips(subject, pruned).changed)
    assert with_reference["agreement"] == pytest.approx(1 - changed / 12)


def test_the_loss_of_a_regression_is_no_entropy():
    regression = explain.subject(network(1), INPUTS, INPUTS.sum(1))
    classes = explain.subject(network(3), INPUTS, CLASSES)
    units = [{m.key: m.unit for m in explain.measure(s)}["loss"] for s in (regression, classes)]
    assert units == ["squared error", "nats"]


def test_masks_serve_only_the_copy_that_was_scored():
    subject = explain.subject(network(3), INPUTS, CLASSES)
    plan = PruningPlan(amount=0.5)
    dense_masks = explain.select(explain.score(subject, plan), plan)
    first = explain.prune(subject, dense_masks)
    second_masks = explain.select(explain.score(first, plan), plan.at(0.8))
    second = explain.prune(first, second_masks)
    for copy, masks in ((first, dense_masks), (subject, second_masks), (second, second_masks)):
        with pytest.raises(InvalidSubject):
            explain.prune(copy, masks)
    plans = [PruningPlan.from_json(line) for line in second.pruned_by.splitlines()]
    across = replace(plan, scope="global")  # a network remembers what its plan came to mean
    assert plans == [across, across.at(0.8)]
    assert second.fingerprint == subject.fingerprint


def test_a_copy_of_a_copy_is_not_written_over_by_masks_of_the_dense_network():
    subject = explain.subject(network(3), INPUTS, CLASSES)
    plan = PruningPlan(amount=0.5, protected=("0",))
    masks = explain.select(explain.score(subject, plan), plan)
    first = explain.prune(subject, masks)
    second = explain.prune(first, explain.select(explain.score(first, plan), plan))
    with pytest.raises(InvalidSubject):
        explain.prune(subject, masks, reuse=second)
    renamed = replace(second, fingerprint="another")
    with pytest.raises(InvalidSubject):
        explain.prune(first, explain.select(explain.score(first, plan), plan), reuse=renamed)
