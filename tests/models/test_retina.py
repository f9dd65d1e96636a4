"""The retina patches: the label is a rule on the mask, and the halves share no pixel."""

import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import explain
from explain.core.errors import InvalidFile
from models.baseline import AMOUNT, figures, with_statistics_of, without_smallest_half
from models.data import retina
from models.data.parts import FOLDER
from models.demo import calibration_rows, shipped_card, trained_module
from models.fitting import module_outputs, stretches
from models.zoo.retina_cnn import DEMO
from tests.demos import subject_of


@pytest.fixture(scope="module")
def data():
    return retina.read_retina()


@pytest.fixture(scope="module")
def subject():
    return subject_of("retina-cnn")


def corner(name):
    _, row, _, column = name.split(" ")
    return int(row), int(column)


def test_a_patch_is_called_vessel_by_the_share_of_its_mask_alone(data):
    for part in (data.train, data.test):
        share = part.masks.double().mean(dim=(1, 2))
        assert torch.equal(part.targets, (share > retina.LEAST).long())
        assert part.masks.dtype == torch.bool
        assert part.masks.shape == (part.count, retina.SIDE, retina.SIDE)


def test_training_patches_lie_left_and_held_out_patches_right_of_the_middle(data):
    left = [corner(name)[1] for name in data.train.ids]
    right = [corner(name)[1] for name in data.test.ids]
    assert max(left) + retina.SIDE <= min(right)


def test_every_patch_and_its_mask_are_cut_where_its_name_says(data):
    with np.load(FOLDER / retina.FILE) as found:
        picture = retina.picture_from_differences(found["differences"])
        vessels = np.unpackbits(found["vessels"], count=picture[0].size)
    vessels = vessels.reshape(picture.shape[1:])
    for part in (data.train, data.test):
        for number in range(0, part.count, 37):
            y, x = corner(part.ids[number])
            place = (slice(y, y + retina.SIDE), slice(x, x + retina.SIDE))
            stored = torch.from_numpy(picture[:, place[0], place[1]].copy()).float() / 255
            assert torch.equal(part.inputs[0][number], stored)
            mask = torch.from_numpy(vessels[place].copy()).bool()
            assert torch.equal(part.masks[number], mask)


def test_vessels_are_darker_than_what_is_around_them(data):
    """Green light is swallowed by blood: the masks must lie on the dark pixels of the patches."""
    held = data.test
    showing = torch.flatten(torch.nonzero(held.targets))
    green = held.inputs[0][showing, 1]
    masks = held.masks[showing]
    inside = (green * masks).sum(dim=(1, 2)) / masks.sum(dim=(1, 2))
    outside = (green * ~masks).sum(dim=(1, 2)) / (~masks).sum(dim=(1, 2))
    assert (inside < outside).double().mean() > 0.98


@given(arrays(np.uint8, st.tuples(st.just(3), st.integers(1, 9), st.integers(1, 9))))
def test_a_picture_comes_back_from_its_differences_exactly(picture):
    assert np.array_equal(retina.picture_from_differences(retina.differences(picture)), picture)


def test_pictures_are_colours_from_0_to_1_with_more_red_than_blue(data):
    pixels = data.test.inputs[0]
    assert pixels.min() >= 0
    assert pixels.max() <= 1
    red, _, blue = pixels.mean(dim=(0, 2, 3))
    assert red > 2 * blue


def test_the_patches_are_read_in_less_than_a_second_of_computing():
    """The quickest of three: on a busy machine a reading may be counted several times over."""
    spent = []
    for _ in range(3):
        started = time.process_time()
        retina.read_retina()
        spent.append(time.process_time() - started)
    assert min(spent) < 1.0


def test_both_classes_and_every_group_are_large_enough_to_speak_of(subject):
    assert 400 <= subject.samples.count <= 700
    for column in subject.samples.groups.values():
        sizes = {name: column.count(name) for name in set(column)}
        assert len(sizes) >= 3
        assert min(sizes.values()) >= 20


def test_neighbouring_patches_stay_in_one_fold_of_the_cross_validation():
    parts = stretches(torch.zeros(103), 5)
    assert torch.equal(torch.cat(parts), torch.arange(103))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize(("seed", "most"), [(1, 0.55), (2, 0.75)])
def test_half_of_the_weights_gone_ruins_it_and_new_statistics_bring_it_back(seed, most):
    subject = subject_of("retina-cnn", seed=seed)
    plan = explain.PruningPlan(criterion="magnitude", amount=AMOUNT)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    inputs, targets = subject.samples.inputs[0], subject.samples.targets
    dense, broken = (
        figures(each.network(inputs).detach(), targets)["balanced-accuracy"]
        for each in (subject, pruned)
    )
    same = without_smallest_half(trained_module(DEMO, seed=seed))
    mended = with_statistics_of(same, subject.calibration.inputs[0])
    assert torch.equal(module_outputs(same, inputs), pruned.network(inputs).detach())
    assert dense >= 0.88
    assert broken <= most
    assert figures(module_outputs(mended, inputs), targets)["balanced-accuracy"] >= dense - 0.03


def test_recalibration_is_the_mean_and_variance_of_what_each_norm_receives(data):
    calibration = calibration_rows(data.train).inputs[0]
    found = with_statistics_of(without_smallest_half(trained_module(DEMO)), calibration)
    with torch.no_grad():
        seen = found.conv1(calibration)
    assert torch.allclose(found.norm1.running_mean, seen.mean(dim=(0, 2, 3)), atol=1e-5)
    variance = seen.transpose(0, 1).flatten(1).var(dim=1)
    assert torch.allclose(found.norm1.running_var, variance, rtol=1e-4)


def test_the_card_states_the_collapse_as_it_is_measured(subject, data):
    dense = trained_module(DEMO)
    broken = without_smallest_half(dense)
    mended = with_statistics_of(broken, calibration_rows(data.train).inputs[0])
    note = shipped_card("retina-cnn").notes[-1]
    for network in (dense, broken, mended):
        value = figures(module_outputs(network, data.test.inputs[0]), data.test.targets)[
            "balanced-accuracy"
        ]
        assert f"{value:.3f}" in note
    assert f"{AMOUNT:.0%}" in note
    assert str(subject.calibration.count) in note


@pytest.mark.parametrize("damage", ["missing", "text", "short", "other"])
def test_a_damaged_picture_is_refused_by_name(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(retina, "FOLDER", tmp_path)
    good = (FOLDER / retina.FILE).read_bytes()
    if damage == "other":
        np.savez(tmp_path / retina.FILE, vessels=np.zeros(3))
    if damage in {"text", "short"}:
        (tmp_path / retina.FILE).write_bytes(b"hello" if damage == "text" else good[:5000])
    with pytest.raises(InvalidFile, match=r"retina\.npz") as caught:
        retina.read_retina()
    assert caught.value.hint
