"""What the Attribution page shares between sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

import explain
from explain import Drift, Explanation, Subject
from explain.attribution import (
    Deletion,
    Importance,
    NoiseBand,
    Sanity,
    baseline_outputs,
    by_question,
    deletion,
    drift_curve,
    explain_rows,
    importance,
    noise_band,
    sanity,
)
from explain.core import (
    Compared,
    Comparison,
    Masked,
    Progress,
    SanityVerdict,
    evaluation_rows,
    portions,
)
from explain.study import CURVE
from pages._shell import caches
from pages._shell.caches import subject_of
from pages._shell.current import samples, target_decided
from pages._shell.kept import MODELS, kept
from pages._shell.keys import Explainer, Sight

CHECKED = 24
"""Samples that the checks of a method rest on."""


@kept(size=512)
def explanation_of(
    network: Compared, how: Explainer, sight: Sight, progress: Progress | None = None
) -> Explanation:
    """Return the explanation of one sample by one network."""
    return explain.attribute(
        subject_of(network),
        how.method,
        sample=sight.row,
        target=sight.target,
        baseline=how.baseline,
        options=dict(how.options),
        samples=samples(network.model, sight.text),
        progress=progress,
    )


def _of_any_output(model: str, sight: Sight) -> tuple[str, Sight]:
    return model, replace(sight, target=0)


@kept(size=512, key=_of_any_output)
def baselines_answer(model: str, sight: Sight) -> Mapping[str, NDArray[np.float64]]:
    """Return what a model puts out at each baseline of what is looked at."""
    return baseline_outputs(caches.subject(model), sight.row, samples(model, sight.text))


def _quick(model: str, how: Explainer) -> tuple[str, Explainer]:
    return model, how.quick()


@kept(size=MODELS, key=_quick)
def band(model: str, how: Explainer, progress: Progress | None = None) -> NoiseBand:
    """Return the noise of a method on the dense network, with 16 steps on 64 samples."""
    subject = caches.subject(model)
    return noise_band(
        subject,
        how.method,
        baseline=how.baseline,
        other_seed=caches.other_seed(model),
        options=dict(how.options),
        progress=progress,
    )


def _quick_drift(comparison: Comparison, how: Explainer) -> tuple[Comparison, Explainer]:
    return comparison, how.quick()


@kept(size=512, key=_quick_drift)
def drift_of(comparison: Comparison, how: Explainer, progress: Progress | None = None) -> Drift:
    """Return how far the other network's reasons are from the dense one's."""
    return explain.drift(
        subject_of(comparison.before),
        subject_of(comparison.after),
        how.method,
        band=band(comparison.dense, how),
        progress=progress,
    )


def _any_amount(model: str, masked: Masked, how: Explainer) -> tuple[str, Masked, Explainer]:
    return model, replace(masked, plan=masked.plan.at(0.0)), how.quick()


@kept(size=32, key=_any_amount)
def drift_curve_of(
    model: str, masked: Masked, how: Explainer, progress: Progress | None = None
) -> tuple[Drift, ...]:
    """Return the drift at 12 amounts of a plan, its own amount plays no part."""
    plans = (masked.plan.at(amount) for amount in CURVE)
    afters = [Compared(model=model, how=replace(masked, plan=plan)) for plan in plans]
    return drift_curve(
        caches.subject(model),
        [subject_of(after) for after in afters],
        band(model, how),
        progress=progress,
    )


def _quick_importance(
    network: Compared, how: Explainer, target: int | None, rows: int
) -> tuple[Compared, Explainer, int | None, int]:
    return network, how.quick(), target, rows


@kept(size=64, key=_quick_importance)
def important(
    network: Compared,
    how: Explainer,
    target: int | None,
    rows: int,
    progress: Progress | None = None,
) -> tuple[Importance, tuple[str, ...]]:
    """Return what a network looks at over many samples, and the names of the parts.

    What is explained is `target`, or what the dense network decides for each sample. Places of a
    text mean nothing over many messages: its parts are the words, each with its sum in a message.
    """
    dense = caches.subject(network.model)
    chosen = evaluation_rows(dense, rows)
    targets = [
        target_decided(network.model, int(r), "") if target is None else target for r in chosen
    ]
    found = explain_rows(
        subject_of(network),
        how.method,
        chosen,
        targets=targets,
        baseline=how.baseline,
        options=dict(how.options),
        samples=dense.samples,
        progress=progress,
    )
    if found.values.shape[1:] != dense.samples.inputs[0].shape[1:]:
        return importance(replace(found, values=_by_unit(found.values))), ()
    if dense.spec.kind == "text":
        values, names = _by_word(found.values, dense, chosen)
        return importance(replace(found, values=values)), names
    values, names = by_question(found.values, dense.spec)
    return importance(replace(found, values=values)), names


def _by_unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a hidden layer's values as [n, units]: summed over places, or over tokens."""
    if values.ndim == 4:
        return np.asarray(values.sum((2, 3)))
    return np.asarray(values.sum(1) if values.ndim == 3 else values)


_OFTEN = 3
"""A word is shown that stands in so many of the messages."""


def _by_word(
    values: NDArray[np.float64], subject: Subject, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the sum of each common word in each message [n, words], and the words."""
    ids = subject.samples.take(rows).inputs[0].numpy()
    seen = np.unique(np.concatenate([np.unique(row) for row in ids]), return_counts=False)
    common = [int(i) for i in seen if i and int((ids == i).any(1).sum()) >= _OFTEN]
    sums = np.stack([np.where(ids == i, values, 0.0).sum(1) for i in common], axis=1)
    return sums, tuple(subject.spec.names[i] for i in common)


@kept(size=64, key=_quick)
def sanity_of(model: str, how: Explainer, progress: Progress | None = None) -> Sanity:
    """Return whether a method depends on what the dense network has learned."""
    subject = caches.subject(model)
    found = sanity(
        subject,
        how.method,
        rows=evaluation_rows(subject, CHECKED),
        baseline=how.baseline,
        options=dict(how.options),
        progress=progress,
    )
    own_check.put(found.verdict, model, how.method)
    return found


@kept(size=1024)
def own_check(_model: str, _method: str) -> SanityVerdict | None:
    """Return what the last sanity check of a method on this model said, None before one has run."""
    return None


def _quick_of(network: Compared, how: Explainer) -> tuple[Compared, Explainer]:
    return network, how.quick()


@kept(size=64, key=_quick_of)
def lift_of(network: Compared, how: Explainer, progress: Progress | None = None) -> Deletion:
    """Return by how much the explanation's order of the parts beats random orders."""
    subject, rows = subject_of(network), evaluation_rows(caches.subject(network.model), CHECKED)
    first, second = portions(progress, 2)
    targets: Sequence[int] = [target_decided(network.model, int(row), "") for row in rows]
    found = explain_rows(
        subject,
        how.method,
        rows,
        targets=targets,
        baseline=how.baseline,
        options=dict(how.options),
        progress=first,
    )
    return deletion(subject, found, progress=second)
