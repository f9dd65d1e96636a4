"""interactions: which modules add more together than apart, and which say the same."""

import time
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from explain.core.contributions import Interactions
from explain.core.errors import InvalidOption, Refused
from explain.core.intervals import half_width
from explain.core.provenance import origin
from explain.core.resources import Progress
from explain.core.subject import Subject
from explain.decompose.contributions.coalitions import every, index_of, of_means, of_one_row, weight
from explain.decompose.contributions.game import Game, PayoffRequest, game, worth_by_draw
from explain.decompose.contributions.hiding import Labels
from explain.decompose.contributions.shapley import counted_exactly

DRAWS_OF_A_PAIR = 16
"""Sets of others that each pair is asked about where not all are."""

Values = NDArray[np.float64]
Coalitions = NDArray[np.bool_]
Pairs = NDArray[np.int64]


def module_interactions(
    subject: Subject,
    labels: Labels,
    request: PayoffRequest,
    *,
    sampled: int | None = None,
    progress: Progress | None = None,
) -> Interactions:
    """Return the Shapley interaction index of every pair of modules.

    The mean, over sets S of the others as an order would form them, of
    v(S + both) - v(S + one) - v(S + other) + v(S).

    Args: as `module_contributions`; but `sampled` are sets of others for each pair, an even number
    from 4, and None samples 16 where it does not count exactly.

    Cost: as `module_contributions` where exact, otherwise up to 4 · sampled passes of each row and
    pair.

    Raises:
        Refused: fewer than two modules.
        Everything that `module_contributions` raises.

    Source: Grabisch & Roubens 1999, "An axiomatic approach to the concept of interaction".
    """
    started = time.perf_counter()
    played = game(subject, labels, request)
    if played.players < 2:
        raise Refused("decompose.one_module")
    exact = sampled is None and counted_exactly(played.players, len(played.rows))
    if exact:
        tables = worth_by_draw(played, every(played.players), progress)
        draws = np.stack([interaction_indices(table) for table in tables])
        per_row, sampling, coalitions = draws.mean(0), of_one_row(draws), tables.shape[1]
    else:
        count = DRAWS_OF_A_PAIR if sampled is None else sampled
        per_row, sampling, coalitions = _sampled(played, count, request.seed, progress)
    pairs = _pairs(played.players)
    mean, low, high = (_matrix(v, pairs, played.players) for v in of_means(per_row, sampling))
    return Interactions(
        value=request.value,
        replacement=request.replacement,
        rows=played.rows,
        targets=played.targets,
        matrix=mean,
        low=low,
        high=high,
        exact=exact,
        coalitions=coalitions,
        provenance=origin(subject, started, seed=request.seed),
    )


def interaction_indices(table: Values) -> Values:
    """Return the exact index of each pair [n, pairs] from what all sets are worth [2^K, n]."""
    players = len(table).bit_length() - 1
    inside = every(players)
    one, other = (inside[:, side] for side in _pairs(players).T)
    size = inside.sum(1)[:, None] - one - other
    weights = weight(np.arange(players - 1), players - 1)[size]
    return np.asarray(table.T @ np.where(one == other, weights, -weights))


def _pairs(players: int) -> Pairs:
    return np.array(list(combinations(range(players), 2)), np.int64).reshape(-1, 2)


def _sampled(
    played: Game, count: int, seed: int, progress: Progress | None
) -> tuple[Values, Values, int]:
    """Return the index of pairs [n, pairs], its sampling error [pairs], the number of sets."""
    others = _others(played.players, count, seed)
    corners = np.stack([_with(others, *which) for which in _CORNERS])
    worths = worth_by_draw(played, corners, progress)
    by_draw = worths[:, 3] - worths[:, 2] - worths[:, 1] + worths[:, 0]
    joint = by_draw.mean(0)
    twins = joint.reshape(joint.shape[0], count // 2, 2, -1).mean(2)
    of_row = of_one_row(by_draw.mean(2).transpose(0, 2, 1))
    sampling = np.hypot(half_width(twins.mean(2).transpose(1, 0)), of_row)
    return joint.mean(1).T, sampling, len(index_of(corners)[0])


_CORNERS = ((False, False), (True, False), (False, True), (True, True))


def _others(players: int, count: int, seed: int) -> Coalitions:
    """Return sets of others [pairs, count, K]: each second one is what the one before left out.

    Its size is drawn first, then its members: what an order of the modules puts before the pair.
    """
    if count < 4 or count % 2:
        raise InvalidOption("decompose.odd_sets", count=count)
    generator = np.random.default_rng(seed)
    pairs = _pairs(players)
    keys = generator.random((len(pairs), count // 2, players))
    keys[np.arange(len(pairs))[:, None], :, pairs] = 2.0
    sizes = generator.integers(0, players - 1, size=(len(pairs), count // 2, 1))
    inside = np.argsort(np.argsort(keys, axis=2), axis=2) < sizes
    both = np.stack([inside, ~inside], axis=2).reshape(len(pairs), count, players)
    return _with(both, one=False, other=False)


def _with(sets: Coalitions, one: bool, other: bool) -> Coalitions:  # noqa: FBT001 - a corner
    """Return sets [pairs, count, K] with or without the members of their pair."""
    pairs = _pairs(sets.shape[2])
    changed = sets.copy()
    changed[np.arange(len(pairs)), :, pairs[:, 0]] = one
    changed[np.arange(len(pairs)), :, pairs[:, 1]] = other
    return changed


def _matrix(values: Values, pairs: Pairs, players: int) -> Values:
    matrix = np.zeros((players, players))
    matrix[pairs[:, 0], pairs[:, 1]] = matrix[pairs[:, 1], pairs[:, 0]] = values
    return matrix
