"""What partitions rest on, against slow and literal re-implementations."""

import math

import networkx as nx
import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain.decompose import adjusted_rand, partition, partition_quality
from explain.decompose.cutting import (
    attach_ends,
    closest_pair,
    cut_matrix,
    merge_labels,
    modularity,
    n_cut,
)
from explain.decompose.layered import layered_spectrum
from explain.decompose.partitioning import unit_graph_of
from explain.decompose.spectral import largest_eigenpairs
from explain.decompose.unit_graph import as_networkx


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.inner = nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.head = nn.Linear(4 * 4, 3)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        x = torch.relu(x + self.inner(x))
        return self.head(nn.functional.max_pool2d(x, 4).flatten(1))


@pytest.fixture(scope="module")
def subject():
    torch.manual_seed(0)
    return explain.subject(Residual().eval(), torch.randn(6, 2, 8, 8), torch.arange(6) % 3)


def stacked(graph):
    """Return the layered-null matrix entry by entry, from its formula."""
    whole = np.zeros((graph.skeleton.nodes,) * 2)
    for block in graph.blocks:
        a = block.strength.double().numpy()
        r, c, m = a.sum(1), a.sum(0), a.sum()
        for i in range(len(r)):
            for j in range(len(c)):
                if r[i] * c[j] > 0:
                    value = (a[i, j] - r[i] * c[j] / m) / math.sqrt(r[i] * c[j])
                    row, column = block.target.first + i, block.source.first + j
                    whole[row, column] += value
                    whole[column, row] += value
    return whole


def test_the_layered_null_matrix_has_the_eigenvalues_of_its_formula(subject):
    graph = unit_graph_of(subject)
    values = np.linalg.eigvalsh(stacked(graph))[::-1]
    np.testing.assert_allclose(layered_spectrum(graph, 4).values, values[:4], atol=1e-4)


def test_leading_eigenpairs_are_those_of_a_dense_solver_also_where_they_are_equal():
    random = np.random.default_rng(0)
    basis = np.linalg.qr(random.standard_normal((300, 300)))[0]
    values = np.r_[2.0, 2.0, 2.0, 1.5, np.linspace(-1, 1, 296)]
    matrix = torch.from_numpy((basis * values) @ basis.T).float()
    found = largest_eigenpairs(lambda x: matrix @ x, 300, 4)
    np.testing.assert_allclose(found.values, values[:4], atol=1e-3)
    span = found.vectors[:, :3].numpy()
    np.testing.assert_allclose(basis[:, :3] @ (basis[:, :3].T @ span), span, atol=0.05)


def test_edges_are_the_summed_weights_between_two_units(subject):
    graph = unit_graph_of(subject)
    blocks = {(b.source.key, b.target.key): b.strength for b in graph.blocks}
    stem, inner, head = (
        subject.network.get_parameter(f"{name}.weight").detach().abs()
        for name in ("stem", "inner", "head")
    )
    torch.testing.assert_close(blocks["input:0", "stem"], stem.sum((2, 3)))
    assert float(blocks["stem", "inner"][0, 2]) == 0.0
    torch.testing.assert_close(blocks["stem", "inner"][3, 2], inner[3, 0].sum())
    torch.testing.assert_close(blocks["stem", "head"], head.reshape(3, 4, 4).sum(2))
    torch.testing.assert_close(blocks["inner", "head"], blocks["stem", "head"])


def test_modularity_is_that_of_networkx(subject):
    graph = unit_graph_of(subject)
    labels = np.arange(len(graph.hidden)) % 3
    nodes = attach_ends(graph, labels, 3)
    sets = [set(np.flatnonzero(nodes == module).tolist()) for module in range(3)]
    expected = nx.community.modularity(as_networkx(graph), sets)
    assert modularity(cut_matrix(graph, nodes, 3)) == pytest.approx(expected, abs=1e-6)


def test_the_n_cut_is_the_sum_of_cuts_over_volumes(subject):
    graph = unit_graph_of(subject)
    labels = np.arange(len(graph.hidden)) % 3
    nodes = attach_ends(graph, labels, 3)
    whole = as_networkx(graph)
    sets = [set(np.flatnonzero(nodes == module).tolist()) for module in range(3)]
    expected = sum(
        nx.cut_size(whole, part, weight="weight") / nx.volume(whole, part, weight="weight")
        for part in sets
    )
    assert n_cut(cut_matrix(graph, nodes, 3)) == pytest.approx(expected, rel=1e-5)


def test_the_adjusted_rand_index_is_that_of_counted_pairs():
    random = np.random.default_rng(1)
    one, other = random.integers(0, 3, 20), random.integers(0, 4, 20)
    pairs = [(i, j) for i in range(20) for j in range(i)]
    same = np.array([[x[i] == x[j] for x in (one, other)] for i, j in pairs])
    both, first, second = same.all(1).sum(), same[:, 0].sum(), same[:, 1].sum()
    expected = first * second / len(pairs)
    literal = (both - expected) / ((first + second) / 2 - expected)
    assert adjusted_rand(one, other) == pytest.approx(literal)
    assert adjusted_rand(one, (one + 1) % 3) == 1.0


def test_traffic_counts_the_values_that_another_module_reads():
    network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2))
    with torch.no_grad():
        network[2].weight.copy_(torch.tensor([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]))
    subject = explain.subject(network.eval(), torch.randn(4, 2), torch.arange(4) % 2)
    modules = {"a": {"0": [0, 1], "2": [0]}, "b": {"0": [2], "2": [1]}}
    parts = partition(subject, "manual", modules=modules)
    assert partition_quality(subject, parts, nulls=1).flows.tolist() == [[0, 4], [4, 0]]


def test_the_closest_pair_is_the_one_after_whose_merging_the_n_cut_is_smallest(subject):
    graph = unit_graph_of(subject)
    for seed in range(5):
        labels = np.random.default_rng(seed).integers(0, 5, len(graph.hidden))
        nodes = attach_ends(graph, labels, 5)

        def after(pair, nodes=nodes):
            return n_cut(cut_matrix(graph, merge_labels(nodes, *pair), 4))

        pairs = [(a, b) for a in range(5) for b in range(a + 1, 5)]
        assert closest_pair(graph, labels) == min(pairs, key=after)
