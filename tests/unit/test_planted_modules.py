"""Modules with a known right answer are found; where there are none, none are."""

from statistics import mean

import pytest

from bench.planted import control
from bench.planted_modules import cells, found_count, recovered
from explain.core.partition import Structure
from explain.decompose import partition, partition_quality
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
    assert "no larger than that of 20 networks" in partition_sentences(parts)[1]
