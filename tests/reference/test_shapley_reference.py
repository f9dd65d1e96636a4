"""Shapley values and interactions re-done slowly from their definitions, and by Captum."""

from itertools import combinations, permutations
from math import factorial

import captum.attr
import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain.core.subject import Task
from explain.decompose.contributions.game import PayoffRequest
from explain.decompose.contributions.hiding import hide
from explain.decompose.contributions.interaction import interaction_indices, module_interactions
from explain.decompose.contributions.shapley import module_contributions, shapley_values

ROWS = np.array([3, 7, 20])


def by_all_orders(worth, players):
    """Average what each player adds over all K! orders of arriving."""
    total = np.zeros(players)
    for order in permutations(range(players)):
        there = frozenset()
        for player in order:
            total[player] += worth(there | {player}) - worth(there)
            there |= {player}
    return total / factorial(players)


def index_of_a_pair(worth, players, one, other):
    """Grabisch and Roubens 1999, equation 1, for two players."""
    others = [player for player in range(players) if player not in {one, other}]
    total = 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(players - size - 2) / factorial(players - 1)
        for members in combinations(others, size):
            there = frozenset(members)
            total += weight * (
                worth(there | {one, other})
                - worth(there | {one})
                - worth(there | {other})
                + worth(there)
            )
    return total


def game_of(table, row):
    return lambda there: table[sum(1 << player for player in there), row]


@pytest.mark.parametrize("players", [1, 2, 3, 5, 6])
def test_values_of_a_random_game_are_the_mean_over_all_orders(players):
    table = np.random.default_rng(players).normal(size=(2**players, 2))
    found = shapley_values(table)
    for row in range(2):
        assert np.allclose(found[row], by_all_orders(game_of(table, row), players), atol=1e-12)


@pytest.mark.parametrize("players", [2, 3, 5, 6])
def test_interactions_of_a_random_game_are_those_of_the_definition(players):
    table = np.random.default_rng(players).normal(size=(2**players, 2))
    found = interaction_indices(table)
    for row in range(2):
        worth = game_of(table, row)
        wanted = [index_of_a_pair(worth, players, i, j) for i, j in combinations(range(players), 2)]
        assert np.allclose(found[row], wanted, atol=1e-12)


def labels_of(subject, players, seed=0):
    """Deal the units of all hidden layers out to modules at random."""
    draw = np.random.default_rng(seed)
    units = {
        name: len(subject.network.get_parameter(f"{name}.weight")) for name in HIDDEN[subject.key]
    }
    return {name: draw.permutation(np.arange(count) % players) for name, count in units.items()}


HIDDEN = {
    "digits-mlp": ("hidden1", "hidden2"),
    "heart-mlp": ("hidden1", "hidden2"),
    "digits-cnn": ("conv1", "conv2", "conv3", "conv4"),
}


def slow_worth(subject, labels, players, read, row):
    """What a set of modules is worth: the network with the others hidden, run for one row."""
    inputs = subject.samples.take(ROWS[row : row + 1]).inputs
    known = {}

    def worth(there):
        if there not in known:
            hidden = hide(subject, labels, set(range(players)) - there)
            with torch.no_grad():
                known[there] = read(hidden.network(*inputs)[0].double(), row)
        return known[there]

    return worth


@pytest.mark.parametrize("key", ["digits-mlp", "digits-cnn", "heart-mlp"])
@pytest.mark.parametrize("value", ["logit", "probability", "loss"])
def test_contributions_are_the_mean_over_all_orders_of_hidden_networks(demo, key, value):
    subject = demo(key)
    labels = labels_of(subject, 4)
    found = module_contributions(subject, labels, PayoffRequest(rows=ROWS, value=value, targets=1))
    truth = subject.samples.targets[ROWS]
    read = {
        "logit": lambda out, _: float(out[1]),
        "probability": lambda out, _: float(out.softmax(0)[1]),
        "loss": lambda out, row: float(-out.log_softmax(0)[truth[row]]),
    }[value]
    for row in range(len(ROWS)):
        wanted = by_all_orders(slow_worth(subject, labels, 4, read, row), 4)
        assert np.allclose(found.per_row[row], wanted, atol=1e-5)


def test_interactions_of_a_network_are_those_of_the_definition(demo):
    subject = demo("digits-cnn")
    labels = labels_of(subject, 4)
    found = module_interactions(subject, labels, PayoffRequest(rows=ROWS, targets=2))
    pairs = list(combinations(range(4), 2))
    for place, (one, other) in enumerate(pairs):
        wanted = np.mean(
            [
                index_of_a_pair(
                    slow_worth(subject, labels, 4, lambda out, _: float(out[2]), row), 4, one, other
                )
                for row in range(len(ROWS))
            ]
        )
        assert found.matrix[one, other] == pytest.approx(wanted, abs=1e-5), place


class Gate(nn.Module):
    """A first layer that hands its four inputs on as units; what follows is x1, x2, 3 · x3.

    min(a, b) = relu(b) - relu(b - a) for positive a and b: the planted redundancy.
    """

    def __init__(self):
        super().__init__()
        self.units = nn.Linear(4, 4, bias=False)
        self.pair = nn.Linear(4, 3, bias=False)
        self.relu = nn.ReLU()
        self.out = nn.Linear(3, 1, bias=False)
        self.units.weight.data = torch.eye(4)
        self.pair.weight.data = torch.tensor([[0.0, 1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, 0]])
        self.out.weight.data = torch.tensor([[1.0, -1, 3]])

    def forward(self, x):
        return self.out(self.relu(self.pair(self.units(x))))


def planted(x):
    return explain.subject(
        Gate(), torch.tensor([x]), torch.zeros(1), task=Task(kind="regression", metric="r2")
    )


OWN = {"units": np.arange(4)}


def test_ablation_counts_a_planted_minimum_twice_and_shapley_does_not():
    subject = planted([2.0, 2.0, 1.0, 5.0])
    found = module_contributions(subject, OWN, PayoffRequest(rows=np.array([0])))
    assert found.whole[0] == pytest.approx(5)
    assert found.ablation.sum() == pytest.approx(7)
    assert found.shapley == pytest.approx([1, 1, 3, 0])


def test_two_that_need_each_other_interact_and_the_others_do_not():
    found = module_interactions(
        planted([2.0, 2.0, 1.0, 5.0]), OWN, PayoffRequest(rows=np.array([0]))
    )
    wanted = np.zeros((4, 4))
    wanted[0, 1] = wanted[1, 0] = 2
    assert np.allclose(found.matrix, wanted, atol=1e-6)


def test_captum_s_exact_values_of_features_are_ours_where_units_are_features():
    subject = planted([2.0, 1.5, 1.0, 5.0])
    network = subject.network.sharing_copy()
    theirs = captum.attr.ShapleyValues(lambda x: network(x)[:, 0]).attribute(
        subject.samples.inputs[0]
    )
    ours = module_contributions(subject, OWN, PayoffRequest(rows=np.array([0])))
    assert np.allclose(ours.per_row, theirs.detach().numpy(), atol=1e-5)


def test_captum_s_layer_ablation_is_ours(demo):
    subject = demo("digits-cnn")
    labels = {"conv2": np.arange(16)}
    network = subject.network.sharing_copy()
    inputs = subject.samples.take(ROWS).inputs[0]
    groups = torch.arange(16).reshape(1, 16, 1, 1).expand(1, 16, 8, 8)
    theirs = captum.attr.LayerFeatureAblation(network, network.get_submodule("relu2")).attribute(
        inputs, target=4, layer_mask=groups
    )
    ours = module_contributions(subject, labels, PayoffRequest(rows=ROWS, targets=4), sampled=4)
    assert np.allclose(ours.ablations, theirs[:, :, 0, 0].detach().numpy(), atol=1e-5)
