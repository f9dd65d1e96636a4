"""How scores are spread, and where they are cut."""

import math

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import say
from explain.core.scores import MaskSet
from explain.figures.chart import Chart, Mark, picture
from explain.figures.palette import KEPT
from explain.pruning import grain

_BINS = 48


def score_histogram(masks: MaskSet, formula: str) -> Chart:
    """Draw the distribution of all scores; the threshold is a mark, what lies below it a band.

    Args:
        masks: what a plan keeps.
        formula: what the score is, for the axis.
    """
    gone, kept = _split(masks)
    scores = np.concatenate([gone, kept])
    edges = np.linspace(0, float(scores.max(initial=0.0)) or 1.0, _BINS + 1)
    below = np.histogram(gone, edges)[0]
    above = np.histogram(kept, edges)[0]
    middles = (edges[:-1] + edges[1:]) / 2
    figure = picture(
        [
            {
                "type": "bar",
                "x": middles.tolist(),
                "y": (below + above).tolist(),
                "width": float(edges[1] - edges[0]) * 0.92,
                "marker": {"color": KEPT},
                "hovertemplate": "%{y:,} at %{x:.3g}<extra></extra>",
            }
        ],
        height=200,
        xaxis={"title": {"text": formula}, "range": [0.0, float(edges[-1])]},
        yaxis={"title": {"text": "entries"}},
    )
    return Chart(
        figure=figure,
        sentence=_sentence(masks),
        marks=_threshold(masks, float(edges[-1])),
        data={"from": edges[:-1].tolist(), "to": edges[1:].tolist()}
        | {"removed": below.tolist(), "kept": above.tolist()},
    )


def _split(masks: MaskSet) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    gone, kept = [np.zeros(0)], [np.zeros(0)]
    for tensor, counts in zip(masks.scores.tensors, masks.pruned, strict=True):
        for row, at in zip(tensor.ranked, counts, strict=True):
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


def _sentence(masks: MaskSet) -> str:
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
