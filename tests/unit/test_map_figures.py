"""The pictures of the Feature maps page: what they show is what `explain.features` found."""

import base64
from io import BytesIO

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.nn import functional

import explain
from explain import PruningPlan
from explain.core.messages import share
from explain.features import (
    effective_field,
    evolution,
    feature_maps,
    kernels,
    largest_activation,
    mappable_layers,
)
from explain.figures.fields import field_pair, kernel_tiles, outline
from explain.figures.localised import claim_rows, localisation_rows
from explain.figures.maps import channel_grid, full_colour, map_uris
from explain.figures.pixels import data_uri, enlarged
from explain.figures.strip import strip


def pixels(uri):
    found = np.asarray(Image.open(BytesIO(base64.b64decode(uri.partition(",")[2]))))
    return found if found.ndim == 3 else found[..., None]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_picture_keeps_every_pixel(channels):
    made = np.random.default_rng(channels).integers(0, 256, (7, 5, channels), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(data_uri(made)), made)


def cut(subject, amount):
    plan = PruningPlan(amount=amount)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


def pair(subject, layer, amount=0.6, sample=3):
    dense = feature_maps(subject, layer, sample)
    return dense, feature_maps(cut(subject, amount), layer, sample, target=dense.target)


@given(
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
def test_enlarging_is_torchs_bilinear_interpolation(old, new):
    values = np.random.default_rng(old[0] * 31 + new[1]).normal(size=old)
    wanted = functional.interpolate(
        torch.from_numpy(values)[None, None], size=new, mode="bilinear", align_corners=False
    )
    np.testing.assert_allclose(enlarged(values, new), wanted[0, 0].numpy(), atol=1e-12)


def test_channels_stand_in_the_dense_networks_order_of_relevance(demo):
    dense, pruned = pair(demo("digits-cnn"), "conv4")
    grid = channel_grid(dense, pruned, colours="layer", most=5)
    sizes = [abs(one.relevance[0]) for one in grid.channels]
    assert len(sizes) == 5
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == np.abs(dense.relevance).max()
    for one in grid.channels:
        assert one.relevance == (dense.relevance[one.channel], pruned.relevance[one.channel])


@pytest.mark.parametrize(("key", "layer"), [("digits-cnn", "conv4"), ("heart-mlp", "hidden1")])
def test_both_networks_share_one_range_that_holds_all_of_their_values(demo, key, layer):
    dense, pruned = pair(demo(key), layer)
    both = np.stack([dense.maps, pruned.maps]).astype(float)
    flat = np.abs(both).reshape(2, len(dense.maps), -1)
    unit = full_colour(dense, pruned, "unit")
    np.testing.assert_array_equal(unit, flat.max((0, 2)))
    assert set(full_colour(dense, pruned, "layer")) == {flat.max()}
    assert set(full_colour(dense, pruned, "network", 999.0)) == {999.0}


def test_the_same_value_has_the_same_colour_in_both_networks(demo):
    dense, pruned = pair(demo("digits-cnn"), "conv4")
    for one in channel_grid(dense, pruned, colours="layer").channels:
        for maps, uri in zip((dense, pruned), map_uris(dense, pruned, one), strict=True):
            share = np.abs(maps.maps[one.channel]).astype(float) / one.largest
            np.testing.assert_array_equal(pixels(uri)[..., 3], np.rint(255 * share))


def test_a_dead_channel_is_named_dead(demo):
    dense, pruned = pair(demo("digits-mlp"), "hidden2", amount=0.97)
    grid = channel_grid(dense, pruned, colours="unit")
    gone = [one for one in grid.channels if one.dead[1]]
    assert len(gone) == pruned.dead.sum() > 0
    assert all("Pruned: dead" in one.alt for one in gone)
    assert f"{pruned.dead.sum()} pruned" in grid.sentence


def test_the_networks_range_holds_every_layer(demo):
    subject = demo("digits-cnn")
    peaks = [np.abs(feature_maps(subject, n, 3).maps).max() for n in mappable_layers(subject)]
    assert largest_activation(subject, 3) == pytest.approx(max(peaks))


def test_the_outline_is_the_inner_edge_of_the_mask():
    mask = np.zeros((6, 6), bool)
    mask[1:5, 1:5] = True
    drawn = pixels(outline(mask))[..., 3] > 0
    fine = len(drawn) // 6
    inside = mask.repeat(fine, 0).repeat(fine, 1)
    assert not (drawn & ~inside).any()
    assert drawn[fine, fine : 5 * fine].all()
    assert not drawn[2 * fine : 4 * fine, 2 * fine : 4 * fine].any()


def test_the_box_of_a_field_is_the_theoretical_one(demo):
    subject = demo("digits-cnn")
    fields = [effective_field(s, "conv4", 6, (1, 2), 3) for s in (subject, cut(subject, 0.5))]
    left, top, width, height = (8 * side for side in field_pair(*fields).box)
    theory = fields[0].theory
    assert (left, top) == (theory.left, theory.top)
    assert (left + width, top + height) == (theory.right, theory.bottom)
    seen = pixels(field_pair(*fields).uris[0])[..., 3] > 0
    seen[theory.top : theory.bottom, theory.left : theory.right] = False
    assert not seen.any()


def test_kernels_that_pruning_removed_are_empty_pictures(demo):
    subject = demo("digits-cnn")
    found = kernels(subject, cut(subject, 0.9), "conv3", 2)
    tiles = kernel_tiles(found).tiles
    gone = [pruned for _, _, pruned, left in tiles if left == 0]
    assert gone
    assert all(not pixels(uri)[..., 3].any() for uri in gone)
    assert f"{found.kept} of {found.total}" in kernel_tiles(found).sentence


def test_the_strip_marks_the_amount_nearest_to_the_slider(demo):
    subject = demo("digits-cnn")
    copies = [(amount, cut(subject, amount)) for amount in (0.0, 0.5, 0.99)]
    found = strip(evolution(copies, "conv4", 6, 3), 0.6, "channel 6")
    assert [one.here for one in found.stills] == [False, True, False]
    assert [one.label for one in found.stills] == ["0 %", "50 %", "99 %"]


def test_localisation_rows_hold_both_networks(demo):
    dense, pruned = pair(demo("retina-cnn"), "conv3", sample=60)
    rows = {row.name: row for row in localisation_rows(dense.localisation, pruned.localisation)}
    inside = {m.key: m.value for m in dense.localisation}["inside_energy"]
    assert rows["Energy inside the truth"].dense == share(inside)


def test_a_claims_table_has_every_network_once(demo):
    found = explain.localised(demo("digits-cnn"), PruningPlan(amount=0.3), "conv4")
    rows = claim_rows(found)
    assert [row.name for row in rows][:2] == ["pruned", "original"]
    assert len({row.name for row in rows}) == len(found.scores)
    assert all(row.gain for row in rows[1:])
    assert rows[0].gain == ""


def test_a_second_training_shows_its_gain_beside_its_own_dense_network(demo):
    subject = demo("digits-cnn")
    found = explain.localised(subject, PruningPlan(amount=0.3), "conv4", other_seed=subject)
    rows = {row.name: row for row in claim_rows(found)}
    assert len(rows) == len(found.scores)
    assert rows["other seed, original"].gain == rows["original"].gain
    assert rows["other seed, original"].counts == "counted"
    assert rows["other seed, pruned"].gain == rows["other seed, pruned"].counts == ""
