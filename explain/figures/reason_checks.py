"""Whether a method can be believed on a network, and what was found, in sentences."""

import math
from collections.abc import Sequence

from explain.attribution import Deletion, Sanity, attributor, baseline
from explain.attribution.band import FEWEST_ROWS
from explain.attribution.sanity import DRAWS, THRESHOLD
from explain.core.explanation import Drift, DriftVerdict
from explain.core.intervals import Measurement
from explain.core.messages import Message, Sayable, say
from explain.core.methods import Options
from explain.figures.chart import Bar, Bars, Look
from explain.figures.wording import estimate


def drift_sentence(found: Drift) -> str:
    """Return whether the reasons changed beyond the method's own noise, and what says so."""
    flipped, alike = len(found.flipped), len(found.rows)
    left = say("reasons.left_out", flipped=flipped, rows=flipped + alike)
    if found.verdict is DriftVerdict.UNCLEAR:
        return " ".join([_why_unclear(found), left, drift_rests(found)])
    said = say(
        "reasons.outside" if found.verdict.beyond_noise else "reasons.inside",
        overlap=estimate(found.overlap),
        n=alike,
        ceiling=found.ceiling.value,
        floor=found.floor.value,
        fall=estimate(found.fall),
    )
    more = [say("reasons.noise_moves_more")] if found.fall.value < 0 else []
    if found.verdict.beyond_noise:
        more += [_beside_retraining(found)]
    return " ".join([said, *more, left, drift_rests(found)])


def _beside_retraining(found: Drift) -> str:
    seed, beyond = (
        "" if one is None else estimate(one) for one in (found.other_seed, found.beyond_retraining)
    )
    return say("reasons.beside_retraining", verdict=found.verdict, retrained=seed, more=beyond)


def drift_rests(found: Drift) -> str:
    """Return what a drift rests on: cases, random networks, noise, the setting of the method."""
    alike = len(found.rows)
    return say(
        "reasons.rests",
        noise="shared" if found.shared_noise else "own",
        n=alike,
        tried=alike + len(found.flipped),
        draws=found.draws,
        setting=method_setting(found.method, found.options, found.baseline),
    )


def method_setting(method: str, options: Options, start: str) -> Sayable:
    """Return a method, its steps and its baseline as a list that a sentence can name."""
    record, steps = attributor(method), options.get("steps")
    parts: list[str | Message] = [record.title]
    if steps:
        parts.append(Message("attribution.drift.steps", steps=steps))
    if record.baseline:
        parts.append(Message("attribution.drift.baseline", title=baseline(start).title))
    return parts


def _why_unclear(found: Drift) -> str:
    n = len(found.rows)
    if n < FEWEST_ROWS:
        return say("reasons.few_alike", n=n)
    if math.isnan(found.rescaled.value) and math.isfinite(found.fall.value):
        ceiling, floor = found.ceiling.value, found.floor.value
        return say("reasons.scarcely_tells", ceiling=ceiling, floor=floor)
    return say("reasons.in_between", n=n, fall=estimate(found.fall))


def sanity_sentence(found: Sanity) -> str:
    """Return whether the method sees the weights, and what says so."""
    if not found.spearmans:
        return say("reasons.nothing_to_initialise")
    constant, n = len(found.constant), len(found.rows)
    left = [say("reasons.constant", constant=constant, rows=constant + n)]
    if n < FEWEST_ROWS:
        return " ".join([say("reasons.few_maps", n=n), *left])
    said = say(
        "reasons.sanity",
        verdict=found.verdict,
        draws=DRAWS,
        correlation=estimate(found.spearmans[-1]),
        n=n,
        line=THRESHOLD,
    )
    return " ".join([said, *(left if constant else [])])


def lift_sentence(found: Deletion) -> str:
    """Return by how much the order of the parts beats random orders, in both directions."""
    gone, there = found.deletion_lift, found.insertion_lift
    return say("reasons.lifts", n=gone.n, gone=estimate(gone), there=estimate(there))


def cascade_bars(found: Sanity) -> Bars:
    """Return what is left of the explanations as layers lose their weights, from the output on.

    One dot a stage: the mean signed rank correlation with the trained network; below 0 counts as 0.
    """
    names = [
        say(
            "figures.checks.also_random" if at else "figures.checks.first_random",
            layer=layer,
        )
        for at, layer in enumerate(found.layers)
    ]
    return Bars(
        rows=tuple(
            _bar(name, number, "another")
            for name, number in zip(names, found.spearmans, strict=True)
        ),
        sentence=sanity_sentence(found),
        scale=say("figures.checks.cascade_scale"),
        data={
            "stage": names,
            "rank correlation": [number.value for number in found.spearmans],
            "overlap": [number.value for number in found.overlaps],
            "n": [number.n for number in found.spearmans],
        },
    )


def lift_bars(dense: Deletion, pruned: Deletion) -> Bars:
    """Return by how much each network's own order of the parts beats random orders."""
    lifts: tuple[tuple[str, Look, Measurement], ...] = (
        ("deletion", "dense", dense.deletion_lift),
        ("deletion", "pruned", pruned.deletion_lift),
        ("insertion", "dense", dense.insertion_lift),
        ("insertion", "pruned", pruned.insertion_lift),
    )
    names = [say("figures.checks.lift", order=order, network=which) for order, which, _ in lifts]
    named = [(name, lift) for name, (*_, lift) in zip(names, lifts, strict=True)]
    return Bars(
        rows=tuple(
            _bar(name, lift, which) for name, (_, which, lift) in zip(names, lifts, strict=True)
        ),
        sentence=say(
            "reasons.both_lifts", dense=lift_sentence(dense), pruned=lift_sentence(pruned)
        ),
        scale=say("figures.checks.lift_scale"),
        data=estimate_columns("lift", named),
    )


def estimate_columns(
    name: str, named: Sequence[tuple[str, Measurement]], value: str = "value"
) -> dict[str, Sequence[object]]:
    """Return measurements as columns: their names under `name`, their values under `value`."""
    numbers = [number for _, number in named]
    return {
        name: [title for title, _ in named],
        value: [number.value for number in numbers],
        "low": [number.low for number in numbers],
        "high": [number.high for number in numbers],
        "n": [number.n for number in numbers],
    }


def _bar(name: str, number: Measurement, look: Look) -> Bar:
    low, high = (x if x is not None else number.value for x in (number.low, number.high))
    text = estimate(number).replace("-", "−")
    return Bar(name=name, text=text, value=number.value, low=low, high=high, look=look)
