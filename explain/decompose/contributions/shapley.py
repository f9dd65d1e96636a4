"""contributions: what each module adds to a payoff, and what pruning did to that."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.contributions import ContributionChange, Contributions
from explain.core.errors import InvalidSubject
from explain.core.intervals import half_width
from explain.core.provenance import origin
from explain.core.resources import Progress
from explain.core.subject import Subject
from explain.decompose.contributions.coalitions import (
    check_orders,
    every,
    index_of,
    of_means,
    of_one_row,
    orders,
    prefixes,
    weight,
)
from explain.decompose.contributions.game import Game, PayoffRequest, game, worth_by_draw
from explain.decompose.contributions.hiding import Labels

EXACT = 10
"""Modules up to which all 2^K sets are evaluated, however many rows there are."""

_EVALUATIONS = 2**16
"""Sets times rows up to which more modules are counted exactly too: 10 modules of 64 rows."""

ORDERS = 64
"""Orders of the modules that are sampled where there are more."""

Values = NDArray[np.float64]
Coalitions = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Values of rows [n, K], the sampling error [K], worths [n] of all, none, all but one."""

    per_row: Values
    sampling: Values
    whole: Values
    empty: Values
    without: Values
    coalitions: int


def module_contributions(
    subject: Subject,
    labels: Labels,
    request: PayoffRequest,
    *,
    sampled: int | None = None,
    progress: Progress | None = None,
) -> Contributions:
    """Return the Shapley value of every module for some rows, and its ablation.

    A hidden unit's activation (after the activation function) is replaced. Layers that give the
    answer are never hidden.

    Args:
        subject: dense or pruned; give both the same request and targets to compare them.
        labels: layer -> module of each of its units [units], from 0.
        request: which number of which rows, and what stands for hidden units.
        sampled: how many orders to sample; None counts exactly up to 10 modules, and more where
            2^K sets of all rows are at most 65,536 evaluations, and samples 64 orders above.
            Where the orders could pass through as many sets as there are, all are counted:
            `exact` says so.
        progress: called with the share done, 0..1; may raise to cancel.

    Cost: up to 2^K passes of each row (K · orders where sampled), less what sets of modules share:
    each step runs once for every different set of modules that reaches it.

    Raises:
        UnknownKey: no such value, replacement or layer.
        InvalidOption: no such output, a number of orders that is odd or below 4, or more than 62
            modules.
        InvalidSubject: no such rows, or labels that do not fit the units.
        Refused: what cannot be asked of this subject, with the reason.
        NonFinite: the network gives NaN or infinity.
        Whatever `progress` raises.

    Source: Shapley 1953; Castro et al. 2009 for orders, turned round as in Mitchell et al. 2022
    (arXiv:2104.12199, section 4.1). Differs: every different set is evaluated once.
    """
    started = time.perf_counter()
    played = game(subject, labels, request)
    count = ORDERS if sampled is None else sampled
    exact = _is_exact(played, sampled)
    found = _exact(played, progress) if exact else _sampled(played, count, request.seed, progress)
    mean, low, high = of_means(found.per_row, found.sampling)
    ablations = found.whole[:, None] - found.without
    return Contributions(
        value=request.value,
        replacement=request.replacement,
        rows=played.rows,
        targets=played.targets,
        per_row=found.per_row,
        shapley=mean,
        low=low,
        high=high,
        ablations=ablations,
        ablation=ablations.mean(0),
        whole=found.whole,
        empty=found.empty,
        residual=found.per_row.sum(1) - (found.whole - found.empty),
        sampling=found.sampling,
        exact=exact,
        units=played.units,
        coalitions=found.coalitions,
        provenance=origin(subject, started, seed=request.seed),
    )


def shapley_values(table: Values) -> Values:
    """Return exact Shapley values [n, K] from what all sets are worth [2^K, n].

    The set at place p holds the modules that are bits of p.
    """
    players = len(table).bit_length() - 1
    inside = every(players)
    size = inside.sum(1)
    weights = weight(np.arange(players), players)
    joins = weights[np.maximum(size - 1, 0)][:, None] * inside
    stays = weights[np.minimum(size, players - 1)][:, None] * ~inside
    return np.asarray(table.T @ (joins - stays))


def of_orders(given: NDArray[np.int64], worths: Values) -> Values:
    """Return what each module adds in each order [P, n, K].

    `given` [P, K] orders, `worths` [P, K + 1, n] of the sets that they pass through.
    """
    added = np.diff(worths, axis=1)
    place = np.argsort(given, axis=1)
    return np.take_along_axis(added, place[:, :, None], axis=1).transpose(0, 2, 1)


def counted_exactly(players: int, rows: int) -> bool:
    """Return whether all 2^K sets of so many rows are evaluated where nobody asks for samples."""
    return players <= EXACT or 2**players * rows <= _EVALUATIONS


def _is_exact(played: Game, sampled: int | None) -> bool:
    """Return whether to count exactly: where it is the rule, or no dearer than what was asked."""
    if sampled is None:
        return counted_exactly(played.players, len(played.rows))
    check_orders(sampled)
    return bool(sampled * (played.players - 1) + 2 >= 2**played.players)


def _exact(played: Game, progress: Progress | None) -> _Found:
    tables = worth_by_draw(played, every(played.players), progress)
    draws = np.stack([shapley_values(table) for table in tables])
    table = tables.mean(0)
    last = len(table) - 1
    return _Found(
        per_row=draws.mean(0),
        sampling=of_one_row(draws),
        whole=table[last],
        empty=table[0],
        without=table[last - (1 << np.arange(played.players))].T,
        coalitions=len(table),
    )


def _sampled(played: Game, count: int, seed: int, progress: Progress | None) -> _Found:
    given = orders(played.players, count, seed)
    passed = prefixes(given).reshape(-1, played.players)
    alone = ~np.eye(played.players, dtype=np.bool_)
    asked = np.concatenate([passed, alone])
    worths = worth_by_draw(played, asked, progress)
    through = worths[:, : len(passed)].reshape(
        len(worths), len(given), played.players + 1, len(played.rows)
    )
    by_draw = np.stack([of_orders(given, each) for each in through])
    added = by_draw.mean(0)
    pairs = added.reshape(len(given) // 2, 2, *added.shape[1:]).mean(1)
    return _Found(
        per_row=added.mean(0),
        sampling=np.hypot(half_width(pairs.mean(1)), of_one_row(by_draw.mean(1))),
        whole=through[:, 0, -1].mean(0),
        empty=through[:, 0, 0].mean(0),
        without=worths[:, len(passed) :].mean(0).T,
        coalitions=len(index_of(asked)[0]),
    )


def contribution_change(before: Contributions, after: Contributions) -> ContributionChange:
    """Return after - before for each module, row by row, with 95 % intervals.

    The rows are paired, so the interval is that of the difference: narrower than the two intervals
    side by side suggest. Sampling errors of both are added in quadrature. A single row that was
    counted exactly has no spread: its interval is its value.

    Cost: no pass.

    Raises:
        InvalidSubject: two different questions.
    """
    same = (
        before.per_row.shape == after.per_row.shape
        and np.array_equal(before.rows, after.rows)
        and np.array_equal(before.targets, after.targets)
        and (before.value, before.replacement) == (after.value, after.replacement)
    )
    if not same:
        raise InvalidSubject("decompose.different_questions")
    sampling = np.hypot(before.sampling, after.sampling)
    mean, low, high = of_means(after.per_row - before.per_row, sampling)
    return ContributionChange(change=mean, low=low, high=high, n=len(before.rows))
