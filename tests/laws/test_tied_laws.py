"""Laws of a weight that several layers have: what it meets is summed over all of them."""

import pytest
import torch
from torch import nn

import explain


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.each, self.last = nn.Linear(4, 5), nn.Linear(5, 2)

    def forward(self, x):
        return self.last(torch.relu(self.each(x[:, 0])) - torch.relu(self.each(x[:, 1])))


class Words(nn.Module):
    """The answer's weight is the table that the ids are looked up in."""

    def __init__(self):
        super().__init__()
        self.table, self.last = nn.Embedding(6, 4), nn.Linear(4, 6, bias=False)
        self.last.weight = self.table.weight

    def forward(self, ids):
        return self.last(self.table(ids).mean(1))


@pytest.fixture(scope="module")
def siamese():
    x, y = torch.randn(9, 2, 4), torch.arange(9) % 2
    return explain.subject(Siamese(), x, y, calibration=(x, y))


def wanda(subject):
    scores = explain.score(subject, explain.PruningPlan(criterion="wanda"))
    return {tensor.name: tensor.values for tensor in scores.tensors}


def test_wanda_measures_the_inputs_of_every_use_of_a_weight(siamese):
    weight, (x,) = siamese.network.get_parameter("each.weight"), siamese.calibration.inputs
    wanted = weight.abs() * x.reshape(-1, 4).norm(dim=0)
    assert torch.allclose(wanda(siamese)["each.weight"], wanted, rtol=1e-5)


def test_a_look_up_counts_as_a_one_that_meets_its_row():
    ids, y = torch.randint(0, 6, (9, 3)), torch.arange(9) % 6
    subject = explain.subject(Words(), ids, y, calibration=(ids, y))
    (name,) = subject.network.prunable
    weight = subject.network.get_parameter(name).detach()
    looked_up = torch.bincount(ids.flatten(), minlength=6)[:, None]
    met = weight[ids].mean(1).square().sum(0)
    assert torch.allclose(wanda(subject)[name], weight.abs() * (met + looked_up).sqrt(), rtol=1e-5)


def test_every_use_of_a_weight_is_drawn_and_dies_with_it(siamese):
    plan = explain.PruningPlan(amount=0.5)
    view = explain.network_view(siamese, explain.score(siamese, plan), plan)
    uses = [layer for layer in view.layers if layer.key.startswith("each")]
    deaths = [
        sorted(view.dies_at[(view.target >= use.first) & (view.target < use.first + use.drawn)])
        for use in uses
    ]
    assert len(uses) == 2
    assert deaths[0] == deaths[1]
    assert len(deaths[0]) == 20
    for use in uses:
        for node in range(use.first, use.first + use.drawn):
            assert view.unit_dies_at[node] == view.dies_at[view.target == node].max()


class Loop(nn.Module):
    """A recurrence written by hand: one layer for every step, the first state zeros."""

    def __init__(self):
        super().__init__()
        self.each, self.last = nn.Linear(7, 4), nn.Linear(4, 2)

    def forward(self, x):
        state = torch.zeros(x.size(0), 4)
        for step in range(3):
            state = torch.relu(self.each(torch.cat([x[:, step], state], 1)))
        return self.last(state)


def test_relevance_goes_through_every_use_of_a_weight():
    subject = explain.subject(Loop(), torch.randn(6, 3, 3), torch.arange(6) % 2)
    found = explain.attribute(subject, "lrp", sample=0, options={"epsilon": 1e-9})
    wanted = explain.attribute(subject, "input-x-gradient", sample=0)
    assert found.values == pytest.approx(wanted.values, abs=1e-5)
