"""All criteria at the amount of now, in a table that takes one over, and their curves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import streamlit as st

from explain import Measurement, PruningPlan, Sweep
from explain.core import Comparison, Criterion
from explain.core.messages import say
from explain.figures import NUMBER, Cell, Row, Table, Text, amount_curve, to_html, wording
from explain.measure import decision_changes, headline_metric, meter
from explain.pruning import CRITERIA, control_of, criterion, grain, misfit, with_criterion
from pages._components.picks import PICKS
from pages._shell import caches, current
from pages._shell.actions import set_plan
from pages._shell.charts import plain, show_chart
from pages._shell.kept import with_progress
from pages._shell.state import state

_PICKS = "criterion-picks"
SEEDS = 5
"""Runs of the random control."""


def compare_criteria() -> None:
    """Compare the criteria that score what the plan's grain takes."""
    rivals = [record for record in _records() if record.fits(caches.subject(state().model)) is None]
    PICKS(_PICKS, {}, on_picked=_picked)
    st.html(_table(list(_standings(rivals))))
    _curves(rivals)
    left_out = [plain(one.title) for one in _records() if one not in rivals]
    if left_out:
        said = say("explore.compare.left_out", criteria=left_out)
        st.markdown(f":small[{said}]")


def _records() -> list[Criterion]:
    what = grain(state().plan.granularity)
    known = (criterion(record.key) for record in CRITERIA)
    return [record for record in known if misfit(record, what) is None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A criterion at the amount of now: its metric, how that changed, how many decisions did."""

    record: Criterion
    metric: float
    change: Measurement
    changed: int
    samples: int


def _standings(rivals: list[Criterion]) -> Iterator[_Standing]:
    """Yield every criterion, the best first."""
    found = [_standing(record) for record in rivals]
    higher = meter(headline_metric(caches.subject(state().model))).better == "higher"
    yield from sorted(found, key=lambda one: one.metric, reverse=higher)


def _standing(record: Criterion) -> _Standing:
    now = state()
    how = now.masked(_plan(record))
    asked = Comparison(dense=now.model, how=how)
    dense, run = caches.dense(now.model), caches.evaluated(asked.after)
    found = decision_changes(dense, run, caches.subject(now.model).task)
    return _Standing(
        record=record,
        metric=run.metric,
        change=caches.metric_change(asked),
        changed=len(found.changed),
        samples=found.n,
    )


def _plan(record: Criterion) -> PruningPlan:
    """Return the plan of now by another criterion, at the amount of now."""
    now = state()
    amount = caches.masks(now.model, now.plan).pool_amount
    own = now.plan if record.key == now.plan.criterion else now.plan.at(amount)
    return with_criterion(own, record.key)


def _table(found: list[_Standing]) -> str:
    subject = caches.subject(state().model)
    record = meter(headline_metric(subject))
    heads = ("criterion", "metric", "change", "changed")
    names = [
        say("explore.compare.column", column=head, metric=wording.capital(record.title))
        for head in heads
    ]
    columns = [Cell(parts=(Text(text=name),)) for name in names]
    rows = tuple(
        Row(
            head=Cell(
                parts=(Text(text=one.record.title),),
                pick=one.record.key,
                chosen=one.record.key == state().plan.criterion,
            ),
            cells=tuple(
                Cell(parts=(Text(text=text),), css=NUMBER)
                for text in (
                    wording.metric(one.metric, record),
                    wording.change_with_interval(one.change, record),
                    say("explore.compare.changed", changed=one.changed, n=one.samples),
                )
            ),
        )
        for one in found
    )
    return to_html(Table(rows=rows, columns=columns, mark=("explore", "criteria")))


def _picked() -> None:
    """Prune by another criterion, at the amount of now; an unknown one changes nothing."""
    event = st.session_state[_PICKS].picked
    key = event.get("pick") if isinstance(event, dict) else None
    chosen = next((record for record in _records() if record.key == key), None)
    if chosen is not None:
        set_plan(_plan(chosen))


def _curves(rivals: list[Criterion]) -> None:
    now = state()
    chosen = criterion(now.plan.criterion)
    others = {r.title: _sweep(r, 0) for r in rivals if not r.seeded and r.key != chosen.key}
    control = control_of(grain(now.plan.granularity))
    runs = [_sweep(control, seed) for seed in range(SEEDS)]
    masks, run = caches.masks(now.model, now.plan), caches.evaluated(current.planned())
    chart = amount_curve(
        _sweep(chosen, now.plan.seed),
        meter(headline_metric(caches.subject(now.model))),
        here=(masks.pool_amount, run.metric),
        others=others,
        control=runs,
    )
    show_chart(chart, say("explore.compare.chart", criterion=chosen.title), "compare")


def _sweep(record: Criterion, seed: int) -> Sweep:
    now = state()
    plan = replace(with_criterion(now.plan.at(0.0), record.key), seed=seed)
    how = replace(current.masked(now), plan=plan)
    return with_progress(
        say("explore.compare.seeded", criterion=record.title, seed=seed)
        if record.seeded
        else record.title,
        lambda progress: caches.sweep(now.model, how, progress),
        ready=caches.sweep.ready(now.model, how),
    )
