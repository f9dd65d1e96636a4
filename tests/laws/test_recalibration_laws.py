"""Laws of BatchNorm recalibration, on every demo that has BatchNorm and on small networks."""

import json
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain import PruningPlan
from explain.network import Lifted
from explain.pruning import collapsed, recalibrate, recalibration_refusal
from models.catalog import KEYS
from tests.demos import every_demo

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
NORMED = ("digits-cnn", "retina-cnn")
FEW = np.arange(64)


@pytest.fixture(params=NORMED)
def dense(demo, request):
    return demo(request.param)


def pruned_at(subject, amount, **fields):
    plan = PruningPlan(amount=amount, **fields)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


def norms_of(subject):
    return {n: m for n, m in subject.network.named_modules() if isinstance(m, NORMS)}


def state_of(network):
    tensors = [*network.named_parameters(), *network.named_buffers()]
    return {name: tensor.detach().clone() for name, tensor in tensors}


def inputs_of(subject, rows):
    """Return what every BatchNorm gets for these calibration rows."""
    network, seen = subject.network.sharing_copy(), {}
    for name in norms_of(subject):
        network.get_submodule(name).register_forward_pre_hook(
            lambda _m, inputs, name=name: seen.update({name: inputs[0].double()})
        )
    with torch.no_grad():
        network(*subject.calibration.take(rows).inputs)
    return seen


def small(module, rows=40, shape=(2, 6, 6), seed=0, **fields):
    generator = torch.Generator().manual_seed(seed)
    shown = torch.randn(rows, *shape, generator=generator) * 3 + 1
    targets = torch.arange(rows) % 3
    return explain.subject(module, shown, targets, calibration=(shown, targets), **fields)


def conv_net():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(2, 5, 3),
        nn.BatchNorm2d(5),
        nn.ReLU(),
        nn.Conv2d(5, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 6),
        nn.BatchNorm1d(6),
        nn.ReLU(),
        nn.Linear(6, 3),
    )


@pytest.mark.parametrize("key", every_demo())
def test_the_demos_with_batch_norm_are_these(demo, key):
    assert bool(norms_of(demo(key))) == (key in NORMED)


@pytest.mark.parametrize("amount", [0.0, 0.5, 0.9])
def test_every_statistic_is_that_of_what_reaches_the_norm_now(dense, amount):
    rows = np.arange(0, dense.calibration.count, 5)
    fixed = recalibrate(pruned_at(dense, amount), rows=rows)
    for name, values in inputs_of(fixed, rows).items():
        channels = values.transpose(0, 1).flatten(1)
        module = norms_of(fixed)[name]
        assert torch.allclose(module.running_mean.double(), channels.mean(1), atol=1e-6)
        assert torch.allclose(module.running_var.double(), channels.var(1), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("rows", [2, 64, 65, 66, 129])
def test_a_last_batch_of_a_single_row_counts_like_any_other_in_float64(in_double, rows):
    fixed = recalibrate(in_double(small(conv_net(), rows=rows)))
    for name, values in inputs_of(fixed, np.arange(rows)).items():
        channels = values.transpose(0, 1).flatten(1)
        module = norms_of(fixed)[name]
        torch.testing.assert_close(module.running_mean, channels.mean(1), rtol=0, atol=1e-12)
        torch.testing.assert_close(module.running_var, channels.var(1), rtol=1e-10, atol=1e-12)


def test_the_statistics_are_those_that_torch_takes_one_norm_after_the_other():
    module = conv_net().eval()
    subject = small(module)
    fixed = norms_of(recalibrate(subject)).values()
    parts = [part for part in module.modules() if isinstance(part, NORMS)]
    for part in parts:
        part.momentum = 1.0
        with torch.no_grad():
            part.train()
            module(subject.calibration.inputs[0])
            part.eval()
    for ours, theirs in zip(fixed, parts, strict=True):
        assert torch.allclose(ours.running_mean, theirs.running_mean, atol=1e-5)
        assert torch.allclose(ours.running_var, theirs.running_var, rtol=1e-5)


def test_doing_it_twice_changes_nothing_more(dense):
    once = recalibrate(pruned_at(dense, 0.6), rows=FEW)
    twice = recalibrate(once, rows=FEW)
    before, after = state_of(once.network), state_of(twice.network)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_order_of_the_rows_does_not_matter(dense):
    pruned = pruned_at(dense, 0.5)
    there, back = (norms_of(recalibrate(pruned, rows=r)) for r in (FEW, FEW[::-1].copy()))
    for name, module in there.items():
        assert torch.allclose(module.running_mean, back[name].running_mean, atol=1e-5)
        assert torch.allclose(module.running_var, back[name].running_var, rtol=1e-4)


def test_no_label_is_looked_at(dense):
    pruned = pruned_at(dense, 0.5)
    blind = replace(pruned, calibration=replace(pruned.calibration, targets=None))
    before, after = (state_of(recalibrate(s, rows=FEW).network) for s in (pruned, blind))
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_subject_is_not_touched_and_everything_else_is_shared(dense):
    pruned = pruned_at(dense, 0.5)
    before = state_of(pruned.network)
    fixed = recalibrate(pruned, rows=FEW)
    after, new = state_of(pruned.network), dict(fixed.network.named_buffers())
    assert all(torch.equal(before[name], after[name]) for name in before)
    statistics = {
        f"{n}.{kind}" for n in norms_of(dense) for kind in ("running_mean", "running_var")
    }
    assert {name for name in new if not torch.equal(new[name], before[name])} <= statistics
    for name, tensor in pruned.network.named_parameters():
        assert fixed.network.get_parameter(name).data_ptr() == tensor.data_ptr()
    for network in (pruned.network, fixed.network):
        for _, module in network.named_modules():
            assert not module.training
            assert not module._forward_pre_hooks


def test_a_removed_unit_stays_exactly_silent(dense):
    plan = PruningPlan(criterion="l2-norm", granularity="unit", amount=0.5)
    masks = explain.select(explain.score(dense, plan), plan)
    fixed = recalibrate(explain.prune(dense, masks), rows=FEW)
    checked = 0
    for tensor in masks.scores.tensors:
        norm = next((n.rpartition(".")[0] for n in tensor.companions if "norm" in n), None)
        if norm is None:
            continue
        network, seen = fixed.network.sharing_copy(), []
        network.get_submodule(norm).register_forward_hook(lambda _m, _i, o, s=seen: s.append(o))
        with torch.no_grad():
            network(*fixed.samples.take(np.arange(20)).inputs)
        gone = ~masks.keep[tensor.name].flatten(1)[:, 0]
        checked += int(gone.sum())
        assert not seen[0].transpose(0, 1)[gone].any()
        assert torch.isfinite(seen[0]).all()
    assert checked


def test_it_brings_a_collapsed_network_back(dense):
    pruned = pruned_at(dense, 0.5)
    whole, before, after = (
        explain.evaluate(s).metric for s in (dense, pruned, recalibrate(pruned))
    )
    assert before < whole - 0.2
    assert after > whole - 0.03


def margins(outputs):
    """Return by how much the largest output of each row leads."""
    ranked = np.sort(outputs, axis=1)
    return ranked[:, -1] - ranked[:, -2]


def test_a_network_that_is_whole_keeps_its_answers_but_for_close_calls(dense):
    before, after = explain.evaluate(dense), explain.evaluate(recalibrate(dense))
    changed = before.decisions != after.decisions
    lead = margins(before.outputs)
    assert abs(before.metric - after.metric) <= 0.02
    assert changed.sum() <= {"digits-cnn": 0, "retina-cnn": 10}[dense.key]
    assert (lead[changed] < np.median(lead) / 4).all()


def test_the_history_gains_one_line_that_says_how_many_rows(dense):
    pruned = pruned_at(dense, 0.5)
    plan, repair = recalibrate(pruned, rows=np.arange(30)).pruned_by.splitlines()
    assert PruningPlan.from_json(plan).amount == 0.5
    assert json.loads(repair) == {"recalibrated": 30}
    assert recalibrate(dense, rows=np.arange(30)).pruned_by == repair


def test_masks_of_the_network_before_are_refused_and_new_ones_serve(dense):
    fixed = recalibrate(pruned_at(dense, 0.5), rows=FEW)
    plan = PruningPlan(amount=0.7)
    with pytest.raises(explain.InvalidSubject):
        explain.prune(fixed, explain.select(explain.score(dense, plan), plan))
    further = pruned_at(fixed, 0.7)
    assert len(further.pruned_by.splitlines()) == 3
    assert all(
        torch.equal(module.running_var, norms_of(further)[name].running_var)
        for name, module in norms_of(fixed).items()
    )


@pytest.mark.parametrize("key", [key for key in KEYS if key not in NORMED])
def test_a_network_without_batch_norm_is_refused_in_words(demo, key):
    with pytest.raises(explain.Refused, match="no BatchNorm"):
        recalibrate(demo(key))


def test_without_calibration_samples_it_is_refused_in_words(dense):
    with pytest.raises(explain.Refused, match="no calibration samples"):
        recalibrate(replace(dense, calibration=None))


def used_twice():
    norm = nn.BatchNorm2d(2)
    parts = (norm, nn.Conv2d(2, 2, 3), norm, nn.Flatten(), nn.Linear(32, 3))
    return small(nn.Sequential(*parts))


def test_each_use_of_a_norm_gets_statistics_of_its_own():
    rows = np.arange(40)
    fixed = recalibrate(used_twice(), rows=rows)
    first, second = norms_of(fixed).values()
    assert not torch.allclose(first.running_mean, second.running_mean)
    for name, values in inputs_of(fixed, rows).items():
        means = values.transpose(0, 1).flatten(1).mean(1)
        assert torch.allclose(norms_of(fixed)[name].running_mean.double(), means, atol=1e-6)


def test_a_single_norm_that_several_steps_run_is_refused_in_words():
    subject = used_twice()
    one, other = norms_of(subject)
    steps = [
        replace(step, module=one) if step.module == other else step
        for step in subject.network.steps
    ]
    modules = {
        name: module for name, module in subject.network.named_modules() if name and name != other
    }
    tied = replace(subject, network=Lifted(modules=modules, tensors={}, steps=steps))
    with pytest.raises(explain.Refused, match="more than once"):
        recalibrate(tied)


def test_one_value_per_channel_has_no_spread():
    module = nn.Sequential(nn.Flatten(), nn.Linear(72, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    with pytest.raises(explain.Refused, match="one value"):
        recalibrate(small(module), rows=np.array([5]))


@pytest.mark.parametrize("rows", [[], [-1], [40]])
def test_rows_that_are_not_there_are_refused(rows):
    with pytest.raises(explain.InvalidSubject, match="no rows"):
        recalibrate(small(conv_net()), rows=np.array(rows, np.int64))


def test_a_channel_that_never_changes_says_its_shift():
    subject = small(conv_net())
    weight = subject.network.get_parameter("0.weight").detach().clone()
    weight[2] = 0
    silent = replace(subject, network=subject.network.with_parameters({"0.weight": weight}))
    fixed = recalibrate(silent)
    values = inputs_of(fixed, np.arange(9))["1"].float()
    module = norms_of(fixed)["1"]
    with torch.no_grad():
        assert torch.allclose(module(values)[:, 2], module.bias[2], atol=1e-4)


def test_a_crash_inside_the_network_leaves_no_hook_behind(dense, monkeypatch):
    def crash(*_inputs):
        raise ZeroDivisionError

    monkeypatch.setattr(nn.Linear, "forward", crash)
    before = state_of(dense.network)
    with pytest.raises(ZeroDivisionError):
        recalibrate(dense)
    monkeypatch.undo()
    after = state_of(dense.network)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not any(module._forward_pre_hooks for _, module in dense.network.named_modules())


def test_four_threads_get_the_statistics_of_one(demo):
    copies = [pruned_at(demo("digits-cnn"), amount) for amount in (0.2, 0.4, 0.6, 0.8)]
    rows = np.arange(60)
    alone = [state_of(recalibrate(copy, rows=rows).network) for copy in copies]
    wrong = []

    def run(place):
        for _ in range(5):
            found = state_of(recalibrate(copies[place], rows=rows).network)
            same = all(torch.equal(found[name], alone[place][name]) for name in found)
            wrong.extend([] if same else [place])

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(copies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_it_is_offered_where_it_can_help(demo):
    assert collapsed(demo("digits-cnn"), 0.99, 0.75)
    assert collapsed(demo("digits-cnn"), 0.99, float("nan"))
    assert not collapsed(demo("digits-cnn"), 0.99, 0.98)
    assert recalibration_refusal(demo("digits-cnn")) is None
