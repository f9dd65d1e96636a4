"""The claim "pruning localises feature maps", on networks where the answer is planted."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain.core.explanation import ClaimVerdict
from explain.core.intervals import mean_of
from explain.features import localisation_claim
from explain.figures.localised import claim_sentences

SIDE = 12


class TwoDetectors(nn.Module):
    """Channel 0 answers to bright objects only, channel 1 to everything; both add up."""

    def __init__(self):
        super().__init__()
        self.see = nn.Conv2d(1, 2, 1)
        self.relu = nn.ReLU()
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.answer = nn.Linear(2, 2)
        with torch.no_grad():
            self.see.weight.copy_(torch.tensor([1.0, 1.0]).reshape(2, 1, 1, 1))
            self.see.bias.copy_(torch.tensor([-1.5, 0.0]))
            self.answer.weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, -1.0]]))
            self.answer.bias.zero_()

    def forward(self, x):
        return self.answer(self.mean(self.relu(self.see(x))).flatten(1))


def pictures(rows=40):
    """Return clutter in 0..1 with one object of 3 x 3 at 2..3, and where it is."""
    generator = np.random.default_rng(0)
    shown = generator.random((rows, 1, SIDE, SIDE))
    masks = np.zeros((rows, SIDE, SIDE), bool)
    for row in range(rows):
        y, x = generator.integers(0, SIDE - 3, 2)
        shown[row, 0, y : y + 3, x : x + 3] += 2
        masks[row, y : y + 3, x : x + 3] = True
    return torch.from_numpy(shown).float(), torch.from_numpy(masks)


def subject_of(*, masks=True, rows=40):
    shown, where = pictures(rows)
    samples = explain.Samples(
        inputs=(shown,),
        targets=torch.zeros(rows, dtype=torch.int64),
        masks=where if masks else None,
    )
    return explain.subject(TwoDetectors(), samples)


def weighing(subject, first, second):
    """Return a copy in which the two detectors count this much."""
    weight = torch.tensor([[first, second], [-first, -second]])
    return replace(subject, network=subject.network.with_parameters({"answer.weight": weight}))


@pytest.fixture(scope="module")
def dense():
    return subject_of()


ALIKE = {"dense": 0.95, "pruned": 0.95, "random": 0.95, "untrained": 0.5}


def test_identical_networks_do_not_differ(dense):
    found = localisation_claim(dense, dense, {"random": dense}, "see", ALIKE)
    assert found.verdict is ClaimVerdict.SAME
    assert found.measure == "inside_energy"
    assert found.gains["dense"].value == found.gains["dense"].low == found.gains["dense"].high == 0


def test_a_network_that_keeps_the_object_detector_only_is_more_localised(dense):
    found = localisation_claim(dense, weighing(dense, 1.0, 0.0), {"random": dense}, "see", ALIKE)
    assert found.verdict is ClaimVerdict.MORE
    assert found.means["pruned"].value == pytest.approx(1)
    assert found.means["dense"].value < 0.5
    assert found.gains["dense"].low > 0.3
    verdict, *numbers = claim_sentences(found)
    assert verdict == "see: more localised."
    assert "n = 40" in numbers[0]


def test_a_network_that_keeps_the_other_detector_is_less_localised(dense):
    found = localisation_claim(dense, weighing(dense, 0.0, 1.0), {}, "see", ALIKE)
    assert found.verdict is ClaimVerdict.LESS


def test_what_a_control_does_as_well_is_not_credited_to_pruning(dense):
    better = weighing(dense, 1.0, 0.0)
    found = localisation_claim(dense, better, {"random": better}, "see", ALIKE)
    assert found.verdict is ClaimVerdict.MORE_LIKE_CONTROLS


def test_a_ruined_network_is_not_comparable_however_local_its_maps(dense):
    lost = {**ALIKE, "pruned": 0.6, "random": 0.6}
    found = localisation_claim(dense, weighing(dense, 1.0, 0.0), {"random": dense}, "see", lost)
    assert found.verdict is ClaimVerdict.INCOMPARABLE
    assert "lost 35 points" in " ".join(claim_sentences(found))
    assert found.gains["dense"].low > 0


def test_a_network_that_went_silent_is_not_comparable_rather_than_an_error(dense):
    lost = {**ALIKE, "pruned": 0.5}
    found = localisation_claim(dense, weighing(dense, 0.0, 0.0), {"random": dense}, "see", lost)
    assert found.verdict is ClaimVerdict.INCOMPARABLE
    assert found.gains["dense"].n == 0


def test_the_loss_that_is_tolerated_can_be_said(dense):
    lost = {**ALIKE, "pruned": 0.90, "random": 0.90}
    better, controls = weighing(dense, 1.0, 0.0), {"random": dense}
    strict = localisation_claim(dense, better, controls, "see", lost)
    mild = localisation_claim(dense, better, controls, "see", lost, tolerance=0.05)
    assert (strict.verdict, mild.verdict) == ("incomparable", "more")


def test_a_control_at_another_accuracy_is_shown_but_does_not_count(dense):
    better = weighing(dense, 1.0, 0.0)
    found = localisation_claim(dense, better, {"random": better}, "see", {**ALIKE, "random": 0.7})
    assert found.left_out == ("random",)
    assert found.verdict is ClaimVerdict.MORE_WITHOUT_CONTROL
    assert "random" in found.gains


def test_an_untrained_network_counts_whatever_its_accuracy(dense):
    better = weighing(dense, 1.0, 0.0)
    found = localisation_claim(dense, better, {"untrained": better}, "see", ALIKE)
    assert found.left_out == ()
    assert found.verdict is ClaimVerdict.MORE_LIKE_CONTROLS


def test_a_control_without_maps_is_left_out(dense):
    better, silent = weighing(dense, 1.0, 0.0), weighing(dense, 0.0, 0.0)
    found = localisation_claim(dense, better, {"untrained": silent}, "see", ALIKE)
    assert found.left_out == ("untrained",)
    assert found.means["untrained"].n == 0


def test_an_untrained_network_alone_is_no_control_at_the_same_accuracy(dense):
    better, lost = weighing(dense, 1.0, 0.0), {**ALIKE, "random": 0.7}
    found = localisation_claim(dense, better, {"random": dense, "untrained": dense}, "see", lost)
    assert found.verdict is ClaimVerdict.MORE_WITHOUT_CONTROL
    assert found.gains["untrained"].low > 0
    left_out = "Not counted: random, with an accuracy of 70 % against 95 %."
    assert left_out in claim_sentences(found)
    alike = {**lost, "untrained": 0.95}
    found = localisation_claim(dense, better, {"untrained": dense}, "see", alike)
    assert found.verdict is ClaimVerdict.MORE_WITHOUT_CONTROL


def repeated(dense, second, **accuracies):
    """Return a claim that holds in the first training, with a second one pruned to `second`."""
    told = {"other seed, dense": 0.95, "other seed, pruned": 0.95} | {
        f"other seed, {stage}": value for stage, value in accuracies.items()
    }
    return localisation_claim(
        dense,
        weighing(dense, 1.0, 0.0),
        {"random": dense},
        "see",
        {**ALIKE, **told},
        replications={"other seed": (dense, second)},
    )


def test_an_effect_that_another_training_shows_as_well_is_more_localised(dense):
    found = repeated(dense, weighing(dense, 1.0, 0.0))
    assert found.verdict is ClaimVerdict.MORE
    assert found.replications["other seed"] == found.gains["dense"]
    assert "in the other seed over its own original network +" in " ".join(claim_sentences(found))


def test_an_effect_that_another_training_does_not_show_is_not_credited(dense):
    for second in (dense, weighing(dense, 0.0, 1.0), weighing(dense, 0.0, 0.0)):
        found = repeated(dense, second)
        assert found.verdict is ClaimVerdict.MORE_HERE
        assert not found.replications["other seed"].value > 0


def test_another_training_that_pruning_ruined_confirms_nothing(dense):
    found = repeated(dense, weighing(dense, 1.0, 0.0), pruned=0.6)
    assert found.verdict is ClaimVerdict.MORE_HERE
    assert "lost too much accuracy to compare" in " ".join(claim_sentences(found))


def test_every_number_says_that_its_rows_are_taken_for_independent(dense):
    found = repeated(dense, dense)
    for one in (*found.means.values(), *found.gains.values(), *found.replications.values()):
        assert "as if independent" in str(one.how)
    assert "the intervals are too narrow" in " ".join(claim_sentences(found))


def test_without_pixel_truth_a_smaller_area_is_the_gain():
    dense = subject_of(masks=False)
    found = localisation_claim(dense, weighing(dense, 1.0, 0.0), {"random": dense}, "see", ALIKE)
    assert found.measure == "a80"
    assert found.means["pruned"].value < found.means["dense"].value
    assert found.gains["dense"].low > 0
    assert found.verdict is ClaimVerdict.MORE


def test_every_network_is_asked_about_the_decision_of_the_dense_one(dense):
    turned = weighing(dense, -1.0, -1.0)
    found = localisation_claim(dense, turned, {}, "see", ALIKE)
    assert found.gains["dense"].value == pytest.approx(0)


def test_rows_whose_mask_says_nothing_are_left_out(dense):
    masks = dense.samples.masks.clone()
    masks[:5], masks[5:8] = False, True
    some = replace(dense, samples=replace(dense.samples, masks=masks))
    found = localisation_claim(some, some, {}, "see", ALIKE)
    assert found.rows.tolist() == list(range(8, 40))


def test_too_few_rows_and_missing_accuracies_are_refused(dense):
    with pytest.raises(explain.Refused, match="Only 9 cases"):
        localisation_claim(dense, dense, {}, "see", ALIKE, rows=np.arange(9))
    with pytest.raises(explain.Refused, match="'seed' is missing"):
        localisation_claim(dense, dense, {"seed": dense}, "see", ALIKE)


@pytest.mark.parametrize("name", ["dense", "pruned", "random"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_accuracy_that_is_no_number_is_refused(dense, name, value):
    with pytest.raises(explain.Refused, match=f"{name!r} is missing or no number") as refusal:
        localisation_claim(dense, dense, {"random": dense}, "see", {**ALIKE, name: value})
    assert "decisions of the original one" in refusal.value.hint


@pytest.mark.parametrize("rows", [[], [-1, 3], [3, 40]])
def test_rows_that_are_not_there_are_refused(dense, rows):
    with pytest.raises(explain.InvalidSubject, match="no rows"):
        localisation_claim(dense, dense, {}, "see", ALIKE, rows=np.array(rows, np.int64))


def test_progress_tells_of_every_network_and_may_cancel(dense):
    told = []
    localisation_claim(dense, dense, {"random": dense}, "see", ALIKE, progress=told.append)
    assert told == pytest.approx([1 / 3, 2 / 3, 1])
    with pytest.raises(KeyboardInterrupt):
        localisation_claim(dense, dense, {}, "see", ALIKE, progress=interrupt)


def interrupt(_done):
    raise KeyboardInterrupt


def test_the_interval_of_a_mean_covers_it_about_nineteen_times_of_twenty():
    generator = np.random.default_rng(1)
    found = [mean_of("mean", generator.normal(size=40), "drawn") for _ in range(300)]
    assert 0.90 <= np.mean([one.low <= 0 <= one.high for one in found]) <= 0.98
