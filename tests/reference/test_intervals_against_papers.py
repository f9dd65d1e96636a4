"""Intervals against what their papers say, written out a second time, literally."""

import math
from statistics import NormalDist

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explain.core import intervals
from explain.core.intervals import (
    half_width,
    half_width_of,
    mean_of,
    mean_over_draws,
    source_of,
    wilson,
)
from explain.core.messages import Message

Z = NormalDist().inv_cdf(0.975)


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_interval_of_a_share_is_where_its_score_test_stops_rejecting(hits, misses):
    """Wilson 1927: the two p with (hits/n - p)^2 = z^2 p(1 - p)/n, roots of a square equation."""
    n = hits + misses
    if n == 0:
        assert wilson(hits, n) == (0, 1)
        return
    share = hits / n
    roots = sorted(np.roots([1 + Z * Z / n, -(2 * share + Z * Z / n), share * share]).real)
    assert wilson(hits, n) == pytest.approx(roots, abs=1e-7)


@pytest.mark.parametrize("draws", [2, 3, 8, 20, 21, 22, 40, 200, 5_000])
def test_the_interval_of_a_mean_is_students(draws):
    """Student 1908: the t distribution integrated over the interval holds 95 %."""
    values = np.random.default_rng(draws).normal(size=(draws, 3))
    half = half_width(values)
    error = values.std(0, ddof=1) / math.sqrt(draws)
    held = [_student(float(width), draws - 1) for width in half / error]
    assert held == pytest.approx([0.95] * 3, abs=2e-4 if draws <= 21 else 8e-4)


def test_one_draw_says_nothing_about_its_spread():
    assert np.isinf(half_width(np.ones((1, 4)))).all()


def _student(width, freedom):
    """Return the mass of Student's t within ±width, by the midpoint rule over its density."""
    grid = (torch.arange(400_000, dtype=torch.float64) + 0.5) / 400_000 * width
    scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
    density = math.exp(scale) / math.sqrt(freedom * math.pi)
    heights = density * (1 + grid**2 / freedom) ** (-(freedom + 1) / 2)
    return float(2 * heights.mean() * width)


def test_the_resampled_interval_of_a_mean_is_the_percentiles_of_rows_drawn_again():
    """Efron 1979: means of rows drawn with replacement, here one resample at a time."""
    values = np.random.default_rng(0).exponential(size=60)
    generator = np.random.default_rng(1)
    means = [values[generator.integers(0, 60, 60)].mean() for _ in range(20_000)]
    low, high = intervals.intervals(values[:, None])
    expected = np.percentile(means, (2.5, 97.5))
    assert [low[0], high[0]] == pytest.approx(expected, abs=0.05 * np.ptp(expected))


@pytest.mark.parametrize(("draws", "rows"), [(3, 24), (5, 8), (5, 64)])
def test_an_interval_over_random_networks_covers_the_mean_of_all_of_them(draws, rows):
    """Networks move all rows alike, as the floor's do; 1,000 worlds with a known mean of 0."""
    rng, how, held = np.random.default_rng(draws * rows), Message("how.ranks"), 0
    for _ in range(1_000):
        networks, own = rng.normal(size=(draws, 1)), 0.3 * rng.normal(size=(1, rows))
        values = networks + own + 0.5 * rng.normal(size=(draws, rows))
        found = mean_over_draws("x", values, how)
        held += found.low <= 0 <= found.high
    assert held / 1_000 == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("rows", [8, 16, 64])
def test_an_interval_over_rows_covers_their_mean(rows):
    rng, how = np.random.default_rng(rows), Message("how.ranks")
    found = [mean_of("x", rng.normal(size=rows), how) for _ in range(2_000)]
    assert np.mean([one.low <= 0 <= one.high for one in found]) == pytest.approx(0.95, abs=0.012)


def test_sources_of_unlike_freedom_are_joined_as_welch_and_satterthwaite_do():
    """Welch 1947: (a + b)^2 / (a^2/4 + b^2/39) degrees."""
    few, many = np.arange(5) * 1.0, np.arange(40) * 1.0
    a, b = few.var(ddof=1) / 5, many.var(ddof=1) / 40
    freedom = int((a + b) ** 2 / (a**2 / 4 + b**2 / 39))
    half = half_width_of(source_of(few), source_of(many))
    assert _student(half / math.sqrt(a + b), freedom) == pytest.approx(0.95, abs=8e-4)
    assert math.isinf(half_width_of(source_of(few[:1])))
