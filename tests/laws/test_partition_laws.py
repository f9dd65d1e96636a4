"""Laws that hold for every partition method on every demo, and for what is made of partitions."""

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import explain
from bench.planted_modules import cells, recovered
from explain.core.errors import Cancelled, InvalidOption, NonFinite, Refused, UnknownKey
from explain.core.messages import say
from explain.core.partition import Structure
from explain.decompose import (
    PARTITIONERS,
    adjusted_rand,
    carve_module,
    connections,
    dendrogram,
    give_back,
    hide,
    merge_modules,
    modules_or_blocks,
    partition,
    partition_quality,
    split_module,
)
from explain.decompose.cutting import brought_to
from explain.decompose.layered import estimate_count
from explain.decompose.partitioning import unit_graph_of
from explain.figures.module_table import partition_sentences
from tests.cutting import pruned_to
from tests.demos import every_demo, pairs

EVERY = pairs(PARTITIONERS)


def given(record, subject):
    """Return what only the manual method needs: two named modules."""
    if record.key != "manual":
        return {}
    first = subject.network.prunable[0].removesuffix(".weight")
    return {"modules": {"left": {first: [0, 1]}, "right": {first: [5]}}}


def units_of(subject, parts):
    return {layer: len(subject.network.get_parameter(f"{layer}.weight")) for layer in parts.labels}


@pytest.mark.parametrize(("key", "record"), EVERY)
def test_every_unit_that_lives_is_in_one_module_the_same_for_a_seed_or_the_method_refuses(
    key, record, demo
):
    subject = demo(key)
    if record.fits(subject) is not None:
        with pytest.raises(Refused):
            partition(subject, record.key)
        return
    parts, again = (partition(subject, record.key, k=3, **given(record, subject)) for _ in "ab")
    assert all(np.array_equal(parts.labels[name], again.labels[name]) for name in parts.labels)
    assert {layer: len(labels) for layer, labels in parts.labels.items()} == units_of(
        subject, parts
    )
    labels = np.concatenate(list(parts.labels.values()))
    outside = 0 if record.count == "fixed" else parts.dead
    assert set(labels[labels >= 0]) == set(range(parts.count))
    assert parts.sizes.sum() == len(labels) - outside == (labels >= 0).sum()
    assert sum(len(u) for module in parts.modules for u in module.values()) == parts.sizes.sum()
    assert "output" not in parts.labels
    assert "output" in parts.outputs


@pytest.mark.parametrize("record", PARTITIONERS, ids=lambda record: record.key)
def test_a_method_that_can_reach_a_number_of_modules_reaches_it(record, demo):
    subject = demo("digits-mlp")
    if record.count != "fixed":
        assert partition(subject, record.key, k=3).count == 3


def test_a_partition_touches_neither_weights_nor_random_state(demo):
    subject = demo("digits-cnn")
    before = {name: t.detach().clone() for name, t in subject.network.named_parameters()}
    state = torch.get_rng_state()
    parts = partition(subject, k=3)
    partition_quality(subject, parts, nulls=2)
    partition(subject, "activation-correlation", k=3)
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(before[name], t) for name, t in subject.network.named_parameters())


def test_merging_two_modules_undoes_splitting_one(demo):
    subject = demo("digits-mlp")
    parts = partition(subject, k=3)
    cut = split_module(subject, parts, 1)
    assert cut.count == 4
    back = merge_modules(subject, cut, (1, 3))
    assert all(np.array_equal(back.labels[name], parts.labels[name]) for name in parts.labels)


def test_merging_lowers_the_cut_and_splitting_raises_it(demo):
    subject = demo("digits-mlp")
    parts = partition(subject, k=4)
    cuts = [
        partition_quality(subject, each, nulls=1).n_cut
        for each in (merge_modules(subject, parts), parts, split_module(subject, parts, 0))
    ]
    assert cuts == sorted(cuts)
    assert cuts[0] < cuts[2]


def test_a_dendrogram_divides_every_branch_into_its_two_children(demo):
    subject = demo("heart-mlp")
    parts = partition(subject, k=3)
    tree = dendrogram(subject, parts, leaves=48)
    sizes = [sum(len(units) for units in branch.values()) for branch in tree.units]
    assert sizes[0] == parts.sizes.sum()
    for place, (left, right) in enumerate(zip(tree.left, tree.right, strict=True)):
        if left < 0:
            assert sizes[place] == 1
        else:
            assert sizes[place] == sizes[left] + sizes[right]
            assert tree.parent[left] == tree.parent[right] == place


def test_one_module_sends_nothing_and_cuts_nothing(demo):
    subject = demo("digits-mlp")
    found = partition_quality(subject, partition(subject, k=1), nulls=3)
    assert (found.cut, found.traffic, found.p_value) == (0.0, 0, 1.0)


def test_units_without_weights_and_units_that_are_never_active_are_dead_in_no_module(demo):
    """What is asked of modules afterwards still adds up: the dead stay where they are."""
    subject = demo("heart-mlp")
    assert partition(subject, k=2).dead == 0
    weights = {name: t.detach().clone() for name, t in subject.network.named_parameters()}
    weights["hidden1.weight"][7] = 0
    weights["hidden1.bias"][[3, 4]] = -1e3
    cut = replace(subject, network=subject.network.with_parameters(weights))
    parts = partition(cut, k=2)
    assert parts.dead == 3
    assert np.flatnonzero(parts.labels["hidden1"] < 0).tolist() == [3, 4, 7]
    assert partition_sentences(parts)[-1] == say("modules.dead", where="outside", n=3)
    blocks = partition(cut, "depth-blocks")
    assert (blocks.dead, blocks.sizes.sum()) == (3, parts.sizes.sum() + 3)

    added = explain.contributions(cut, parts)
    np.testing.assert_allclose(added.shapley.sum(), (added.whole - added.empty).mean(), atol=1e-5)
    hidden = explain.evaluate(hide(cut, parts.labels, (0, 1)), rows=added.rows)
    outputs = np.asarray(hidden.outputs)[np.arange(len(added.rows)), added.targets]
    np.testing.assert_allclose(outputs, added.empty, atol=1e-5)
    assert added.units.sum() == parts.sizes.sum()
    ways = connections(cut, parts.labels)
    assert ways.sum() + 2 * 35 == connections(cut, blocks.labels).sum()
    back = give_back(cut, pruned_to(cut, 0.9), parts.labels)
    assert back.all_repaired == len(back.changed) > 0
    assert {part.part for part in back.parts} == {"module 1", "module 2", "hidden1", "output"}
    assert partition_quality(cut, parts, nulls=2).flows.shape == (2, 2)
    assert split_module(cut, parts, 0).dead == 3
    assert carve_module(cut, parts, "mine", {"hidden1": [7]}).sizes.tolist()[-1] == 1
    assert dendrogram(cut, parts, leaves=4).units[0]["hidden1"].tolist() != list(range(32))


def test_a_job_can_be_stopped(demo):
    def stop(_share):
        raise Cancelled

    with pytest.raises(Cancelled):
        partition(demo("digits-mlp"), progress=stop)


def test_wrong_questions_are_refused(demo):
    subject = demo("digits-mlp")
    with pytest.raises(UnknownKey):
        partition(subject, "layered-nul")
    for wrong in (0, 97):
        with pytest.raises(InvalidOption):
            partition(subject, k=wrong)
    twice = {"a": {"hidden1": [1, 2]}, "b": {"hidden1": [2]}}
    for modules in ({}, twice, {"a": {"hidden1": [64]}}, {"a": {}}):
        with pytest.raises(InvalidOption):
            partition(subject, "manual", modules=modules)
    with pytest.raises(UnknownKey):
        partition(subject, "manual", modules={"a": {"output": [1]}})


def test_weights_that_are_not_finite_are_refused(demo):
    subject = demo("digits-mlp")
    weight = subject.network.get_parameter("hidden1.weight").detach().clone()
    weight[0, 0] = float("nan")
    broken = subject.network.with_parameters({"hidden1.weight": weight})
    with pytest.raises(NonFinite):
        partition(replace(subject, network=broken), k=2)


def test_modules_of_another_network_are_refused(demo):
    with pytest.raises(InvalidOption):
        partition_quality(demo("heart-mlp"), partition(demo("digits-mlp"), k=2))


def test_a_pruned_copy_can_be_split(demo):
    subject = demo("digits-mlp")
    plan = explain.PruningPlan(amount=0.9)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    parts = partition(pruned, k=3)
    assert parts.count == 3
    assert parts.provenance.plan


@pytest.mark.parametrize("key", every_demo())
def test_where_no_modules_are_found_blocks_of_the_architecture_are_shown(key, demo):
    found, shown = modules_or_blocks(demo(key))
    if found.count > 1:
        assert shown is found
        return
    assert shown.method in {"residual-blocks", "depth-blocks"}
    assert 1 < shown.count <= 10
    assert (found.structure, shown.structure) == (Structure.NONE, Structure.BLOCKS)
    assert partition_sentences(shown)[0] == partition_sentences(found)[0]
    assert set(shown.labels) == set(found.labels)


def test_one_module_that_was_asked_for_is_shown_as_it_is(demo):
    found, shown = modules_or_blocks(demo("digits-mlp"), k=1)
    assert shown is found
    assert found.structure is Structure.MODULES
    assert partition_sentences(found)[0] == say("modules.one_asked_for", units="78")


def test_dead_units_take_no_module_s_place_where_a_number_is_asked_for():
    """Each would be a community of its own to Louvain; real modules would be merged instead."""
    cell = next(cells("mlp", 0, counts=(2,), leaks=(0.1,), amounts=(0.9,)))
    assert partition(cell.network.subject, k=2).dead > 0
    for method in ("louvain", "greedy-modularity"):
        assert recovered(cell, method) >= 0.8


def test_a_network_of_a_single_hidden_layer_has_no_blocks_to_show_either():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    subject = explain.subject(network.eval(), torch.randn(6, 4), torch.arange(6) % 2)
    found, shown = modules_or_blocks(subject)
    assert shown is found
    assert found.structure is Structure.NONE


def test_many_communities_are_merged_in_little_time(demo):
    subject = demo("digits-mlp")
    graph = unit_graph_of(subject)
    labels = np.arange(len(graph.hidden))
    started = time.process_time()
    assert brought_to(graph, labels, 2).max() == 1
    assert time.process_time() - started < 5


def in_two_blocks(seed=0, spread=4.0, faint=0.0):
    """Return a network of two blocks that share nothing, whose units are unlike by powers of ten.

    `faint`: what stands in place of each weight that is none.
    """
    random = np.random.default_rng(seed)
    sizes, layers, blocks = (12, 16, 16, 4), [], [random.integers(0, 2, 12)]
    for wide, high in itertools.pairwise(sizes):
        blocks.append(random.permutation(np.arange(high) % 2))
        weight = random.uniform(0.5, 1.5, (high, wide))
        weight *= 10 ** random.uniform(-spread, 0, (high, 1)) * 10 ** random.uniform(
            -spread, 0, wide
        )
        apart = blocks[-1][:, None] != blocks[-2]
        weight[apart] = faint * random.uniform(0.5, 1.5, weight.shape)[apart] * weight.mean()
        layers += [nn.Linear(wide, high), nn.ReLU()]
        layers[-2].weight.data = torch.from_numpy(weight).float()
        nn.init.constant_(layers[-2].bias, 0.1)
    shown = torch.randn(20, 12, generator=torch.Generator().manual_seed(seed))
    return explain.subject(nn.Sequential(*layers[:-1]), shown), np.concatenate(blocks[1:-1])


@pytest.mark.parametrize("seed", range(3))
def test_the_n_cut_finds_blocks_whatever_the_degrees_of_their_units(seed):
    subject, blocks = in_two_blocks(seed)
    for key in ("n-cut", "hidden-n-cut"):
        found = np.concatenate(list(partition(subject, key, k=2).labels.values()))
        assert adjusted_rand(found, blocks) == 1


def test_weights_that_are_next_to_nothing_count_as_none():
    """L1 training leaves such; counted as ties they would make every pattern full."""
    bars = [
        estimate_count(unit_graph_of(in_two_blocks(3, spread=0.3, faint=faint)[0])).bar
        for faint in (0.0, 1e-6)
    ]
    assert bars[0] == pytest.approx(bars[1], rel=0.02)
