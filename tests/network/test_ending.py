"""Probabilities at the end are recognised by what the last steps compute."""

from functools import cache

import pytest
import torch
from torch import nn

import explain
from explain.core.errors import InvalidSubject
from explain.network import ending_of, lift
from models.loading.assembling.arranging import arranged
from models.loading.card.model_card import Card


class Model(nn.Module):
    def __init__(self, end, outputs=4):
        super().__init__()
        self.layer, self.end = nn.Linear(6, outputs), end

    def forward(self, x):
        return self.end(self.layer(x))


SOFTMAX = {
    "softmax": lambda z: z.softmax(1),
    "clamped": lambda z: z.softmax(1).clamp(1e-7, 1),
    "through logarithms": lambda z: z.log_softmax(1).exp(),
    "by hand": lambda z: z.exp() / z.exp().sum(1, keepdim=True),
    "of pictures": lambda z: z[:, :, None, None].softmax(1).flatten(1),
}
SIGMOID = {
    "sigmoid": torch.sigmoid,
    "clamped": lambda z: torch.sigmoid(z).clamp(1e-7, 1 - 1e-7),
    "of tanh": lambda z: (torch.tanh(z / 2) + 1) / 2,
}
LOGITS = {
    "numbers": lambda z: z,
    "logarithms": lambda z: z.log_softmax(1),
    "never negative": torch.relu,
    "shares of ten": lambda z: 10 * z.softmax(1),
}


@cache
def lifted(end, outputs=4):
    torch.manual_seed(0)
    return lift(Model(end, outputs).eval(), torch.randn(3, 6))


def answers(network):
    with torch.no_grad():
        return network(5 * torch.randn(40, 6, generator=torch.Generator().manual_seed(1)))


@pytest.mark.parametrize("end", SOFTMAX.values(), ids=SOFTMAX)
def test_rows_that_always_sum_to_one_become_the_logits_they_are_made_of(end):
    network = lifted(end)
    found = arranged(network, Card())
    assert found.head == "softmax"
    assert torch.equal(answers(found.network), answers(lifted(LOGITS["numbers"])))


@pytest.mark.parametrize("end", SIGMOID.values(), ids=SIGMOID)
def test_numbers_that_always_lie_between_0_and_1_become_the_logits_they_are_made_of(end):
    found = arranged(lifted(end, 1), Card())
    assert found.head == "sigmoid"
    assert torch.equal(answers(found.network) > 0, answers(lifted(end, 1)) > 0.5)


def test_several_chances_are_not_taken_for_shares_of_one():
    found = arranged(lifted(torch.sigmoid), Card())
    assert found.head == "sigmoid"
    assert torch.equal(answers(found.network), answers(lifted(LOGITS["numbers"])))


@pytest.mark.parametrize("end", LOGITS.values(), ids=LOGITS)
def test_other_numbers_stay_what_they_are(end):
    network = lifted(end)
    assert ending_of(network) is None
    assert arranged(network, Card()).network is network


def test_chances_without_logits_become_the_logarithm_of_their_odds():
    network = lifted(lambda z: (z / 6 + 0.5).clamp(0, 1), 1)
    found = arranged(network, Card())
    assert found.head == "chances"
    assert torch.equal(answers(found.network) > 0, answers(network) > 0.5)


def test_the_answer_of_a_regression_stays_between_0_and_1():
    network = lifted(torch.sigmoid, 1)
    assert arranged(network, Card(task="regression")).network is network


def test_an_answer_with_places_of_size_1_becomes_a_row():
    network = lifted(lambda z: z[:, :, None, None])
    found = arranged(network, Card()).network
    assert torch.equal(answers(found), answers(network).flatten(1))


@pytest.mark.parametrize("name", ["clamped", "by hand"])
def test_probabilities_of_an_eager_network_are_refused(name):
    with pytest.raises(InvalidSubject, match="ends in Softmax"):
        explain.subject(Model(SOFTMAX[name]), torch.randn(8, 6), torch.arange(8) % 4)
