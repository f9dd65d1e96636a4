"""Laws of what is done with modules: verbs, comparisons, connections, modules made by hand."""

import numpy as np
import pytest

import explain
from explain.core.errors import InvalidOption, InvalidSubject, UnknownKey
from explain.decompose import carve_module, connections, contribution_change, hide
from explain.decompose.contributions.coalitions import of_means
from explain.figures.module_table import contributions_sentence, interactions_sentence
from tests.cutting import pruned_to

DEMOS = ["digits-mlp", "digits-cnn", "heart-mlp", "credit-mlp", "sms-transformer"]


@pytest.fixture(params=DEMOS)
def network(request, demo):
    return demo(request.param)


def test_the_verbs_take_a_partition_and_a_sample(network):
    parts = explain.partition(network, "depth-blocks")
    one = explain.contributions(network, parts, sample=3)
    assert one.rows.tolist() == [3]
    assert one.shapley.shape == (parts.count,)
    np.testing.assert_allclose(one.residual, 0, atol=1e-5)
    assert explain.interactions(network, parts, sample=3).matrix.shape == (parts.count, parts.count)
    assert len(explain.contributions(network, parts).rows) == 64


@pytest.mark.parametrize("rows", [2, 3, 5, 8, 20, 40])
def test_intervals_of_few_rows_cover_what_they_promise(rows):
    draw = np.random.default_rng(0).normal(size=(rows, 4000))
    _, low, high = of_means(draw, np.zeros(4000))
    assert 0.92 <= ((low <= 0) & (high >= 0)).mean() <= 0.97


def test_sentences_call_modules_by_their_names(demo):
    network = demo("heart-mlp")
    parts = explain.partition(network, "manual", modules={"mine": {"hidden1": [0, 1]}})
    told = contributions_sentence(explain.contributions(network, parts), parts.names)
    assert any(name in told for name in parts.names)
    assert "mine" in interactions_sentence(explain.interactions(network, parts), parts.names)


def test_nothing_changes_between_a_network_and_itself(network):
    parts = explain.partition(network, "depth-blocks")
    found = explain.contributions(network, parts, rows=range(8))
    change = contribution_change(found, found)
    assert not change.change.any()
    assert not change.low.any()
    assert not change.high.any()
    assert change.n == 8


def test_the_change_is_the_difference_and_lies_in_its_interval(network):
    parts, after = explain.partition(network, "depth-blocks"), pruned_to(network, 0.8)
    before = explain.contributions(network, parts, rows=range(24))
    later = explain.contributions(after, parts, rows=range(24), targets=before.targets)
    change = contribution_change(before, later)
    np.testing.assert_allclose(change.change, later.shapley - before.shapley, atol=1e-9)
    assert (change.low <= change.change + 1e-12).all()
    assert (change.change <= change.high + 1e-12).all()


def test_different_questions_are_not_compared(demo):
    network = demo("heart-mlp")
    parts = explain.partition(network, "depth-blocks")
    one = explain.contributions(network, parts, rows=[0, 1])
    for other in (
        explain.contributions(network, parts, rows=[0, 2]),
        explain.contributions(network, parts, rows=[0, 1], value="probability"),
        explain.contributions(network, parts, rows=[0, 1], replacement="mean"),
    ):
        with pytest.raises(InvalidSubject):
            contribution_change(one, other)


def test_modules_hold_every_connection_but_those_into_the_answer(network):
    parts = explain.partition(network, "depth-blocks")
    counted = connections(network, parts.labels)
    weights = [network.network.get_parameter(f"{layer}.weight") for layer in parts.labels]
    assert counted.sum() == sum(int(weight.count_nonzero()) for weight in weights)
    left = connections(pruned_to(network, 0.8), parts.labels)
    assert (left <= counted).all()
    assert left.sum() < counted.sum()


def test_carved_units_are_one_more_module_and_no_other_unit_moves(network):
    parts = explain.partition(network, "depth-blocks")
    layer, owners = next(iter(parts.labels.items()))
    found = carve_module(network, parts, "mine", {layer: np.array([0, 2])})
    assert found.names == (*parts.names, "mine")
    assert np.flatnonzero(found.labels[layer] == parts.count).tolist() == [0, 2]
    for name, before in parts.labels.items():
        same = np.ones(len(before), bool)
        same[[0, 2] if name == layer else []] = False
        np.testing.assert_array_equal(found.labels[name][same], before[same])
    assert len(owners) == len(found.labels[layer])


def test_a_module_that_is_left_empty_is_gone(demo):
    network = demo("heart-mlp")
    parts = explain.partition(network, "depth-blocks")
    whole = {"hidden1": np.arange(len(parts.labels["hidden1"]))}
    found = carve_module(network, parts, "first", whole)
    assert found.names == ("hidden2", "first")
    assert hide(network, found.labels, [1]).pruned_by.endswith("hidden modules: 1")


@pytest.mark.parametrize(
    ("name", "units", "error"),
    [
        ("", {"hidden1": [0]}, InvalidOption),
        ("hidden2", {"hidden1": [0]}, InvalidOption),
        ("mine", {}, InvalidOption),
        ("mine", {"hidden1": [99]}, InvalidOption),
        ("mine", {"hidden1": [-1]}, InvalidOption),
        ("mine", {"nowhere": [0]}, UnknownKey),
    ],
)
def test_what_cannot_be_carved_is_refused_with_a_hint(demo, name, units, error):
    network = demo("heart-mlp")
    parts = explain.partition(network, "depth-blocks")
    with pytest.raises(error) as caught:
        carve_module(network, parts, name, units)
    assert caught.value.hint


def test_conductances_of_a_full_cut_add_up_and_others_are_left_out_with_the_reason(network):
    parts = explain.partition(network, "width-slices", k=3)
    found = explain.conductances(network, parts, rows=range(4), steps=64)
    assert [one.layer for one in found] == list(parts.labels)
    whole = explain.attribute(network, "integrated-gradients", sample=0, options={"steps": 64})
    change = float(whole.outputs[0] - whole.baseline_outputs[0])
    for one in found:
        if one.sums is None:
            assert one.layer in str(one.reason)
            assert one.gaps is None
            continue
        assert one.sums.shape == (4, parts.count)
        assert one.sums[0].sum() == pytest.approx(change, rel=0.05, abs=0.02)
        assert (one.gaps < 0.05).all()
    assert network.key == "sms-transformer" or any(one.sums is not None for one in found)


def test_layer_conductance_of_the_residual_is_refused(demo):
    network = demo("digits-cnn")
    parts = explain.partition(network, "depth-blocks")
    found = {one.layer: one for one in explain.conductances(network, parts, sample=0)}
    assert found["conv1"].sums is not None
    assert found["conv2"].sums is None
    only = found["conv4"].sums[0]
    assert only[:3].tolist() == [0.0, 0.0, 0.0]
