"""Laws of the test that pruning localises feature maps, with its controls made on the way."""

from dataclasses import replace

import numpy as np
import pytest

import explain
from explain import PruningPlan, localised
from explain.core.explanation import ClaimVerdict
from tests.demos import subject_of

PLAN = PruningPlan(amount=0.5)
ROWS = np.arange(40)
LATE = 3 / 18


@pytest.fixture(scope="module")
def second():
    return subject_of("digits-cnn", seed=2)


@pytest.fixture(scope="module")
def unlabelled(demo):
    subject = demo("digits-cnn")
    return replace(subject, samples=replace(subject.samples, targets=None))


def test_without_labels_accuracy_is_the_agreement_with_the_network_before_pruning(unlabelled):
    found = localised(unlabelled, PLAN, "conv4", rows=ROWS)
    masks = explain.select(explain.score(unlabelled, PLAN), PLAN)
    changed = len(explain.flips(unlabelled, explain.prune(unlabelled, masks)).changed)
    assert found.accuracies["dense"] == 1
    assert found.accuracies["pruned"] == 1 - changed / unlabelled.samples.count
    assert found.accuracies["pruned"] - 0.05 < found.accuracies["random pruning"] <= 1
    assert found.accuracies["untrained"] < 0.5


def test_without_labels_a_ruined_network_is_not_comparable(unlabelled):
    found = localised(unlabelled, PLAN.at(0.95), "conv4", rows=ROWS)
    assert found.verdict is ClaimVerdict.INCOMPARABLE


def test_without_labels_another_training_is_judged_by_its_own_decisions(unlabelled, second):
    found = localised(unlabelled, PLAN, "conv4", rows=ROWS, other_seed=second)
    pruned = explain.prune(second, explain.select(explain.score(second, PLAN), PLAN))
    changed = len(explain.flips(second, pruned).changed)
    assert found.accuracies["other seed, dense"] == 1
    assert found.accuracies["other seed, pruned"] == 1 - changed / second.samples.count


def test_a_network_that_agrees_with_nothing_known_is_refused(unlabelled):
    masks = explain.select(explain.score(unlabelled, PLAN), PLAN)
    with pytest.raises(explain.Refused, match="'dense' is missing or no number"):
        localised(explain.prune(unlabelled, masks), PLAN, "conv4", rows=ROWS)


def test_a_second_training_that_is_the_same_network_shows_the_same_gain(demo):
    subject = demo("digits-cnn")
    found = localised(subject, PLAN, "conv4", rows=ROWS, other_seed=subject)
    assert found.replications["other seed"] == found.gains["dense"]
    assert found.accuracies["other seed, pruned"] == found.accuracies["pruned"]
    alone = localised(subject, PLAN, "conv4", rows=ROWS)
    assert found.verdict == alone.verdict
    assert alone.replications == {}


def test_a_second_training_gains_over_itself_and_is_no_control(demo, second):
    found = localised(demo("digits-cnn"), PLAN, "conv4", rows=ROWS, other_seed=second)
    before, after = (found.scores[f"other seed, {stage}"] for stage in ("dense", "pruned"))
    assert found.replications["other seed"].value == pytest.approx(np.mean(before - after))
    assert set(found.gains) == {"dense", "random pruning", "untrained"}


@pytest.mark.parametrize(
    ("key", "layer", "rows", "error"),
    [
        ("digits-cnn", "conv9", ROWS, explain.UnknownKey),
        ("digits-cnn", "output", ROWS, explain.Refused),
        ("digits-mlp", "hidden1", ROWS, explain.Refused),
        ("digits-cnn", "conv4", np.array([0, -1]), explain.InvalidSubject),
        ("digits-cnn", "conv4", np.array([450]), explain.InvalidSubject),
    ],
)
def test_what_cannot_be_compared_is_refused_before_the_search(demo, key, layer, rows, error):
    told = []
    with pytest.raises(error):
        localised(demo(key), PLAN, layer, rows=rows, progress=told.append)
    assert max(told) < LATE


def test_progress_rises_to_the_end_over_all_parts(demo, second):
    told = []
    localised(demo("digits-cnn"), PLAN, "conv4", rows=ROWS, other_seed=second, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert max(np.diff([0, *told])) < 0.1


def test_it_can_be_cancelled_at_every_report_of_progress(demo):
    subject, told = demo("digits-cnn"), []
    localised(subject, PLAN, "conv4", rows=ROWS, progress=told.append)
    for wanted in (told[0], *told[-5:]):

        def cancel(done, wanted=wanted):
            if done >= wanted:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            localised(subject, PLAN, "conv4", rows=ROWS, progress=cancel)
