"""How much the reasons changed over many samples, beside the method's own noise."""

import math

import pandas as pd
import streamlit as st

from explain import Drift, Measurement, Subject
from explain.attribution import attributor, baseline
from explain.core.messages import say
from explain.figures import answer, drift_line, other_likenesses, wording
from pages._attribution.asked import Asked, asked
from pages._attribution.caches import ROWS, band, drifted
from pages._shell import caches
from pages._shell.actions import choose
from pages._shell.answers import outputs
from pages._shell.charts import show
from pages._shell.choice import PLAN, SAMPLE
from pages._shell.jobs import let_the_browser_paint, with_progress
from pages._shell.keys import Explainer
from pages._shell.panel import panel
from pages._shell.plain import plain

__all__ = ["current_drift", "drift", "is_quick", "ready_band", "setting"]

_QUICK = 4e9
"""Multiply-adds up to which the noise is measured without being asked."""
_JOBS = 9
"""Explanations of every sample that a noise band takes."""


@panel("drift", follows=(PLAN,))
def drift() -> None:
    """Show the headline with its noise; where that takes long, only when asked."""
    let_the_browser_paint()
    st.subheader("Did the reasons change?", anchor=False)
    question = asked()
    subject = caches.subject(question.comparison.dense)
    ready = band.ready(question.comparison.dense, question.how)
    if ready or is_quick(subject, question) or _wanted(subject):
        _shown(question, subject)


def _wanted(subject: Subject) -> bool:
    return st.toggle(
        f"Measure it over {_count(subject)} samples",
        key="drift-on",
        help="Explains every sample with random weights, noisy inputs, another seed and another "
        "baseline. Takes a while for this network; switch off to cancel.",
    )


def _count(subject: Subject) -> int:
    return min(ROWS, subject.samples.count)


def is_quick(subject: Subject, question: Asked) -> bool:
    """Return whether the noise of a method is known within about a second."""
    quick = question.how.quick()
    passes = attributor(quick.method).passes(subject, quick.settings)
    return passes * ROWS * _JOBS * sum(layer.macs for layer in subject.network.layers) <= _QUICK


def ready_band(question: Asked) -> None:
    """Make the noise band under a progress bar if it is not there yet."""
    with_progress(
        f"The method's own noise on {_count(caches.subject(question.comparison.dense))} samples",
        lambda progress: band(question.comparison.dense, question.how, progress),
        ready=band.ready(question.comparison.dense, question.how),
    )


def current_drift(question: Asked) -> Drift:
    """Return the drift of the pruned network, the band being there."""
    return drifted(question.comparison, question.how)


def setting(method: Explainer) -> str:
    """Return in words what everything over many samples rests on."""
    quick, record = method.quick(), attributor(method.method)
    steps = quick.settings.get("steps")
    parts = [record.title]
    if steps:
        parts.append(f"{steps:g} steps")
    if record.baseline:
        parts.append(f"baseline “{baseline(quick.baseline).title}”")
    return ", ".join(parts)


def _shown(question: Asked, subject: Subject) -> None:
    ready_band(question)
    found = current_drift(question)
    _headline(found)
    show(drift_line(found), "Overlap with the dense network's reasons", "drift-line")
    show(other_likenesses(found), "Other ways to compare", "drift-others")
    _how(found, question)
    _flipped(found, question, subject)


def _headline(found: Drift) -> None:
    columns = st.columns(3)
    columns[0].metric(
        "Reasons kept",
        _share(found.rescaled),
        _interval(found.rescaled),
        delta_color="off",
        delta_arrow="off",
        help="The overlap rescaled: 0 is a network of random weights (floor), 1 the same network "
        "under tiny input noise (ceiling). Above 1: more alike than under that noise.",
    )
    columns[1].metric(
        "Beside the method's noise",
        plain(say("reasons.beside_noise", verdict=found.verdict)),
        f"overlap {_two(found.overlap)}, ceiling {_two(found.ceiling)}",
        delta_color="off",
        delta_arrow="off",
        help="Outside: the overlap lies below the ceiling, beyond its 95 % interval. Inside: it "
        "surely lies less than a tenth of the way to the floor below it. Else unclear.",
    )
    columns[2].metric(
        "Samples compared",
        wording.count(len(found.rows)),
        f"{len(found.flipped)} flipped, left out",
        delta_color="off",
        delta_arrow="off",
    )


def _share(number: Measurement) -> str:
    return "–" if math.isnan(number.value) else wording.share(number.value, 0)


def _two(number: Measurement) -> str:
    return "–" if math.isnan(number.value) else f"{number.value:.2f}"


def _interval(number: Measurement) -> str:
    if number.low is None or number.high is None:
        return "no interval"
    return f"{wording.share(number.low, 0)} to {wording.share(number.high, 0)}, 95 % interval"


def _how(found: Drift, question: Asked) -> None:
    st.markdown(
        f":small[{plain(setting(question.how))}; n {len(found.rows)}. Another seed and another "
        "baseline show what else moves reasons this far. Absolute values are never ranked: "
        "networks of random weights score high on that.]"
    )


def _flipped(found: Drift, question: Asked, subject: Subject) -> None:
    if not len(found.flipped):
        return
    rows = [int(row) for row in found.flipped]
    st.markdown(
        f"**{len(rows)} flipped samples**, reported apart: their reasons led elsewhere. "
        "Click one to see them."
    )
    key = f"flipped-{question.comparison.dense}-{hash(question.comparison)}"
    st.dataframe(
        pd.DataFrame(
            {
                "sample": rows,
                "dense says": [_says(question, subject, row, pruned=False) for row in rows],
                "pruned says": [_says(question, subject, row, pruned=True) for row in rows],
            }
        ),
        key=key,
        hide_index=True,
        on_select=lambda: _pick(key, rows),
        selection_mode="single-row",
        height=min(220, 40 + 35 * len(rows)),
        alt="Samples whose decision differs, left out of the means.",
    )


def _says(question: Asked, subject: Subject, row: int, *, pruned: bool) -> str:
    found = outputs(question.comparison.after if pruned else question.comparison.before, row, "")
    return answer(found, subject.task, 0).decision


def _pick(key: str, rows: list[int]) -> None:
    chosen = st.session_state[key].selection.rows
    if chosen:
        choose(SAMPLE.to(rows[chosen[0]]))
