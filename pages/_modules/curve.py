"""What each module adds at every amount of the plan."""

from dataclasses import replace

import streamlit as st

from explain.core import Compared
from explain.core.messages import say
from explain.figures import module_curve
from explain.study import CURVE
from pages._modules.asked import module_question, output
from pages._modules.caches import contribution_curve, shown_partition
from pages._shell import caches, current
from pages._shell.charts import show_chart
from pages._shell.choice import PLAN, SAMPLE
from pages._shell.jobs import with_progress
from pages._shell.panel import panel
from pages._shell.state import state


@panel("modules-curve", follows=(PLAN, SAMPLE))
def modules_curve() -> None:
    """Offer the curve; computed when it is switched on, cancelled when it is off."""
    asked_for = st.toggle(
        say("modules.curve.wanted", tried=len(CURVE)),
        key="modules-curve-on",
        help=say("modules.curve.help"),
    )
    if not asked_for:
        return
    now, found = state(), module_question()
    how = current.masked(now)
    networks = tuple(
        Compared(model=now.model, how=replace(how, plan=now.plan.at(amount))) for amount in CURVE
    )
    lines = with_progress(
        say("modules.curve.wanted", tried=len(CURVE)),
        lambda progress: contribution_curve(networks, found.cut, found.question, progress),
        ready=contribution_curve.ready(networks, found.cut, found.question),
    )
    chart = module_curve(
        shown_partition(found.cut).names,
        CURVE,
        lines,
        here=caches.masks(now.model, now.plan).pool_amount,
        output=output(found),
    )
    show_chart(chart, say("modules.curve.title"), "module-curve")
