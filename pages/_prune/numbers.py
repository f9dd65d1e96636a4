"""Three big numbers first: what is kept, how good the answers are, which decisions changed."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from explain import Measurement
from explain.core import Comparison, Masked
from explain.core.messages import say
from explain.core.methods import Meter
from explain.figures import wording
from explain.measure import decision_changes, headline_metric, meter
from explain.pruning import grain
from pages._panels.sidebar import recalibration_offer
from pages._shell import caches, current
from pages._shell.charts import plain
from pages._shell.current import has_data, say_no_data
from pages._shell.kept import with_progress
from pages._shell.panel import panel
from pages._shell.state import PLAN, state


@panel("numbers", follows=(PLAN,))
def numbers() -> None:
    """Show the three numbers of the plan."""
    now = state()
    columns = st.columns(3)
    with columns[0]:
        _kept(current.comparison(now))
    if not has_data():
        with columns[1]:
            say_no_data("numbers")
        return
    with columns[1]:
        _metric()
    with columns[2]:
        _changed()
    _say_what_is_counted()
    recalibration_offer()
    _offer_everything()


def _kept(comparison: Comparison) -> None:
    if not isinstance(comparison.how, Masked):
        _not_zero(caches.size(comparison.after))
        return
    masks = caches.masks(comparison.dense, comparison.how.plan)
    st.metric(
        plain(grain(masks.scores.granularity).kept),
        wording.of(masks.kept, masks.total),
        say("prune.numbers.pruned", amount=masks.amount),
        delta_color="off",
        delta_arrow="off",
        border=True,
    )


def _not_zero(found: Mapping[str, float]) -> None:
    st.metric(
        plain(say("comparison.weights")),
        wording.of(int(found["nonzero"]), int(found["parameters"])),
        border=True,
    )


def _metric() -> None:
    now = state()
    record = meter(headline_metric(caches.subject(now.model)))
    dense, run = caches.dense(now.model), current.other_evaluation()
    change = caches.metric_change(current.comparison(now))
    st.metric(
        say("prune.numbers.on_samples", metric=plain(wording.capital(record.title)), n=run.n),
        wording.metric(run.metric, record),
        wording.change_with_interval(change, record),
        delta_color=_colour(change, record),
        delta_arrow=_arrow(change),
        help=plain(
            say(
                "prune.numbers.change_help",
                dense=wording.metric(dense.metric, record),
                n=change.n,
            )
        ),
        border=True,
    )


def _colour(change: Measurement, record: Meter) -> Literal["normal", "inverse", "off"]:
    """Return the colour of a change: grey where the interval holds 0."""
    if not change.excludes_zero:
        return "off"
    worse = (change.value < 0) == (record.better == "higher")
    return "inverse" if worse else "normal"


def _arrow(change: Measurement) -> Literal["up", "down", "off"]:
    if not change.excludes_zero:
        return "off"
    return "down" if change.value < 0 else "up"


def _changed() -> None:
    now = state()
    dense, run, task = (
        caches.dense(now.model),
        current.other_evaluation(),
        caches.subject(now.model).task,
    )
    found = decision_changes(dense, run, task)
    known = dense.correct is not None
    st.metric(
        say(
            "prune.numbers.values_changed"
            if task.kind == "regression"
            else "prune.numbers.decisions_changed"
        ),
        say("prune.numbers.changed", changed=len(found.changed), total=found.n),
        say(
            "prune.numbers.outcomes",
            broke=len(found.broke),
            fixed=len(found.fixed),
            other=len(found.changed_wrong),
        )
        if known
        else say("prune.numbers.no_labels"),
        delta_color="off",
        delta_arrow="off",
        border=True,
    )


def _say_what_is_counted() -> None:
    """Say what the numbers stand for where it is not plain: values, labels, no answers."""
    subject = caches.subject(state().model)
    said = []
    if subject.task.kind == "regression":
        said += [say("prune.numbers.right_value", tolerance=subject.task.tolerance)]
    elif subject.task.kind == "multilabel":
        said += [say("prune.numbers.right_labels")]
    if subject.samples.targets is None:
        said += [say("prune.numbers.no_answers")]
    if said:
        st.markdown(f":small[{say('shell.sentences', all=said)}]")


def _offer_everything() -> None:
    """Offer all samples where the numbers rest on a part of them."""
    now = state()
    count = caches.subject(now.model).samples.count
    used = current.other_evaluation().n
    if used == count:
        return
    st.markdown(f":small[{say('prune.numbers.part', used=used, samples=count)}]")
    if st.button(say("prune.numbers.evaluate_all", samples=count), key="evaluate-all"):
        _everything(count)


def _everything(count: int) -> None:
    now = state()
    subject = caches.subject(now.model)
    first, run = with_progress(
        say("prune.numbers.evaluating", samples=count),
        lambda progress: caches.run_on_all(current.comparison(now), progress),
    )
    record = meter(headline_metric(subject))
    found = decision_changes(first, run, subject.task)
    st.markdown(
        say(
            "prune.numbers.on_all",
            samples=run.n,
            metric=plain(record.title),
            pruned=wording.metric(run.metric, record),
            dense=wording.metric(first.metric, record),
            changed=len(found.changed),
        )
    )
