"""Laws of what is said where pruning finds nothing, or where what is removed is still heard."""

import json

import pytest
import torch
from torch import nn

import explain
from explain.__main__ import main
from explain.core.messages import say
from explain.pruning import heard_units


def subject_of(module, *shape):
    x, y = torch.randn(12, *shape), torch.arange(12) % 2
    return explain.subject(module, x, y, calibration=(x, y))


def units(subject, amount=0.5):
    plan = explain.PruningPlan(criterion="l1-norm", granularity="unit", amount=amount)
    return explain.select(explain.score(subject, plan), plan)


class Signs(nn.Module):
    """No gradient comes back to its only layer."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, x):
        return torch.sign(self.layer(x)) + x[:, :2]


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2))

    def forward(self, x):
        return self.scale * x[:, :2]


@pytest.mark.parametrize(("module", "criterion"), [(Signs(), "taylor"), (Scale(), "magnitude")])
def test_nothing_to_prune_is_refused_in_words(module, criterion):
    with pytest.raises(explain.Refused, match=r"no weights to prune|no linear"):
        explain.score(subject_of(module, 4), explain.PruningPlan(criterion=criterion))


BEHIND = {
    "a function with f(0) = 0": ([nn.ReLU()], 0),
    "its own norm and such a function": ([nn.BatchNorm1d(8), nn.ReLU()], 0),
    "a function that makes ½ of 0": ([nn.Sigmoid()], 4),
    "a norm behind the activation": ([nn.ReLU(), nn.BatchNorm1d(8)], 4),
}


@pytest.mark.parametrize(("behind", "count"), BEHIND.values(), ids=BEHIND)
def test_removed_units_that_are_still_heard_are_counted(behind, count):
    subject = subject_of(nn.Sequential(nn.Linear(4, 8), *behind, nn.Linear(8, 2)), 4)
    for part in ("weight", "bias"):
        torch.nn.init.uniform_(subject.network.get_parameter(f"0.{part}"), 0.5, 1)
    assert heard_units(subject, units(subject)) == ({"0": count} if count else {})
    assert heard_units(subject, units(subject, 0.0)) == {}


class Residual(nn.Module):
    """A norm over the sum of a layer and of what stands beside it: the inputs, or its own units."""

    def __init__(self, beside):
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(4, 4), nn.LayerNorm(4), nn.Linear(4, 2)
        self.beside = beside

    def forward(self, x):
        h = self.first(x)
        return self.last(self.norm(h + (torch.relu(h) if self.beside == "own" else x)))


@pytest.mark.parametrize(("beside", "heard"), [("inputs", {}), ("own", {"first": 2})])
def test_a_zero_in_a_sum_of_others_is_not_heard(beside, heard):
    subject = subject_of(Residual(beside), 4)
    assert heard_units(subject, units(subject)) == heard


def test_the_command_line_says_what_is_left_alone(capsys):
    main(["prune", "--model", "heart-mlp", "--criterion", "l1-norm", "--amount", "0.5", "--json"])
    told = json.loads(capsys.readouterr().out)
    left = told["counts"]["left_alone"]
    assert list(left) == ["output.weight"]
    assert told["counts"]["connections"]["out_of_reach"] == sum(left.values())
    assert told["counts"]["why_left_alone"]["weights"] == sum(left.values())
    assert (told["removed_but_heard"], told["collapsed"]) == ({}, None)


COLLAPSED = {
    0.97: say("command.one_decision"),
    0.99: say("panels.recalibration.severed", layers=["hidden1"], lost=1_120, entries="weights"),
}


@pytest.mark.parametrize(("amount", "said"), COLLAPSED.items())
def test_the_command_line_says_that_every_sample_gets_one_answer(capsys, amount, said):
    main(["prune", "--model", "heart-mlp", "--amount", str(amount), "--json"])
    assert json.loads(capsys.readouterr().out)["collapsed"] == said
