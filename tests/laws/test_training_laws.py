"""Laws of training: zeros stay zero, frozen layers their bits, what came in stays as it was."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

import explain
from explain.core.decisions import sample_losses
from explain.core.errors import ExplainError, InvalidOption, NonFinite, Refused, UnknownKey
from explain.core.subject import Samples, Task
from explain.core.training import OPTIMISERS, TRAINING, Training
from explain.training import Trainee, fine_tune, learning_rows
from explain.training.copies import hidden_activations, in_training
from explain.training.losses import answer_losses, batch_loss
from explain.training.rows import apart, shuffled_batches

CLASSES = ("a", "b", "c")


class Small(nn.Module):
    """Convolution and BatchNorm, a layer that is used twice, an answer."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.twice, self.out = nn.Linear(36, 36), nn.Linear(36, 3)

    def forward(self, x):
        hidden = torch.relu(self.norm(self.conv(x))).flatten(1)
        for _ in range(2):
            hidden = torch.relu(self.twice(hidden[:, :36]))
        return self.out(hidden)


class ByHand(Small):
    """The same, its weights times masks."""

    def weights(self, keep):
        return {name: x * keep.get(name, 1) for name, x in self.named_parameters()}

    def answer(self, x, w):
        hidden = functional.conv2d(x, w["conv.weight"], w["conv.bias"], padding=1)
        hidden = torch.relu(self.norm(hidden)).flatten(1)
        for _ in range(2):
            hidden = torch.relu(functional.linear(hidden, w["twice.weight"], w["twice.bias"]))
        return functional.linear(hidden, w["out.weight"], w["out.bias"])


def rows(count=40, seed=0):
    random = torch.Generator().manual_seed(seed)
    inputs = torch.randn(count, 1, 3, 3, generator=random)
    return Samples(inputs=(inputs,), targets=(inputs.sum((1, 2, 3)) > 0).long() + 0)


@pytest.fixture(scope="module")
def small():
    torch.manual_seed(3)
    held_out = rows(30, seed=1)
    return explain.subject(Small(), held_out, classes=CLASSES, calibration=rows())


def pruned(subject, **plan):
    plan = explain.PruningPlan(**plan)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


def answers(subject):
    with torch.no_grad():
        return subject.network(*subject.calibration.inputs)


def tensors(subject):
    network = subject.network
    return {name: x.clone() for name, x in (*network.named_parameters(), *network.named_buffers())}


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


PLAN = explain.PruningPlan(amount=0.5)
PLANS = (
    {"criterion": "magnitude", "granularity": "weight"},
    {"criterion": "l2-norm", "granularity": "channel"},
    {"criterion": "l1-norm", "granularity": "row", "scope": "layer"},
)


@given(
    plan=st.sampled_from(PLANS),
    amount=st.floats(0, 1),
    optimiser=st.sampled_from(OPTIMISERS),
    penalty=st.sampled_from(({}, {"l1": 0.01}, {"l2": 0.1}, {"soft": 0.5})),
    batch=st.integers(2, 50),
)
def test_what_is_pruned_is_zero_after_every_step(small, plan, amount, optimiser, penalty, batch):
    copy = pruned(small, amount=amount, **plan)
    how = Training(epochs=2, batch=batch, rate=0.01, optimiser=optimiser, **penalty)
    trainee = Trainee(copy, how, dense=small)
    steps = []
    whole = trainee._step
    trainee._step = lambda rows: (whole(rows), steps.append(tensors(trainee.subject)))[0]
    trainee.epoch()
    before, dense = tensors(copy), tensors(small)
    for now in steps:
        for name, tensor in before.items():
            gone = (tensor == 0) & (dense[name] != 0)
            assert not now[name][gone].any(), name
    assert len(steps) == (1 if optimiser == "lbfgs" else -(-40 // batch))


def test_what_is_pruned_on_the_way_is_zero_from_then_on(small):
    """The optimiser remembers where it was going before."""
    trainee = Trainee(small, Training(epochs=4, rate=0.1, optimiser="sgd"), dense=small)
    for amount in (0.2, 0.5, 0.8):
        copy = pruned(trainee.subject, amount=amount)
        trainee.hold(copy)
        trainee.epoch()
        after = tensors(trainee.subject)
        for name in copy.network.prunable:
            assert not after[name][copy.network.get_parameter(name) == 0].any()


def test_a_unit_that_is_gone_says_nothing_again():
    """Its bias and its shift were 0 before, so that only its empty row tells that it is gone."""
    torch.manual_seed(0)
    module = nn.Sequential(
        *(nn.Linear(9, 6), nn.Tanh(), nn.Linear(6, 6, bias=False), nn.BatchNorm1d(6)),
        *(nn.Tanh(), nn.Linear(6, 3)),
    )
    nn.init.zeros_(module[0].bias)
    flat = Samples(inputs=(rows().inputs[0].flatten(1),), targets=rows().targets)
    dense = explain.subject(module, flat, classes=CLASSES, calibration=flat)
    copy = pruned(dense, criterion="l2-norm", granularity="neuron", scope="layer", amount=0.5)
    learnt = fine_tune(copy, Training(epochs=3, rate=0.05), dense=dense).subject.network
    for layer, said in (("0", ("0.bias",)), ("2", ("3.weight", "3.bias"))):
        gone = (copy.network.get_parameter(f"{layer}.weight") == 0).all(1)
        assert gone.sum() == 3
        for name in said:
            assert not learnt.get_parameter(name)[gone].any()
            assert learnt.get_parameter(name)[~gone].all()


def test_what_came_in_stays_and_what_is_frozen_keeps_every_bit(small):
    copy = pruned(small, amount=0.5)
    before, dense = tensors(copy), tensors(small)
    how = Training(epochs=2, rate=0.05, frozen=("conv", "norm"))
    after = tensors(fine_tune(copy, how, dense=small).subject)
    assert same(before, tensors(copy))
    assert same(dense, tensors(small))
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"twice.weight", "twice.bias", "out.weight", "out.bias"}


def test_the_same_training_gives_the_same_bits_whatever_ran_before(small):
    copy = pruned(small, amount=0.5)
    how = Training(epochs=2, rate=0.01, dropout=0.3, patience=5)
    first = fine_tune(copy, how, dense=small)
    torch.manual_seed(99)
    fine_tune(small, replace(how, seed=4))
    second = fine_tune(copy, how, dense=small)
    assert same(tensors(first.subject), tensors(second.subject))
    assert first.epochs == second.epochs
    other = fine_tune(copy, replace(how, seed=1), dense=small)
    assert not same(tensors(first.subject), tensors(other.subject))


def _by_hand(module, how, optimiser, keep):
    """Train the eager network in the lines that anybody would write, its weights times masks."""
    data, random = rows(), torch.Generator().manual_seed(how.seed)
    module.train()
    for epoch in range(how.epochs):
        for group in optimiser.param_groups if how.optimiser != "lbfgs" else ():
            group["lr"] = how.rate * (1 + np.cos(np.pi * epoch / how.epochs)) / 2
        order = torch.randperm(40, generator=random)
        for chosen in order.tensor_split(-(-40 // how.batch)):

            def closure(chosen=chosen):
                optimiser.zero_grad()
                masked = module.weights(keep)
                outputs = module.answer(data.inputs[0][chosen], masked)
                loss = functional.cross_entropy(outputs, data.targets[chosen])
                for weight in masked.values():
                    if weight.dim() > 1:
                        loss = loss + how.l1 * weight.abs().sum() + how.l2 / 2 * (weight**2).sum()
                loss.backward()
                return loss

            optimiser.step(closure)
    return {n: x * keep.get(n, 1) for n, x in module.train(mode=False).state_dict().items()}


@pytest.mark.parametrize(
    ("how", "make"),
    [
        (
            Training(epochs=3, batch=16, rate=0.01, l1=0.001),
            lambda weights: torch.optim.Adam(weights, lr=0.01, foreach=False),
        ),
        (
            Training(epochs=3, batch=40, rate=0.1, l2=0.01, optimiser="sgd"),
            lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9, foreach=False),
        ),
        (
            Training(epochs=1, batch=40, rate=0.1, optimiser="lbfgs"),
            lambda weights: torch.optim.LBFGS(weights, max_iter=20, line_search_fn="strong_wolfe"),
        ),
    ],
    ids=OPTIMISERS,
)
def test_a_lifted_network_learns_as_the_eager_one_does(small, how, make):
    """BatchNorm, a layer used twice, masks that no moment and no line search sees: as in torch."""
    torch.manual_seed(3)
    module = ByHand()
    masks = explain.select(explain.score(small, PLAN), PLAN)
    wanted = _by_hand(module, how, make(module.parameters()), masks.keep)
    found = tensors(fine_tune(explain.prune(small, masks), how, dense=small).subject)
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, wanted[name], rtol=1e-4, atol=1e-5)


def test_it_learns(small):
    for optimiser, rate in (("adam", 0.01), ("sgd", 0.05), ("lbfgs", 1.0)):
        losses = fine_tune(small, Training(epochs=8, optimiser=optimiser, rate=rate)).epochs
        assert losses[-1].loss < 0.8 * losses[0].loss


@given(soft=st.floats(0, 1), temperature=st.floats(0.5, 8))
def test_answers_are_followed_as_the_paper_says(soft, temperature):
    random = torch.Generator().manual_seed(1)
    ours, theirs = (torch.randn(5, 3, generator=random, dtype=torch.float64) for _ in range(2))
    classes = Task(kind="classification", classes=CLASSES)
    found = answer_losses(ours, theirs, classes, temperature)
    p, q = ((x / temperature).exp() for x in (theirs, ours))
    p, q = (x / x.sum(1, keepdim=True) for x in (p, q))
    torch.testing.assert_close(found, temperature**2 * (p * (p / q).log()).sum(1))
    labels = answer_losses(ours, theirs, Task(kind="multilabel", classes=CLASSES), temperature)
    p, q = (1 / (1 + (-x / temperature).exp()) for x in (theirs, ours))
    apart_by = p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()
    torch.testing.assert_close(labels, temperature**2 * apart_by.mean(1))
    one = answer_losses(ours[:, :1], theirs[:, 0], Task(kind="regression"), temperature)
    torch.testing.assert_close(one, (ours[:, 0] - theirs[:, 0]) ** 2)
    for kind in ("classification", "multilabel", "regression"):
        task = Task(kind=kind, classes=CLASSES if kind != "regression" else ())
        assert not answer_losses(theirs, theirs, task, temperature).any()
    labels, how = torch.tensor([0, 2, 1, 1, 0]), Training(soft=soft, temperature=temperature)
    both = batch_loss(ours, labels, theirs, classes, how)
    hard = functional.cross_entropy(ours, labels)
    torch.testing.assert_close(both, (1 - soft) * hard + soft * found.mean())


def test_a_copy_follows_the_dense_network_without_labels(demo):
    known = demo("heart-mlp")
    blind = replace(known, training=replace(known.training, targets=None))
    copy = pruned(blind, criterion="lamp", amount=0.95)
    how = Training(epochs=5, rate=0.01, soft=1.0)
    learnt = fine_tune(copy, how, dense=blind).subject
    before, after = ((answers(x) - answers(blind)).norm().item() for x in (copy, learnt))
    assert after < 0.8 * before
    assert json.loads(learnt.pruned_by.split("\n")[-1])["trained"]["soft"] == 1.0
    with pytest.raises(Refused, match="labels"):
        fine_tune(copy, replace(how, soft=0.5), dense=blind)


def test_rows_set_aside_are_learnt_from_by_nobody_and_say_when_to_stop(small):
    how = Training(epochs=60, rate=0.03, patience=2)
    kept, aside = apart(small.calibration, small.task, how)
    assert aside.count == 8
    assert kept.count == 32
    together = torch.cat([kept.inputs[0], aside.inputs[0]]).flatten(1)
    assert len(together.unique(dim=0)) == 40
    together = torch.cat([kept.inputs[0], aside.inputs[0]]).flatten(1)
    assert len(together.unique(dim=0)) == 40
    for kind in (0, 1):
        assert abs((aside.targets == kind).sum() - (kept.targets == kind).sum() / 4) <= 1
    found = fine_tune(small, how)
    losses = [epoch.aside for epoch in found.epochs]
    assert len(losses) < 60
    assert len(losses) == found.best + 2
    network = found.subject.network
    best = sample_losses(network(*aside.inputs), aside.targets, small.task).mean()
    assert best.item() == pytest.approx(min(losses), rel=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_every_class_has_its_share_of_the_rows_set_aside(small, seed):
    kept, aside = apart(small.calibration, small.task, Training(patience=1, seed=seed))
    for kind in (0, 1):
        assert abs((aside.targets == kind).sum() - (kept.targets == kind).sum() / 4) <= 1


def test_a_start_that_nothing_betters_is_kept(small):
    worse = Training(epochs=3, rate=0.5, l2=1.0, optimiser="sgd", patience=2)
    learnt = fine_tune(fine_tune(small, Training(epochs=20, rate=0.02)).subject, worse, dense=small)
    assert learnt.best == 0
    assert len(learnt.epochs) == 2


def test_batches_cover_the_rows_once_and_none_is_a_lone_row():
    data = replace(rows(33), ids=tuple(map(str, range(33))))
    parts = list(shuffled_batches(data, Training(batch=32), torch.Generator().manual_seed(0)))
    assert [part.count for part in parts] == [17, 16]
    assert sorted(int(i) for part in parts for i in part.ids) == list(range(33))


def test_dropout_drops_hidden_activations_only_while_it_learns(small):
    inputs = small.samples.inputs
    learnt = fine_tune(small, Training(epochs=1, dropout=0.5)).subject
    assert torch.equal(learnt.network(*inputs), learnt.network(*inputs))
    network, random = small.network.sharing_copy(), torch.Generator().manual_seed(0)
    plain_values = dict(network.walk(*inputs))
    names = hidden_activations(network)
    assert len(names) == 3
    with in_training(network, ("norm",), 0.25, random):
        dropped = next(value for name, value in network.walk(*inputs) if name == names[0])
    shown = plain_values[names[0]]
    ratio = (dropped / shown)[shown != 0]
    left = ratio[ratio != 0]
    torch.testing.assert_close(left, torch.full_like(left, 1 / 0.75))
    assert 0.15 < (ratio == 0).float().mean() < 0.35
    assert not any(module._forward_hooks for _, module in learnt.network.named_modules())
    plain = fine_tune(small, Training(epochs=1)).subject
    assert not same(tensors(plain), tensors(learnt))


def test_demos_learn_from_rows_that_nothing_is_measured_on(demo):
    for key in ("digits-mlp", "heart-mlp"):
        subject = demo(key)
        learnt = {tuple(row) for row in learning_rows(subject).inputs[0].flatten(1).tolist()}
        measured = {tuple(row) for row in subject.samples.inputs[0].flatten(1).tolist()}
        assert len(learnt & measured) <= 0.01 * len(measured)
        assert learning_rows(subject).count > subject.calibration.count


@pytest.mark.parametrize("key", ["digits-cnn", "heart-mlp", "sms-transformer"])
def test_demos_win_back_what_pruning_lost(demo, key):
    dense = demo(key)
    dense = replace(dense, training=learning_rows(dense).take(np.arange(256)))
    copy = pruned(dense, criterion="lamp", amount=0.9)
    how = Training(epochs=3, rate=3e-3)
    shown, targets = dense.training.inputs, dense.training.targets
    losses = [
        sample_losses(x.network(*shown), targets, x.task).mean().item()
        for x in (copy, fine_tune(copy, how, dense=dense).subject)
    ]
    assert losses[1] < losses[0]


HOSTILE = (
    {"epochs": 0},
    {"epochs": 1e9},
    {"epochs": True},
    {"batch": 1},
    {"rate": float("nan")},
    {"rate": "1"},
    {"rate": 10**400},
    {"l1": -1},
    {"optimiser": "adamw"},
    {"optimiser": ["adam"]},
    {"optimiser": "lbfgs", "dropout": 0.5},
    {"frozen": "conv"},
    {"frozen": [1]},
    {"frozen": {"conv": 1}},
    {"soft": 1.5},
    {"temperature": 0},
    {"epoch": 3},
)


@pytest.mark.parametrize("fields", HOSTILE, ids=str)
def test_hostile_fields_are_refused_in_words(fields):
    with pytest.raises(InvalidOption) as caught:
        Training.from_mapping(fields)
    assert caught.value.hint


@given(
    st.fixed_dictionaries(
        {},
        optional={
            p.key: st.integers(int(p.low) if p.low >= 1 else 1, min(int(p.high), 90))
            for p in TRAINING
            if p.whole
        }
        | {"frozen": st.lists(st.text(max_size=5), max_size=3)},
    )
)
def test_json_and_back(fields):
    how = Training.from_mapping(fields)
    assert Training.from_mapping(json.loads(how.to_json())) == how


def test_what_cannot_be_trained_says_so(small):
    with pytest.raises(Refused):
        fine_tune(replace(small, calibration=None))
    with pytest.raises(UnknownKey):
        fine_tune(small, Training(frozen=("no",)))
    with pytest.raises(NonFinite):
        fine_tune(small, Training(rate=10.0, optimiser="sgd", epochs=50))
    with pytest.raises(ExplainError, match="stop"):
        fine_tune(small, progress=_stop)


def _stop(_share):
    raise ExplainError("stop", hint="stopped")
