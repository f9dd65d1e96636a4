"""Laws of layers whose activation makes one number of two units: the units keep apart."""

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain.decompose import hide

GATED = {
    "linear": (nn.Linear(5, 8), nn.GLU(-1), nn.Linear(4, 3), (5,)),
    "convolution": (nn.Conv1d(5, 8, 1), nn.GLU(1), nn.Linear(4, 3), (5, 1)),
}


class Gated(nn.Module):
    def __init__(self, first, gate, last):
        super().__init__()
        self.first, self.gate, self.last = first, gate, last

    def forward(self, x):
        return self.last(self.gate(self.first(x)).flatten(1))


@pytest.fixture(scope="module", params=GATED)
def gated(request):
    *parts, shape = GATED[request.param]
    x, y = torch.randn(9, *shape), torch.arange(9) % 3
    return explain.subject(Gated(*parts), x, y, calibration=(x, y))


def test_a_gated_unit_is_scored_by_what_it_says_itself(gated):
    said = gated.network.record(*gated.calibration.inputs)["first"]
    wanted = said.abs().reshape(9, 8).mean(0)
    plan = explain.PruningPlan(criterion="mean-activation", granularity="unit")
    (scores,) = explain.score(gated, plan).tensors
    assert torch.allclose(scores.values, wanted, atol=1e-6)


def test_a_gated_unit_that_is_hidden_says_what_a_removed_one_says(gated):
    owners = np.arange(8) % 2
    labels = {"first": owners}
    parts = {n: gated.network.get_parameter(f"first.{n}").detach() for n in ("weight", "bias")}
    for part in parts.values():
        part[torch.from_numpy(owners == 1)] = 0
    removed = gated.network.with_parameters({f"first.{n}": part for n, part in parts.items()})
    hidden = hide(gated, labels, [1]).network
    assert torch.allclose(hidden(*gated.samples.inputs), removed(*gated.samples.inputs), atol=1e-6)


def test_modules_of_gated_units_add_up_to_the_answer(gated):
    found = explain.contributions(gated, explain.partition(gated, "width-slices"), sample=0)
    assert abs(found.residual).max() < 1e-5
