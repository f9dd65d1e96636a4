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


@pytest.mark.parametrize(("record", "what"), CASES)
def test_an_amount_of_all_leaves_that_share_gone_and_never_fewer_than_arrived(record, what):
    plan = explain.PruningPlan(criterion=record, granularity=what, of="all")
    scores = explain.score(SUBJECT, plan)
    sizes = groups(scores, plan)
    kept = []
    for amount in (0.0, 0.37, 0.93, 1.0):
        masks = explain.select(scores, plan.at(amount))
        gone = sum(many * max(0, round(amount * (n + z)) - z) for n, many, z in sizes)
        assert masks.total - masks.kept == gone
        assert sum(many * z for _, many, z in sizes) == masks.before
        pruned = explain.prune(SUBJECT, masks)
        for name, ranks in weight_ranks(scores, plan).items():
            left = pruned.network.get_parameter(name).detach().flatten() != 0
            was = SUBJECT.network.get_parameter(name).detach().flatten() != 0
            assert torch.equal(left, was & torch.from_numpy(ranks > gone))
        kept.append(masks.kept)
    assert (kept[0], kept[-1]) == (scores.entries, 0)


def test_of_all_weights_exactly_the_share_is_zero_in_the_end():
    plan = explain.PruningPlan(of="all")
    scores = explain.score(SUBJECT, plan)
    every = sum(SUBJECT.network.get_parameter(name).numel() for name in SUBJECT.network.prunable)
    arrived = every - alive(SUBJECT)
    for amount in (0.0, 0.5, arrived / every, 0.8, 0.987):
        masks = explain.select(scores, plan.at(amount))
        assert every - alive(explain.prune(SUBJECT, masks)) == max(arrived, round(amount * every))
    below = explain.select(scores, plan.below(masks.cut.high))
    assert below.pool_amount == pytest.approx(0.987, abs=2 / every)  # the threshold says the same


def test_a_plan_that_does_not_say_what_its_amount_is_of_stays_as_it_was():
    assert '"of"' not in explain.PruningPlan(amount=0.5).to_json()
    plan = explain.PruningPlan(amount=0.5, of="all")
    assert explain.PruningPlan.from_json(plan.to_json()) == plan
    with pytest.raises(explain.InvalidPlan):
        explain.PruningPlan(of="some")


def test_own_amounts_of_layers_are_of_all_too():
    plan = explain.PruningPlan(of="all", overrides=(("0", 0.9),))
    masks = explain.select(explain.score(SUBJECT, plan), plan)
    weight = explain.prune(SUBJECT, masks).network.get_parameter("0.weight")
    assert weight.numel() - int(weight.count_nonzero()) == round(0.9 * weight.numel())


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
