"""Whether a method can be believed on a network: the cascade, and the order of the parts."""

from explain.attribution import Deletion, Sanity
from explain.core.measurement import Measurement
from explain.core.messages import say
from explain.figures.chart import Bar, Bars
from explain.figures.reason_sentences import lift_sentence, sanity_sentence
from explain.figures.wording import estimate


def cascade_bars(found: Sanity) -> Bars:
    """Return what is left of the explanations as layers lose their weights, from the output on.

    One dot a stage: the mean signed rank correlation with the trained network; below 0 counts as 0.
    """
    names = [f"{'+ ' if at else ''}{layer} random" for at, layer in enumerate(found.layers)]
    return Bars(
        rows=tuple(_bar(name, number) for name, number in zip(names, found.spearmans, strict=True)),
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
    named = [
        ("deletion, dense", dense.deletion_lift),
        ("deletion, pruned", pruned.deletion_lift),
        ("insertion, dense", dense.insertion_lift),
        ("insertion, pruned", pruned.insertion_lift),
    ]
    return Bars(
        rows=tuple(_bar(name, number) for name, number in named),
        sentence=say(
            "reasons.both_lifts", dense=lift_sentence(dense), pruned=lift_sentence(pruned)
        ),
        scale=say("figures.checks.lift_scale"),
        data={
            "lift": [name for name, _ in named],
            "value": [number.value for _, number in named],
            "low": [number.low for _, number in named],
            "high": [number.high for _, number in named],
            "n": [number.n for _, number in named],
        },
    )


def _bar(name: str, number: Measurement) -> Bar:
    low, high = (x if x is not None else number.value for x in (number.low, number.high))
    text = estimate(number).replace("-", "−")
    return Bar(name=name, text=text, value=number.value, low=low, high=high)
