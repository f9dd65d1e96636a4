"""Laws of networks that hold zeros before they are pruned: amounts speak of what lives."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import explain
from explain.pruning import (
    CRITERIA,
    GRAINS,
    control_of,
    fixed_pruned,
    grain,
    groups,
    misfit,
    weight_ranks,
)

KEPT = 0.3


def sparse():
    """Return a convolutional network of which 70 % are 0, one unit whole, one but for its bias."""
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(128, 12), nn.ReLU(), nn.Linear(12, 3)
    )
    with torch.no_grad():
        for layer in (module[0], module[3], module[5]):
            layer.weight *= torch.rand_like(layer.weight) < KEPT
        module[3].weight[:2] = 0
        module[3].bias[0] = 0
    x, y = torch.randn(30, 3, 6, 6), torch.arange(30) % 3
    return explain.subject(module, x, y, calibration=(x, y))


SUBJECT = sparse()
CASES = [(r.key, g.key) for g in GRAINS for r in CRITERIA if not (misfit(r, g) or g.fits(SUBJECT))]


def alive(subject):
    network = subject.network
    return sum(int(network.get_parameter(name).count_nonzero()) for name in network.prunable)


@pytest.mark.parametrize(("record", "what"), CASES)
def test_an_amount_is_a_share_of_what_lives(record, what):
    plan = explain.PruningPlan(criterion=record, granularity=what, amount=0.5)
    scores = explain.score(SUBJECT, plan)
    assert scores.weights == alive(SUBJECT)
    for amount in (0.0, 0.37, 1.0):
        masks = explain.select(scores, plan.at(amount))
        pruned = explain.prune(SUBJECT, masks)
        gone = fixed_pruned(scores, plan) + sum(
            many * round(amount * size) for size, many in groups(scores, plan)
        )
        assert masks.total - masks.kept == gone
        assert masks.weights_kept == alive(pruned)
        for name, ranks in weight_ranks(scores, plan).items():
            left = pruned.network.get_parameter(name).detach().flatten() != 0
            was = SUBJECT.network.get_parameter(name).detach().flatten() != 0
            assert torch.equal(left, was & torch.from_numpy(ranks > gone))


def test_a_unit_without_weights_lives_while_it_has_a_bias():
    plan = explain.PruningPlan(criterion="l1-norm", granularity="neuron")
    assert explain.score(SUBJECT, plan).entries == 12 - 1


def test_the_random_control_takes_as_much_as_the_criterion():
    plan = explain.PruningPlan(amount=0.6)
    control = replace(plan, criterion=control_of(grain("weight")).key)
    left = [
        alive(explain.prune(SUBJECT, explain.select(explain.score(SUBJECT, one), one)))
        for one in (plan, control)
    ]
    assert left[0] == left[1] == alive(SUBJECT) - round(0.6 * alive(SUBJECT))


def test_a_second_pruning_takes_its_share_of_what_the_first_left():
    plan = explain.PruningPlan(amount=0.5)
    once = explain.prune(SUBJECT, explain.select(explain.score(SUBJECT, plan), plan))
    twice = explain.prune(once, explain.select(explain.score(once, plan), plan))
    assert alive(twice) == alive(once) - round(alive(once) / 2)


def test_where_nothing_lives_that_is_said():
    plan = explain.PruningPlan(amount=1.0)
    gone = explain.prune(SUBJECT, explain.select(explain.score(SUBJECT, plan), plan))
    with pytest.raises(explain.Refused, match="0 already"):
        explain.score(gone, plan)
