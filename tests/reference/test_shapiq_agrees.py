"""Values and interactions are those of the shapiq library, on random games and on networks."""

from itertools import combinations

import numpy as np
import pytest

from explain.decompose.contributions.coalitions import every
from explain.decompose.contributions.game import PayoffRequest, game, worth
from explain.decompose.contributions.interaction import interaction_indices, module_interactions
from explain.decompose.contributions.shapley import module_contributions, shapley_values

shapiq = pytest.importorskip("shapiq", reason="a test-only requirement: requirements-dev.txt")


def theirs(table):
    """Return shapiq's exact Shapley values [K] and interactions of pairs of a game [2^K]."""
    players = len(table).bit_length() - 1
    bits = 1 << np.arange(players)

    def play(coalitions):
        return table[np.asarray(coalitions).astype(np.int64) @ bits]

    exact = shapiq.ExactComputer(play, n_players=players)
    values, pairs = exact("SV", 1), exact("SII", 2)
    return (
        np.array([values[(player,)] for player in range(players)]),
        np.array([pairs[pair] for pair in combinations(range(players), 2)]),
    )


@pytest.mark.parametrize("players", [2, 3, 5, 7])
def test_random_games(players):
    table = np.random.default_rng(players).normal(size=(2**players, 1))
    values, pairs = theirs(table[:, 0])
    np.testing.assert_allclose(shapley_values(table)[0], values, atol=1e-6)
    np.testing.assert_allclose(interaction_indices(table)[0], pairs, atol=1e-6)


@pytest.mark.parametrize(("key", "layer"), [("digits-mlp", "hidden1"), ("digits-cnn", "conv2")])
def test_modules_of_a_network(demo, key, layer):
    subject, rows = demo(key), np.array([3, 20])
    units = len(subject.network.get_parameter(f"{layer}.weight"))
    labels = {layer: np.arange(units) % 5}
    request = PayoffRequest(rows=rows, targets=2)
    table = worth(game(subject, labels, request), every(5))
    found = module_contributions(subject, labels, request)
    both = [theirs(table[:, row]) for row in range(len(rows))]
    np.testing.assert_allclose(found.per_row, [values for values, _ in both], atol=1e-6)
    matrix = module_interactions(subject, labels, request).matrix
    wanted = np.mean([pairs for _, pairs in both], axis=0)
    np.testing.assert_allclose(matrix[np.triu_indices(5, 1)], wanted, atol=1e-6)
