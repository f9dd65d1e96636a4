"""The localisation numbers, worked out by hand on small canvases."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explain.features import SPARSITY_WARNING, localisation
from explain.features.localisation import (
    area_holding,
    energy_on,
    gini,
    hoyer,
    inside_energy,
    pointing_game,
)

MAPS = arrays(np.float64, (4, 5), elements=st.floats(-8, 8, width=16))


def canvas(*entries):
    """Return an empty 4 x 4 canvas with (y, x, value) entries."""
    found = np.zeros((4, 4))
    for y, x, value in entries:
        found[y, x] = value
    return found


def mask_of(*places):
    found = np.zeros((4, 4), bool)
    for place in places:
        found[place] = True
    return found


def numbers(heat, mask=None, size=(4, 4)):
    return {found.key: found.value for found in localisation(heat, size, mask)}


def test_a_planted_canvas_has_the_numbers_worked_out_by_hand():
    heat = canvas((1, 1, 6.0), (1, 2, 2.0), (3, 0, 1.0), (3, 3, -1.0))
    found = numbers(heat, mask_of((1, 1), (1, 2)))
    assert found["inside_energy"] == pytest.approx(0.8)
    assert found["lift"] == pytest.approx(0.8 / (2 / 16))
    assert found["pointing_game"] == 1
    assert found["a80"] == pytest.approx(2 / 16)
    assert found["hoyer"] == pytest.approx((4 - 10 / math.sqrt(42)) / 3)
    assert found["gini"] == pytest.approx((9 * 1 + 11 * 1 + 13 * 2 + 15 * 6) / (16 * 10))


def test_a_peak_outside_the_mask_is_a_miss_whatever_lies_inside():
    heat = canvas((0, 0, 3.0), (2, 2, 2.0), (2, 3, 2.0), (3, 2, 2.0))
    found = numbers(heat, mask_of((2, 2), (2, 3), (3, 2)))
    assert found["pointing_game"] == 0
    assert found["inside_energy"] == pytest.approx(6 / 9)


def test_negative_values_count_by_their_size():
    heat = canvas((0, 0, -9.0), (3, 3, 1.0))
    assert numbers(heat, mask_of((0, 0)))["inside_energy"] == pytest.approx(0.9)
    assert numbers(heat, mask_of((0, 0)))["pointing_game"] == 1


def test_an_even_map_needs_four_fifths_of_the_area_and_lifts_nothing():
    found = numbers(np.ones((4, 4)), mask_of((0, 0), (0, 1), (2, 2)))
    assert found["a80"] == pytest.approx(13 / 16)
    assert found["lift"] == pytest.approx(1)
    assert found["hoyer"] == pytest.approx(0)
    assert found["gini"] == pytest.approx(0)


def test_a_single_spike_is_as_sparse_as_can_be_even_in_the_wrong_place():
    found = numbers(canvas((0, 3, 5.0)), mask_of((3, 0)))
    assert found["hoyer"] == pytest.approx(1)
    assert found["gini"] == pytest.approx(15 / 16)
    assert found["a80"] == pytest.approx(1 / 16)
    assert found["inside_energy"] == 0
    assert "0.75 to 0.83" in str(SPARSITY_WARNING)


def test_hoyer_and_gini_of_textbook_vectors():
    assert hoyer(np.array([3.0, 4.0])) == pytest.approx((math.sqrt(2) - 1.4) / (math.sqrt(2) - 1))
    assert gini(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(0.25)


def test_a_map_without_energy_has_no_numbers():
    assert localisation(np.zeros((2, 2)), (4, 4), mask_of((0, 0))) == ()
    assert math.isnan(area_holding(np.zeros((2, 2))))
    assert math.isnan(inside_energy(np.zeros((4, 4)), mask_of((0, 0))))
    assert math.isnan(hoyer(np.zeros(4)))
    assert math.isnan(gini(np.zeros(4)))


@pytest.mark.parametrize("mask", [np.zeros((4, 4), bool), np.ones((4, 4), bool), None])
def test_a_mask_that_says_nothing_adds_no_number(mask):
    assert set(numbers(np.ones((4, 4)), mask)) == {"a80", "hoyer", "gini"}


def test_a_small_map_is_laid_on_the_picture_by_bilinear_interpolation():
    found = energy_on(np.array([[0.0, -4.0], [0.0, 4.0]]), (4, 4))
    assert np.allclose(found, np.tile([0.0, 1.0, 3.0, 4.0], (4, 1)))
    same = np.arange(16.0).reshape(4, 4)
    assert np.array_equal(energy_on(same, (4, 4)), same)


def test_of_equal_peaks_the_first_counts():
    assert pointing_game(canvas((1, 1, 2.0), (2, 2, 2.0)), mask_of((1, 1)))
    assert not pointing_game(canvas((1, 1, 2.0), (2, 2, 2.0)), mask_of((2, 2)))


@given(heat=MAPS, factor=st.sampled_from([-2.0, 0.5, 1024.0]))
def test_a_change_of_scale_or_sign_changes_no_number(heat, factor):
    mask = np.zeros((8, 10), bool)
    mask[2:5, 3:9] = True
    before, after = (numbers(h, mask, (8, 10)) for h in (heat, factor * heat))
    assert before.keys() == after.keys()
    assert all(after[key] == pytest.approx(value) for key, value in before.items())


@given(heat=MAPS)
def test_no_number_leaves_its_range(heat):
    mask = np.zeros((4, 5), bool)
    mask[1:3, 1:3] = True
    found = numbers(heat, mask, (4, 5))
    assert bool(found) == bool(heat.any())
    if found:
        assert 0 <= found["inside_energy"] <= 1 + 1e-12
        assert found["lift"] == pytest.approx(found["inside_energy"] * 5)
        assert 1 / 20 <= found["a80"] <= 16 / 20
        assert -1e-9 <= found["hoyer"] <= 1 + 1e-9
        assert -1e-9 <= found["gini"] <= 1 - 1 / 20 + 1e-9


@given(heat=MAPS.filter(lambda heat: heat.any()))
def test_the_area_is_the_smallest_that_holds_the_energy(heat):
    energy = np.abs(heat)
    strongest = np.sort(energy, axis=None)[::-1]
    taken = round(area_holding(energy) * energy.size)
    assert strongest[:taken].sum() >= 0.8 * energy.sum() * (1 - 1e-9)
    assert strongest[: taken - 1].sum() < 0.8 * energy.sum()
