"""Laws that hold for every criterion on every demo."""

import math
import threading

import numpy as np
import pytest
import torch

import explain
from explain import PruningPlan
from explain.pruning import CRITERIA, death_ranks, fixed_pruned, groups
from tests.demos import every_demo, pairs

EVERY = pairs(CRITERIA)
AMOUNTS = (0.0, 0.13, 0.5, 0.8, 0.97, 1.0)


def plan_of(record, **fields):
    return PruningPlan(
        **{
            "criterion": record.key,
            "granularity": record.granularity,
            "scope": record.scopes[0],
            **fields,
        }
    )


def state_of(network):
    tensors = [*network.named_parameters(), *network.named_buffers()]
    return {name: tensor.detach().clone() for name, tensor in tensors}


@pytest.mark.parametrize(("key", "record"), EVERY)
def test_every_demo_is_served_or_refused_with_a_reason(demo, key, record):
    subject = demo(key)
    reason = record.fits(subject)
    if reason is None:
        assert explain.score(subject, plan_of(record)).entries > 0
    else:
        with pytest.raises(explain.Refused, match=str(reason)[:20]):
            explain.score(subject, plan_of(record))


@pytest.mark.parametrize(("key", "record"), EVERY)
def test_the_exact_share_dies_in_every_scope_and_ranks_agree(demo, key, record):
    subject = demo(key)
    for scope in record.scopes:
        scores = explain.score(subject, plan_of(record, scope=scope))
        for amount in AMOUNTS:
            plan = plan_of(record, scope=scope, amount=amount)
            masks = explain.select(scores, plan)
            gone = sum(many * round(amount * size) for size, many in groups(scores, plan))
            assert masks.total - masks.kept == gone + fixed_pruned(scores, plan)
            ranks = death_ranks(scores, plan)
            for tensor in scores.tensors:
                keep = masks.keep[tensor.name].numpy()
                rows = keep.reshape(len(ranks[tensor.name]), -1)
                assert np.array_equal(rows.all(1), ranks[tensor.name] > gone)


@pytest.mark.parametrize(("key", "record"), EVERY)
def test_nothing_pruned_is_the_same_bits_and_everything_pruned_is_empty(demo, key, record):
    subject = demo(key)
    scores = explain.score(subject, plan_of(record))
    inputs = subject.samples.take(np.arange(20)).inputs
    nothing = explain.prune(subject, explain.select(scores, plan_of(record, amount=0.0)))
    assert torch.equal(nothing.network(*inputs), subject.network(*inputs))
    everything = explain.prune(subject, explain.select(scores, plan_of(record, amount=1.0)))
    for tensor in scores.tensors:
        for name in (tensor.name, *tensor.companions):
            assert not everything.network.get_parameter(name).any()


@pytest.mark.parametrize(("key", "record"), EVERY)
def test_pruning_leaves_no_trace_on_the_dense_network(demo, key, record):
    subject = demo(key)
    before, flags = state_of(subject.network), grad_flags(subject.network)
    plan = plan_of(record, amount=0.7)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    explain.evaluate(pruned)
    after = state_of(subject.network)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert grad_flags(subject.network) == flags
    assert grad_flags(pruned.network) == flags
    for _, module in [*subject.network.named_modules(), *pruned.network.named_modules()]:
        assert not module.training
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert not module._backward_hooks


def grad_flags(network):
    return {name: p.requires_grad for name, p in network.named_parameters()}


@pytest.mark.parametrize("key", every_demo())
@pytest.mark.parametrize("record", [r for r in CRITERIA if r.needs], ids=lambda r: r.key)
def test_a_crash_inside_the_network_leaves_no_hook_behind(demo, key, record, monkeypatch):
    subject = demo(key)
    layer = type(subject.network.get_submodule(subject.network.prunable[-1].rpartition(".")[0]))
    monkeypatch.setattr(layer, "forward", crash)
    with pytest.raises(ZeroDivisionError):
        explain.score(subject, plan_of(record))
    monkeypatch.undo()
    for _, module in subject.network.named_modules():
        assert not module._forward_hooks
    assert all(not p.requires_grad or p.grad is None for _, p in subject.network.named_parameters())


def crash(*_inputs):
    raise ZeroDivisionError


@pytest.mark.parametrize(("key", "record"), EVERY)
def test_the_slider_may_take_any_way_to_an_amount(demo, key, record):
    scores = explain.score(demo(key), plan_of(record))
    direct = explain.select(scores, plan_of(record, amount=0.6)).keep
    for amount in (0.9, 0.1, 0.61, 1.0, 0.0):
        explain.select(scores, plan_of(record, amount=amount))
    again = explain.select(scores, plan_of(record, amount=0.6)).keep
    assert all(torch.equal(direct[name], again[name]) for name in direct)


@pytest.mark.parametrize("key", every_demo())
def test_a_removed_unit_puts_out_zero_before_its_activation_function(demo, key):
    subject = demo(key)
    plan = PruningPlan(criterion="l2-norm", granularity="unit", amount=0.5)
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    for tensor in masks.scores.tensors:
        dead = ~masks.keep[tensor.name].flatten(1)[:, 0]
        outputs = outputs_of(pruned, tensor)
        assert not outputs.movedim(1 if outputs.dim() == 4 else -1, 0)[dead].any()


def outputs_of(subject, tensor):
    """Return what the layer's BatchNorm, or else the layer, puts out."""
    norms = [name.rpartition(".")[0] for name in tensor.companions]
    last = norms[-1] if norms else tensor.layer
    network, seen = subject.network.sharing_copy(), []
    network.get_submodule(last).register_forward_hook(lambda _m, _i, o: seen.append(o))
    with torch.no_grad():
        network(*subject.samples.take(np.arange(30)).inputs)
    return seen[0]


@pytest.mark.parametrize("key", every_demo())
def test_threads_that_share_a_subject_get_the_answers_of_one_alone(demo, key):
    subject = demo(key)
    scores = explain.score(subject, PruningPlan())
    inputs = subject.samples.take(np.arange(64)).inputs

    def answer(amount):
        masks = explain.select(scores, PruningPlan(amount=amount))
        with torch.no_grad():
            return explain.prune(subject, masks).network(*inputs)

    amounts = [0.2, 0.5, 0.8, 0.95]
    alone = [answer(amount) for amount in amounts]
    wrong = []

    def run(place):
        answers = [answer(amounts[place]) for _ in range(25)]
        wrong.extend(place for found in answers if not torch.equal(found, alone[place]))

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(amounts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("key", every_demo())
def test_overrides_and_protection_hold_and_do_not_count_in_the_amount(demo, key):
    subject = demo(key)
    first, second = (name.rpartition(".")[0] for name in subject.network.prunable[:2])
    plan = PruningPlan(amount=0.5, overrides=((first, 0.25),), protected=(second,))
    scores = explain.score(subject, plan)
    masks = explain.select(scores, plan)
    kept = {n: int(k.sum()) for n, k in masks.keep.items()}
    sizes = {t.name: t.entries for t in scores.tensors}
    rest = {n for n in sizes if n not in {f"{first}.weight", f"{second}.weight"}}
    pool = sum(sizes[n] for n in rest)
    assert kept[f"{second}.weight"] == sizes[f"{second}.weight"]
    own = sizes[f"{first}.weight"]
    assert kept[f"{first}.weight"] == own - round(0.25 * own)
    assert sum(kept[n] for n in rest) == pool - round(0.5 * pool)


@pytest.mark.parametrize("key", every_demo())
def test_a_name_that_is_no_layer_is_refused_with_the_nearest(demo, key):
    name = demo(key).network.prunable[0].rpartition(".")[0]
    plan = PruningPlan(protected=(name + "x",))
    with pytest.raises(explain.UnknownKey) as caught:
        explain.select(explain.score(demo(key), plan), plan)
    assert name in caught.value.hint


def test_tied_weights_are_masked_once_and_stay_tied():
    layer = torch.nn.Linear(6, 6)
    module = torch.nn.Sequential(layer, torch.nn.ReLU(), layer, torch.nn.ReLU(), layer)
    subject = explain.subject(module, torch.randn(4, 6), torch.arange(4))
    assert len(subject.network.prunable) == 1
    masks = explain.select(explain.score(subject, PruningPlan()), PruningPlan(amount=0.5))
    pruned = explain.prune(subject, masks)
    linears = [m for _, m in pruned.network.named_modules() if isinstance(m, torch.nn.Linear)]
    assert masks.total == 36
    assert len({id(m.weight) for m in linears}) == 1
    assert int((linears[0].weight == 0).sum()) == 18


def test_masks_of_one_subject_are_refused_by_another(demo):
    masks = explain.select(explain.score(demo("digits-mlp"), PruningPlan()), PruningPlan())
    with pytest.raises(explain.InvalidSubject):
        explain.prune(demo("heart-mlp"), masks)


def test_scores_of_another_criterion_are_refused(demo):
    scores = explain.score(demo("digits-mlp"), PruningPlan())
    for plan in (PruningPlan(criterion="lamp"), PruningPlan(scope="row")):
        with pytest.raises(explain.InvalidPlan, match="another criterion"):
            explain.select(scores, plan)


def test_a_threshold_for_scores_that_do_not_compare_is_refused(demo):
    subject = demo("digits-mlp")
    scores = explain.score(subject, PruningPlan(criterion="wanda"))
    with pytest.raises(explain.InvalidPlan, match="inside rows"):
        explain.select(scores, PruningPlan(criterion="wanda", threshold=0.5))


def test_the_textbook_threshold_zeroes_every_weight_below_it(demo):
    subject = demo("digits-mlp")
    plan = PruningPlan(threshold=0.1)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    for name in subject.network.prunable:
        weight = subject.network.get_parameter(name)
        wanted = torch.where(weight.abs() < 0.1, 0.0, weight)
        assert torch.equal(pruned.network.get_parameter(name), wanted)


def test_the_textbook_threshold_kills_every_neuron_that_stays_below_it(demo):
    subject = demo("digits-mlp")
    plan = PruningPlan(criterion="mean-activation", granularity="unit", threshold=0.5)
    scores = explain.score(subject, plan)
    masks = explain.select(scores, plan)
    for tensor in scores.tensors:
        values = tensor.values.numpy()
        assert np.array_equal(masks.keep[tensor.name].flatten(1)[:, 0].numpy(), values >= 0.5)
    assert 0 < masks.kept < masks.total
    assert math.isclose(masks.amount, 1 - masks.kept / masks.total)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("criterion", ["wanda", "wanda-global"])
def test_wanda_takes_its_norms_in_double_whatever_the_weights_are(criterion, kind):
    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Conv1d(3, 4, 2), torch.nn.Flatten(), torch.nn.Linear(20, 2)
    )
    rows = (torch.randn(8, 3, 6) * 400).to(kind)
    samples = explain.Samples(inputs=(rows,))
    subject = explain.subject(module.to(kind), samples, calibration=samples)
    scores = explain.score(subject, PruningPlan(criterion=criterion))
    weight = subject.network.get_parameter("0.weight").detach().double()
    windows = rows.double().unfold(2, 2, 1).square().sum((0, 2)).sqrt()
    found = scores.tensors[0].values
    assert found.dtype == (torch.float64 if kind == torch.float64 else torch.float32)
    assert torch.allclose(found.double(), weight.abs() * windows, rtol=1e-6)


def test_a_transposed_convolution_is_refused_for_what_it_is():
    module = torch.nn.Sequential(torch.nn.ConvTranspose1d(2, 3, 2), torch.nn.Flatten())
    rows = torch.randn(4, 2, 5)
    subject = explain.subject(module, rows, calibration=explain.Samples(inputs=(rows,)))
    with pytest.raises(explain.Refused, match="ConvTranspose1d") as caught:
        explain.score(subject, PruningPlan(criterion="wanda"))
    assert "time step" not in str(caught.value)


@pytest.mark.parametrize("groups", [1, 2])
def test_a_row_of_a_transposed_convolution_is_all_that_one_output_reads(groups):
    torch.manual_seed(0)
    layer = torch.nn.ConvTranspose1d(4, 6, 3, groups=groups)
    subject = explain.subject(torch.nn.Sequential(layer, torch.nn.Flatten()), torch.randn(4, 4, 5))
    plan = PruningPlan(scope="row", amount=0.5)
    keep = explain.select(explain.score(subject, plan), plan).keep["0.weight"]
    for output in layer(torch.rand(1, 4, 5))[0]:
        read = torch.autograd.grad(output.sum(), layer.weight, retain_graph=True)[0] != 0
        size = layer.weight.detach().abs()
        assert keep[read].sum() == 6 // groups
        assert size[read & ~keep].max() < size[read & keep].min()


def test_lamp_compares_globally_whatever_scope_is_asked_for(demo):
    subject = demo("digits-mlp")
    masks = [
        explain.select(explain.score(subject, plan), plan)
        for plan in (
            PruningPlan(criterion="lamp", amount=0.7, scope=scope)
            for scope in ("global", "layer", "row")
        )
    ]
    assert {found.plan.scope for found in masks} == {"global"}
    assert len({tuple(int(c.sum()) for c in found.pruned) for found in masks}) == 1
    alone = explain.select(
        explain.score(subject, PruningPlan()), PruningPlan(amount=0.7, scope="layer")
    )
    assert [int(c.sum()) for c in alone.pruned] != [int(c.sum()) for c in masks[0].pruned]
