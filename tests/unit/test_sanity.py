"""The checks that a method has to pass: sanity, deletion, and what is important at all."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import explain
from explain import Cancelled
from explain.attribution import deletion, explain_rows, importance, random_weights, sanity
from explain.core.bootstrap import mean_of, resampled_means
from explain.core.decisions import decisions
from explain.core.errors import InvalidSubject, Refused

METHOD = "integrated-gradients"
FAST = {"steps": 8}


def blind(subject, method, rows, **given):
    """Explain without a look at the weights: the input itself."""
    found = explain_rows(subject, method, rows, **given)
    return replace(found, values=subject.samples.inputs[0][rows.tolist()].double().numpy())


def test_integrated_gradients_see_the_weights(demo):
    found = sanity(demo("digits-mlp"), METHOD, options=FAST)
    assert found.verdict == "passes"
    assert found.layers == ("output", "hidden2", "hidden1")
    assert len(found.spearmans) == len(found.overlaps) == 3
    assert found.spearmans[-1].high < 0.2
    assert "sees the weights" in found.sentence
    assert dict(found.baselines)["mean"].value < 1
    assert 0 < found.completeness.value < 0.1


def test_a_method_that_ignores_the_weights_fails(demo):
    found = sanity(demo("digits-mlp"), "saliency", explain=blind)
    assert found.verdict == "fails"
    assert all(number.value == pytest.approx(1) for number in found.spearmans)
    assert "without the weights" in found.sentence
    assert (found.completeness, found.baselines) == (None, ())


def test_one_row_is_no_ground_for_a_verdict(demo):
    found = sanity(demo("digits-mlp"), "saliency", rows=np.array([3]))
    assert found.verdict == "cannot be told"


def test_the_checks_say_the_same_twice(demo):
    one, other = (sanity(demo("heart-mlp"), "saliency", rows=np.arange(9)) for _ in range(2))
    assert (one.spearmans, one.overlaps, one.sentence) == (
        other.spearmans,
        other.overlaps,
        other.sentence,
    )


def test_the_cascade_leaves_the_later_layers_random_and_the_earlier_as_they_were(demo):
    subject, seen = demo("digits-mlp"), []

    def listening(subject, method, rows, **given):
        seen.append(subject.network.weights())
        return explain_rows(subject, method, rows, **given)

    sanity(subject, "saliency", rows=np.arange(4), explain=listening)
    trained, *stages = seen
    for place, stage in enumerate(stages):
        kept = [torch.equal(stage[f"{n}.weight"], trained[f"{n}.weight"]) for n in LAYERS]
        assert kept == [False] * (place + 1) + [True] * (2 - place)


LAYERS = ("output", "hidden2", "hidden1")


def test_sanity_can_be_cancelled(demo):
    def stop(share):
        if share > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        sanity(demo("heart-mlp"), "saliency", rows=np.arange(4), progress=stop)


@pytest.mark.parametrize("key", ["digits-mlp", "heart-mlp", "sms-transformer"])
def test_what_integrated_gradients_name_first_carries_the_output(demo, key):
    """In a message almost any three words tell: to show the best ones first lifts little."""
    subject = demo(key)
    told = decisions(subject, np.arange(subject.samples.count))
    rows = np.flatnonzero(told == 1)[:24]
    said = explain_rows(subject, METHOD, rows, options=FAST)
    found = deletion(subject, said)
    assert found.deletion_lift.low > 0
    assert found.insertion_lift.low > 0 or subject.spec.kind == "text"
    assert found.passes == 204


@pytest.mark.parametrize("key", ["digits-mlp", "heart-mlp"])
def test_a_random_order_has_no_lift(demo, key):
    subject = demo(key)
    said = explain_rows(subject, "saliency", np.arange(64))
    values = np.random.default_rng(1).standard_normal(said.values.shape)
    found = deletion(subject, replace(said, values=values))
    for lift in (found.deletion_lift, found.insertion_lift):
        assert lift.low <= 0 <= lift.high


def test_deletion_and_insertion_start_where_the_other_ends(demo):
    subject = demo("heart-mlp")
    said = explain_rows(subject, "saliency", np.arange(10))
    found = deletion(subject, said)
    with torch.no_grad():
        rows = subject.samples.inputs[0][:10]
        shown = torch.softmax(subject.network(rows).double(), 1).numpy()
        blank = torch.softmax(subject.network(rows * 0).double(), 1).numpy()
    full = shown[np.arange(10), said.targets].mean()
    none = blank[np.arange(10), said.targets].mean()
    for gone, there in (
        (found.deletion, found.insertion),
        (found.deletion_random, found.insertion_random),
    ):
        assert (gone[0], there[-1]) == (pytest.approx(full), pytest.approx(full))
        assert (gone[-1], there[0]) == (pytest.approx(none), pytest.approx(none))


def test_in_a_linear_network_the_deletion_curve_is_the_sum_of_what_is_left():
    torch.manual_seed(0)
    inputs = torch.randn(5, 16)
    module = torch.nn.Linear(16, 1)
    subject = explain.subject(module, inputs, torch.randn(5))
    said = explain_rows(subject, "input-x-gradient", np.arange(5))
    found = deletion(subject, said)
    falling = -np.sort(-said.values, axis=1)
    bias = float(module.bias.detach())
    left = [falling[:, k:].sum(1) + bias for k in range(17)]
    assert found.deletion == pytest.approx(np.mean(left, axis=1), abs=1e-5)
    assert found.deletion_lift.value > 0


def test_values_of_a_hidden_layer_cannot_be_deleted(demo):
    said = explain_rows(demo("heart-mlp"), "saliency", np.arange(3))
    with pytest.raises(Refused):
        deletion(demo("heart-mlp"), replace(said, values=said.values[:, :5]))


def test_importance_is_the_mean_over_rows_and_its_interval_holds_it(demo):
    said = explain_rows(demo("heart-mlp"), "input-x-gradient", np.arange(40))
    found = importance(said)
    assert np.allclose(found.signed, said.values.mean(0))
    assert np.allclose(found.size, np.abs(said.values).mean(0))
    assert np.all((found.signed_low <= found.signed) & (found.signed <= found.signed_high))
    assert np.all((found.size_low <= found.size) & (found.size <= found.size_high))
    assert np.all(np.diff(found.size[found.order]) <= 0)
    with pytest.raises(InvalidSubject):
        importance(replace(said, values=said.values[:1]))


def test_a_single_row_has_no_interval_and_no_row_has_no_mean():
    assert mean_of("x", np.array([0.4]), "").low is None
    assert np.isnan(mean_of("x", np.zeros(0), "").value)


def test_resampled_means_of_equal_rows_never_move_and_pairs_are_drawn_together():
    values = np.random.default_rng(0).standard_normal((30, 2))
    assert np.allclose(resampled_means(np.ones(9)), 1)
    assert np.allclose(resampled_means(values)[:, 0], resampled_means(values[:, 0]))


@pytest.mark.slow
def test_the_interval_of_a_mean_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(0)
    found = [mean_of("x", generator.standard_normal(64), "") for _ in range(600)]
    assert 0.91 < np.mean([one.low <= 0 <= one.high for one in found]) < 0.97


@pytest.mark.slow
@pytest.mark.parametrize("key", ["digits-cnn", "retina-cnn", "sms-transformer"])
def test_integrated_gradients_pass_on_the_larger_demos(demo, key):
    assert sanity(demo(key), METHOD, options=FAST).verdict == "passes"


@pytest.mark.slow
def test_the_lift_of_a_ruined_network_is_small_though_its_curve_looks_good(demo):
    subject = demo("digits-mlp")
    ruined = random_weights(subject, 1)
    lifts = [
        deletion(one, explain_rows(one, METHOD, np.arange(64))).deletion_lift.value
        for one in (subject, ruined)
    ]
    assert lifts[1] < lifts[0] / 2
