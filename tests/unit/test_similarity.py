"""Laws of likeness between explanations, on arbitrary signed values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explain import ExplainError
from explain.attribution.similarity import overlap, sign_agreement, spearman, strongest, top_k
from explain.core.errors import InvalidOption, InvalidSubject

VALUES = st.integers(-50, 50).map(float)
PAIRS = st.tuples(st.integers(1, 4), st.integers(1, 9)).flatmap(
    lambda shape: st.tuples(
        arrays(np.float64, shape, elements=VALUES), arrays(np.float64, shape, elements=VALUES)
    )
)
MEASURES = {
    "overlap": overlap,
    "sign agreement": sign_agreement,
    "spearman": spearman,
    "top 3": lambda a, b: top_k(a, b, 3),
}
every_measure = pytest.mark.parametrize("alike", MEASURES.values(), ids=MEASURES)


@every_measure
@given(pair=PAIRS)
def test_likeness_stays_in_its_range_and_has_one_number_a_row(alike, pair):
    found = alike(*pair)
    assert found.shape == (len(pair[0]),)
    low = -1 if alike is spearman else 0
    assert np.all((found >= low) & (found <= 1))


@every_measure
@given(pair=PAIRS)
def test_likeness_is_the_same_in_both_directions(alike, pair):
    a, b = pair
    assert np.array_equal(alike(a, b), alike(b, a))


@every_measure
@given(pair=PAIRS)
def test_equal_values_are_wholly_alike(alike, pair):
    assert np.allclose(alike(pair[0], pair[0]), 1, rtol=0, atol=1e-12)


@given(pair=PAIRS)
def test_the_overlap_of_equal_values_is_one_without_any_rounding(pair):
    assert np.all(overlap(pair[0], pair[0]) == 1)


@every_measure
@given(pair=PAIRS, power=st.integers(-300, 300))
def test_the_size_of_one_side_plays_no_part(alike, pair, power):
    a, b = pair
    assert np.array_equal(alike(a * 2.0**power, b), alike(a, b))


@given(pair=PAIRS)
def test_opposite_values_have_nothing_in_common(pair):
    some = pair[0][pair[0].any(1)]
    assert np.allclose(overlap(some, -some), 0, atol=1e-12)
    assert np.all(sign_agreement(some, -some) == 0)
    assert np.allclose(spearman(some, -some)[np.ptp(some, axis=1) > 0], -1)


def test_hand_checked_rows():
    a, b = np.array([[3.0, 1.0, 0.0, 0.0]]), np.array([[1.0, 1.0, 0.0, -2.0]])
    assert overlap(a, b) == pytest.approx([1 - 0.5 * (0.5 + 0 + 0 + 0.5)])
    assert sign_agreement(a, b) == pytest.approx([2 / 3])
    assert spearman(a, b) == pytest.approx([np.corrcoef([3, 2, 0.5, 0.5], [2.5, 2.5, 1, 0])[0, 1]])
    assert top_k(a, b, 3) == pytest.approx([1.0])
    assert top_k(a, b, 1) == pytest.approx([1.0])


def test_values_that_speak_against_the_output_are_never_among_the_strongest():
    a, b = np.array([[5.0, -9.0, 0.0]]), np.array([[5.0, 0.0, -9.0]])
    assert top_k(a, b, 2) == [1.0]


def test_a_row_of_zeros_is_like_another_and_like_nothing_else():
    zero, other = np.zeros((1, 4)), np.array([[1.0, -2.0, 0.0, 3.0]])
    for alike in MEASURES.values():
        assert alike(zero, zero) == [1.0]
        assert alike(zero, other) == [0.0]
        assert alike(other, zero) == [0.0]


def test_ranks_of_sizes_are_not_ranks_of_values():
    """Signs apart these agree perfectly: what |attribution| ranks would call the same."""
    a = np.array([[1.0, -2.0, 3.0, -4.0, 0.0, 0.0]])
    assert np.array_equal(np.abs(a), np.abs(-a))
    assert spearman(a, -a) == pytest.approx([-1])


@given(pair=PAIRS)
def test_the_shape_of_the_parts_plays_no_part(pair):
    a, b = pair
    for alike in MEASURES.values():
        assert np.array_equal(alike(a[:, None, :, None], b[:, None, :, None]), alike(a, b))


@every_measure
def test_rows_of_different_samples_are_refused_with_a_hint(alike):
    with pytest.raises(InvalidSubject) as found:
        alike(np.zeros((2, 3)), np.zeros((2, 4)))
    assert isinstance(found.value, ExplainError)
    assert found.value.hint


def test_a_top_of_nothing_is_refused():
    with pytest.raises(InvalidOption):
        top_k(np.ones((1, 2)), np.ones((1, 2)), 0)


def test_how_many_parts_are_compared_is_a_quarter_of_few_and_ten_of_many():
    assert [strongest(parts) for parts in (1, 3, 8, 35, 64, 9_000)] == [1, 1, 2, 8, 10, 10]
