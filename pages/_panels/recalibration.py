"""BatchNorm after pruning: offered where the metric collapsed, and what it brought back."""

import streamlit as st

from explain import Subject
from explain.core import Compared, Masked
from explain.core.messages import say
from explain.figures import wording
from explain.measure import headline_metric, meter
from explain.pruning import RECALIBRATION_ROWS, offer_recalibration
from pages._shell import caches, current
from pages._shell.actions import set_recalibrated
from pages._shell.choice import PLAN, State
from pages._shell.panel import panel
from pages._shell.plain import plain
from pages._shell.state import state


@panel("recalibration", follows=(PLAN,), last=True)
def recalibration() -> None:
    """Show the offer by itself: it evaluates, so the pictures of the page come first."""
    recalibration_offer()


def recalibration_offer() -> None:
    """Offer to make the BatchNorm statistics anew where the metric collapsed; say what it did."""
    now = state()
    dense, plain_run = caches.dense(now.model), caches.run(_plain(now))
    subject = caches.subject(now.model)
    if not (now.recalibrated or offer_recalibration(subject, dense.metric, plain_run.metric)):
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


def _plain(now: State) -> Compared:
    """Return the pruned network with the statistics that were trained."""
    return Compared(model=now.model, how=Masked(plan=now.plan))


def _recalibrate(on: bool) -> None:  # noqa: FBT001 - a button's argument
    set_recalibrated(on=on)


def _rows(subject: Subject) -> int:
    found = 0 if subject.calibration is None else subject.calibration.count
    return min(found, RECALIBRATION_ROWS)
