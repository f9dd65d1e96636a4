"""Laws of sweeps, flips and metrics, on every demo."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import explain
from explain import PruningPlan
from explain.core import Masked
from explain.core.intervals import resampling, wilson
from explain.measure import METERS, evaluation, evaluation_rows, metric_change
from explain.study import GRID
from tests.demos import RELATIVES, every_demo, of_each_kind
from tests.laws.kinds import KINDS
from tests.laws.kinds import subject as subject_of_kind


@pytest.fixture(scope="module")
def swept(demo):
    found = {}

    def sweep(key):
        if key not in found:
            found[key] = explain.sweep(demo(key), PruningPlan())
        return found[key]

    return sweep


@pytest.mark.parametrize("key", of_each_kind(but=RELATIVES))
def test_every_number_of_a_sweep_equals_a_fresh_evaluation_bit_for_bit(demo, swept, key):
    subject, sweep = demo(key), swept(key)
    dense = explain.evaluate(subject)
    scores = explain.score(subject, PruningPlan())
    for at in range(0, len(sweep.amounts), 6):
        masks = explain.select(scores, PruningPlan(amount=float(sweep.amounts[at])))
        run = explain.evaluate(explain.prune(subject, masks), reference=dense)
        assert (sweep.metric[at], sweep.loss[at]) == (run.metric, run.loss)
        assert np.array_equal(sweep.decisions[at], run.decisions)
        assert sweep.kept[at] == masks.kept
        assert sweep.flips[at] == (run.decisions != dense.decisions).sum()


MENDS = {
    "recalibrated": lambda pruned, _dense: explain.recalibrate(pruned),
    "repaired": explain.repair,
}


@pytest.mark.parametrize("mend", MENDS)
def test_a_sweep_of_mended_copies_equals_mended_copies(demo, mend):
    subject, plan = demo("digits-cnn"), PruningPlan(amount=0.5)
    sweep = explain.sweep(subject, plan, (0.5,), **{mend: True})
    for at, amount in enumerate(sweep.amounts):
        masks = explain.select(explain.score(subject, plan), plan.at(float(amount)))
        run = explain.evaluate(MENDS[mend](explain.prune(subject, masks), subject))
        assert sweep.metric[at] == run.metric
        assert np.array_equal(sweep.decisions[at], run.decisions)
    assert sweep.metric[1] > explain.sweep(subject, plan, (0.5,)).metric[1] + 0.1
    assert Masked.from_json(sweep.provenance.plan) == Masked(plan=plan, **{mend: True})


def test_a_network_of_large_values_runs_in_smaller_batches(demo, monkeypatch):
    subject, seen = demo("digits-cnn"), []
    whole = explain.evaluate(subject)
    monkeypatch.setattr(evaluation, "_NUMBERS", 10 * 16 * 8 * 8)
    handle = subject.network.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    found = explain.evaluate(subject)
    handle.remove()
    assert max(seen) == 10
    assert np.allclose(found.outputs, whole.outputs, atol=1e-5)


PLANS = {
    "overrides": PruningPlan(overrides=(("hidden1", 0.97),)),
    "protected": PruningPlan(protected=("hidden1",)),
    "layer": PruningPlan(scope="layer"),
    "row": PruningPlan(criterion="wanda"),
    "units": PruningPlan(criterion="l2-norm", granularity="unit"),
    "random": PruningPlan(criterion="random", seed=3),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("labelled", [True, False])
def test_a_sweep_of_any_plan_compares_with_the_dense_network(demo, plan, labelled):
    subject = demo("heart-mlp")
    if not labelled:
        subject = replace(subject, samples=replace(subject.samples, targets=None))
    sweep = explain.sweep(subject, plan, amounts=(0.0, 0.3, 0.9))
    dense = explain.evaluate(subject)
    scores = explain.score(subject, plan)
    for at, amount in enumerate((0.0, 0.3, 0.9)):
        masks = explain.select(scores, plan.at(amount))
        run = explain.evaluate(explain.prune(subject, masks), reference=dense)
        moved = run.decisions != dense.decisions
        assert (sweep.amounts[at], sweep.kept[at]) == (amount, masks.kept)
        assert (sweep.metric[at], sweep.flips[at]) == (run.metric, moved.sum())
        ledger = explain.ledger_of(sweep, subject, run)
        assert [word != "same" for word in ledger.status] == moved.tolist()
        assert not np.isnan(ledger.first_amount[moved]).any()


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("amount", [0.0, 0.37, 0.9, 1.0])
def test_the_amount_of_the_pool_says_the_plan_again(demo, plan, amount):
    scores = explain.score(demo("heart-mlp"), plan)
    masks = explain.select(scores, plan.at(amount))
    assert masks.pool_amount == amount
    if masks.plan.scope == "global" and masks.cut.low < math.inf:
        by_threshold = explain.select(scores, plan.below(masks.cut.low))
        again = explain.select(scores, plan.at(by_threshold.pool_amount))
        assert again.kept == by_threshold.kept
        assert all(torch.equal(again.keep[n], by_threshold.keep[n]) for n in again.keep)


@pytest.mark.parametrize("key", of_each_kind())
def test_broken_minus_fixed_is_exactly_the_loss_of_right_answers(demo, swept, key):
    subject, sweep = demo(key), swept(key)
    dense = explain.evaluate(subject)
    scores = explain.score(subject, PruningPlan())
    for amount in (0.3, 0.77, 0.95):
        pruned = explain.prune(subject, explain.select(scores, PruningPlan(amount=amount)))
        run, found = explain.evaluate(pruned), explain.flips(subject, pruned)
        lost = int(dense.correct.sum()) - int(run.correct.sum())
        assert len(found.broke) - len(found.fixed) == lost
        parts = [found.broke, found.fixed, found.changed_wrong]
        assert np.array_equal(np.sort(np.concatenate(parts)), found.changed)
        ledger = explain.ledger_of(sweep, subject, run)
        words = [ledger.status.count(w) for w in ("broke", "fixed", "changed wrong")]
        assert words == [len(part) for part in parts]


@pytest.mark.parametrize("key", of_each_kind(but=RELATIVES))
def test_the_ledger_names_the_first_amount_and_the_way_back(demo, swept, key):
    subject, sweep = demo(key), swept(key)
    dense = explain.evaluate(subject)
    ledger = explain.ledger_of(sweep, subject, dense)
    for sample in range(len(ledger.rows)):
        moved = [row[sample] != sweep.decisions[0][sample] for row in sweep.decisions]
        first = next((a for a, m in zip(sweep.amounts, moved, strict=True) if m), None)
        assert (
            np.isnan(ledger.first_amount[sample])
            if first is None
            else (ledger.first_amount[sample] == first)
        )
        started = moved.index(True) if first is not None else len(moved)
        assert ledger.flips_back[sample] == (not all(moved[started:]))


@pytest.mark.parametrize("key", of_each_kind())
def test_groups_add_up_to_the_whole(swept, key):
    sweep = swept(key)
    for column in {group.column for group in sweep.groups}:
        parts = [group for group in sweep.groups if group.column == column]
        assert sum(part.n for part in parts) == sweep.decisions.shape[1]
        assert np.array_equal(sum(part.flips for part in parts), sweep.flips)
        assert np.array_equal(sum(part.correct for part in parts), sweep.correct.sum(1))


@pytest.mark.parametrize("key", of_each_kind())
def test_the_grid_has_about_forty_amounts_and_both_ends(swept, key):
    sweep = swept(key)
    assert sweep.amounts.tolist() == sorted(GRID)
    assert (sweep.amounts[0], sweep.amounts[-1]) == (0.0, 1.0)
    assert sweep.flips[0] == 0


@pytest.mark.parametrize("key", every_demo())
def test_the_headline_of_a_demo_is_the_metric_on_its_card(demo, key):
    subject = demo(key)
    assert explain.evaluate(subject).metric == pytest.approx(
        subject.card.metrics[subject.task.metric], abs=5e-7
    )


def test_a_sweep_can_be_cancelled_and_reports_how_far_it_is(demo):
    seen = []

    def progress(done):
        seen.append(done)
        if len(seen) == 3:
            raise explain.Cancelled

    with pytest.raises(explain.Cancelled):
        explain.sweep(demo("digits-mlp"), PruningPlan(), progress=progress)
    assert seen == pytest.approx([1 / len(GRID), 2 / len(GRID), 3 / len(GRID)])


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_interval_holds_the_share_and_stays_inside_zero_and_one(hits, misses):
    n = hits + misses
    low, high = wilson(hits, n)
    assert 0 <= low <= high <= 1
    assert n == 0 or low - 1e-12 <= hits / n <= high + 1e-12


def test_the_interval_is_the_published_one():
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662 by Wilson's method."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@pytest.mark.slow
def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(0)
    for share in (0.05, 0.3, 0.5):
        hits = generator.binomial(60, share, 20_000)
        covered = np.mean([low <= share <= high for low, high in (wilson(h, 60) for h in hits)])
        assert 0.93 < covered < 0.975


def tiny(outputs, targets=None, **task):
    """Return a subject whose network hands its inputs through."""
    return explain.subject(
        torch.nn.Sequential(torch.nn.Linear(outputs.shape[1], outputs.shape[1], bias=False)),
        outputs,
        targets,
        **task,
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 30))
def test_auc_counts_pairs(seed, n):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randint(-3, 4, (n, 2), generator=generator).float()
    targets = torch.randint(0, 2, (n,), generator=generator)
    positives, negatives = logits[targets == 1], logits[targets == 0]
    found = auc(logits, targets)
    if not len(positives) or not len(negatives):
        assert np.isnan(found)
        return
    margin = lambda row: float(row[1] - row[0])  # noqa: E731 - a formula
    pairs = [(margin(p), margin(q)) for p in positives for q in negatives]
    wanted = np.mean([1.0 if p > q else 0.5 if p == q else 0.0 for p, q in pairs])
    assert found == pytest.approx(wanted)


def auc(logits, targets):
    record = next(m for m in METERS if m.key == "auc")

    class Binary:
        task = explain.Task(kind="classification", classes=("no", "yes"))

    return record.function(logits, targets, Binary)


def test_balanced_accuracy_is_the_mean_recall():
    record = next(m for m in METERS if m.key == "balanced-accuracy")
    logits = torch.tensor([[1.0, 0.0]] * 9 + [[0.0, 1.0]])
    targets = torch.tensor([0] * 8 + [1, 1])

    class Two:
        task = explain.Task(kind="classification", classes=("a", "b"))

    assert record.function(logits, targets, Two) == pytest.approx((1 + 0.5) / 2)


@pytest.mark.parametrize("key", every_demo(but=RELATIVES))
def test_a_network_that_has_lost_everything_is_no_better_than_guessing(demo, key):
    sweep = explain.sweep(demo(key), PruningPlan(), amounts=(0.0, 1.0))
    share = np.unique(demo(key).samples.targets[sweep.rows], return_counts=True)[1]
    known = {"accuracy": share.max() / share.sum(), "auc": 0.5, "balanced-accuracy": 0.5}
    assert sweep.guessing == pytest.approx(known[sweep.metric_key])
    assert sweep.metric[-1] <= sweep.guessing + 1e-12 < sweep.metric[0]


def loss_of(subject, **plan):
    plan = PruningPlan(**plan)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    runs = explain.evaluate(subject), explain.evaluate(pruned)
    return metric_change(subject, *runs), runs


@pytest.mark.parametrize("key", every_demo())
def test_the_interval_of_a_change_holds_it_and_is_none_where_nothing_changed(demo, key):
    subject = demo(key)
    same, _ = loss_of(subject)
    assert (same.value, same.low, same.high, same.excludes_zero) == (0, 0, 0, False)
    gone, (dense, pruned) = loss_of(subject, amount=1.0)
    assert gone.value == pruned.metric - dense.metric
    assert gone.low < gone.value < gone.high < 0
    assert gone.excludes_zero


def test_a_small_change_is_noise_and_a_larger_one_is_not(demo):
    slight, _ = loss_of(demo("heart-mlp"), amount=0.8)
    assert slight.low < slight.value < 0 < slight.high
    assert not slight.excludes_zero
    clear, _ = loss_of(demo("credit-mlp"), amount=0.8)
    assert clear.high < 0
    assert clear.excludes_zero


@pytest.mark.parametrize("record", METERS, ids=lambda record: record.key)
def test_resampled_metrics_are_those_of_rows_that_were_drawn(record):
    fitting = [one for one in map(subject_of_kind, KINDS) if record.fits(one) is None]
    assert fitting
    for subject, few in itertools.product(fitting, (8, 48)):
        outputs = torch.from_numpy(explain.evaluate(subject).outputs)[:few]
        outputs -= outputs.quantile(0.9, dim=0)  # so that a resample may lack a label
        outputs[:3], targets = outputs[3:6].clone(), subject.samples.targets[:few]
        shares = resampling(len(targets))[:40]
        fast = record.resampled(outputs, targets, subject, shares)
        for found, each in zip(fast, np.rint(shares * len(targets)).astype(int), strict=True):
            drawn = torch.from_numpy(np.repeat(np.arange(len(targets)), each))
            slow = record.function(outputs[drawn], targets[drawn], subject)
            assert found == pytest.approx(slow, rel=1e-9, nan_ok=True)


def test_the_guess_of_values_is_their_mean_and_of_labels_what_is_usual():
    torch.manual_seed(0)
    module, inputs = torch.nn.Linear(4, 1), torch.randn(40, 4)
    values = explain.subject(module, inputs, torch.randn(40))
    assert explain.sweep(values, PruningPlan(), amounts=(0.0,)).guessing == pytest.approx(0.0)
    said = (torch.rand(40, 3) < torch.tensor([0.9, 0.1, 0.2])).long()
    task = explain.Task(kind="multilabel", classes=("a", "b", "c"), metric="label-accuracy")
    labels = explain.subject(torch.nn.Linear(4, 3), inputs, said, task=task)
    shares = said.double().mean(0).numpy()
    found = explain.sweep(labels, PruningPlan(), amounts=(0.0,)).guessing
    assert found == pytest.approx(np.maximum(shares, 1 - shares).mean())


def test_without_labels_the_metric_is_agreement_with_the_dense_network():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4))
    subject = explain.subject(module, torch.randn(50, 8))
    sweep = explain.sweep(subject, PruningPlan(), amounts=(0.0, 0.5, 0.9))
    assert (sweep.metric_key, sweep.loss, sweep.correct) == ("agreement", None, None)
    assert np.allclose(sweep.metric, 1 - sweep.flips / 50)


def test_regression_is_judged_by_r2_and_flips_beyond_its_tolerance():
    torch.manual_seed(0)
    inputs = torch.randn(60, 3)
    module = torch.nn.Linear(3, 1)
    with torch.no_grad():
        targets = module(inputs)[:, 0]
    subject = explain.subject(module, inputs, targets)
    assert (subject.task.kind, subject.task.metric) == ("regression", "r2")
    assert explain.evaluate(subject).metric == pytest.approx(1.0)
    scores = explain.score(subject, PruningPlan())
    pruned = explain.prune(subject, explain.select(scores, PruningPlan(amount=0.67)))
    with torch.no_grad():
        moved = (pruned.network(inputs)[:, 0] - targets).abs() > subject.task.tolerance
    assert len(explain.flips(subject, pruned).changed) == int(moved.sum())


def test_large_data_are_evaluated_on_a_fixed_subset_that_keeps_the_class_shares():
    torch.manual_seed(0)
    targets = (torch.rand(9_000) < 0.1).long()
    subject = explain.subject(torch.nn.Linear(4, 2), torch.randn(9_000, 4), targets)
    rows = evaluation_rows(subject)
    assert len(rows) == 2_000
    assert np.array_equal(rows, evaluation_rows(subject))
    assert len(np.unique(rows)) == 2_000
    share = float(targets[rows.tolist()].double().mean())
    assert abs(share - float(targets.double().mean())) <= 1 / 2_000
    assert explain.evaluate(subject).n == 2_000
    assert len(evaluation_rows(subject, limit=None)) == 9_000


def test_size_counts_what_is_not_zero(demo):
    subject = demo("digits-mlp")
    plan = PruningPlan(amount=0.9)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    dense = {m.key: m.value for m in explain.size(subject)}
    small = {m.key: m.value for m in explain.size(pruned)}
    assert dense["parameters"] == 6_464 + 64 + 32 + 10
    assert dense["macs"] == dense["sparse_macs"] == 6_464
    assert small["nonzero"] == dense["nonzero"] - round(0.9 * 6_464)
    assert small["sparse_macs"] == 6_464 - round(0.9 * 6_464)
    assert small["sparse_bytes"] < small["bytes"] == dense["bytes"]
