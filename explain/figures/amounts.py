"""What the amount does: metric over amount, where scores are cut, what each layer keeps."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from explain.core.comparison import Sweep
from explain.core.messages import count, say
from explain.core.methods import Meter
from explain.core.scores import MaskSet
from explain.figures import marks
from explain.figures.chart import (
    ENDS,
    FRAME,
    LEGEND,
    OTHERS,
    REMOVED,
    Bar,
    Bars,
    Chart,
    Frame,
    Mark,
    Part,
    amount_axis,
    picture,
    place_of_amount,
    share_ticks,
    told,
)
from explain.figures.wording import capital, metric
from explain.pruning import grain

_ROOM = 0.02
"""Room above and below the axis, as a share of its length."""
_MANY = Frame(bottom=130)
"""With a legend below the axis."""


def amount_curve(
    sweep: Sweep,
    meter: Meter,
    *,
    here: tuple[float, float],
    others: Mapping[str, Sweep] | None = None,
    control: Sequence[Sweep] = (),
) -> Chart:
    """Draw the metric over the amount, with a mark at `here`: amount and metric at the slider.

    `others`: sweeps of other criteria by title, drawn thin. `control`: sweeps of the random
    control, one per seed, drawn as a band from the lowest to the highest.
    """
    many = bool(others or control)
    lines = [
        _line(other, title, _other(at), meter)
        for at, (title, other) in enumerate((others or {}).items())
    ]
    low, high = _axis([sweep, *(others or {}).values(), *control])
    frame = _MANY if many else FRAME
    figure = picture(
        [
            *_band(control, meter),
            _guessing(sweep),
            *lines,
            _line(sweep, say("figures.curve.this_plan"), marks.line_of("pruned", 3), meter),
            _original(sweep, meter),
        ],
        height=400 if many else 230,
        xaxis=amount_axis(),
        yaxis={
            "range": [low, high],
            **_ticks(low, high, meter),
            "title": {"text": meter.title},
        },
        layout={"showlegend": many, "legend": LEGEND},
        frame=frame,
    )
    mark = Mark(
        x=place_of_amount(here[0]), y=(here[1] - low) / (high - low), text=metric(here[1], meter)
    )
    return Chart(
        figure=figure,
        sentence=_curve_sentence(sweep, meter, here),
        data=_data(sweep, others, control),
        marks=(mark,),
        frame=frame,
    )


def _axis(sweeps: Sequence[Sweep]) -> tuple[float, float]:
    """Return the ends of the axis of the metric.

    It runs from the tenth below guessing and every line to 1, the best that there is, so that the
    same height means the same for every plan.
    """
    values = np.concatenate([[sweeps[0].guessing], *(sweep.metric for sweep in sweeps)])
    known = values[np.isfinite(values)]
    low = math.floor(10 * float(known.min(initial=1.0)) + 1e-9) / 10
    low = low if low < 1.0 else 0.0
    room = _ROOM * (1.0 - low)
    return low - room, 1.0 + room


def _ticks(low: float, high: float, meter: Meter) -> Part:
    """Return ticks at whole steps; beyond a range of 1 Plotly finds them."""
    if meter.unit == "share":
        return share_ticks(low, high)
    return {"dtick": 0.1} if high - low <= 1.0 else {}


def _other(at: int) -> Part:
    """Return the line of another criterion."""
    return {"line": {"color": OTHERS[at % len(OTHERS)], "width": 1.5}}


def _line(sweep: Sweep, name: str, look: Part, meter: Meter) -> Part:
    return {
        "type": "scatter",
        "x": sweep.amounts.tolist(),
        "y": sweep.metric.tolist(),
        "name": name,
        "mode": "lines",
        **look,
        **_told(sweep.amounts, sweep.metric, name, meter),
    }


def _told(
    amounts: NDArray[np.float64], values: NDArray[np.float64], name: str, meter: Meter
) -> Part:
    return told(
        say("figures.curve.point", name=name, metric=metric(float(value), meter), amount=float(at))
        for at, value in zip(amounts, values, strict=True)
    )


def _original(sweep: Sweep, meter: Meter) -> Part:
    """Return the point from which every criterion starts."""
    name = say("comparison.network", network="dense")
    value = sweep.dense.metric
    return {
        "type": "scatter",
        "x": [0.0],
        "y": [value],
        "name": name,
        "mode": "markers",
        **marks.points_of("dense"),
        **_told(np.zeros(1), np.array([value]), name, meter),
    }


def _guessing(sweep: Sweep) -> Part:
    """Return the level that answers reach which do not look at the sample."""
    name = say("figures.curve.guessing")
    return {
        "type": "scatter",
        "x": [*ENDS],
        "y": [sweep.guessing, sweep.guessing],
        "text": [name, ""],
        "textposition": "top right",
        "textfont": {"size": 11, "color": REMOVED},
        "name": name,
        "mode": "lines+text",
        "line": {"color": REMOVED, "width": 1, "dash": "dash"},
        "hoverinfo": "skip",
    }


def _band(control: Sequence[Sweep], meter: Meter) -> list[Part]:
    if not control:
        return []
    runs = np.stack([sweep.metric for sweep in control])
    x = control[0].amounts.tolist()
    name = marks.with_sign("noise", say("figures.curve.control", seeds=len(control)))
    means = runs.mean(0)
    mean = {
        "type": "scatter",
        "x": x,
        "y": means.tolist(),
        "name": name,
        "mode": "lines",
        **marks.line_of("noise", 1.5),
        **_told(control[0].amounts, means, name, meter),
    }
    low, high = runs.min(0).tolist(), runs.max(0).tolist()
    return [*marks.hatched_band(x, low, high), mean]


def _curve_sentence(sweep: Sweep, meter: Meter, here: tuple[float, float]) -> str:
    measured = say(
        "figures.curve.measured",
        metric=capital(meter.title),
        dense=metric(sweep.dense.metric, meter),
        pruned=metric(here[1], meter),
        n=sweep.dense.n,
        guess=metric(sweep.guessing, meter),
    )
    cliff = cliff_sentence(sweep)
    return say("shell.sentences", all=[measured, cliff]) if cliff else measured


def cliff_sentence(sweep: Sweep) -> str:
    """Return where half of the lead over guessing is gone, and whether it comes back.

    Nothing where it never is, or where the network is no better from the start.
    """
    half = (sweep.dense.metric + sweep.guessing) / 2
    below = sweep.metric < half
    if not below.any() or not sweep.dense.metric > sweep.guessing:
        return ""
    at = int(below.argmax())
    back = np.flatnonzero(~below[at:])
    if not len(back):
        return say("figures.curve.cliff", amount=float(sweep.amounts[at]))
    again = float(sweep.amounts[at + int(back[0])])
    return say("figures.curve.returns", amount=float(sweep.amounts[at]), again=again)


def _data(
    sweep: Sweep, others: Mapping[str, Sweep] | None, control: Sequence[Sweep]
) -> dict[str, Sequence[object]]:
    columns: dict[str, Sequence[object]] = {
        "amount": sweep.amounts.tolist(),
        "kept": sweep.kept.tolist(),
        sweep.metric_key: sweep.metric.tolist(),
        "decisions changed": sweep.flips.tolist(),
        "guessing": [sweep.guessing] * len(sweep.amounts),
    }
    if sweep.loss is not None:
        columns["loss"] = sweep.loss.tolist()
    runs = {say("figures.curve.control_run", run=at): run for at, run in enumerate(control, 1)}
    for title, other in {**(others or {}), **runs}.items():
        if len(other.amounts) == len(sweep.amounts):
            columns[f"{other.metric_key}: {title}"] = other.metric.tolist()
    return columns


_BINS = 48


def score_histogram(masks: MaskSet, formula: str) -> Chart:
    """Draw the distribution of all scores; the threshold is a mark, what lies below it a band.

    `formula`: what the score is, for the axis.
    """
    gone, kept = _split(masks)
    scores = np.concatenate([gone, kept])
    edges = np.linspace(0, float(scores.max(initial=0.0)) or 1.0, _BINS + 1)
    below = np.histogram(gone, edges)[0]
    above = np.histogram(kept, edges)[0]
    middles = (edges[:-1] + edges[1:]) / 2
    many = below + above
    figure = picture(
        [
            {
                "type": "bar",
                "x": middles.tolist(),
                "y": many.tolist(),
                "width": float(edges[1] - edges[0]) * 0.92,
                **marks.bars_of("pruned"),
                **told(
                    say("figures.histogram.bar", n=int(n), at=float(at))
                    for n, at in zip(many, middles, strict=True)
                ),
            }
        ],
        height=200,
        xaxis={"title": {"text": formula}, "range": [0.0, float(edges[-1])]},
        yaxis={"title": {"text": "entries"}},
    )
    return Chart(
        figure=figure,
        sentence=_scores_sentence(masks),
        marks=_threshold(masks, float(edges[-1])),
        data={"from": edges[:-1].tolist(), "to": edges[1:].tolist()}
        | {"removed": below.tolist(), "kept": above.tolist()},
    )


def _split(masks: MaskSet) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    gone: list[NDArray[np.floating]] = [np.zeros(0)]
    kept: list[NDArray[np.floating]] = [np.zeros(0)]
    for tensor, counts in zip(masks.scores.tensors, masks.pruned, strict=True):
        for row, at in zip(tensor.living, counts, strict=True):
            gone.append(row[:at])
            kept.append(row[at:])
    return np.concatenate(gone).astype(np.float64), np.concatenate(kept).astype(np.float64)


def _threshold(masks: MaskSet, largest: float) -> tuple[Mark, ...]:
    """Return what lies below the threshold as a band, or the range of thresholds as one."""
    cut = masks.cut
    if not math.isfinite(cut.low) or masks.kept == masks.total:
        return ()
    low = min(1.0, cut.low / largest)
    if cut.low == cut.high or not math.isfinite(cut.high):
        return (Mark(x=0.0, until=low), Mark(x=low, text="threshold"))
    return (Mark(x=low, until=min(1.0, cut.high / largest), text="thresholds"),)


def _scores_sentence(masks: MaskSet) -> str:
    gone = masks.total - masks.kept
    entries = grain(masks.scores.granularity).many
    if not gone:
        return say("figures.histogram.nothing", total=masks.total, entries=entries)
    if not masks.kept:
        return say("figures.histogram.everything", total=masks.total, entries=entries)
    own = _by_own_amount(masks)
    if own == gone:
        return say(
            "figures.histogram.by_own_amounts", gone=gone, total=masks.total, entries=entries
        )
    where = _where(masks)
    if own:
        return say(
            "figures.histogram.some_by_own_amounts",
            gone=gone,
            total=masks.total,
            entries=entries,
            own=own,
            where=where,
        )
    return say("figures.histogram.gone", gone=gone, total=masks.total, entries=entries, where=where)


def _where(masks: MaskSet) -> str:
    low, high, ties = masks.cut.low, masks.cut.high, masks.cut.ties
    if low != high:
        return say("figures.histogram.below_thresholds", low=low, high=high)
    if ties:
        return say("figures.histogram.below_and_ties", low=low, ties=ties)
    return say("figures.histogram.below", low=low)


def _by_own_amount(masks: MaskSet) -> int:
    """Count what layers with an amount of their own lose."""
    named = {name for name, _ in masks.plan.overrides}
    pairs = zip(masks.scores.tensors, masks.pruned, strict=True)
    return sum(int(gone.sum()) for t, gone in pairs if {t.name, t.layer} & named)


def layer_bars(masks: MaskSet, titles: dict[str, str] | None = None) -> Bars:
    """Return one bar per prunable layer: the share kept, with the counts beside it.

    `titles`: display name by layer name.
    """
    names = [(titles or {}).get(t.layer, t.layer) for t in masks.scores.tensors]
    total = [t.entries for t in masks.scores.tensors]
    kept = [n - int(gone.sum()) for n, gone in zip(total, masks.pruned, strict=True)]
    left = [k / n if n else 0.0 for k, n in zip(kept, total, strict=True)]
    rows = tuple(
        Bar(name=name, text=f"{count(k)} of {count(n)}", value=value)
        for name, k, n, value in zip(names, kept, total, left, strict=True)
    )
    return Bars(
        rows=rows,
        sentence=_layers_sentence(names, left),
        data={"layer": names, "entries": total, "kept": kept, "share kept": left},
    )


def _layers_sentence(names: list[str], left: list[float]) -> str:
    if not names:
        return say("figures.layers.none")
    most = min(range(len(left)), key=left.__getitem__)
    least = max(range(len(left)), key=left.__getitem__)
    if left[most] == left[least]:
        return say("figures.layers.all_alike", kept=left[most])
    return say(
        "figures.layers.least_and_most",
        least=names[most],
        kept_least=left[most],
        most=names[least],
        kept_most=left[least],
    )
