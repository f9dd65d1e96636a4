"""What stands on the Attribution page follows from the explanations, on one scale."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import explain
from explain.attribution import (
    drift_curve,
    explain_rows,
    importance,
    noise_band,
    pixel_change,
    share_change,
)
from explain.core.errors import InvalidSubject
from explain.core.messages import points, say, signed
from explain.core.subject import Task
from explain.figures import (
    Triple,
    answer,
    attribution_maps,
    both_decide,
    drift_curve_chart,
    drift_line,
    facts,
    importance_bars,
    importance_maps,
    moved_most,
    output_name,
    parts_of_table,
    readings,
    waterfall,
)
from explain.figures.reason_checks import drift_sentence
from tests.demos import subject_of
from tests.marking import wrongly_marked

values = arrays.arrays(np.float64, (7,), elements=st.floats(-50, 50, width=32))
CLASSES = Task(kind="classification", classes=("no", "yes"))


@given(values, values)
def test_the_scale_holds_all_three_sides_of_a_small_sample(dense, pruned):
    found = Triple(dense=dense, pruned=pruned)
    assert all(np.abs(side).max() <= found.largest for _, side in found.sides)
    assert not found.cut


def test_maps_have_the_shape_of_the_picture():
    wide = np.ones((1, 8, 32))
    assert attribution_maps(wide, Triple(dense=wide, pruned=wide), low=0, high=1).ratio == 4


def test_a_single_strong_pixel_of_many_does_not_pale_all_others_and_the_scale_says_so():
    dense = np.ones((1, 40, 40))
    dense[0, 0, 0] = 100.0
    found = attribution_maps(dense, Triple(dense=dense, pruned=dense), low=0, high=1)
    assert found.largest == 1.0
    assert "or more" in found.scale


def test_equal_networks_have_an_empty_difference():
    dense = np.array([[[1.0, -2.0], [0.5, 0.0]]])
    found = attribution_maps(dense, Triple(dense=dense, pruned=dense), low=0, high=1)
    assert [tile.title for tile in found.tiles] == ["original", "pruned", "difference"]
    assert found.tiles[0].uri == found.tiles[1].uri != found.tiles[2].uri
    assert "holds 0 in all" in found.sentence


@given(values, values, st.integers(1, 7))
def test_shown_rows_and_their_rest_add_up_to_everything(dense, pruned, most):
    found = parts_of_table("abcdefg", Triple(dense=dense, pruned=pruned), most=most)
    assert sum(row.dense for row in found.rows) == pytest.approx(dense.sum(), abs=1e-6)
    assert sum(row.pruned for row in found.rows) == pytest.approx(pruned.sum(), abs=1e-6)
    assert all(abs(row.difference) <= found.largest for row in found.rows)


def test_the_strongest_part_of_either_network_comes_first():
    found = parts_of_table("ab", Triple(dense=np.array([1.0, 2.0]), pruned=np.array([-5.0, 2.0])))
    assert [row.name for row in found.rows] == ["a", "b"]


@given(values, values)
def test_a_waterfall_goes_from_the_baseline_to_the_output_without_a_gap(dense, pruned):
    found = parts_of_table("abcdefg", Triple(dense=dense, pruned=pruned))
    ends = (1.0 + float(dense.sum()), 2.0 + float(pruned.sum()))
    for way, start, end in zip(waterfall(found, (1.0, 2.0), ends), (1.0, 2.0), ends, strict=True):
        assert way.falls[0].value == start
        assert way.falls[-1].value == end
        at = way.falls[0].low
        for fall in way.falls[1:-1]:
            assert min(abs(fall.low - at), abs(fall.high - at)) < 1e-9
            at = fall.high if abs(fall.low - at) < 1e-9 else fall.low
        assert all(0 <= fall.low <= fall.high <= 1 for fall in way.falls)


def test_the_same_place_on_both_axes_means_the_same_output():
    found = parts_of_table("a", Triple(dense=np.array([3.0]), pruned=np.array([3.0])))
    dense, pruned = waterfall(found, (0.0, 0.0), (3.0, 3.0))
    assert dense.falls == pruned.falls


def test_tokens_keep_their_words_and_padding_is_told_apart():
    found = Triple(dense=np.array([2.0, -1.0, 0.25]), pruned=np.array([1.0, 0.0, 0.0]))
    (dense, pruned, difference), scale = readings(("free", "zorb"), (True, False), found)
    assert [token.text for token in dense.tokens] == ["free", "zorb"]
    assert [token.share for token in dense.tokens] == [1.0, -0.5]
    assert [token.known for token in pruned.tokens] == [True, False]
    assert [token.value for token in difference.tokens] == [-1.0, 1.0]
    assert dense.rest == 0.25
    assert "±2" in scale


def test_a_probability_is_that_of_the_explained_class_also_when_another_wins():
    found = answer(np.array([2.0, 0.0]), CLASSES, 1)
    assert found.decision == "no"
    assert found.probability == pytest.approx(1 / (1 + np.e**2))


@pytest.mark.parametrize(("logit", "decision"), [(0.4, "no"), (0.6, "yes")])
def test_a_single_output_decides_by_its_cut(logit, decision):
    task = Task(kind="binary", classes=("no", "yes"), cut=0.5)
    assert answer(np.array([logit]), task, 0).decision == decision
    assert output_name(task, 0) == "yes"


def test_a_flip_is_said_with_how_sure_both_are_and_a_regression_cannot_flip():
    yes, no = answer(np.array([0.0, 1.0]), CLASSES, 1), answer(np.array([1.0, 0.0]), CLASSES, 1)
    assert both_decide(yes, no) == "“yes” 73 % → “no” 73 %."
    assert both_decide(yes, yes) == "“yes”: 73 % → 73 %."
    number = Task(kind="regression", target="price")
    one, two = (answer(np.array([x]), number, 0) for x in (1.0, 2.0))
    assert both_decide(one, two) == "“1” → “2”."
    half = Task(kind="binary", classes=("no", "yes"), cut=1.0)
    assert answer(np.array([0.5]), half, 0).sure == pytest.approx(1 - 1 / (1 + np.exp(-0.5)))


@given(values, values)
def test_the_part_that_moved_most_moved_the_way_that_all_did(dense, pruned):
    found, names = Triple(dense=dense, pruned=pruned), "abcdefg"
    said, change = moved_most(names, found), pruned - dense
    way = 1 if change.sum() >= 0 else -1
    at = int((way * change).argmax() if change.any() else np.abs(dense).argmax())
    assert f": {names[at]} (" in said
    turned = dense[at] * pruned[at] < 0
    weaker = abs(pruned[at]) < abs(dense[at])
    how = "Turned" if turned else "Weakened" if weaker else "Strengthened"
    assert said.startswith(how if change.any() else "Strongest")


def test_a_gap_is_told_and_a_large_one_calls_for_more_steps(demo):
    found = explain.attribute(demo("heart-mlp"), "integrated-gradients", target=1)
    yes = answer(np.array([0.0, 1.0]), CLASSES, 1)
    loose = replace(found, gaps=np.array([0.12]))
    shown = facts((yes, yes), (found, loose))
    assert "12 %" in shown.completeness
    assert shown.loose
    still = replace(loose, baseline_outputs=0.95 * loose.outputs)
    assert not facts((yes, yes), (found, still)).loose
    silent = replace(found, gaps=None)
    assert "not promise" in facts((yes, yes), (silent, silent)).completeness


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1e-14, "0"), (0.5, "+0.500"), (-0.0123, "−0.012"), (1234.4, "+1,234")],
)
def test_a_sign_is_always_there_but_for_nothing(value, text):
    assert signed(value) == text


@pytest.fixture(scope="module")
def drifts():
    subject, plan = subject_of("heart-mlp"), explain.PruningPlan()
    scores = explain.score(subject, plan)
    amounts = (0.0, 0.9, 0.99)
    afters = [explain.prune(subject, explain.select(scores, plan.at(a))) for a in amounts]
    method = {"rows": np.arange(12), "options": {"steps": 8}}
    band = noise_band(subject, "integrated-gradients", **method)
    return amounts, drift_curve(subject, afters, band), band


def test_the_drift_line_shows_the_numbers_of_the_drift(drifts):
    _, found, _ = drifts
    bars = drift_line(found[1])
    assert wrongly_marked(bars) == []
    assert bars.sentence == drift_sentence(found[1])
    assert bars.rows[0].value == found[1].overlap.value
    assert (bars.rows[0].low, bars.rows[0].high) == (found[1].overlap.low, found[1].overlap.high)
    named = {row.name.partition(":")[0]: row.value for row in bars.rows}
    assert named["floor"] == found[1].floor.value
    assert named["ceiling"] == found[1].ceiling.value


def test_the_drift_curve_does_not_move_with_the_slider_but_its_mark_does(drifts):
    amounts, found, band = drifts
    one, two = (drift_curve_chart(amounts, found, band, here=(a, 0.5)) for a in (0.2, 0.8))
    assert one.figure.to_json() == two.figure.to_json()
    assert one.marks[0].x < two.marks[0].x
    assert wrongly_marked(one) == []
    assert one.data["overlap"] == [drift.overlap.value for drift in found]
    assert type(one.figure)(one.figure.to_plotly_json()).data


def test_importance_is_ordered_by_the_dense_network_and_pairs_both(demo):
    subject = demo("heart-mlp")
    pruned = explain.prune(
        subject,
        explain.select(
            explain.score(subject, explain.PruningPlan()), explain.PruningPlan(amount=0.8)
        ),
    )
    dense, after = (
        importance(explain_rows(one, "input-x-gradient", range(20))) for one in (subject, pruned)
    )
    bars = importance_bars(subject.spec.names, dense, after)
    assert wrongly_marked(bars) == []
    assert [row.name for row in bars.rows] == [subject.spec.names[at] for at in dense.order[:10]]
    assert all(0 <= row.low <= row.value <= row.high <= 1 + 1e-9 for row in bars.rows)
    first = bars.rows[0]
    after_share, share = (one.size[dense.order[0]] / one.size.sum() for one in (after, dense))
    assert first.value / first.before.value == pytest.approx(after_share / share)
    assert bars.data["size, pruned"][0] == after.size[dense.order[0]]
    change = share_change(dense, after, int(dense.order[0]))
    assert change.value == pytest.approx(after_share - share)
    told = points(change.value), points(change.low), points(change.high)
    assert "({} points [{}, {}])".format(*told) in bars.sentence


def test_a_change_that_every_row_shows_is_sure_though_the_networks_own_intervals_overlap(demo):
    said = explain_rows(demo("heart-mlp"), "saliency", np.arange(30))
    rng = np.random.default_rng(0)
    first = np.stack([rng.lognormal(1, 0.5, 30), np.full(30, 1.0), np.full(30, 2.0)], 1)
    more = first * np.stack([rng.normal(1.1, 0.05, 30), np.ones(30), np.ones(30)], 1)
    dense, after = (importance(replace(said, values=one)) for one in (first, more))
    assert after.size_low[0] < dense.size_high[0]
    change = share_change(dense, after, 0)
    own = [one.mean(0)[0] / one.mean(0).sum() for one in (first, more)]
    assert change.value == pytest.approx(own[1] - own[0])
    assert change.low > 0
    draws = rng.integers(0, 30, (4000, 30))
    shares = [one[draws].mean(1) for one in (first, more)]
    spread = np.std(shares[1][:, 0] / shares[1].sum(1) - shares[0][:, 0] / shares[0].sum(1))
    assert (change.high - change.low) / 2 == pytest.approx(2.05 * spread, rel=0.15)
    same = share_change(dense, dense, 0)
    assert (same.low, same.high) == (0, 0)
    named = {"change": change.value, "low": change.low, "high": change.high}
    told = say("figures.importances.change", part="a", surely="more", **named)
    assert told in importance_bars("abc", dense, after).sentence
    with pytest.raises(InvalidSubject):
        share_change(dense, importance(replace(said, values=first[:20])), 0)


def test_the_pixel_that_differs_most_is_told_with_its_paired_interval(demo):
    said = explain_rows(demo("heart-mlp"), "saliency", np.arange(12))
    rng = np.random.default_rng(0)
    first = rng.standard_normal((12, 2, 3, 3))
    second = first.copy()
    second[:, :, 1, 2] -= 0.25 + 0.01 * rng.standard_normal((12, 2))
    dense, after = (importance(replace(said, values=one)) for one in (first, second))
    change = pixel_change(dense, after)
    assert change.value == pytest.approx((second - first).sum(1)[:, 1, 2].mean())
    assert change.high < 0
    told = importance_maps(dense, after).sentence
    assert f"[{signed(change.low)}, {signed(change.high)}]" in told
