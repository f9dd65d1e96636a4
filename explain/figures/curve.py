"""Metric over amount: where the slider stands, other criteria, and chance with its spread."""

from collections.abc import Mapping, Sequence

import numpy as np

from explain.core.messages import say
from explain.core.records import Meter
from explain.core.sweep import Sweep
from explain.figures.amount_axis import amount_axis, place_of_amount
from explain.figures.chart import FRAME, Chart, Frame, Mark, Part, picture
from explain.figures.palette import KEPT, OTHERS, REMOVED, shade
from explain.figures.wording import capital, metric

_ROOM = 0.06
"""Room above and below the lines, as a share of their range."""
_MANY = Frame(bottom=130)
"""With a legend below the axis."""
_LEGEND: Part = {"orientation": "h", "y": -0.28, "x": 0, "yanchor": "top", "font": {"size": 11}}


def amount_curve(
    sweep: Sweep,
    meter: Meter,
    *,
    here: tuple[float, float],
    others: Mapping[str, Sweep] | None = None,
    control: Sequence[Sweep] = (),
) -> Chart:
    """Draw the metric over the amount.

    Args:
        sweep: the chosen plan.
        meter: its metric.
        here: amount and metric where the slider stands.
        others: sweeps of other criteria by title, drawn thin.
        control: sweeps of the random control, one per seed, drawn as a band from the lowest to the
            highest.
    """
    many = bool(others or control)
    lines = [
        _line(other, title, OTHERS[at % len(OTHERS)], 1.5, meter)
        for at, (title, other) in enumerate((others or {}).items())
    ]
    low, high = _range([sweep, *(others or {}).values(), *control])
    frame = _MANY if many else FRAME
    figure = picture(
        [
            *_band(control, meter),
            *lines,
            _line(sweep, say("figures.curve.this_plan"), KEPT, 3, meter),
        ],
        height=400 if many else 230,
        xaxis=amount_axis(),
        yaxis={
            "range": [low, high],
            "tickformat": ".0%" if meter.unit == "share" else ".2f",
            "title": {"text": meter.title},
        },
        layout={"showlegend": many, "legend": _LEGEND},
        frame=frame,
    )
    mark = Mark(
        x=place_of_amount(here[0]), y=(here[1] - low) / (high - low), text=metric(here[1], meter)
    )
    return Chart(
        figure=figure,
        sentence=_sentence(sweep, meter, here),
        data=_data(sweep, others, control),
        marks=(mark,),
        frame=frame,
    )


def _range(sweeps: Sequence[Sweep]) -> tuple[float, float]:
    """Return the ends of the axis of the metric: all lines and some room."""
    values = np.concatenate([sweep.metric for sweep in sweeps])
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    room = _ROOM * ((high - low) or 1.0)
    return low - room, high + room


def _line(sweep: Sweep, name: str, colour: str, width: float, meter: Meter) -> Part:
    values = ":.1%" if meter.unit == "share" else ":.3f"
    return {
        "type": "scatter",
        "x": sweep.amounts.tolist(),
        "y": sweep.metric.tolist(),
        "name": name,
        "mode": "lines",
        "line": {"color": colour, "width": width},
        "hovertemplate": f"{name}: %{{y{values}}} at %{{x:.1%}}<extra></extra>",
    }


def _band(control: Sequence[Sweep], meter: Meter) -> list[Part]:
    if not control:
        return []
    runs = np.stack([sweep.metric for sweep in control])
    x = control[0].amounts.tolist()
    edge = {"type": "scatter", "x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    fill = {"fill": "tonexty", "fillcolor": shade(REMOVED, 0.3)}
    mean = {
        "type": "scatter",
        "x": x,
        "y": runs.mean(0).tolist(),
        "name": say("figures.curve.control", seeds=len(control)),
        "mode": "lines",
        "line": {"color": REMOVED, "width": 1.5, "dash": "dot"},
        "hovertemplate": f"random: mean {meter.title} %{{y:.3f}} at %{{x:.1%}}<extra></extra>",
    }
    low = {**edge, "y": runs.min(0).tolist(), "showlegend": False}
    high = {**edge, **fill, "y": runs.max(0).tolist(), "showlegend": False}
    return [low, high, mean]


def _sentence(sweep: Sweep, meter: Meter, here: tuple[float, float]) -> str:
    return say(
        "figures.curve.measured",
        metric=capital(meter.title),
        dense=metric(sweep.dense.metric, meter),
        pruned=metric(here[1], meter),
        amount=here[0],
        n=sweep.dense.n,
    )


def _data(
    sweep: Sweep, others: Mapping[str, Sweep] | None, control: Sequence[Sweep]
) -> dict[str, Sequence[object]]:
    columns: dict[str, Sequence[object]] = {
        "amount": sweep.amounts.tolist(),
        "kept": sweep.kept.tolist(),
        sweep.metric_key: sweep.metric.tolist(),
        "decisions changed": sweep.flips.tolist(),
    }
    if sweep.loss is not None:
        columns["loss"] = sweep.loss.tolist()
    runs = {say("figures.curve.control_run", run=at): run for at, run in enumerate(control, 1)}
    for title, other in {**(others or {}), **runs}.items():
        if len(other.amounts) == len(sweep.amounts):
            columns[f"{other.metric_key}: {title}"] = other.metric.tolist()
    return columns
