"""What the ribbon's line says: another network, a layer that is all gone, BatchNorm."""

import streamlit as st

from explain import Subject
from explain.core import Another, Compared, Masked
from explain.core.messages import say
from explain.figures import wording
from explain.measure import headline_metric, meter
from explain.pruning import RECALIBRATION_ROWS, grain, offer_recalibration
from pages._panels.unit import titles
from pages._shell import caches, current
from pages._shell.actions import choose, set_recalibrated
from pages._shell.charts import plain
from pages._shell.current import has_data
from pages._shell.panel import boundary, panel
from pages._shell.state import OTHER, PLAN, State, state


def messages() -> None:
    """Show the line; it is as high with a message as without one."""
    with st.container(key="ribbon-line", horizontal=True, vertical_alignment="center"):
        with boundary("comparison"):
            _say_other(state()[OTHER])
        recalibration()


def _say_other(other: Another | None) -> None:
    """Say which model is compared in place of the plan's network, and offer to go back."""
    if other is None:
        return
    title = caches.subject_of(current.comparison().after).card.title
    st.markdown(plain(say("comparison.is_another_model", title=title, seed=other.seed)))
    st.button(
        plain(say("comparison.with_the_plan")),
        key="plan-again",
        on_click=lambda: choose(OTHER.to(None)),
    )


@panel("recalibration", follows=(PLAN,), last=True)
def recalibration() -> None:
    """Offer to make the BatchNorm statistics anew where the metric collapsed; say what it did."""
    if not has_data():
        return
    now = state()
    dense, plain_run = caches.dense(now.model), caches.run(_plain(now))
    subject = caches.subject(now.model)
    _say_severed(now, subject)
    pruned = caches.subject_of(_plain(now))
    if not (now.recalibrated or offer_recalibration(pruned, dense.metric, plain_run.metric)):
        return
    record = meter(headline_metric(subject))
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    before = wording.metric(plain_run.metric, record)
    if now.recalibrated:
        after = wording.metric(caches.run(current.planned(now)).metric, record)
        row.markdown(
            say(
                "panels.recalibration.done",
                rows=_rows(subject),
                metric=plain(record.title),
                before=before,
                after=after,
                dense=wording.metric(dense.metric, record),
            )
        )
        row.button(
            say("panels.recalibration.take_back"),
            key="recalibrate-off",
            on_click=_recalibrate,
            args=(False,),
        )
    else:
        row.markdown(
            say(
                "panels.recalibration.fell",
                metric=plain(wording.capital(record.title)),
                dense=wording.metric(dense.metric, record),
                before=before,
            )
        )
        row.button(
            say("panels.recalibration.recalibrate"),
            key="recalibrate",
            on_click=_recalibrate,
            args=(True,),
            help=say("panels.recalibration.recalibrate_help"),
        )


def _say_severed(now: State, subject: Subject) -> None:
    """Say which layer lost everything where nothing gets from the input to the answer."""
    layers = caches.severed(_plain(now))
    if not layers:
        return
    masks = caches.masks(now.model, now.plan)
    lost = sum(t.entries for t in masks.scores.tensors if t.layer in layers)
    named = [titles(subject).get(layer, layer) for layer in layers]
    entries = grain(now.plan.granularity).many
    said = say("panels.recalibration.severed", layers=named, lost=lost, entries=entries)
    st.markdown(plain(said))


def _plain(now: State) -> Compared:
    """Return the pruned network with the statistics that were trained."""
    return Compared(model=now.model, how=Masked(plan=now.plan))


def _recalibrate(on: bool) -> None:  # noqa: FBT001 - a button's argument
    set_recalibrated(on=on)


def _rows(subject: Subject) -> int:
    found = 0 if subject.calibration is None else subject.calibration.count
    return min(found, RECALIBRATION_ROWS)
