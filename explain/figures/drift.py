"""How far the reasons of two networks differ, beside the method's own noise."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from explain.attribution import NoiseBand
from explain.core.explanation import Drift, DriftVerdict
from explain.core.intervals import Measurement
from explain.core.messages import say
from explain.figures import marks
from explain.figures.chart import (
    ENDS,
    LEGEND,
    Bar,
    Bars,
    Chart,
    Frame,
    Look,
    Mark,
    Part,
    amount_axis,
    picture,
    place_of_amount,
    told,
)
from explain.figures.reason_checks import drift_sentence, estimate_columns
from explain.figures.wording import estimate

_SHARES = (-0.02, 1.05)
_FRAME = Frame(bottom=100)
_LEGEND: Part = {**LEGEND, "y": -0.3}


def drift_line(found: Drift) -> Bars:
    """Return the number line from nothing in common (0) to the same (1), one dot a comparison.

    Every dot is a mean overlap with the dense network over the same rows, the line through it the
    95 % interval.
    """
    named: list[tuple[Look, str, Measurement | None]] = [
        ("pruned", say("figures.drift.pruned_network"), found.overlap),
        ("noise", say("figures.drift.ceiling"), found.ceiling),
        ("another", _seed(found), found.other_seed),
        ("noise", say("figures.drift.other_baseline"), found.other_baseline),
        ("noise", say("figures.drift.floor"), found.floor),
    ]
    known = [(look, name, number) for look, name, number in named if number is not None]
    return Bars(
        rows=tuple(_bar(name, number, look) for look, name, number in known),
        sentence=drift_sentence(found),
        scale=say("figures.drift.overlap_scale"),
        data=estimate_columns(
            "compared with the dense network", [one[1:] for one in known], value="overlap"
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A comparison on the ladder: what it is, its text, and where it stands with its interval."""

    name: str
    text: str
    value: float
    low: float
    high: float
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The other network between the floor, a second training and the method's own noise."""

    rungs: tuple[Rung, ...]
    sentence: str


def ladder(found: Drift, there: int) -> Ladder:
    """Return one line from 0, nothing in common, to 1, the same; `there` samples are there."""
    named: tuple[tuple[str, Look, Measurement | None], ...] = (
        ("floor", "noise", found.floor),
        ("retraining", "another", found.other_seed),
        ("noise", "noise", found.ceiling),
        ("pruned", "pruned", found.overlap),
    )
    return Ladder(
        rungs=tuple(_rung(kind, look, n) for kind, look, n in named if n is not None and n.n),
        sentence=_ladder_sentence(found, there),
    )


def _rung(kind: str, look: Look, number: Measurement) -> Rung:
    low, high = (x if x is not None else number.value for x in (number.low, number.high))
    return Rung(
        name=say("figures.drift.rung", kind=kind),
        text=marks.with_sign(look, estimate(number)),
        value=number.value,
        low=low,
        high=high,
        look=look,
    )


def _ladder_sentence(found: Drift, there: int) -> str:
    alike, tried, kept = len(found.rows), len(found.rows) + len(found.flipped), found.rescaled
    if found.verdict is DriftVerdict.INSIDE:
        return say(
            "reasons.like_original",
            noise="further" if found.fall.value <= 0 else "less",
            n=alike,
            tried=tried,
            there=there,
            ceiling=found.ceiling.value,
            overlap=found.overlap.value,
        )
    if alike == 0:
        return say("reasons.all_changed", tried=tried, there=there)
    if math.isnan(kept.value) or kept.low is None or kept.high is None:
        return say("reasons.not_told", n=alike, tried=tried, there=there)
    return say(
        "reasons.kept",
        n=alike,
        tried=tried,
        there=there,
        kept=kept.value,
        low=kept.low,
        high=kept.high,
        verdict=say("reasons.beside_noise", verdict=found.verdict),
    )


def other_likenesses(found: Drift) -> Bars:
    """Return three more numbers of likeness: signs, ranks and the strongest parts."""
    named = [
        (say("reasons.same_side"), found.sign_agreement),
        (say("reasons.rank_correlation"), found.spearman),
        (say("reasons.strongest_in_common", k=found.strongest), found.top_k),
    ]
    return Bars(
        rows=tuple(_bar(name, number) for name, number in named),
        sentence=say(
            "reasons.likenesses",
            n=found.overlap.n,
            signs=estimate(found.sign_agreement),
            ranks=estimate(found.spearman),
            k=found.strongest,
            strongest=estimate(found.top_k),
        ),
        scale=say("figures.drift.full_width"),
        data=estimate_columns("likeness", named),
    )


def _seed(found: Drift) -> str:
    """Return the name of the other seed's row; it rests on fewer rows where it flips some."""
    name = say("figures.drift.second_training")
    if found.other_seed is None or found.other_seed.n == found.overlap.n:
        return name
    return f"{name} (n {found.other_seed.n})"


def _bar(name: str, number: Measurement, look: Look = "pruned") -> Bar:
    if number.n == 0:
        return Bar(name=name, text=say("figures.drift.no_rows"), value=0.0)
    low, high = (x if x is not None else number.value for x in (number.low, number.high))
    text = marks.with_sign(look, estimate(number))
    return Bar(name=name, text=text, value=number.value, low=low, high=high, look=look)


def drift_curve_chart(
    amounts: Sequence[float],
    drifts: Sequence[Drift],
    band: NoiseBand,
    *,
    here: tuple[float, float] | None,
) -> Chart:
    """Draw the overlap over rising amounts, between the method's floor and its ceiling.

    `band`: its noise on the dense network. `here`: amount and overlap where the slider stands, None
    where nothing is known there.
    """
    spans = (
        (say("figures.drift.floor"), band.floor),
        (say("figures.drift.short_ceiling"), band.ceiling),
    )
    traces = [part for title, number in spans for part in _noise(title, number)]
    seed = drifts[0].other_seed if drifts else None
    if seed is not None:
        traces.append(_level(say("figures.drift.another_seed"), seed.value, "another"))
    figure = picture(
        [*traces, *_curve(amounts, drifts)],
        height=320,
        xaxis=amount_axis(),
        yaxis={"range": [*_SHARES], "title": {"text": "overlap"}},
        layout={"showlegend": True, "legend": _LEGEND},
        frame=_FRAME,
    )
    return Chart(
        figure=figure,
        sentence=_sentence(amounts, drifts, band),
        data=_data(amounts, drifts),
        marks=() if here is None else (_mark(here),),
        frame=_FRAME,
    )


def _mark(here: tuple[float, float]) -> Mark:
    amount, overlap = here
    y = None if math.isnan(overlap) else (overlap - _SHARES[0]) / (_SHARES[1] - _SHARES[0])
    return Mark(x=place_of_amount(amount), y=y, text=_said(overlap, amount))


def _said(overlap: float, amount: float) -> str:
    return say("figures.drift.point", overlap=overlap, amount=amount)


def _noise(title: str, number: Measurement) -> list[Part]:
    low, high = (x if x is not None else number.value for x in (number.low, number.high))
    edges = marks.hatched_band([*ENDS], [low, low], [high, high])
    return [*edges, _level(marks.with_sign("noise", title), number.value, "noise")]


def _level(title: str, value: float, look: Look) -> Part:
    return {
        "type": "scatter",
        "x": [*ENDS],
        "y": [value, value],
        "name": title,
        "mode": "lines",
        **marks.line_of(look, 1.5),
        **told([say("figures.drift.level", title=title, overlap=value)] * len(ENDS)),
    }


def _curve(amounts: Sequence[float], drifts: Sequence[Drift]) -> list[Part]:
    known = [(a, d.overlap) for a, d in zip(amounts, drifts, strict=True) if d.overlap.n]
    x = [amount for amount, _ in known]
    low = [o.value if o.low is None else o.low for _, o in known]
    high = [o.value if o.high is None else o.high for _, o in known]
    return [
        *marks.hatched_band(x, low, high),
        {
            "type": "scatter",
            "x": x,
            "y": [o.value for _, o in known],
            "name": say("figures.drift.pruned_network"),
            "mode": "lines+markers",
            **marks.points_of("pruned", 5),
            **marks.line_of("pruned"),
            **told(_said(o.value, amount) for amount, o in known),
        },
    ]


def _sentence(amounts: Sequence[float], drifts: Sequence[Drift], band: NoiseBand) -> str:
    outside = [
        amount for amount, drift in zip(amounts, drifts, strict=True) if drift.verdict.beyond_noise
    ]
    ceiling, floor = estimate(band.ceiling), estimate(band.floor)
    tried, n = len(amounts), len(band.rows)
    if not outside:
        return say("reasons.never_outside", tried=tried, n=n, ceiling=ceiling, floor=floor)
    return say(
        "reasons.first_outside",
        amount=min(outside),
        tried=tried,
        n=n,
        ceiling=ceiling,
        floor=floor,
    )


def _data(amounts: Sequence[float], drifts: Sequence[Drift]) -> dict[str, Sequence[object]]:
    return {
        "amount": list(amounts),
        "overlap": [d.overlap.value for d in drifts],
        "low": [d.overlap.low for d in drifts],
        "high": [d.overlap.high for d in drifts],
        "n": [d.overlap.n for d in drifts],
        "flipped": [len(d.flipped) for d in drifts],
        "verdict": [say("reasons.verdict", verdict=d.verdict) for d in drifts],
    }
