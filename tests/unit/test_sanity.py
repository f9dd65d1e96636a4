"""The checks that a method has to pass: sanity, deletion, and what is important at all."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain import Cancelled, PruningPlan
from explain.attribution import (
    STEPS,
    deletion,
    drift,
    explain_rows,
    importance,
    noise_band,
    random_weights,
    sanity,
)
from explain.attribution.similarity import spearman
from explain.core import decisions as deciding
from explain.core.decisions import decisions
from explain.core.errors import InvalidSubject, Refused
from explain.core.explanation import SanityVerdict
from explain.core.intervals import mean_of, mean_over_draws, resampling
from explain.figures.reason_checks import sanity_sentence
from models.text import typed_sample

METHOD = "integrated-gradients"
FAST = {"steps": 8}


def blind(subject, method, rows, **given):
    """Explain without a look at the weights: the input itself."""
    found = explain_rows(subject, method, rows, **given)
    return replace(found, values=subject.samples.inputs[0][rows.tolist()].double().numpy())


def test_integrated_gradients_see_the_weights(demo):
    found = sanity(demo("digits-mlp"), METHOD, options=FAST)
    assert found.verdict is SanityVerdict.PASSES
    assert found.layers == ("output", "hidden2", "hidden1")
    assert len(found.spearmans) == len(found.overlaps) == 3
    assert found.spearmans[-1].high < 0.2
    assert "sees the weights" in sanity_sentence(found)
    assert dict(found.baselines)["mean"].value < 1
    assert 0 < found.completeness.value < 0.1


def test_a_method_that_ignores_the_weights_fails(demo):
    found = sanity(demo("digits-mlp"), "saliency", explain=blind)
    assert found.verdict is SanityVerdict.FAILS
    assert all(number.value == pytest.approx(1) for number in found.spearmans)
    assert "without the weights" in sanity_sentence(found)
    assert (found.completeness, found.baselines) == (None, ())


@pytest.mark.parametrize("key", ["heart-mlp", "digits-mlp", "credit-mlp"])
def test_a_method_passes_only_where_its_values_add_up_and_tiny_changes_are_counted(demo, key):
    found = sanity(demo(key), METHOD, options=FAST)
    own = explain_rows(demo(key), METHOD, [*found.rows, *found.constant], options=FAST)
    change = np.abs(own.outputs - own.baseline_outputs)
    tiny = change < 0.1 * np.median(change)
    assert (found.tiny, found.completeness.n) == (tiny.sum(), (~tiny).sum())
    assert found.completeness.value == pytest.approx(np.median(own.gaps[~tiny]))
    assert (found.verdict is SanityVerdict.PASSES) == (found.completeness.value <= 0.05)


def test_values_that_miss_the_change_are_no_pass(demo):
    def halved(subject, method, rows, **given):
        found = explain_rows(subject, method, rows, **given)
        return replace(found, values=found.values / 2, gaps=np.maximum(found.gaps, 0.5))

    found = sanity(demo("digits-mlp"), METHOD, options=FAST, explain=halved)
    assert found.verdict is SanityVerdict.INCOMPLETE
    assert "do not add up" in sanity_sentence(found)


def test_one_row_is_no_ground_for_a_verdict(demo):
    found = sanity(demo("digits-mlp"), "saliency", rows=np.array([3]))
    assert found.verdict is SanityVerdict.UNCLEAR


def test_the_checks_say_the_same_twice(demo):
    one, other = (sanity(demo("heart-mlp"), "saliency", rows=np.arange(9)) for _ in range(2))
    assert (one.spearmans, one.overlaps, one.verdict) == (
        other.spearmans,
        other.overlaps,
        other.verdict,
    )


def test_the_cascade_leaves_the_later_layers_random_and_the_earlier_as_they_were(demo):
    subject, seen = demo("digits-mlp"), []

    def listening(subject, method, rows, **given):
        seen.append(subject.network.weights())
        return explain_rows(subject, method, rows, **given)

    sanity(subject, "saliency", rows=np.arange(4), explain=listening)
    trained, *stages = seen
    kept = [
        [torch.equal(one[f"{n}.weight"], trained[f"{n}.weight"]) for n in LAYERS] for one in stages
    ]
    assert kept == [[False, True, True], [False, False, True], *[[False] * 3] * 10]


LAYERS = ("output", "hidden2", "hidden1")


@pytest.mark.parametrize("key", ["sms-transformer", "digits-cnn"])
def test_no_weight_is_unchanged_at_the_last_stage(demo, key):
    subject, seen = demo(key), []

    def listening(subject, method, rows, **given):
        seen.append(subject.network.weights())
        return explain_rows(subject, method, rows, **given)

    sanity(subject, "saliency", rows=np.arange(2), explain=listening)
    trained, *_, last = seen
    numbers = [name for name, tensor in trained.items() if tensor.is_floating_point()]
    assert [name for name in numbers if torch.equal(trained[name], last[name])] == []


def test_the_last_stage_is_the_mean_over_ten_draws_of_random_weights(demo):
    subject, rows = demo("heart-mlp"), np.arange(30)
    found = sanity(subject, "saliency", rows=rows, seed=3)
    said = explain_rows(subject, "saliency", rows)
    wanted = [
        spearman(
            said.values,
            explain_rows(
                random_weights(subject, seed), "saliency", rows, targets=said.targets
            ).values,
        ).mean()
        for seed in range(3, 13)
    ]
    assert found.spearmans[-1].value == pytest.approx(np.mean(wanted), abs=1e-6)
    assert np.ptp(wanted) > 0.1
    assert found.spearmans[-1].low < np.mean(wanted) < found.spearmans[-1].high


def test_draws_that_differ_widen_an_interval_that_rows_alone_would_not():
    values = np.repeat(np.linspace(-1, 1, 5)[:, None], 40, axis=1)
    found = mean_over_draws("x", values, "")
    assert mean_of("x", values.mean(0), "").high == pytest.approx(0)
    assert found.low < -0.5
    assert found.high > 0.5


def test_rows_with_a_constant_map_are_left_out_and_counted(demo):
    def silent(subject, method, rows, **given):
        found = explain_rows(subject, method, rows, **given)
        found.values[:3] = 0.5
        return found

    found = sanity(demo("digits-mlp"), "saliency", rows=np.arange(20), explain=silent)
    assert found.constant.tolist() == [0, 1, 2]
    assert found.rows.tolist() == list(range(3, 20))
    assert {number.n for number in (*found.spearmans, *found.overlaps)} == {17}
    assert "3 of 20 rows have a constant map" in sanity_sentence(found)


def test_a_network_without_weights_is_no_ground_for_a_verdict(demo):
    subject, plan = demo("heart-mlp"), PruningPlan(amount=1.0)
    dead = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    found = sanity(dead, METHOD, options=FAST)
    assert (found.verdict, len(found.rows)) == (SanityVerdict.UNCLEAR, 0)
    assert "only 0 rows" in sanity_sentence(found)


def test_seven_rows_are_no_ground_for_a_verdict_and_eight_are(demo):
    found = [
        sanity(demo("digits-mlp"), "saliency", rows=np.arange(n), explain=blind).verdict
        for n in (7, 8)
    ]
    assert found == ["unclear", "fails"]


@pytest.mark.parametrize("check", [noise_band, sanity])
def test_no_rows_are_refused_with_a_hint(demo, check):
    with pytest.raises(InvalidSubject) as caught:
        check(demo("heart-mlp"), "saliency", rows=np.zeros(0, np.int64))
    assert caught.value.hint


def test_nothing_is_decided_for_no_rows_and_no_drift_is_found(demo):
    subject, none = demo("heart-mlp"), np.zeros(0, np.int64)
    with pytest.raises(InvalidSubject) as caught:
        decisions(subject, none)
    assert caught.value.hint
    with pytest.raises(InvalidSubject):
        drift(subject, subject, "saliency", rows=none)


def test_decisions_run_in_batches_that_the_network_has_room_for(demo, monkeypatch):
    subject, told = demo("digits-mlp"), []
    whole = decisions(subject, np.arange(20))
    monkeypatch.setattr(deciding, "capacity", lambda _network: 7)
    assert np.array_equal(decisions(subject, np.arange(20), told.append), whole)
    assert told == pytest.approx([1 / 3, 2 / 3, 1])


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
    assert found.passes == 205


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


def test_a_typed_text_is_taken_apart_itself(demo):
    subject = demo("sms-transformer")
    text = typed_sample(subject, "WINNER! Claim your free prize now, call 09061701461")
    said = explain_rows(subject, METHOD, [0], samples=text, options=FAST)
    found = deletion(subject, said, samples=text)
    with torch.no_grad():
        whole = torch.softmax(subject.network(*text.inputs).double(), 1)[0, said.targets[0]]
    assert found.deletion[0] == pytest.approx(float(whole), abs=1e-4)


@pytest.mark.parametrize("wrong", ["samples", "network"])
def test_an_explanation_of_something_else_is_refused(demo, wrong):
    subject = demo("heart-mlp")
    said = explain_rows(subject, "saliency", np.arange(6))
    other = random_weights(subject, 0) if wrong == "network" else subject
    rows = np.arange(6) + (20 if wrong == "samples" else 0)
    with pytest.raises(InvalidSubject) as caught:
        deletion(other, said, samples=subject.samples.take(rows))
    assert caught.value.hint
    with pytest.raises(InvalidSubject):
        deletion(subject, said, samples=subject.samples.take(np.arange(3)))


def test_deletion_tells_how_far_it_is_after_every_batch():
    wide = nn.Sequential(nn.Conv2d(1, 64, 3, padding=1), nn.Flatten(), nn.Linear(64 * 32 * 32, 2))
    subject = explain.subject(wide.eval(), torch.rand(6, 1, 32, 32), torch.tensor([0, 1] * 3))
    told = []
    deletion(subject, explain_rows(subject, "saliency", np.arange(6)), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    assert len(told) > 12


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


def test_importance_of_many_parts_needs_no_resamples_of_all_of_them(demo):
    said = explain_rows(demo("heart-mlp"), "saliency", np.arange(8))
    values = np.random.default_rng(0).standard_normal((8, 40_000))
    tracemalloc.start()
    found = importance(replace(said, values=values))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6
    assert np.mean((found.signed_low <= 0) & (found.signed_high >= 0)) > 0.7
    last = np.percentile(resampling(8) @ values[:, -1], (2.5, 97.5))
    assert (found.signed_low[-1], found.signed_high[-1]) == pytest.approx(tuple(last))


def test_a_single_row_has_no_interval_and_no_row_has_no_mean():
    assert mean_of("x", np.array([0.4]), "").low is None
    assert np.isnan(mean_of("x", np.zeros(0), "").value)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["digits-cnn", "retina-cnn"])
def test_integrated_gradients_pass_on_the_larger_demos_with_the_steps_of_the_page(demo, key):
    assert sanity(demo(key), METHOD, options={"steps": STEPS}).verdict is SanityVerdict.PASSES


@pytest.mark.slow
def test_what_ten_draws_leave_open_on_the_messages_is_not_called_a_pass(demo):
    last = sanity(demo("sms-transformer"), METHOD, options=FAST)
    assert last.spearmans[-1].low < 0.2 < last.spearmans[-1].high
    assert last.verdict is SanityVerdict.UNCLEAR


@pytest.mark.slow
def test_the_lift_of_a_ruined_network_is_small_though_its_curve_looks_good(demo):
    subject = demo("digits-mlp")
    ruined = random_weights(subject, 1)
    lifts = [
        deletion(one, explain_rows(one, METHOD, np.arange(64))).deletion_lift.value
        for one in (subject, ruined)
    ]
    assert lifts[1] < lifts[0] / 2
