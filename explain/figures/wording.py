"""Numbers, answers and decisions in words: one way to write them everywhere."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.decisions import decide
from explain.core.explanation import Explanation
from explain.core.intervals import Measurement
from explain.core.messages import as_set, number, points, say, share, signed
from explain.core.methods import Meter
from explain.core.scores import MaskSet
from explain.core.subject import Task
from explain.pruning import grain

_MILLION = 1_000_000


def capital(text: str) -> str:
    """Return the text with a capital first letter and the rest as it is ("AUC" stays)."""
    return text[:1].upper() + text[1:]


def of(part: int, whole: int) -> str:
    """Return "1,164 of 6,464", and from a million on "3.69 of 4.61 M"."""
    if whole < _MILLION:
        return say("figures.answers.of", part=part, whole=whole)
    return say("figures.answers.of_millions", part=part / _MILLION, whole=whole / _MILLION)


def pruned_share(masks: MaskSet) -> str:
    """Return "80 % pruned", and what was asked where whole entries cannot hit it."""
    asked, got = as_set(masks.pool_amount), as_set(masks.amount)
    return say(
        "browser.ribbon.pruned",
        exact="yes" if asked == got else "no",
        asked=asked,
        got=got,
        gone=masks.total - masks.kept,
        total=masks.total,
        many=grain(masks.scores.granularity).many,
    )


def estimate(found: Measurement) -> str:
    """Return "0.712 [0.671, 0.750]", without the interval where none is known, "–" for none."""
    if math.isnan(found.value) or found.low is None or found.high is None:
        return number(found.value)
    return f"{number(found.value)} [{number(found.low)}, {number(found.high)}]"


def metric(value: float, meter: Meter) -> str:
    """Return a metric as people write it: shares in per cent, others to three decimals."""
    return share(value) if meter.unit == "share" else number(value)


def signed_metric(change: float, meter: Meter) -> str:
    """Return a difference of metrics with its sign: "−2.4 pts" or "+0.012"."""
    if math.isnan(change) or meter.unit != "share":
        return signed(change)
    return say("figures.answers.points", change=change)


def bound(change: float, meter: Meter) -> str:
    """Return a bound of such a difference, whose unit stands with the difference."""
    return points(change) if meter.unit == "share" else signed(change)


def change_with_interval(change: Measurement, meter: Meter) -> str:
    """Return a difference of metrics with its interval, called noise where that holds 0."""
    text = signed_metric(change.value, meter)
    if change.low is None or change.high is None or math.isnan(change.low + change.high):
        return text
    low, high = (bound(end, meter) for end in (change.low, change.high))
    if change.value == change.low == change.high == 0:
        return say("figures.answers.no_change")
    return say(
        "figures.answers.change" if change.excludes_zero else "figures.answers.noise",
        change=text,
        low=low,
        high=high,
    )


LOOSE, _TINY = 0.05, 0.1
"""A gap above the first is worth more steps, unless the change is below the second of the ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a network says about one sample: the explained output, how sure, and its decision.

    `output` is the logit; `probability` None for a regression. `sure`: how likely its own decision
    is; None for a regression and for sets of labels.
    """

    output: float
    probability: float | None
    decision: str
    sure: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The numbers under a picture: rows (name, dense, pruned), and what they say.

    `loose`: the values miss more of the output's change than they should, which more steps may
    mend; never where there is hardly a change.
    """

    rows: tuple[tuple[str, str, str], ...]
    completeness: str
    loose: bool


def output_name(task: Task, target: int) -> str:
    """Return what the explained output is called: a class, or the target of a single output."""
    if task.by_class and target < len(task.classes):
        return task.classes[target]
    return task.classes[1] if task.kind == "binary" and len(task.classes) > 1 else task.target


def answer(outputs: NDArray[np.float64], task: Task, target: int) -> Answer:
    """Return what a network's outputs [k] for one sample mean: logits, or the one value."""
    chosen = float(outputs.reshape(-1)[target])
    decided = decide(torch.from_numpy(outputs.reshape(1, -1)), task)[0]
    return Answer(
        output=chosen,
        probability=_probability(outputs.reshape(-1), task, target),
        decision=decision_name(task, decided),
        sure=_sure(outputs.reshape(-1), task, decided),
    )


def _sure(outputs: NDArray[np.float64], task: Task, decided: Any) -> float | None:
    if task.kind not in {"classification", "binary"}:
        return None
    if task.kind == "classification":
        return _probability(outputs, task, int(decided))
    likely = float(1 / (1 + np.exp(-outputs[0])))
    return likely if decided else 1 - likely


def _probability(outputs: NDArray[np.float64], task: Task, target: int) -> float | None:
    if task.kind == "regression":
        return None
    if task.kind == "classification":
        likely = np.exp(outputs - outputs.max())
        return float(likely[target] / likely.sum())
    return float(1 / (1 + np.exp(-outputs[target])))


def decision_name(task: Task, decision: "float | NDArray[np.float64] | NDArray[np.int64]") -> str:
    """Return a decision or a target in words: a class, the labels said, or a number.

    `decision`: one of `decide`, or of the samples' targets; a row of 0 and 1 for sets of labels.
    """
    if task.kind == "regression":
        return number(float(decision))
    if task.kind == "multilabel":
        said = [class_name(task, int(at)) for at in np.flatnonzero(decision)]
        return ", ".join(said) or say("figures.answers.no_label")
    return class_name(task, int(decision))


def class_name(task: Task, at: int) -> str:
    """Return what a class or a label is called, its number where nobody said."""
    return task.classes[at] if at < len(task.classes) else str(at)


def facts(answers: tuple[Answer, Answer], found: tuple[Explanation, Explanation]) -> Facts:
    """Return what stands under the picture of one sample: what both networks answer, and why."""
    return Facts(
        rows=tuple(_rows(answers, found)),
        completeness=_completeness(found),
        loose=any(map(_loose, found)),
    )


def _loose(found: Explanation) -> bool:
    if found.gaps is None or found.baseline_outputs is None or found.gaps[0] <= LOOSE:
        return False
    ends = np.array([found.outputs[0], found.baseline_outputs[0]])
    return bool(np.ptp(ends) >= _TINY * np.abs(ends).max())


def _rows(
    answers: tuple[Answer, Answer], found: tuple[Explanation, Explanation]
) -> list[tuple[str, str, str]]:
    rows = []
    if answers[0].probability is not None:
        likely = [share(one.probability or 0.0) for one in answers]
        rows.append(_both(say("figures.answers.probability"), likely))
    rows.append(_both(say("figures.answers.explained"), [number(one.output) for one in answers]))
    starts = [one.baseline_outputs for one in found]
    if all(start is not None for start in starts):
        texts = [number(float(start[0])) for start in starts if start is not None]
        rows.append(_both(say("figures.answers.at_baseline"), texts))
    rows.append(
        _both(
            say("figures.answers.sum_values"), [signed(float(one.values[0].sum())) for one in found]
        )
    )
    return rows


def _both(name: str, texts: list[str]) -> tuple[str, str, str]:
    dense, pruned = (text.replace("-", "−") for text in texts)
    return name, dense, pruned


def _completeness(found: tuple[Explanation, Explanation]) -> str:
    gaps = [one.gaps for one in found]
    if gaps[0] is None or gaps[1] is None:
        return say("figures.answers.promises_no_sum")
    dense, pruned = (_gap(float(gap[0])) for gap in gaps if gap is not None)
    return say("figures.answers.adds_up", dense=dense, pruned=pruned)


def _gap(gap: float) -> str:
    return "0.1 %" if gap <= 0.001 else share(gap)
