"""Laws of the least-squares repair: against a literal one, and on the demos."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain import PruningPlan
from explain.core.messages import say
from explain.network import users_of
from explain.network.steps import references
from explain.pruning import repair, unrepaired
from models.catalog import KEYS

RIDGE = 0.01
FEW = np.arange(64)


def pruned_at(subject, amount, **fields):
    plan = PruningPlan(amount=amount, **fields)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


def state_of(network):
    tensors = [*network.named_parameters(), *network.named_buffers()]
    return {name: tensor.detach().clone() for name, tensor in tensors}


def small(module, shape, rows=20):
    generator = torch.Generator().manual_seed(0)
    shown = torch.randn(rows, *shape, generator=generator)
    targets = torch.arange(rows) % 3
    return explain.subject(module, shown, targets, calibration=(shown, targets))


def columns(layer, x):
    """Return for each number of weight and bias what it adds to the outputs, had it the value 1."""
    found, alone = [], copy.deepcopy(layer)
    for own in alone.parameters():
        own.data.zero_()
    for own in alone.parameters():
        for place in range(own.numel()):
            own.data.view(-1)[place] = 1
            found.append(alone(x).detach())
            own.data.view(-1)[place] = 0
    return torch.stack(found)


def refit(layer, seen, wanted):
    """Refit a layer by one plain least-squares problem over all its weights, ridge and all."""
    own = torch.cat([p.detach().flatten() for p in layer.parameters()])
    design = torch.cat([columns(layer, x).flatten(1) for x in seen], 1)
    lacking = torch.cat(
        [(y - layer(x)).detach().flatten() for x, y in zip(seen, wanted, strict=True)]
    )
    axis = 1 - layer.weight.dim()
    by_unit = columns(layer, seen[0]).movedim(axis, 1).flatten(2).abs().sum(2)
    unit, squares = by_unit.argmax(1), design.square().sum(1)
    means = torch.stack([squares[unit == n].mean() for n in range(by_unit.shape[1])])
    levels = means.view(getattr(layer, "groups", 1), -1).mean(1, keepdim=True)
    level = (RIDGE * levels.expand(-1, len(means) // len(levels)).flatten())[unit]
    free = own != 0
    held = torch.cat([design[free].T, torch.diag(level[free].sqrt())])
    goal = torch.cat([lacking, lacking.new_zeros(int(free.sum()))])
    own[free] += torch.linalg.lstsq(held, goal[:, None]).solution[:, 0]
    torch.nn.utils.vector_to_parameters(own, layer.parameters())


LAYERS = {
    "convolutions": (
        (4, 7, 6),
        nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), groups=2),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Conv2d(6, 6, (2, 3), padding="same", dilation=(1, 2), groups=6, bias=False),
        nn.Tanh(),
        nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=(1, 0), groups=2),
        nn.Flatten(),
        nn.Linear(288, 3),
    ),
    "a signal": (
        (2, 9),
        nn.Conv1d(2, 4, 3, padding="valid", dilation=2),
        nn.Sigmoid(),
        nn.ConvTranspose1d(4, 3, 4, dilation=2, bias=False),
        nn.Flatten(),
        nn.Linear(33, 3, bias=False),
    ),
    "a volume": ((1, 3, 3, 3), nn.Conv3d(1, 3, 2), nn.GELU(), nn.Flatten(), nn.Linear(24, 3)),
    "tokens": (
        (5, 4),
        nn.Linear(4, 6),
        nn.LayerNorm(6),
        nn.Linear(6, 3),
        nn.Flatten(),
        nn.Linear(15, 3),
    ),
}


@pytest.mark.filterwarnings("ignore:Using padding")
@pytest.mark.parametrize("kind", LAYERS)
def test_it_is_the_least_squares_problem_of_each_layer_on_repaired_inputs(in_double, kind):
    shape, *parts = LAYERS[kind]
    torch.manual_seed(1)
    dense = in_double(small(nn.Sequential(*copy.deepcopy(parts)), shape))
    pruned = pruned_at(dense, 0.4)
    found = repair(pruned, dense, ridge=RIDGE)
    before, own = (nn.Sequential(*copy.deepcopy(parts)).double().eval() for _ in range(2))
    for module, subject in ((before, dense), (own, pruned)):
        for name, weight in module.named_parameters():
            weight.data = subject.network.get_parameter(name).data.clone()
    x = y = dense.calibration.inputs[0]
    with torch.no_grad():
        for one, other in zip(before, own, strict=True):
            y = one(y)
            if isinstance(other, nn.Linear | nn.modules.conv._ConvNd):
                refit(other, [x], [y])
            x = other(x)
    wanted = dict(own.named_parameters())
    for name, tensor in found.network.named_parameters():
        torch.testing.assert_close(tensor, wanted[name], rtol=1e-9, atol=1e-10)


def read_and_put_out(network, inputs):
    """Return for each layer that multiplies what it reads and puts out, use by use."""
    values = network.record(*inputs)
    return [
        (step, values[references(step.arguments)[0].name], values[step.name])
        for step in network.steps
        if step.module is not None and hasattr(network.get_submodule(step.module), "weight")
    ]


WAYS = {
    "digits-cnn": {"criterion": "l2-norm", "granularity": "unit"},
    "heart-mlp": {"criterion": "random", "scope": "layer"},
    "sms-transformer": {"criterion": "magnitude"},
}
"""The way of pruning that is tried by default on each."""


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        pytest.param(
            key,
            way,
            id=f"{key}-{way['criterion']}",
            marks=() if WAYS.get(key) is way else pytest.mark.slow,
        )
        for key in KEYS
        for way in WAYS.values()
    ],
)
def test_zeros_stay_nothing_else_is_touched_and_no_unit_errs_more(demo, key, fields):
    dense = demo(key)
    pruned = pruned_at(dense, 0.7, **fields)
    before = state_of(pruned.network)
    found = repair(pruned, dense, rows=FEW)
    after = state_of(found.network)
    assert all(torch.equal(tensor, before[n]) for n, tensor in state_of(pruned.network).items())
    assert all(
        not after[name][tensor == 0].any() for name, tensor in before.items() if "weight" in name
    )
    refit = {
        f"{n.rpartition('.')[0]}.{kind}"
        for n in dense.network.prunable
        for kind in ("weight", "bias")
    }
    assert {n for n in after if not torch.equal(after[n], before[n])} <= refit
    assert any(not torch.equal(after[n], before[n]) for n in refit & after.keys())
    rows = dense.calibration.take(FEW).inputs
    with torch.no_grad():
        whole, own = (read_and_put_out(one.network, rows) for one in (dense, found))
        for (step, _, wanted), (_, seen, given) in zip(whole, own, strict=True):
            layer = pruned.network.get_submodule(step.module)
            axis = -1 if isinstance(layer, nn.Linear) else 1
            if f"{step.module}.weight" in refit:
                was, now = (
                    (y - wanted).double().movedim(axis, 0).flatten(1).square().sum(1)
                    for y in (layer(seen), given)
                )
                silent = before[f"{step.module}.weight"].flatten(1).eq(0).all(1)
                assert torch.all(now <= was * (1 + 1e-5) + 1e-9)
                assert torch.all(now[~silent] < was[~silent] * (1 - 1e-6) + 1e-9)
    again = state_of(repair(pruned, dense, rows=FEW).network)
    assert all(torch.equal(again[name], after[name]) for name in after)


@pytest.mark.parametrize("key", ["digits-cnn", "sms-transformer"])
def test_where_nothing_was_removed_nothing_changes(demo, key):
    dense = demo(key)
    found = repair(pruned_at(dense, 0.0), dense, rows=FEW)
    for name, tensor in dense.network.named_parameters():
        assert found.network.get_parameter(name).data_ptr() == tensor.data_ptr()


def test_a_removed_unit_stays_exactly_silent(demo):
    dense = demo("digits-cnn")
    pruned = pruned_at(dense, 0.5, criterion="l2-norm", granularity="unit")
    found = repair(pruned, dense, rows=FEW)
    with torch.no_grad():
        was, now = (one.network.record(*dense.samples.take(FEW).inputs) for one in (pruned, found))
    checked = 0
    for step in found.network.steps:
        if step.module is not None and "norm" in step.module:
            silent = was[step.name].transpose(0, 1).flatten(1).eq(0).all(1)
            checked += int(silent.sum())
            assert not now[step.name][:, silent].any()
    assert checked


@pytest.mark.parametrize(
    ("key", "amount", "least", "flips"),
    [
        ("digits-cnn", 0.8, 0.96, 0.05),
        ("digits-cnn", 0.9, 0.78, 0.25),
        pytest.param("retina-cnn", 0.9, 0.91, 0.05, marks=pytest.mark.slow),
        pytest.param("retina-cnn", 0.95, 0.90, 0.05, marks=pytest.mark.slow),
    ],
)
def test_it_brings_a_collapsed_network_back_without_labels(demo, key, amount, least, flips):
    dense = demo(key)
    pruned = pruned_at(dense, amount)
    blind = replace(pruned, calibration=replace(pruned.calibration, targets=None))
    found = repair(blind, dense)
    assert explain.evaluate(pruned).metric <= 0.5
    assert explain.evaluate(found).metric >= least
    assert len(explain.flips(dense, found).changed) <= flips * dense.samples.count
    assert json.loads(found.pruned_by.splitlines()[-1]) == {"repaired": 512, "ridge": 0.001}


class Twice(nn.Module):
    """One layer that runs twice, the second time on what became of the first."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)
        self.last = nn.Linear(4, 3)

    def forward(self, x):
        return self.last(torch.tanh(self.inner(torch.relu(self.inner(x)))))


def test_a_weight_used_twice_is_fitted_to_both_uses_at_once(in_double):
    torch.manual_seed(0)
    dense = in_double(small(Twice(), (4,)))
    pruned = pruned_at(dense, 0.4)
    names = users_of(dense.network, dense.network.prunable[0])
    rows = dense.calibration.inputs
    with torch.no_grad():
        whole, own = (read_and_put_out(one.network, rows) for one in (dense, pruned))
        layer = copy.deepcopy(pruned.network.get_submodule(names[0]))
        places = [at for at, (step, _, _) in enumerate(whole) if step.module in names]
        assert len(places) == 2
        refit(layer, [own[at][1] for at in places], [whole[at][2] for at in places])
    found = repair(pruned, dense, ridge=RIDGE).network
    for name in names:
        module = found.get_submodule(name)
        torch.testing.assert_close(module.weight, layer.weight, rtol=1e-9, atol=1e-10)
        torch.testing.assert_close(module.bias, layer.bias, rtol=1e-9, atol=1e-10)


class Mixed(nn.Module):
    """A recurrent layer, an embedding whose weight multiplies the answer, a weight read twice."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(7, 4)
        self.over_time = nn.GRU(4, 4, batch_first=True)
        self.between = nn.Linear(4, 4)
        self.read = nn.Linear(4, 4)
        self.answer = nn.Linear(4, 7, bias=False)
        self.answer.weight = self.words.weight

    def forward(self, x):
        x = self.between(self.over_time(self.words(x))[0])[:, -1]
        return self.answer(self.read(x) * self.read.weight.sum())


def test_what_is_not_refit_stays_and_is_said():
    shown, targets = torch.arange(60).reshape(20, 3) % 7, torch.arange(20) % 7
    dense = explain.subject(Mixed(), shown, targets, calibration=(shown, targets))
    left = unrepaired(dense)
    assert [str(left[name]) for name in ("over_time", "read", "answer")] == [
        say("pruning.unrepaired", why="recurrent", layer="over_time"),
        say("pruning.unrepaired", why="shared", layer="read"),
        say("pruning.unrepaired", why="shared", layer="answer"),
    ]
    pruned = pruned_at(dense, 0.5)
    before, after = (state_of(s.network) for s in (pruned, repair(pruned, dense)))
    changed = {name for name in after if not torch.equal(before[name], after[name])}
    assert changed == {"between.weight", "between.bias"}


def test_it_refuses_in_words(demo):
    dense = demo("digits-mlp")
    pruned = pruned_at(dense, 0.5)
    with pytest.raises(explain.Refused, match=say("pruning.nothing_to_refit_on")):
        repair(replace(pruned, calibration=None), dense)
    with pytest.raises(explain.InvalidSubject, match="not made from"):
        repair(dense, pruned)
    with pytest.raises(explain.InvalidSubject, match="not made from"):
        repair(pruned, demo("heart-mlp"))
    with pytest.raises(explain.InvalidOption, match="between"):
        repair(pruned, dense, ridge=0.0)
    with pytest.raises(explain.InvalidSubject, match="no rows"):
        repair(pruned, dense, rows=np.array([], np.int64))
