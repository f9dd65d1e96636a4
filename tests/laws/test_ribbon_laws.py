"""Laws of the ribbon: what it can show is what a fresh evaluation says, and it is small."""

import json
import re
from dataclasses import asdict, replace

import numpy as np
import pytest

import explain
from explain import PruningPlan
from explain.core import messages
from explain.core.messages import say
from explain.figures import bend, case_name, cliff_sentence, ribbon_curve, ribbon_turn, wording
from explain.measure import headline_metric, ledger_between, ledger_of, meter, metric_interval
from explain.pruning import CRITERIA, GRAINS, misfit

PLANS = {
    "magnitude": PruningPlan(),
    "layer": PruningPlan(scope="layer", overrides=(("hidden1", 0.97),)),
    "row": PruningPlan(criterion="wanda"),
    "units": PruningPlan(criterion="l2-norm", granularity="unit", protected=("hidden1",)),
}


def ribbon_of(subject, plan, **options):
    scores = explain.score(subject, plan)
    sweep = explain.sweep(subject, plan, scores=scores, **options)
    return ribbon_curve(sweep, scores, subject.task, meter(headline_metric(subject)))


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("labelled", [True, False])
def test_every_reading_is_that_of_a_fresh_evaluation(demo, plan, labelled):
    subject = demo("heart-mlp")
    if not labelled:
        subject = replace(subject, samples=replace(subject.samples, targets=None))
    record = meter(headline_metric(subject))
    found = ribbon_of(subject, plan, amounts=(0.0, 0.3, 0.8, 1.0))
    scores, dense = explain.score(subject, plan), explain.evaluate(subject)
    for amount, said in zip(found.amounts, found.readings, strict=True):
        pruned = explain.prune(subject, explain.select(scores, plan.at(amount)))
        run, flips = explain.evaluate(pruned, reference=dense), explain.flips(subject, pruned)
        assert said.metric == wording.metric(run.metric, record)
        assert said.change == wording.signed_metric(run.metric - dense.metric, record)
        assert said.changed == str(len(flips.changed))
        outcomes = f"{len(flips.broke)} now wrong, {len(flips.fixed)} now right"
        assert said.outcomes == (outcomes if labelled else "right or wrong is not known")


def test_what_became_of_the_changed_decisions_adds_up_to_them(demo):
    subject = demo("digits-mlp")
    many = 0
    for said in ribbon_of(subject, PruningPlan(), amounts=(0.0, 0.8, 0.95)).readings:
        parts = [int(number) for number in re.findall(r"\d+", said.outcomes)]
        assert sum(parts) == int(said.changed)
        many += len(parts) == 3
    assert many == 1, "only 95 % has digits that were wrong and are wrong otherwise"


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_what_is_kept_follows_from_the_groups_at_any_amount(demo, plan):
    subject = demo("heart-mlp")
    scores = explain.score(subject, plan)
    found = ribbon_of(subject, plan, amounts=(0.0, 1.0))
    for step in range(0, 1001, 7):
        gone = found.fixed + sum(many * round(step / 1000 * size) for size, many in found.groups)
        assert found.total - gone == explain.select(scores, plan.at(step / 1000)).kept


@pytest.mark.parametrize("what", GRAINS, ids=lambda what: what.key)
def test_what_was_asked_and_what_it_came_to_are_one_number_or_said_as_two(demo, what):
    subject = demo("sms-transformer")
    if what.fits(subject) is not None:
        subject = demo("digits-cnn")
    record = next(r for r in CRITERIA if misfit(r, what) is None and r.fits(subject) is None)
    plan = PruningPlan(criterion=record.key, granularity=what.key)
    scores = explain.score(subject, plan)
    for amount in (0.0, 0.123, 0.5, 0.8, 1.0):
        masks = explain.select(scores, plan.at(amount))
        gone, total = masks.total - masks.kept, masks.total
        asked, got = messages.as_set(amount), messages.as_set(gone / total)
        whole = f"{asked} asked, {gone:,} of {total:,} {what.many} gone = {got}"
        assert wording.pruned_share(masks) == (f"{got} pruned" if asked == got else whole)


def test_the_curve_is_as_high_as_the_metric_says(demo):
    subject = demo("digits-mlp")
    scores = explain.score(subject, PruningPlan())
    sweep = explain.sweep(subject, PruningPlan(), scores=scores)
    found = ribbon_curve(sweep, scores, subject.task, meter(sweep.metric_key))
    assert 0 < found.guess < max(found.heights) < 1
    assert found.guessing == f"{messages.share(sweep.guessing)} guessing"
    lowest, highest = sweep.metric.argmin(), sweep.metric.argmax()
    assert found.heights[lowest] == min(found.heights)
    assert found.heights[highest] == max(found.heights)
    share = (sweep.metric - sweep.metric.min()) / (sweep.metric.max() - sweep.metric.min())
    low, high = min(found.heights), max(found.heights)
    above = (sweep.guessing - sweep.metric.min()) / (sweep.metric.max() - sweep.metric.min())
    assert found.guess == pytest.approx(low + above * (high - low), abs=2e-4)
    assert found.heights == pytest.approx(low + share * (high - low), abs=2e-4)


def test_where_there_is_no_metric_there_is_no_height(demo):
    subject = demo("heart-mlp")
    scores = explain.score(subject, PruningPlan())
    sweep = explain.sweep(subject, PruningPlan(), (0.0, 0.5), scores=scores)
    unknown = replace(sweep, metric=sweep.metric * float("nan"), guessing=float("nan"))
    found = ribbon_curve(unknown, scores, subject.task, meter(sweep.metric_key))
    assert (*found.heights, found.guess) == (None, None, None)
    assert [one.metric for one in found.readings] == ["–", "–"]


@pytest.mark.parametrize("key", ["digits-cnn", "credit-mlp", "sms-transformer"])
def test_the_whole_ribbon_takes_less_than_six_kilobytes(demo, key):
    found = ribbon_of(demo(key), PruningPlan(), amounts=explain.study.GRID)
    assert len(json.dumps(asdict(found), separators=(",", ":"), allow_nan=False)) < 6_000


SIGNS = {"same": "=", "broke": "✕", "fixed": "✓", "changed wrong": "✕", "changed": "≠"}


@pytest.mark.parametrize("labelled", [True, False])
def test_the_mark_of_a_case_is_what_the_ledger_says_at_every_amount(demo, labelled):
    subject = demo("heart-mlp")
    if not labelled:
        subject = replace(subject, samples=replace(subject.samples, targets=None))
    sweep = explain.sweep(subject, PruningPlan(), (0.0, 0.5, 0.8, 0.9, 1.0))
    runs = [sweep.run(at) for at in range(len(sweep.amounts))]
    statuses = [ledger_between(subject, sweep.dense, run).status for run in runs]
    firsts = ledger_of(sweep, subject, runs[-1]).first_amount
    for at, (row, first) in enumerate(zip(sweep.rows.tolist(), firsts, strict=True)):
        turn, name = ribbon_turn(sweep, subject, row), case_name(subject.samples, row)
        assert turn.signs == tuple(SIGNS[status[at]] for status in statuses)
        never = say("figures.ribbon.stays", name=name)
        turned = say("figures.ribbon.turns", name=name, amount=float(first))
        assert turn.first == (None if np.isnan(first) else first)
        assert turn.says == (never if turn.first is None else turned)
    assert ribbon_turn(sweep, subject, subject.samples.count) is None


def test_a_curve_that_falls_near_guessing_and_comes_back_says_where(demo):
    sweep = explain.sweep(demo("heart-mlp"), PruningPlan(), (0.0, 0.28, 0.5, 0.87))
    lead = sweep.dense.metric - sweep.guessing
    for shares, said in (
        ((1, 0.4, 0.3, 0.6), say("figures.curve.returns", amount=0.28, again=0.87)),
        ((1, 0.9, 0.4, 0.0), say("figures.curve.cliff", amount=0.5)),
        ((1, 0.9, 0.8, 0.7), ""),
    ):
        metric = np.array([sweep.guessing + share * lead for share in shares])
        assert cliff_sentence(replace(sweep, metric=metric)) == said


def test_the_bend_is_the_last_amount_before_the_metric_leaves_the_interval(demo):
    subject = demo("heart-mlp")
    sweep = explain.sweep(subject, PruningPlan())
    low, high = metric_interval(subject, explain.evaluate(subject))
    assert low < sweep.metric[0] < high
    at = sweep.amounts.tolist().index(bend(sweep, low))
    assert sweep.metric[: at + 1].min() >= low > sweep.metric[at + 1]
    assert bend(sweep, -1.0) == 1.0
    assert bend(sweep, 2.0) == sweep.amounts[1]
