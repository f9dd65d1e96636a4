"""What each module adds over the amounts, one line a module."""

from collections.abc import Sequence

import numpy as np

from explain.core.contributions import Contributions
from explain.core.messages import say, signed
from explain.figures.chart import (
    LEGEND,
    OTHERS,
    REMOVED,
    Chart,
    Frame,
    Mark,
    Part,
    amount_axis,
    band_traces,
    literal,
    of_module,
    picture,
    place_of_amount,
    shade,
    told,
)

_FRAME = Frame(bottom=110)
_LEGEND: Part = {**LEGEND, "traceorder": "normal"}
_ROOM = 0.06
_BANDS = 6
"""Modules up to which the intervals are drawn as bands; more would hide each other."""


def module_curve(
    names: Sequence[str],
    amounts: Sequence[float],
    found: Sequence[Contributions],
    *,
    here: float,
    output: str,
) -> Chart:
    """Draw the contribution of every module over rising amounts, with 95 % bands.

    All `found` rest on the same rows and outputs; `output` says in words what they add to.
    """
    values, low, high = (np.stack([getattr(c, x) for c in found]) for x in _FIELDS)
    bottom, top = float(min(low.min(), 0.0)), float(max(high.max(), 0.0))
    room = _ROOM * ((top - bottom) or 1.0)
    traces: list[Part] = []
    for at, name in enumerate(names):
        if len(names) <= _BANDS:
            ends = low[:, at].tolist(), high[:, at].tolist()
            traces += band_traces(list(amounts), *ends, shade(of_module(at), 0.16))
        traces.append(_line(amounts, values[:, at], at, name))
    figure = picture(
        traces,
        height=380,
        xaxis=amount_axis(),
        yaxis={
            "range": [bottom - room, top + room],
            "title": {"text": "adds"},
            "zeroline": True,
            "zerolinecolor": REMOVED,
        },
        layout={"showlegend": True, "legend": _LEGEND},
        frame=_FRAME,
    )
    return Chart(
        figure=figure,
        sentence=_sentence(names, amounts, values, output, len(found[0].rows)),
        data={
            "amount": list(amounts),
            **{name: values[:, at].tolist() for at, name in enumerate(names)},
            **{f"{name}, low": low[:, at].tolist() for at, name in enumerate(names)},
            **{f"{name}, high": high[:, at].tolist() for at, name in enumerate(names)},
        },
        marks=(Mark(x=place_of_amount(here), text=say("figures.module_curve.here", amount=here)),),
        frame=_FRAME,
    )


_DASHES = ("solid", "dash", "dot")
_FIELDS = ("shapley", "low", "high")


def _line(amounts: Sequence[float], values: np.ndarray, number: int, name: str) -> Part:
    """Return one module's line; where colours repeat it is dashed."""
    return {
        "type": "scatter",
        "x": list(amounts),
        "y": values.tolist(),
        "name": literal(name),
        "mode": "lines+markers",
        "line": {
            "color": of_module(number),
            "width": 2,
            "dash": _DASHES[number // len(OTHERS) % 3],
        },
        "marker": {"size": 5},
        **told(
            say("figures.module_curve.point", name=name, adds=float(value), amount=at)
            for at, value in zip(amounts, values, strict=True)
        ),
    }


def _over(n: int) -> str:
    return (
        say("figures.module_curve.one_sample")
        if n == 1
        else say("figures.module_curve.samples", n=n)
    )


def _sentence(
    names: Sequence[str], amounts: Sequence[float], values: np.ndarray, output: str, n: int
) -> str:
    lost = values[0] - values[-1]
    at = int(np.argmax(np.abs(lost)))
    return say(
        "figures.module_curve.changes_most",
        output=output,
        tried=len(amounts),
        over=_over(n),
        first=amounts[0],
        last=amounts[-1],
        module=names[at],
        before=signed(float(values[0, at])),
        after=signed(float(values[-1, at])),
    )
