"""Probabilities at the end are recognised by what the last steps compute."""

from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import explain
from explain.core.errors import InvalidSubject
from explain.network import ending_of, lift
from models.loading.assembling.arranging import arranged
from models.loading.card.describing import guessed
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
LOGARITHMS = {
    "module": nn.LogSoftmax(1),
    "function": lambda z: z.log_softmax(1),
    "by hand": lambda z: z - z.logsumexp(1, keepdim=True),
    "of a softmax": lambda z: (z.softmax(1) + 1e-9).log(),
}
SIGMOID = {
    "sigmoid": torch.sigmoid,
    "clamped": lambda z: torch.sigmoid(z).clamp(1e-7, 1 - 1e-7),
    "of tanh": lambda z: (torch.tanh(z / 2) + 1) / 2,
}
LOGITS = {
    "numbers": lambda z: z,
    "logarithms of more": lambda z: z.log_softmax(1) + 1,
    "logarithms of halves": lambda z: (z.relu() / z.relu().sum(1, keepdim=True) / 2 + 0.125).log(),
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


@pytest.mark.parametrize("end", LOGARITHMS.values(), ids=LOGARITHMS)
def test_logarithms_of_shares_become_the_logits_they_are_made_of(end):
    network = lifted(end)
    found = arranged(network, Card())
    assert found.head == "log-softmax"
    assert guessed(network).output == "logits"
    assert torch.equal(answers(found.network), answers(lifted(LOGITS["numbers"])))
    eager(end, 4, None)


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


ROWS = st.lists(
    st.lists(st.floats(-3, 3, width=32), min_size=6, max_size=6), min_size=2, max_size=8
)


@settings(max_examples=15, deadline=None)
@given(end=st.sampled_from(sorted(SOFTMAX)), rows=ROWS)
def test_an_eager_network_cut_before_its_softmax_decides_as_its_probabilities(end, rows):
    subject, source = eager(SOFTMAX[end], 4, None)
    x = torch.tensor(rows)
    with torch.no_grad():
        shares, got = source(x), subject.network(x)
    first, second = shares.sort(1, descending=True).values[:, :2].unbind(1)
    clear = first > second  # rounding may make two probabilities one
    assert torch.equal(got.argmax(1)[clear], shares.argmax(1)[clear])


@settings(max_examples=25, deadline=None)
@given(end=st.sampled_from(sorted(SIGMOID)), cut=st.sampled_from([0.0, 0.03, 0.5, 0.9]), rows=ROWS)
def test_an_eager_network_cut_before_its_sigmoid_decides_by_the_same_threshold(end, cut, rows):
    subject, source = eager(SIGMOID[end], 1, cut)
    x = torch.tensor(rows)
    with torch.no_grad():
        chances, got = source(x)[:, 0], subject.network(x)[:, 0]
    clear = (chances - (cut or 0.5)).abs() > 1e-6
    assert torch.equal((got > subject.task.cut)[clear], (chances > (cut or 0.5))[clear])


@cache
def eager(end, outputs, cut):
    torch.manual_seed(0)
    source = Model(end, outputs).eval()
    task = None if cut is None else explain.Task(kind="binary", classes=("no", "yes"), cut=cut)
    subject = explain.subject(source, torch.randn(8, 6), torch.arange(8) % outputs, task=task)
    assert say_keys(subject)[0] == "measure.cut_before"
    assert ("measure.cut_moved" in say_keys(subject)) == (cut not in {None, 0.0, 0.5})
    return subject, source


def say_keys(subject):
    return [note.key for note in subject.card.notes]


def test_a_sigmoid_and_its_complement_become_one_logit():
    def end(z):
        p = torch.sigmoid(z)
        return torch.cat([1 - p, p], 1)

    subject = explain.subject(Model(end, 1), torch.randn(8, 6), torch.arange(8) % 2)
    assert subject.task.kind == "binary"
    assert subject.network(torch.randn(3, 6)).shape == (3, 1)


@pytest.mark.parametrize(
    ("end", "outputs", "step"),
    [
        (lambda z: (z / 6 + 0.5).clamp(0, 1), 1, "clamp"),
        (lambda z: torch.sigmoid(z).clamp(0.1, 0.9), 1, "clamp"),
        (lambda z: z.softmax(1).clamp(0.2, 0.4), 4, "clamp"),
    ],
)
def test_probabilities_that_are_changed_afterwards_are_refused_with_the_step(end, outputs, step):
    with pytest.raises(InvalidSubject, match=step) as caught:
        explain.subject(Model(end, outputs), torch.randn(8, 6), torch.arange(8) % max(outputs, 2))
    assert step in caught.value.hint


@pytest.mark.parametrize("cut", [-0.5, 1.0, 1e-7])
def test_a_threshold_that_no_probability_can_be_told_by_is_refused(cut):
    task = explain.Task(kind="binary", classes=("no", "yes"), cut=cut)
    with pytest.raises(InvalidSubject, match="threshold"):
        explain.subject(Model(torch.sigmoid, 1), torch.randn(8, 6), task=task)
