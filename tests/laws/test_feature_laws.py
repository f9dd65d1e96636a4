"""Laws of feature maps, on every layer of every demo and on small networks."""

import math
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain import PruningPlan
from explain.core.errors import InvalidOption
from explain.features import (
    arithmetic,
    dead_channels,
    effective_field,
    evolution,
    feature_maps,
    kernels,
    mappable_layers,
    receptive_field,
    top_samples,
)
from tests.demos import RELATIVES, of_each_kind

EVERY = pytest.mark.parametrize("key", of_each_kind())


def pruned_at(subject, amount, **fields):
    plan = PruningPlan(amount=amount, **fields)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


def state_of(network):
    tensors = [*network.named_parameters(), *network.named_buffers()]
    return {name: tensor.detach().clone() for name, tensor in tensors}


def hooks_of(network):
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    return [h for _, module in network.named_modules() for k in kinds for h in getattr(module, k)]


def smooth_cnn():
    """Two convolutions with tanh, in float64, so that finite differences are sharp."""
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.Tanh(),
        nn.Conv2d(4, 3, 3),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(48, 3),
    ).double()
    shown = torch.randn(12, 1, 6, 6, dtype=torch.float64)
    return explain.subject(module, shown, torch.arange(12) % 3, calibration=(shown, None))


class Tokens(nn.Module):
    """Word vectors, a layer on each token, the mean, an answer; optionally tokens first."""

    def __init__(self, *, tokens_first):
        super().__init__()
        self.embed = nn.Embedding(10, 4)
        self.each = nn.Linear(4, 5)
        self.relu = nn.ReLU()
        self.answer = nn.Linear(5, 2)
        self.axis = 0 if tokens_first else 1

    def forward(self, ids):
        x = self.embed(ids)
        x = x.transpose(0, 1) if self.axis == 0 else x
        return self.answer(self.relu(self.each(x)).mean(self.axis))


def text_subject(*, tokens_first=False):
    torch.manual_seed(0)
    ids = torch.randint(0, 10, (9, 7))
    return explain.subject(Tokens(tokens_first=tokens_first), ids, torch.arange(9) % 2)


@EVERY
def test_every_layer_answers_in_the_shape_of_its_kind(demo, key):
    subject = demo(key)
    outputs = {info.name: info.output_shape for info in subject.network.layers}
    assert mappable_layers(subject)
    for layer in mappable_layers(subject):
        found = feature_maps(subject, layer, 3)
        units = len(subject.network.get_parameter(f"{layer}.weight"))
        assert found.maps.ndim == {"units": 1, "tokens": 2, "maps": 3}[found.kind]
        assert sorted(found.maps.shape) == sorted(outputs[layer])
        assert found.maps.shape[0] == units
        assert found.relevance.shape == found.order.shape == found.dead.shape == (units,)
        assert found.maps.dtype == np.float32
        assert np.isfinite(found.maps).all()
        assert np.isfinite(found.relevance).all()


@EVERY
def test_channels_stand_in_the_order_of_their_relevance(demo, key):
    subject = demo(key)
    for layer in mappable_layers(subject):
        found = feature_maps(subject, layer, 5)
        assert sorted(found.order) == list(range(len(found.order)))
        assert (np.diff(np.abs(found.relevance[found.order])) <= 0).all()


@EVERY
def test_heat_and_relevance_add_up_to_the_same_sum(demo, key):
    subject = demo(key)
    for layer in mappable_layers(subject):
        found = feature_maps(subject, layer, 2)
        if found.heat is None:
            assert found.localisation == ()
        else:
            assert found.heat.shape == found.maps.shape[1:]
            assert found.heat.sum() == pytest.approx(found.relevance.sum(), abs=1e-9)
            assert {m.key for m in found.localisation} >= {"a80", "hoyer", "gini"}


@EVERY
def test_before_a_linear_head_relevance_adds_up_to_the_output_without_its_bias(demo, key):
    subject = demo(key)
    last = subject.network.steps[-2].module
    before = mappable_layers(subject)[-2]
    with torch.no_grad():
        outputs = subject.network(*subject.samples.take(np.array([4])).inputs)[0].double()
    own = feature_maps(subject, last, 4)
    assert own.relevance[own.target] == pytest.approx(float(outputs[own.target]), rel=1e-6)
    assert not np.delete(own.relevance, own.target).any()
    found = feature_maps(subject, before, 4)
    if found.kind == "units":
        bias = float(subject.network.get_parameter(f"{last}.bias").detach()[found.target])
        wanted = float(outputs[found.target]) - bias
        assert found.relevance.sum() == pytest.approx(wanted, abs=1e-4)


def test_relevance_is_the_slope_along_the_activation():
    subject = smooth_cnn()
    found = feature_maps(subject, "0", 1, target=2)
    one = subject.samples.take(np.array([1])).inputs

    def output(channel, scale):
        network = subject.network.sharing_copy()
        after = next(s.module for s in network.steps if s.module not in {None, "0"})

        def scaled(_module, _inputs, values):
            factor = torch.ones_like(values)
            factor[:, channel] = scale
            return values * factor

        network.get_submodule(after).register_forward_hook(scaled)
        with torch.no_grad():
            return float(network(*one)[0, 2])

    for channel, value in enumerate(found.relevance):
        slope = (output(channel, 1 + 1e-5) - output(channel, 1 - 1e-5)) / 2e-5
        assert value == pytest.approx(slope, rel=1e-6, abs=1e-9)


@EVERY
def test_the_output_looked_at_is_the_decision_unless_another_is_named(demo, key):
    subject = demo(key)
    layer = mappable_layers(subject)[0]
    with torch.no_grad():
        decided = int(subject.network(*subject.samples.take(np.array([0])).inputs)[0].argmax())
    assert feature_maps(subject, layer, 0).target == decided
    other = feature_maps(subject, layer, 0, target=1 - min(decided, 1))
    same = feature_maps(subject, layer, 0, target=decided)
    assert np.array_equal(same.relevance, feature_maps(subject, layer, 0).relevance)
    assert np.array_equal(same.maps, other.maps)
    assert not np.array_equal(same.relevance, other.relevance)


@EVERY
def test_nothing_pruned_gives_the_same_maps_to_the_last_bit(demo, key):
    subject = demo(key)
    same = pruned_at(subject, 0.0)
    for layer in mappable_layers(subject):
        before, after = feature_maps(subject, layer, 1), feature_maps(same, layer, 1)
        assert np.array_equal(before.maps, after.maps)
        assert np.array_equal(before.relevance, after.relevance)
        assert before.localisation == after.localisation


@EVERY
def test_looking_leaves_no_trace_on_the_network(demo, key):
    subject = demo(key)
    before = state_of(subject.network)
    flags = {name: p.requires_grad for name, p in subject.network.named_parameters()}
    for layer in mappable_layers(subject):
        feature_maps(subject, layer, 0)
        top_samples(subject, layer, 0, rows=np.arange(20))
    after = state_of(subject.network)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert {name: p.requires_grad for name, p in subject.network.named_parameters()} == flags
    assert all(p.grad is None for _, p in subject.network.named_parameters())
    assert not hooks_of(subject.network)


def crash(*_inputs):
    raise ZeroDivisionError


@EVERY
def test_a_crash_inside_the_network_leaves_no_hook_behind(demo, key, monkeypatch):
    subject = demo(key)
    layer = mappable_layers(subject)[0]
    monkeypatch.setattr(nn.Linear, "forward", crash)
    with pytest.raises(ZeroDivisionError):
        feature_maps(subject, layer, 0)
    monkeypatch.undo()
    assert not hooks_of(subject.network)


def test_a_caller_without_gradients_and_frozen_weights_get_the_same_relevance():
    subject = smooth_cnn()
    wanted = feature_maps(subject, "0", 3).relevance
    frozen = replace(subject, network=subject.network.sharing_copy())
    frozen = replace(frozen, network=frozen.network.with_parameters(frozen.network.weights()))
    for _, parameter in frozen.network.named_parameters():
        parameter.requires_grad_(requires_grad=False)
    with torch.no_grad():
        assert np.array_equal(feature_maps(frozen, "0", 3).relevance, wanted)
    assert wanted.any()


@EVERY
def test_a_dead_channel_is_zero_on_every_row_looked_at_and_no_other_is(demo, key):
    subject = pruned_at(demo(key), 0.6)
    rows = subject.calibration
    looked = np.unique(np.linspace(0, rows.count - 1, 128).round().astype(int))
    few = replace(subject, calibration=rows.take(looked[:3]))
    for layer in mappable_layers(subject):
        units = len(subject.network.get_parameter(f"{layer}.weight"))
        shown = [
            [
                evolution([(0.0, few)], layer, unit, row, samples=few.calibration).maps.any()
                for row in range(3)
            ]
            for unit in range(min(units, 6))
        ]
        dead = dead_channels(few, layer)[:6]
        assert np.array_equal(dead, ~np.any(shown, axis=1))
        assert not (dead_channels(subject, layer)[:6] & ~dead).any()


@EVERY
def test_units_that_were_removed_are_dead(demo, key):
    dense = demo(key)
    plan = PruningPlan(criterion="l2-norm", granularity="unit", amount=0.5)
    masks = explain.select(explain.score(dense, plan), plan)
    pruned = explain.prune(dense, masks)
    for tensor in masks.scores.tensors:
        gone = ~masks.keep[tensor.name].flatten(1)[:, 0].numpy()
        found = feature_maps(pruned, tensor.layer, 0)
        if not found.maps[gone].any():
            assert found.dead[gone].all()
        assert not (found.dead & found.maps.reshape(len(found.maps), -1).any(1)).any()


def test_a_unit_that_only_the_sample_wakes_is_not_dead():
    subject = smooth_cnn()
    quiet = replace(
        subject, calibration=explain.Samples(inputs=(torch.zeros_like(subject.samples.inputs[0]),))
    )
    weights = {n: torch.zeros_like(t) for n, t in state_of(quiet.network).items() if "bias" in n}
    quiet = replace(quiet, network=quiet.network.with_parameters(weights))
    assert dead_channels(quiet, "0").all()
    assert not feature_maps(quiet, "0", 0).dead.any()


@EVERY
def test_the_top_samples_are_those_that_looking_at_each_row_finds(demo, key):
    subject = demo(key)
    for layer in mappable_layers(subject)[:2]:
        rows = np.arange(5, 45, 2)
        maps = [evolution([(0.0, subject)], layer, 1, int(row)).maps[0] for row in rows]
        found = top_samples(subject, layer, 1, 4, rows=rows)
        assert [t.value for t in found] == pytest.approx(
            sorted((float(m.max()) for m in maps), reverse=True)[:4], abs=1e-5
        )
        for top in found:
            at = int(np.flatnonzero(rows == top.row)[0])
            assert float(maps[at][top.at]) == pytest.approx(top.value, abs=1e-5)


@EVERY
def test_an_evolution_shows_the_maps_of_every_amount_in_one_range(demo, key):
    dense = demo(key)
    layer = mappable_layers(dense)[0]
    amounts = (0.0, 0.5, 0.9)
    found = evolution(((a, pruned_at(dense, a)) for a in amounts), layer, 1, 2)
    assert found.amounts.tolist() == list(amounts)
    for amount, seen in zip(amounts, found.maps, strict=True):
        assert np.array_equal(seen, feature_maps(pruned_at(dense, amount), layer, 2).maps[1])
    assert found.low <= 0 <= found.high
    assert found.low <= found.maps.min() <= found.maps.max() <= found.high


@pytest.mark.parametrize("key", of_each_kind(but=RELATIVES))
def test_the_kernels_that_survive_are_those_that_are_not_zero(demo, key):
    dense = demo(key)
    pruned = pruned_at(dense, 0.7)
    kept = total = 0
    for layer in mappable_layers(dense):
        for channel in range(len(dense.network.get_parameter(f"{layer}.weight"))):
            found = kernels(dense, pruned, layer, channel)
            kept, total = kept + found.kept, total + found.total
            shares = (found.pruned != 0).reshape(len(found.pruned), -1).mean(1)
            assert found.survives == pytest.approx(shares)
            assert np.array_equal(found.pruned[found.pruned != 0], found.dense[found.pruned != 0])
    if total == sum(dense.network.get_parameter(n).numel() for n in dense.network.prunable):
        assert kept == total - round(0.7 * total)


def test_a_kernel_that_was_empty_before_has_no_share():
    subject = smooth_cnn()
    weight = subject.network.get_parameter("2.weight").detach().clone()
    weight[1, 0] = 0
    empty = replace(subject, network=subject.network.with_parameters({"2.weight": weight}))
    found = kernels(empty, empty, "2", 1)
    assert math.isnan(found.survives[0])
    assert found.survives[1:].tolist() == [1, 1, 1]
    assert (found.kept, found.total) == (27, 27)


def test_a_pixel_outside_the_theoretical_field_has_no_effect(demo):
    subject = demo("digits-cnn")
    for layer in ("conv1", "conv2", "conv3", "conv4"):
        found = effective_field(subject, layer, 2, (1, 2), 7)
        box = receptive_field(subject, layer, (1, 2))
        outside = found.reaction.copy()
        outside[box.top : box.bottom, box.left : box.right] = 0
        assert not outside.any()
        assert found.theory == box
        assert 0 < found.a80 <= box.area / found.reaction.size


def test_the_first_layer_reacts_by_its_kernel(demo):
    subject = demo("digits-cnn")
    kernel = subject.network.get_parameter("conv1.weight").detach()[3, 0].abs().double().numpy()
    found = effective_field(subject, "conv1", 3, (4, 4), 0)
    assert np.allclose(found.reaction[3:6, 3:6], kernel)


def test_a_removed_unit_reacts_to_nothing(demo):
    subject = pruned_at(demo("digits-cnn"), 1.0, criterion="l2-norm", granularity="unit")
    found = effective_field(subject, "conv1", 3, (4, 4), 0)
    assert not found.reaction.any()
    assert math.isnan(found.a80)


@pytest.mark.parametrize("tokens_first", [False, True])
def test_tokens_stand_behind_the_units_wherever_the_network_keeps_them(tokens_first):
    subject = text_subject(tokens_first=tokens_first)
    found = feature_maps(subject, "each", 3)
    assert found.kind == "tokens"
    assert found.maps.shape == (5, 7)
    ids = subject.samples.inputs[0][3]
    with torch.no_grad():
        embedded = subject.network.get_submodule("embed")(ids)
        wanted = torch.relu(subject.network.get_submodule("each")(embedded)).T
    assert np.allclose(found.maps, wanted.numpy(), atol=1e-6)
    rows = np.arange(9)
    each = [feature_maps(subject, "each", int(r)).maps[2].max() for r in rows]
    tops = top_samples(subject, "each", 2, 9, rows=rows)
    assert [t.value for t in tops] == pytest.approx(sorted(map(float, each), reverse=True))


def test_samples_from_elsewhere_can_be_looked_at():
    subject = smooth_cnn()
    typed = explain.Samples(inputs=(subject.samples.inputs[0][5:6],))
    there, here = feature_maps(subject, "0", 0, samples=typed), feature_maps(subject, "0", 5)
    assert np.array_equal(there.maps, here.maps)


def test_what_cannot_be_looked_at_is_refused_in_words(demo):
    subject = demo("digits-cnn")
    with pytest.raises(explain.UnknownKey, match="conv9"):
        feature_maps(subject, "conv9", 0)
    with pytest.raises(explain.Refused, match="no units"):
        feature_maps(subject, "norm1", 0)
    for sample in (-1, subject.samples.count):
        with pytest.raises(explain.InvalidSubject, match="no sample"):
            feature_maps(subject, "conv1", sample)
    for target in (-1, 10):
        with pytest.raises(InvalidOption, match=f"no output {target}"):
            feature_maps(subject, "conv1", 0, target=target)
    for channel in (-1, 16):
        with pytest.raises(explain.Refused, match="no channel"):
            top_samples(subject, "conv1", channel)
        with pytest.raises(explain.Refused, match="no channel"):
            kernels(subject, subject, "conv1", channel)
    for rows in ([], [-1], [subject.samples.count]):
        with pytest.raises(explain.InvalidSubject, match="no rows"):
            top_samples(subject, "conv1", 0, rows=np.array(rows, np.int64))
    with pytest.raises(explain.InvalidSubject, match="no sample"):
        arithmetic(subject, "conv1", 0, subject.samples.count)
    with pytest.raises(explain.Refused, match="no position"):
        receptive_field(subject, "conv4", (4, 0))
    with pytest.raises(explain.Refused, match="receptive field"):
        receptive_field(subject, "output", (0, 0))
    with pytest.raises(explain.Refused, match="nothing to compare"):
        evolution([], "conv1", 0, 0)
    with pytest.raises(explain.InvalidSubject, match="different shapes"):
        kernels(demo("digits-mlp"), demo("heart-mlp"), "hidden1", 0)


@EVERY
def test_four_threads_get_the_answers_of_one(demo, key):
    copies = [pruned_at(demo(key), amount) for amount in (0.0, 0.3, 0.6, 0.9)]
    layer = mappable_layers(copies[0])[1]
    rows = np.arange(32)

    def answer(subject):
        maps = feature_maps(subject, layer, 3)
        return maps.maps, maps.relevance, top_samples(subject, layer, 0, rows=rows)[0].value

    alone = [answer(subject) for subject in copies]
    wrong = []

    def run(place):
        for _ in range(5):
            pairs = zip(answer(copies[place]), alone[place], strict=True)
            wrong.extend(place for found, wanted in pairs if not np.array_equal(found, wanted))

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(copies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("key", "layer"), [("heart-mlp", "hidden2"), ("digits-mlp", "output"), ("digits-cnn", "conv2")]
)
def test_both_networks_are_read_at_one_position_and_each_term_is_of_its_own_inputs(
    demo, key, layer
):
    dense_network = demo(key)
    plan = PruningPlan(amount=0.7)
    masks = explain.select(explain.score(dense_network, plan), plan)
    pruned_network = explain.prune(dense_network, masks)
    for unit in range(3):
        dense = arithmetic(dense_network, layer, unit, 5)
        pruned = arithmetic(pruned_network, layer, unit, 5, at=dense.at)
        assert pruned.at == dense.at
        for found in (dense, pruned):
            assert found.summed == (key == "digits-cnn")
            assert found.total == pytest.approx(found.terms.sum() + found.bias)
            if not found.summed:
                assert np.array_equal(found.terms, found.inputs * found.weights)
