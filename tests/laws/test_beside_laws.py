"""Laws of a second network beside the first: what is the same gives zero, what moved is said."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

import explain
import models
from explain import PruningPlan, Refused, left_beside
from explain.core.messages import say
from explain.decompose import contribution_change
from explain.features import kernels, unit_values
from explain.measure import (
    class_rates,
    group_changes,
    ledger_between,
    metric_change,
    transitions,
)
from tests.demos import subject_of

MODEL = "heart-mlp"
METHOD = "integrated-gradients"


@pytest.fixture(scope="module")
def first():
    return subject_of(MODEL)


def _with(subject, **weights):
    return replace(subject, network=subject.network.with_parameters(weights))


def _permuted(subject, seed=0):
    """Return the subject with the hidden units of every layer in another order."""
    network, generator = subject.network, torch.Generator().manual_seed(seed)
    changed = {name: value.detach() for name, value in network.named_parameters()}
    for one, following in pairwise(network.prunable):
        order = torch.randperm(len(changed[one]), generator=generator)
        bias = one.replace("weight", "bias")
        changed |= {one: changed[one][order], bias: changed[bias][order]}
        changed[following] = changed[following][:, order]
    return _with(subject, **changed)


def _no_difference(first, other):
    """Assert that every verb of two networks that knows no units finds nothing between them."""
    runs = explain.evaluate(first), explain.evaluate(other)
    change, ledger = metric_change(first, *runs), ledger_between(first, *runs)
    assert (change.value, change.low, change.high) == (0.0, 0.0, 0.0)
    assert set(ledger.status) == {"same"}
    assert all(one.way[0] == one.way[1] for one in transitions(ledger, first.task))
    assert not any(rate.change.value for rate in class_rates(first, ledger))
    assert not any(group.changed for group in group_changes(first, ledger))
    assert not len(explain.flips(first, other).changed)
    drift = explain.drift(first, other, METHOD, rows=np.arange(12), options={"steps": 8})
    assert drift.overlap.value == pytest.approx(1.0, abs=1e-5)
    assert not len(drift.flipped)


def test_identical_files_give_zero_everywhere(first):
    other = explain.beside(first, models.load(MODEL))
    _no_difference(first, other)
    masks, kernel = left_beside(first, other), kernels(first, other, "hidden1", 3)
    assert masks.kept == masks.total
    assert (kernel.dense == kernel.pruned).all()
    assert kernel.kept == kernel.total
    parts = explain.partition(first, "depth-blocks")
    one, two = (explain.contributions(subject, parts, sample=0) for subject in (first, other))
    assert not contribution_change(one, two).change.any()


def test_permuted_hidden_units_decide_and_reason_alike(first):
    other = explain.beside(first, _permuted(first))
    here, there = (unit_values(subject, 0)["hidden1"] for subject in (first, other))
    assert not np.allclose(here, there)
    assert np.allclose(np.sort(here), np.sort(there))
    _no_difference(first, other)


def test_what_a_pruned_copy_has_left_is_what_its_plan_kept(first):
    plan = PruningPlan(criterion="random", amount=0.7, seed=3)
    masks = explain.select(explain.score(first, plan), plan)
    pruned = explain.prune(first, masks)
    found = left_beside(first, explain.beside(first, pruned))
    assert {n: m.tolist() for n, m in found.keep.items()} == {
        n: m.tolist() for n, m in masks.keep.items()
    }
    again = explain.prune(first, found).network
    for name, weight in pruned.network.named_parameters():
        assert torch.equal(weight, again.get_parameter(name))
    # What was 0 on arrival is nothing that the second file lost.
    after = left_beside(pruned, explain.beside(pruned, first))
    assert after.kept == after.total == masks.kept
    more = replace(plan, amount=0.5)
    further = explain.prune(pruned, explain.select(explain.score(pruned, more), more))
    rest = left_beside(pruned, explain.beside(pruned, further))
    weights = (further.network.get_parameter(name) for name in further.network.prunable)
    assert rest.kept == sum(int(weight.count_nonzero()) for weight in weights) < rest.total


def test_classes_in_another_order_are_matched_by_name_and_said(first):
    last = first.network.prunable[-1]
    swapped = {
        n: first.network.get_parameter(n).flip(0) for n in (last, last.replace("weight", "bias"))
    }
    task = replace(first.task, classes=first.task.classes[::-1])
    other = explain.beside(first, replace(_with(first, **swapped), task=task))
    assert other.task == first.task
    _no_difference(first, other)
    assert str(other.card.notes[-1]) == say("comparison.classes_moved", classes=list(task.classes))
    as_it_was = explain.beside(first, _with(first, **swapped))
    assert len(explain.flips(first, as_it_was).changed) > 100


class Uneven(nn.Module):
    """A last layer whose outputs are scaled one by one: they do not move with its rows."""

    def __init__(self, features):
        super().__init__()
        self.head = nn.Linear(features, 2)

    def forward(self, x):
        return self.head(x) * torch.tensor([1.0, 3.0])


def test_classes_that_do_not_move_with_the_last_layer_are_refused(first):
    task = replace(first.task, classes=first.task.classes[::-1])
    rows = first.samples.take(np.arange(4))
    other = explain.subject(Uneven(*first.spec.shape), rows, task=task, spec=first.spec)
    with pytest.raises(Refused, match="cannot be put into this one"):
        explain.beside(first, other)


def _student(first, *widths):
    """Return an untrained network of other layers over the same inputs and classes."""
    sizes = (*first.spec.shape, *widths, len(first.task.classes))
    layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU())]
    rows = first.samples.take(np.arange(4))
    return explain.subject(nn.Sequential(*layers[:-1]), rows, task=first.task, spec=first.spec)


@pytest.mark.parametrize(
    ("widths", "why"), [((7,), ("3 layers", "2")), ((32, 9), ("'hidden2'", "16 × 32", "9 × 32"))]
)
def test_units_that_cannot_be_matched_are_refused_with_both_shapes(first, widths, why):
    other = explain.beside(first, _student(first, *widths))
    assert explain.evaluate(other).n == explain.evaluate(first).n
    with pytest.raises(Refused, match="cannot be matched, because") as caught:
        left_beside(first, other)
    assert all(part in str(caught.value) for part in why)


def test_layers_of_other_names_are_matched_where_all_shapes_agree(first):
    assert left_beside(first, _student(first, 32, 16)).kept == left_beside(first, first).total


def test_what_cannot_answer_for_the_first_is_refused_with_both_shapes_or_classes(first):
    task, spec = first.task, first.spec
    refused = {
        "shape 9, not 35": replace(first, spec=replace(spec, shape=(9,), questions=())),
        "another order": replace(first, spec=replace(spec, names=spec.names[::-1])),
        task.classes[0]: replace(first, task=replace(task, classes=("cat", "dog"))),
    }
    for why, other in refused.items():
        with pytest.raises(Refused, match=why) as caught:
            explain.beside(first, other)
        assert caught.value.hint
    numbers = replace(first, task=replace(task, classes=("0", "1")))
    assert explain.beside(first, numbers).task == task
