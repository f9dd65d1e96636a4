"""Laws that hold for every grain, with every criterion that serves it, on demos of every kind."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

import explain
from explain import PruningPlan
from explain.core.resources import bytes_held
from explain.pruning import (
    CRITERIA,
    GRAINS,
    fixed_pruned,
    grain,
    groups,
    misfit,
    scopes_of,
    weight_ranks,
)
from explain.pruning.catalog import with_scope
from tests.demos import subject_of

DEMOS = ("digits-mlp", "digits-cnn", "sms-transformer")
EVERY = [pytest.param(key, what, id=f"{key}-{what.key}") for key in DEMOS for what in GRAINS]
AMOUNTS = (0.0, 0.13, 0.5, 0.97, 1.0)


def plans(what, record):
    for scope in scopes_of(record, what):
        yield PruningPlan(criterion=record.key, granularity=what.key, scope=scope)


@cache
def served(key, what):
    """Return a plan and its scores for every criterion and scope that a grain has on a demo."""
    subject = subject_of(key)
    if what.fits(subject) is not None:
        return []
    return [
        (plan, explain.score(subject, plan))
        for record in CRITERIA
        if misfit(record, what) is None and record.fits(subject) is None
        for plan in plans(what, record)
    ]


@pytest.mark.parametrize(("key", "what"), EVERY)
def test_every_demo_is_served_or_refused_with_a_reason(demo, key, what):
    subject, reason = demo(key), what.fits(demo(key))
    record = next(r for r in CRITERIA if misfit(r, what) is None)
    plan = PruningPlan(criterion=record.key, granularity=what.key)
    if reason is None:
        assert explain.score(subject, plan).entries > 0
    else:
        with pytest.raises(explain.Refused, match=what.many) as caught:
            explain.score(subject, plan)
        assert str(reason) in str(caught.value)


@pytest.mark.parametrize("what", GRAINS, ids=lambda what: what.key)
def test_what_dies_as_one_is_compared_inside_its_layer_unless_a_plan_says_otherwise(what):
    for record in CRITERIA:
        if misfit(record, what) is None:
            plan = PruningPlan(criterion=record.key, granularity=what.key)
            alone = what.kind != "weights" and "layer" in record.scopes
            assert with_scope(plan).scope == ("layer" if alone else record.scopes[0])
            for scope in scopes_of(record, what):
                assert with_scope(replace(plan, scope=scope)).scope == scope


@pytest.mark.parametrize(("key", "what"), EVERY)
def test_the_exact_share_of_entries_dies_and_their_weights_are_counted(demo, key, what):
    for plan, scores in served(key, what):
        total = {
            name: demo(key).network.get_parameter(name).numel() for name in connections(demo(key))
        }
        ranks = weight_ranks(scores, plan)
        for amount in AMOUNTS:
            masks = explain.select(scores, plan.at(amount))
            gone = sum(many * round(amount * size) for size, many in groups(scores, plan))
            assert masks.total - masks.kept == gone + fixed_pruned(scores, plan)
            keep = {name: mask.numpy().ravel() for name, mask in masks.keep.items()}
            alive = {name: int(keep[name].sum()) if name in keep else total[name] for name in total}
            assert masks.weights_kept == sum(alive.values())
            assert masks.weights_total == sum(total.values())
            assert all(np.array_equal(ranks[name] > gone, keep[name]) for name in ranks)


def connections(subject):
    return subject.network.prunable


@pytest.mark.parametrize(("key", "what"), EVERY)
def test_an_entry_dies_whole_and_a_larger_amount_never_brings_one_back(key, what):
    for plan, scores in served(key, what):
        before = None
        for amount in AMOUNTS:
            masks = explain.select(scores, plan.at(amount))
            for tensor, counts in zip(scores.tensors, masks.pruned, strict=True):
                gone = tensor.gone(counts)
                assert int(gone.sum()) == int(counts.sum())
                for part in tensor.parts:
                    wanted = np.broadcast_to(part.spread(gone), part.shape)
                    assert np.array_equal(~masks.keep[part.name].numpy(), wanted)
            if before is not None:
                assert all(not (masks.keep[n] & ~before[n]).any() for n in before)
            before = masks.keep


@pytest.mark.parametrize(("key", "what"), EVERY)
def test_what_dies_is_zero_and_everything_else_keeps_every_bit(demo, key, what):
    subject = demo(key)
    for plan, scores in served(key, what):
        for amount in (0.0, 0.4, 1.0):
            masks = explain.select(scores, plan.at(amount))
            pruned = explain.prune(subject, masks)
            for name, dense in subject.network.named_parameters():
                after = pruned.network.get_parameter(name)
                stays = masks.keep.get(name, torch.ones_like(dense, dtype=torch.bool))
                assert torch.equal(after[stays], dense[stays])
                assert not after[~stays].any()


@pytest.mark.parametrize(("key", "what"), EVERY)
def test_a_copy_written_over_another_equals_a_fresh_one(demo, key, what):
    subject = demo(key)
    plan, scores = next(iter(served(key, what)), (None, None))
    copy = None
    for amount in (0.3, 0.9, 0.0, 0.6) if plan else ():
        masks = explain.select(scores, plan.at(amount))
        copy = explain.prune(subject, masks, reuse=copy)
        fresh = explain.prune(subject, masks).network.weights()
        assert all(torch.equal(copy.network.weights()[name], fresh[name]) for name in fresh)


@pytest.mark.parametrize(("key", "what"), EVERY)
def test_the_drawing_follows_the_masks(demo, key, what):
    """An edge that stands for one weight is gone at an amount exactly when the weight is."""
    subject = demo(key)
    plan, scores = next(iter(served(key, what)), (None, None))
    if plan is None or what.kind == "units":
        return
    view = explain.network_view(subject, scores, plan)
    for amount in (0.2, 0.8):
        masks = explain.select(scores, plan.at(amount))
        rank = masks.total - masks.kept
        whole = int(view.count.sum())
        if whole == view.weights_total and (view.count == 1).all():
            assert int((view.dies_at > rank).sum()) == masks.weights_kept


@pytest.mark.parametrize("name", ["blocks.0.attention", "blocks.0.query", "blocks.0.join.weight"])
def test_a_head_is_protected_by_each_layer_that_it_lies_in(demo, name):
    subject = demo("sms-transformer")
    plan = PruningPlan(criterion="l1-norm", granularity="head", amount=1.0, protected=(name,))
    masks = explain.select(explain.score(subject, plan), plan)
    assert [int(count.sum()) for count in masks.pruned] == [0, 4]


def test_a_dead_head_says_nothing_and_the_others_are_as_before(demo):
    subject = demo("sms-transformer")
    plan = PruningPlan(criterion="l1-norm", granularity="head", amount=0.5)
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    inputs = subject.samples.take(np.arange(8)).inputs
    dense, after = (
        {name: value for name, value in one.network.walk(*inputs) if name == "blocks.0.attention"}
        for one in (subject, pruned)
    )
    gone = masks.scores.tensors[0].gone(masks.pruned[0])[:-1]
    assert 0 < gone.sum() < len(gone)
    found, before = after["blocks.0.attention"], dense["blocks.0.attention"]
    assert not found[:, gone].any()
    assert torch.equal(found[:, ~gone], before[:, ~gone])


@pytest.mark.parametrize(("n", "m"), [(2, 4), (1, 4), (4, 8), (0, 3)])
@pytest.mark.parametrize("criterion", ["magnitude", "wanda"])
def test_at_the_full_amount_every_whole_group_is_n_of_m(demo, criterion, n, m):
    subject = demo("digits-mlp")
    plan = PruningPlan(criterion=criterion, granularity="nm", amount=1.0, options={"n": n, "m": m})
    masks = explain.select(explain.score(subject, plan), plan)
    for name, keep in masks.keep.items():
        width = keep.shape[1] // m * m
        assert (keep[:, :width].reshape(len(keep), -1, m).sum(2) == n).all(), name
        assert keep[:, width:].all()
    left = sum(keep.shape[1] % m * len(keep) for keep in masks.keep.values())
    assert masks.scores.outside == left


def test_a_group_of_equal_weights_keeps_its_last_ones():
    module = torch.nn.Sequential(torch.nn.Linear(8, 2, bias=False))
    torch.nn.init.ones_(module[0].weight)
    subject = explain.subject(module, torch.randn(4, 8))
    plan = PruningPlan(granularity="nm", amount=1.0)
    keep = explain.select(explain.score(subject, plan), plan).keep["0.weight"]
    assert keep[0].tolist() == [False, False, True, True] * 2


@pytest.mark.parametrize(
    ("granularity", "options", "error"),
    [
        ("nm", {"n": 4}, explain.InvalidOption),
        ("nm", {"m": 1}, explain.InvalidOption),
        ("nm", {"m": 2.5}, explain.InvalidOption),
        ("nm", {"side": 4}, explain.UnknownKey),
        ("weight", {"n": 2}, explain.UnknownKey),
        ("atom", {}, explain.UnknownKey),
    ],
)
def test_a_plan_whose_numbers_mean_nothing_is_refused(demo, granularity, options, error):
    plan = PruningPlan(granularity=granularity, options=options)
    with pytest.raises(error) as caught:
        explain.score(demo("digits-mlp"), plan)
    assert caught.value.hint


def test_a_criterion_that_compares_inside_rows_is_refused_for_what_is_more_than_a_row(demo):
    plan = PruningPlan(criterion="wanda", granularity="column", amount=0.5)
    with pytest.raises(explain.InvalidPlan, match="inside output rows"):
        explain.score(demo("digits-mlp"), plan)


def test_scores_of_other_numbers_are_refused(demo):
    scores = explain.score(demo("digits-mlp"), PruningPlan(granularity="nm"))
    with pytest.raises(explain.InvalidPlan, match="another criterion"):
        explain.select(scores, PruningPlan(granularity="nm", options={"m": 8}))
    explain.select(scores, PruningPlan(granularity="nm", options={"m": 4, "n": 2}))


def test_what_counts_as_zero_is_a_number_of_apoz(demo):
    subject = demo("digits-mlp")
    plans = [
        PruningPlan(criterion="apoz", granularity="unit", options=options)
        for options in ({}, {"epsilon": 0.0}, {"epsilon": 0.5})
    ]
    none, zero, half = (explain.score(subject, plan).tensors[0].values for plan in plans)
    assert torch.equal(none, zero)
    assert (half <= none).all()
    assert (half < none).any()


def test_every_grain_has_a_demo_that_it_fits(demo):
    for what in GRAINS:
        assert any(grain(what.key).fits(demo(key)) is None for key in DEMOS), what.key


@pytest.mark.parametrize(("key", "criterion"), [("block", "l1-norm"), ("nm", "magnitude")])
def test_scores_that_are_kept_weigh_what_says_which_entry_takes_a_weight(demo, key, criterion):
    found = explain.score(demo("credit-mlp"), PruningPlan(criterion=criterion, granularity=key))
    owners = sum(part.owner.nbytes for tensor in found.tensors for part in tensor.parts)
    without = replace(found, tensors=tuple(replace(t, parts=()) for t in found.tensors))
    assert bytes_held(found) - bytes_held(without) >= owners >= 8 * found.entries
