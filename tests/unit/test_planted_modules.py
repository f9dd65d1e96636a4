"""Modules with a known right answer are found; where there are none, none are."""

from dataclasses import replace
from statistics import mean

import numpy as np
import pytest
import torch
from torch import nn

import explain
from bench.planted import control
from bench.planted_modules import agreement, cells, found_count, recovered
from explain.core.messages import say
from explain.core.partition import ModuleCount, Structure
from explain.decompose import partition, partition_quality
from explain.decompose.dead import dead_units
from explain.decompose.null import NullNetworks
from explain.decompose.partitioning import unit_graph_of, without_dead
from explain.figures.module_table import partition_sentences


@pytest.fixture(scope="module")
def planted_cells():
    return list(cells("mlp", 0, counts=(2, 3), leaks=(0.3, 0.5), amounts=(0.0, 0.5)))


def test_planted_modules_are_recovered(planted_cells):
    clear = [recovered(cell, "layered-null") for cell in planted_cells if cell.leak == 0.3]
    assert mean(clear) >= 0.85
    assert mean(recovered(cell, "layered-null") for cell in planted_cells) >= 0.65


def test_the_published_n_cut_recovers_less(planted_cells):
    ours = mean(recovered(cell, "layered-null") for cell in planted_cells)
    assert ours > mean(recovered(cell, "n-cut") for cell in planted_cells) + 0.1


def test_the_number_of_planted_modules_is_found(planted_cells):
    assert [found_count(cell.network.subject) for cell in planted_cells] == [
        cell.count for cell in planted_cells
    ]


def test_planted_modules_cut_less_than_chance_and_their_rank_says_so(planted_cells):
    subject = planted_cells[0].network.subject
    found = partition_quality(subject, partition(subject, k=2), nulls=19)
    assert found.p_value == 1 / 20
    assert found.effect < 0.95
    assert found.stability.value >= 0.9


def test_networks_of_random_weights_have_no_modules():
    counts = [found_count(control("mlp", 2 + seed % 3, seed=seed)) for seed in range(10)]
    assert counts.count(1) >= 9


def test_a_search_that_finds_nothing_says_so_and_why():
    parts = partition(control("mlp", 2, seed=0))
    assert (parts.count, parts.structure) == (1, Structure.NONE)
    found = parts.estimate
    assert found.margin == found.eigenvalues[0] / found.bar < 1
    assert partition_sentences(parts)[1] == say(
        "modules.no_larger_eigenvalue",
        eigenvalue=float(found.eigenvalues[0]),
        margin=found.margin,
        networks=20,
        bar=found.bar,
    )
    assert partition_sentences(parts)[0] == say("modules.none_found", told="yes")
    blind = replace(parts, estimate=replace(found, power=0.5))
    assert partition_sentences(blind)[0] == say("modules.none_found", told="no")


def test_of_networks_with_a_few_units_at_random_at_most_one_in_twenty_gets_modules():
    found = [found_count(random_network(seed, 5 + 9 * (seed % 4))) for seed in range(20)]
    assert sum(count > 1 for count in found) <= 1


def random_network(seed, width):
    torch.manual_seed(seed)
    layers = torch.nn.Linear(4, width), torch.nn.ReLU(), torch.nn.Linear(width, 2)
    network = torch.nn.Sequential(*layers).eval()
    return explain.subject(network, torch.randn(64, 4), torch.arange(64) % 2)


def test_power_is_told_of_networks_in_which_ties_between_planted_modules_alone_are_weaker(
    planted_cells,
):
    graph = unit_graph_of(planted_cells[0].network.subject)
    graph = without_dead(graph, dead_units(graph))
    nulls = NullNetworks(graph, 0)
    planted = np.arange(nulls.nodes) % 2
    for leak in (1.0, 0.3):
        drawn = nulls.draw(planted, leak)
        for own, null in zip(graph.blocks, drawn.blocks, strict=True):
            torch.testing.assert_close(
                null.strength.sum(0), own.strength.sum(0), rtol=0.05, atol=0.02
            )
            torch.testing.assert_close(
                null.strength.sum(1), own.strength.sum(1), rtol=0.05, atol=0.02
            )
        labels = planted[drawn.inside] if drawn.inside is not None else planted
        ties = [
            (float(block.strength[same].sum()), float(block.strength[~same].sum()))
            for block in drawn.blocks
            for same in [labels_alike(labels, block)]
        ]
        within, between = map(sum, zip(*ties, strict=True))
        assert between / within == pytest.approx(leak, abs=0.12)


def labels_alike(labels, block):
    return torch.from_numpy(labels[block.target.nodes][:, None] == labels[block.source.nodes])


@pytest.mark.parametrize("how", ["columns", "rows", "dead"])
def test_planted_modules_are_counted_where_columns_or_rows_differ_and_units_are_dead(how):
    cell = next(cells("mlp", 0, counts=(3,), leaks=(0.3,), amounts=(0.0,), unlikes=(how,)))
    parts = partition(cell.network.subject)
    assert parts.count == 3
    assert agreement(cell, parts.labels) > 0.8
    assert parts.dead >= (28 if how == "dead" else 0)


def test_a_null_network_keeps_the_number_and_the_strength_of_every_unit_s_ties():
    """Weights permuted within their row would keep neither of a column."""
    cell = next(cells("mlp", 0, counts=(3,), leaks=(0.3,), amounts=(0.5,), unlikes=("columns",)))
    graph = unit_graph_of(cell.network.subject)
    graph = without_dead(graph, dead_units(graph))
    nulls = NullNetworks(graph, 0)
    for drawn in (nulls.draw(), nulls.draw()):
        for own, null in zip(graph.blocks, drawn.blocks, strict=True):
            assert (own.strength > 0).ne(null.strength > 0).any()
            for axis in (0, 1):
                sums = own.strength.sum(axis)
                torch.testing.assert_close(null.strength.sum(axis), sums, rtol=0.05, atol=0.02)
                there, held = ((block.strength > 0).sum(axis) for block in (own, null))
                assert (there - held).abs().max() <= 3


def test_a_dense_network_s_weights_are_dealt_anew_in_each_null_network():
    graph = unit_graph_of(control("mlp", 2, seed=0))
    nulls = NullNetworks(graph, 0)
    first, second = nulls.draw(), nulls.draw()
    for own, one, other in zip(graph.blocks, first.blocks, second.blocks, strict=True):
        assert (own.strength > 0).all()
        for left, right in ((own, one), (own, other), (one, other)):
            both = torch.stack([left.strength.flatten(), right.strength.flatten()])
            assert torch.corrcoef(both)[0, 1] < 0.5


def test_a_unit_that_is_always_negative_lives_and_one_that_is_always_0_is_dead():
    network = nn.Sequential(nn.Linear(3, 3), nn.LeakyReLU(), nn.Linear(3, 2))
    with torch.no_grad():
        network[0].weight.mul_(0.01)
        network[0].bias.copy_(torch.tensor([-5.0, 5.0, 0.0]))
        network[0].weight[2] = 0.0
    subject = explain.subject(network, torch.rand(40, 3), torch.arange(40) % 2)
    assert dead_units(unit_graph_of(subject)).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("nulls", "bar"),
    [((1.0, 1.0, 1.0, 1.0, 1.2, 1.2, 2.0), 1.12 * 1.2), ((5, 1, 4, 2, 3), 3 + 4 * 1.4826)],
)
def test_the_bar_is_the_higher_of_a_margin_over_the_quartile_and_four_deviations(nulls, bar):
    found = ModuleCount(
        count=3,
        eigenvalues=np.array([30.0, 20.0, 0.5]),
        null_largest=np.array(nulls, dtype=np.float64),
        power=0.5,
        planted=10,
    )
    assert found.bar == pytest.approx(bar, rel=1e-12)
    assert found.margin == pytest.approx(20.0 / bar, rel=1e-12)
    assert replace(found, count=1).margin == pytest.approx(30.0 / bar, rel=1e-12)
    assert (found.can_tell, replace(found, power=0.6).can_tell) == (False, True)
