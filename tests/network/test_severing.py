"""Where nothing gets from the inputs to the answer, the layer that lost everything is named."""

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain import PruningPlan
from explain.network import severed_at
from explain.pruning import collapsed

DEMOS = ("digits-mlp", "digits-cnn", "heart-mlp", "sms-transformer")
UNITS = {"criterion": "l1-norm", "granularity": "unit"}


def pruned_by(subject, **plan):
    plan = PruningPlan(**plan)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


@pytest.mark.parametrize("key", DEMOS)
def test_behind_a_layer_that_is_named_every_sample_gets_the_same_answer(demo, key):
    subject = demo(key)
    assert severed_at(subject.network) == ()
    for plan in ({"amount": 1.0}, {**UNITS, "scope": "global", "amount": 0.6}, {"amount": 0.9}):
        pruned = pruned_by(subject, **plan)
        outputs = explain.evaluate(pruned, rows=np.arange(32)).outputs
        if severed_at(pruned.network):
            assert (outputs == outputs[0]).all()
        else:
            assert (outputs != outputs[0]).any()
    assert severed_at(pruned_by(subject, amount=1.0).network)


def test_units_compared_across_layers_cut_the_first_one_off_and_inside_layers_they_do_not(demo):
    subject = demo("digits-cnn")
    across = pruned_by(subject, **UNITS, scope="global", amount=0.6)
    assert severed_at(across.network) == ("conv1",)
    assert not collapsed(across, 0.99, 0.1)
    inside = pruned_by(subject, **UNITS, amount=0.6)
    assert severed_at(inside.network) == ()
    assert collapsed(inside, 0.99, 0.1)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.way, self.last = nn.Linear(5, 5), nn.Linear(5, 3)

    def forward(self, x):
        return self.last(x + torch.relu(self.way(x)))


def test_a_way_around_a_layer_that_lost_everything_counts():
    torch.manual_seed(0)
    subject = explain.subject(Residual(), torch.randn(4, 5), torch.tensor([0, 1, 2, 0]))
    around = pruned_by(subject, amount=0.0, overrides=(("way", 1.0),))
    assert severed_at(around.network) == ()
    assert severed_at(pruned_by(subject, overrides=(("last", 1.0),)).network) == ("last",)
