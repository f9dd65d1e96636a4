"""Laws of contributions, interactions, flow, hiding and give-back over every demo."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

import explain
from explain.core.errors import Cancelled, InvalidOption, InvalidSubject, Refused, UnknownKey
from explain.core.intervals import half_width, wilson
from explain.decompose import modules_or_blocks
from explain.decompose.contributions import game as games
from explain.decompose.contributions.ablation import ablations
from explain.decompose.contributions.coalitions import every, orders, prefixes
from explain.decompose.contributions.flow import flow
from explain.decompose.contributions.game import PayoffRequest, game, worth
from explain.decompose.contributions.give_back import give_back
from explain.decompose.contributions.hiding import hide
from explain.decompose.contributions.interaction import module_interactions
from explain.decompose.contributions.shapley import module_contributions, of_orders, shapley_values
from explain.network import prunable_layers

DEMOS = ["digits-mlp", "digits-cnn", "heart-mlp", "credit-mlp"]
ROWS = np.arange(0, 40, 5)


def units_of(subject, layer):
    return len(subject.network.get_parameter(f"{layer}.weight"))


def dealt(subject, players, seed=0):
    """Deal the units of every layer out to modules at random."""
    draw = np.random.default_rng(seed)
    return {
        layer: draw.permutation(np.arange(units_of(subject, layer)) % players)
        for layer in prunable_layers(subject.network)
    }


def by_layer(subject):
    """Make every layer a module."""
    layers = prunable_layers(subject.network)
    return {layer: np.full(units_of(subject, layer), at) for at, layer in enumerate(layers)}


def magnitude(subject, amount):
    plan = explain.PruningPlan(amount=amount)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


@pytest.mark.parametrize("key", DEMOS)
@pytest.mark.parametrize("replacement", ["zero", "mean", "resample"])
@pytest.mark.parametrize("value", ["logit", "probability", "loss"])
def test_values_add_up_to_what_all_modules_do_together(demo, key, replacement, value):
    subject = demo(key)
    for sampled in (None, 8):
        found = module_contributions(
            subject,
            dealt(subject, 5),
            PayoffRequest(rows=ROWS, value=value, replacement=replacement),
            sampled=sampled,
        )
        scale = np.maximum(np.abs(found.whole - found.empty), 1)
        assert (np.abs(found.residual) / scale).max() <= 1e-5
        assert np.ptp(found.per_row) > 1e-3


@pytest.mark.parametrize("key", DEMOS)
@pytest.mark.parametrize("replacement", ["zero", "mean"])
@pytest.mark.parametrize("dealing", [lambda s: dealt(s, 4), by_layer])
@pytest.mark.parametrize("numbers", [1, 2**13, 2**18])
def test_every_set_is_worth_what_the_network_says_with_the_others_hidden(
    demo, monkeypatch, key, replacement, dealing, numbers
):
    monkeypatch.setattr(games, "_NUMBERS", numbers)
    subject = demo(key)
    labels = dealing(subject)
    rows = ROWS[:3]
    played = game(
        subject,
        labels,
        PayoffRequest(rows=rows, value="logit", targets=1, replacement=replacement, seed=0),
    )
    sets = every(played.players)[:: max(1, 2**played.players // 9)]
    found = worth(played, sets)
    for there, numbers_found in zip(sets, found, strict=True):
        gone = [int(m) for m in np.flatnonzero(~there)]
        network = hide(subject, labels, gone, replacement=replacement).network
        with torch.no_grad():
            wanted = network(*subject.samples.take(rows).inputs)[:, 1]
        assert np.allclose(numbers_found, wanted.numpy(), atol=2e-5)


def test_hiding_nothing_gives_the_same_bits_and_hiding_all_gives_every_row_the_same(demo):
    subject = demo("digits-cnn")
    labels = dealt(subject, 3)
    inputs = subject.samples.inputs
    with torch.no_grad():
        assert torch.equal(hide(subject, labels, []).network(*inputs), subject.network(*inputs))
        nothing = hide(subject, labels, [0, 1, 2]).network(*inputs)
    assert torch.equal(nothing, nothing[:1].expand_as(nothing))


def test_what_is_hidden_stays_hidden_whichever_observer_looks(demo):
    subject = demo("digits-mlp")
    hidden = hide(subject, {"hidden2": np.arange(32) % 2}, [1])
    plain = explain.evaluate(subject)
    looked = explain.evaluate(hidden, reference=plain)
    assert looked.metric < plain.metric
    assert "hidden modules: 1" in hidden.pruned_by
    assert hidden.fingerprint == subject.fingerprint


@pytest.mark.parametrize("key", DEMOS)
def test_modules_that_are_the_same_contribute_the_same(demo, key):
    """Two units with the same weights in and out are two players with equal values."""
    subject = demo(key)
    last = "hidden2" if "mlp" in key else "conv4"
    weights = dict(subject.network.named_parameters())
    busiest = int(weights["output.weight"].square().sum(0).argmax())
    twins = {}
    for name in (f"{last}.weight", f"{last}.bias", "norm4.weight", "norm4.bias"):
        if name in weights:
            twins[name] = weights[name].detach().clone()
            twins[name][:2] = twins[name][busiest].clone()
    for name, buffer in subject.network.named_buffers():
        if name.startswith("norm4.running"):
            twins[name] = buffer.clone()
            twins[name][:2] = twins[name][busiest].clone()
    twins["output.weight"] = weights["output.weight"].detach().clone()
    twins["output.weight"][:, :2] = twins["output.weight"][:, busiest, None].clone()
    alike = replace(subject, network=subject.network.with_parameters(twins))
    labels = {last: np.minimum(np.arange(units_of(subject, last)), 2)}
    found = module_contributions(alike, labels, PayoffRequest(rows=np.arange(60)))
    assert np.allclose(found.per_row[:, 0], found.per_row[:, 1], atol=1e-5)
    assert np.abs(found.per_row[:, 0]).max() > 1e-3


@pytest.mark.parametrize("key", DEMOS)
def test_a_module_that_says_nothing_contributes_nothing(demo, key):
    """All that goes into module 2 is pruned, biases too: a dummy; outputs cannot be hidden."""
    subject = demo(key)
    layer = "hidden2" if "mlp" in key else "conv4"
    labels = {
        layer: np.arange(units_of(subject, layer)) % 3,
        "output": np.full(units_of(subject, "output"), 3),
    }
    silent = {}
    for name in (f"{layer}.weight", f"{layer}.bias", "norm4.weight", "norm4.bias"):
        tensor = dict(subject.network.named_parameters()).get(name)
        if tensor is not None:
            silent[name] = tensor.detach().clone()
            silent[name][labels[layer] == 2] = 0
    network = subject.network.with_parameters(silent)
    found = module_contributions(
        replace(subject, network=network), labels, PayoffRequest(rows=ROWS)
    )
    assert np.abs(found.per_row[:, 2:]).max() < 1e-6
    assert np.abs(found.per_row[:, :2]).max() > 1e-3
    assert found.units[3] == 0
    pairs = module_interactions(replace(subject, network=network), labels, PayoffRequest(rows=ROWS))
    assert np.abs(pairs.matrix[2:]).max() < 1e-6


@pytest.mark.parametrize("key", ["digits-mlp", "digits-cnn"])
def test_values_are_linear_in_the_number_asked_about(demo, key):
    """The logits' values of two outputs add up to those of their sum."""
    subject = demo(key)
    labels = dealt(subject, 4)
    weights = {k: v.detach().clone() for k, v in subject.network.named_parameters()}
    both = {name: weights[name].clone() for name in ("output.weight", "output.bias")}
    for tensor in both.values():
        tensor[0] += tensor[1]
    joined = replace(subject, network=subject.network.with_parameters(both))
    one, other = (
        module_contributions(subject, labels, PayoffRequest(rows=ROWS, targets=t)).per_row
        for t in (0, 1)
    )
    assert np.allclose(
        module_contributions(joined, labels, PayoffRequest(rows=ROWS, targets=0)).per_row,
        one + other,
        atol=1e-4,
    )


@pytest.mark.parametrize("value", ["logit", "loss"])
def test_sampled_orders_come_near_the_exact_values_and_say_how_near(demo, value):
    subject = demo("digits-mlp")
    labels = dealt(subject, 12)
    exact = module_contributions(subject, labels, PayoffRequest(rows=ROWS, value=value))
    sampled = module_contributions(
        subject, labels, PayoffRequest(rows=ROWS, value=value), sampled=200
    )
    assert not sampled.exact
    assert (exact.sampling == 0).all()
    assert (np.abs(sampled.shapley - exact.shapley) <= 2.5 * sampled.sampling).all()
    assert np.abs(sampled.shapley - exact.shapley).max() < 0.1 * np.abs(exact.shapley).max()
    assert np.allclose(sampled.ablation, exact.ablation, atol=1e-5)


def test_orders_that_would_pass_through_every_set_are_not_sampled(demo):
    subject = demo("heart-mlp")
    labels = dealt(subject, 4)
    exact = module_contributions(subject, labels, PayoffRequest(rows=ROWS))
    asked = module_contributions(subject, labels, PayoffRequest(rows=ROWS), sampled=6)
    assert asked.exact
    assert np.array_equal(asked.per_row, exact.per_row)


def test_a_single_row_with_resampled_samples_is_no_exact_number_and_says_so(demo):
    """Its interval comes from the samples that stood in, and holds what many of them say."""
    subject = demo("heart-mlp")
    labels = dealt(subject, 3)
    asked = {"replacement": "resample", "targets": 1}
    found = [
        module_contributions(subject, labels, PayoffRequest(rows=ROWS[:1], seed=seed, **asked))
        for seed in range(80)
    ]
    truth = np.mean([each.shapley for each in found], axis=0)
    inside = [(each.low <= truth) & (truth <= each.high) for each in found]
    assert all((each.sampling > 0).all() for each in found)
    assert 0.85 <= np.mean(inside) <= 1
    pairs = module_interactions(subject, labels, PayoffRequest(rows=ROWS[:1], **asked))
    assert (pairs.high - pairs.low)[0, 1] > 0
    many = module_contributions(subject, labels, PayoffRequest(rows=ROWS, **asked))
    assert (many.sampling == 0).all()


def test_a_single_row_is_counted_exactly_for_more_modules_than_many_rows(demo):
    subject = demo("heart-mlp")
    labels = dealt(subject, 11)
    assert module_contributions(subject, labels, PayoffRequest(rows=np.arange(1))).exact
    assert not module_contributions(subject, labels, PayoffRequest(rows=np.arange(33))).exact


def test_sampled_interactions_come_near_the_exact_ones(demo):
    subject = demo("digits-mlp")
    labels = dealt(subject, 5)
    exact = module_interactions(subject, labels, PayoffRequest(rows=ROWS))
    sampled = module_interactions(subject, labels, PayoffRequest(rows=ROWS), sampled=400)
    inside = (sampled.low <= exact.matrix) & (exact.matrix <= sampled.high)
    assert inside.mean() > 0.9
    assert np.abs(sampled.matrix - exact.matrix).max() < 0.1 * np.abs(exact.matrix).max()


def test_intervals_of_sampled_orders_hold_the_truth_as_often_as_they_say():
    """A simulated game of 12 players, the tanh of a random sum: 400 draws of 64 orders."""
    pull = np.random.default_rng(0).normal(size=12)
    table = np.tanh(every(12) @ pull + 0.5)[:, None]
    truth = shapley_values(table)[0]
    hits = []
    for seed in range(400):
        given = orders(12, 64, seed)
        worths = table[prefixes(given) @ (1 << np.arange(12))]
        means = of_orders(given, worths)[:, 0].reshape(32, 2, 12).mean(1)
        hits.append(np.abs(means.mean(0) - truth) <= half_width(means))
    assert 0.93 <= np.mean(hits) <= 0.97


def test_orders_turned_round_make_games_of_pairs_exact():
    draw = np.random.default_rng(1)
    table = np.array([there @ draw.normal(size=6) for there in every(6)])[:, None]
    pairs = np.array([(there[0] & there[3]) * 2.0 - (there[1] & there[2]) for there in every(6)])
    table = table * 0 + pairs[:, None]
    given = orders(6, 4, 0)
    worths = table[prefixes(given) @ (1 << np.arange(6))]
    assert np.allclose(of_orders(given, worths).mean(0), shapley_values(table), atol=1e-12)


@pytest.mark.parametrize("key", ["digits-mlp", "digits-cnn"])
def test_more_rows_and_smaller_portions_change_no_value(demo, monkeypatch, key):
    subject = demo(key)
    labels = dealt(subject, 4)
    whole = module_contributions(subject, labels, PayoffRequest(rows=ROWS, targets=3))
    monkeypatch.setattr(games, "_NUMBERS", 3000)
    assert np.allclose(
        module_contributions(subject, labels, PayoffRequest(rows=ROWS, targets=3)).per_row,
        whole.per_row,
        atol=1e-5,
    )
    alone = module_contributions(subject, labels, PayoffRequest(rows=ROWS[2:3], targets=3))
    assert np.allclose(alone.per_row[0], whole.per_row[2], atol=1e-5)
    assert np.array_equal(alone.low, alone.high)
    assert (whole.low <= whole.shapley).all()
    assert (whole.shapley <= whole.high).all()


def test_the_number_of_modules_never_changes_what_all_of_them_do(demo):
    subject = demo("digits-cnn")
    spans = [
        module_contributions(subject, dealt(subject, k), PayoffRequest(rows=ROWS, targets=3))
        for k in (1, 2, 7, 14)
    ]
    for found in spans[1:]:
        assert np.allclose(found.whole, spans[0].whole, atol=1e-5)
        assert np.allclose(found.empty, spans[0].empty, atol=1e-5)
    assert [found.exact for found in spans] == [True, True, True, False]


@pytest.mark.parametrize("key", DEMOS)
def test_ablations_alone_are_those_beside_the_values(demo, key):
    subject = demo(key)
    labels = dealt(subject, 6)
    beside = module_contributions(
        subject, labels, PayoffRequest(rows=ROWS, value="probability")
    ).ablations
    assert np.allclose(
        ablations(subject, labels, PayoffRequest(rows=ROWS, value="probability")),
        beside,
        atol=1e-5,
    )


@pytest.mark.parametrize("key", DEMOS)
def test_the_network_is_the_same_after_as_before(demo, key):
    subject = demo(key)
    before = {name: tensor.clone() for name, tensor in subject.network.weights().items()}
    module_contributions(subject, dealt(subject, 4), PayoffRequest(rows=ROWS, replacement="mean"))
    flow(subject, dealt(subject, 4))
    give_back(subject, magnitude(subject, 0.9))
    after = subject.network.weights()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not any(m._forward_hooks for _, m in subject.network.named_modules())


def test_two_threads_over_one_network_get_the_same_values(demo):
    subject = demo("digits-mlp")
    deals = [dealt(subject, 5, seed) for seed in range(2)]
    wanted = [
        module_contributions(subject, labels, PayoffRequest(rows=ROWS)).per_row for labels in deals
    ]
    wrong = []

    def work(place):
        found = [
            module_contributions(subject, deals[place], PayoffRequest(rows=ROWS)).per_row
            for _ in range(15)
        ]
        wrong.extend(place for values in found if not np.array_equal(values, wanted[place]))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("key", ["digits-cnn", "sms-transformer"])
@pytest.mark.parametrize("replacement", ["zero", "resample"])
def test_portions_side_by_side_give_the_same_bits_as_one_after_the_other(
    demo, monkeypatch, key, replacement
):
    monkeypatch.setattr(games, "_NUMBERS", 2**14)
    subject, found = demo(key), []
    labels = modules_or_blocks(subject)[1].labels
    for cores in (1, 4):
        monkeypatch.setattr("explain.core.resources._AT_ONCE", cores)
        monkeypatch.setattr("explain.core.resources._LITTLE", 0.0)
        found.append(
            module_contributions(
                subject, labels, PayoffRequest(rows=ROWS, targets=1, replacement=replacement)
            )
        )
    assert np.array_equal(found[0].per_row, found[1].per_row)


def test_progress_rises_to_one_and_can_cancel(demo, monkeypatch):
    monkeypatch.setattr(games, "_NUMBERS", 4000)
    subject = demo("digits-cnn")
    shares = []
    module_contributions(
        subject, dealt(subject, 5), PayoffRequest(rows=ROWS), progress=shares.append
    )
    assert shares == sorted(shares)
    assert len(shares) > 3
    assert shares[-1] == 1.0

    def stop(share):
        if share > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        module_contributions(subject, dealt(subject, 5), PayoffRequest(rows=ROWS), progress=stop)


def test_the_same_seed_gives_the_same_bits(demo):
    subject = demo("digits-mlp")
    labels = dealt(subject, 12)
    asked = {"replacement": "resample", "seed": 5}
    one, same = (
        module_contributions(subject, labels, PayoffRequest(rows=ROWS, **asked)).per_row
        for _ in range(2)
    )
    other = module_contributions(
        subject, labels, PayoffRequest(rows=ROWS, replacement="resample", seed=6)
    ).per_row
    assert np.array_equal(one, same)
    assert not np.allclose(one, other)


@pytest.mark.parametrize("key", DEMOS)
def test_giving_everything_back_repairs_every_decision(demo, key):
    subject = demo(key)
    pruned = magnitude(subject, 0.9)
    for labels in (None, dealt(subject, 4)):
        found = give_back(subject, pruned, labels)
        assert len(found.changed) > 0
        assert found.all_repaired == len(found.changed)
        for part in found.parts:
            assert (part.low, part.high) == wilson(part.repaired, len(found.changed))
        assert [p.repaired for p in found.parts] == sorted(
            (p.repaired for p in found.parts), reverse=True
        )
        gone = sum(
            int((a != b).sum())
            for a, b in zip(
                subject.network.weights().values(), pruned.network.weights().values(), strict=True
            )
        )
        assert sum(part.restored for part in found.parts) == gone


def test_the_one_layer_that_was_pruned_is_the_cause_of_everything(demo):
    subject = demo("digits-mlp")
    plan = explain.PruningPlan(
        amount=0.97, overrides=(("hidden1", 0.0), ("output", 0.0)), scope="layer"
    )
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    found = give_back(subject, pruned)
    assert [part.part for part in found.parts] == ["hidden2"]
    assert found.parts[0].repaired == len(found.changed)
    assert found.parts[0].share == 1
    assert found.parts[0].broken == 0


def test_nothing_pruned_leaves_nothing_to_give_back(demo):
    with pytest.raises(Refused):
        give_back(demo("digits-mlp"), demo("digits-mlp"))


@pytest.mark.parametrize("key", DEMOS)
def test_flow_of_merged_modules_is_the_sum_of_their_flows(demo, key):
    subject = demo(key)
    labels = dealt(subject, 4)
    merged = {layer: np.array([0, 0, 1, 1])[owners] for layer, owners in labels.items()}
    fine, coarse = flow(subject, labels), flow(subject, merged)
    summed = fine.between.reshape(2, 2, 2, 2).sum((1, 3))
    assert np.allclose(summed, coarse.between, rtol=1e-9)
    assert np.allclose(fine.from_inputs.reshape(2, 2).sum(1), coarse.from_inputs)
    assert np.allclose(fine.to_outputs.reshape(2, 2).sum(1), coarse.to_outputs)
    assert fine.between.min() >= 0
    assert fine.between.max() > 0


def test_flow_of_a_chain_is_weight_times_spread_squared(demo):
    subject = demo("digits-mlp")
    network = subject.network
    values = network.record(*subject.calibration.inputs)
    spread = values["relu1"].detach().double().numpy().std(0)
    weight = network.get_parameter("hidden2.weight").detach().double().numpy()
    labels = {"hidden1": np.arange(64) % 2, "hidden2": 2 + np.arange(32) % 2}
    found = flow(subject, labels).between
    energy = np.square(weight * spread)
    for giver in range(2):
        for taker in range(2):
            part = energy[np.arange(32) % 2 == taker][:, np.arange(64) % 2 == giver]
            assert found[giver, 2 + taker] == pytest.approx(part.sum(), rel=1e-5)
    assert found[2:].sum() == 0


@pytest.mark.parametrize("key", DEMOS)
def test_nothing_flows_through_a_network_without_weights(demo, key):
    subject = magnitude(demo(key), 1.0)
    found = flow(subject, dealt(subject, 3))
    assert found.between.sum() == found.from_inputs.sum() == found.to_outputs.sum() == 0


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"value": "logits"}, UnknownKey),
        ({"replacement": "noise"}, UnknownKey),
        ({"targets": 99}, InvalidOption),
        ({"sampled": 5}, InvalidOption),
        ({"rows": np.array([100_000])}, InvalidSubject),
        ({"rows": np.array([], np.int64)}, InvalidSubject),
        ({"labels": {}}, InvalidSubject),
        ({"labels": {"hidden1": np.zeros(3, np.int64)}}, InvalidSubject),
        ({"labels": {"hidden1": np.full(64, -1)}}, InvalidSubject),
        ({"labels": {"hidden1": np.arange(64)}}, InvalidOption),
        ({"labels": {"hidden9": np.zeros(64, np.int64)}}, UnknownKey),
        ({"labels": {"relu1": np.zeros(64, np.int64)}}, Refused),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_hint(demo, change, error):
    subject = demo("digits-mlp")
    asked = {"labels": dealt(subject, 3), "rows": ROWS, "sampled": None} | change
    labels, sampled = asked.pop("labels"), asked.pop("sampled")
    with pytest.raises(error) as caught:
        module_contributions(subject, labels, PayoffRequest(**asked), sampled=sampled)
    assert caught.value.hint


def test_what_needs_data_says_so(demo):
    bare = replace(demo("digits-mlp"), calibration=None)
    untold = replace(bare, samples=replace(bare.samples, targets=None))
    labels = dealt(bare, 3)
    with pytest.raises(Refused):
        module_contributions(bare, labels, PayoffRequest(rows=ROWS, replacement="mean"))
    with pytest.raises(Refused):
        module_contributions(untold, labels, PayoffRequest(rows=ROWS, value="loss"))
    with pytest.raises(Refused):
        hide(demo("digits-mlp"), labels, [0], replacement="resample")
    with pytest.raises(InvalidOption):
        hide(bare, labels, [3])
    with pytest.raises(Refused):
        module_interactions(bare, {"hidden1": np.zeros(64, np.int64)}, PayoffRequest(rows=ROWS))
