"""Laws of decisions between two networks: ways, rates and groups equal a slow, literal count."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

import explain
from explain import PruningPlan
from explain.core.intervals import resampling, wilson
from explain.measure import class_rates, group_changes, ledger_of, stands_out, transitions, went
from explain.measure.groups import natural_order
from tests.demos import RELATIVES, of_each_kind, subject_of
from tests.laws import kinds

PLAN = PruningPlan(amount=0.8)


@cache
def decided(key):
    """Return a subject and its ledger at 80 %: a demo's, or one of each kind of task."""
    subject = kinds.subject(key) if key in kinds.KINDS else subject_of(key)
    pruned = explain.prune(subject, explain.select(explain.score(subject, PLAN), PLAN))
    sweep = explain.sweep(subject, PLAN, (0.0, 0.8))
    return subject, ledger_of(sweep, subject, explain.evaluate(pruned, reference=sweep.dense))


@pytest.mark.parametrize("key", [*of_each_kind(but=RELATIVES), "binary"])
def test_the_ways_of_classes_are_the_table_of_their_answers(key):
    subject, ledger = decided(key)
    found = {one.way: one for one in transitions(ledger, subject.task)}
    pairs = zip(ledger.before.astype(int).tolist(), ledger.after.astype(int).tolist(), strict=True)
    triples = Counter(zip(pairs, ledger.status, strict=True))
    assert {way for way, _ in triples} == set(found)
    for way, one in found.items():
        assert one.n == sum(n for (other, _), n in triples.items() if other == way)
        assert one.n == went(ledger, subject.task, way).sum()
        assert (one.broke, one.fixed) == (triples[way, "broke"], triples[way, "fixed"])
    moved = sum(one.n for way, one in found.items() if way[0] != way[1])
    assert moved == sum(word != "same" for word in ledger.status) > 0


def test_the_ways_of_values_are_up_down_and_still_within_the_tolerance():
    subject, ledger = decided("regression")
    moved = ledger.after - ledger.before
    sides = {
        (0, 0): np.abs(moved) <= subject.task.tolerance,
        (0, 1): moved > subject.task.tolerance,
        (1, 0): moved < -subject.task.tolerance,
    }
    for one in transitions(ledger, subject.task):
        far = np.abs(moved[sides[one.way]])
        assert one.n == len(far) > 0
        assert one.moved == (np.median(far), far.max())


def test_a_case_is_counted_for_each_label_that_changed():
    subject, ledger = decided("multilabel")
    found = {one.way: one.n for one in transitions(ledger, subject.task)}
    counted = Counter(
        (label, int(after[label]))
        for before, after in zip(ledger.before, ledger.after, strict=True)
        for label in range(len(before))
        if before[label] != after[label]
    )
    assert {way: n for way, n in found.items() if n} == counted
    assert not went(ledger, subject.task, (99, 1)).any()


@pytest.mark.parametrize("key", [*of_each_kind(), "binary", "multilabel"])
def test_a_rate_is_the_share_of_a_class_that_is_said_to_be_it(key):
    subject, ledger = decided(key)
    truth = subject.samples.targets.numpy()[ledger.rows]
    for kind in ("found", "false_alarms"):
        for rate in class_rates(subject, ledger, kind):
            says = [is_of(rate.at, values) for values in (truth, ledger.before, ledger.after)]
            rows = [row for row in zip(*says, strict=True) if row[0] == (kind == "found")]
            for at, one in ((1, rate.before), (2, rate.after)):
                hits = sum(row[at] for row in rows)
                assert one.value == pytest.approx(hits / len(rows))
                assert (one.low, one.high) == wilson(hits, len(rows))
            change = rate.after.value - rate.before.value
            assert rate.change.value == pytest.approx(change)
            assert rate.change.low <= change <= rate.change.high


def is_of(at, values):
    return [bool(value[at]) if np.ndim(value) else int(value) == at for value in values]


def test_the_change_of_a_rate_is_resampled_row_by_row():
    subject, ledger = decided("heart-mlp")
    truth = subject.samples.targets.numpy()
    (rate,) = [rate for rate in class_rates(subject, ledger, "false_alarms") if rate.at == 1]
    changes = []
    for counts in np.rint(resampling(len(truth)) * len(truth)).astype(int):
        rows = [row for row, n in enumerate(counts) for _ in range(n) if truth[row] == 0]
        alarms = [sum(said[rows] == 1) / len(rows) for said in (ledger.before, ledger.after)]
        changes.append(alarms[1] - alarms[0])
    low, high = np.percentile(changes, (2.5, 97.5))
    assert (rate.change.low, rate.change.high) == pytest.approx((low, high))


def test_values_and_unknown_answers_have_no_rates():
    subject, ledger = decided("regression")
    assert class_rates(subject, ledger) == ()


@pytest.mark.parametrize("key", [*of_each_kind(), "regression"])
def test_the_changes_of_a_group_are_those_of_its_cases(key):
    subject, ledger = decided(key)
    found = group_changes(subject, ledger)
    for group in found:
        labels = subject.samples.groups[group.column]
        words = [
            word
            for row, word in zip(ledger.rows, ledger.status, strict=True)
            if labels[row] == group.label
        ]
        counts = Counter(words)
        assert group.n == len(words)
        assert group.changed == len(words) - counts["same"]
        assert (group.broke, group.fixed) == (counts["broke"], counts["fixed"])
        assert (group.low, group.high) == wilson(group.changed, group.n)
    for column, labels in subject.samples.groups.items():
        assert sum(group.n for group in found if group.column == column) == len(labels)


def test_a_group_stands_out_if_its_interval_lies_above_everybody():
    subject, ledger = decided("heart-mlp")
    found = group_changes(subject, ledger)
    top = stands_out(found, 14 / 230)
    assert (top.label, top.n) == ("VA Long Beach", 50)
    assert stands_out(found, top.low) is None
    assert stands_out([group for group in found if group.small], 0.0) is None


@pytest.mark.parametrize(
    "labels",
    [
        ["under 45", "45 to 54", "55 to 64", "65 and over"],
        ["under 30", "30 to 44", "45 and over", "unknown"],
        ["-5 to 0", "0 to 5", "1,000 and more"],
        ["0.5 to 2", "2 to 10", "10 to 20"],
        ["female", "male"],
    ],
)
def test_bands_of_numbers_stand_in_their_order_and_words_after_them(labels):
    assert sorted(sorted(labels), key=natural_order) == labels
