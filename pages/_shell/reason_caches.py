"""What the Attribution page shares between sessions, by content key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import explain
from explain import Drift, Explanation, PruningPlan, Samples, Subject
from explain.attribution import (
    Deletion,
    Importance,
    NoiseBand,
    Sanity,
    attributor,
    deletion,
    drift_curve,
    explain_rows,
    importance,
    noise_band,
    sanity,
)
from explain.core.progress import Progress, portions
from explain.core.subset import evaluation_rows
from models.text import typed
from pages._shell import caches
from pages._shell.shelf import Shelf

__all__ = [
    "AMOUNTS",
    "EXPLORING",
    "ROWS",
    "Method",
    "Network",
    "Sight",
    "band",
    "band_is_ready",
    "checked",
    "curve",
    "curve_is_ready",
    "drifted",
    "explained",
    "explained_is_ready",
    "important",
    "known_to_fail",
    "lifted",
    "outputs",
    "samples",
    "subject_of",
    "target_decided",
]

EXPLORING = 16
"""Steps of a path while exploring, and for everything that takes many samples."""
ROWS = 24
"""Samples that the drift rests on."""
AMOUNTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Amounts of the drift curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Which network: a model as it is (`plan` empty), or its pruned copy."""

    model: str
    plan: str = ""
    recalibrated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How it is explained."""

    key: str
    baseline: str
    options: tuple[tuple[str, float], ...] = ()

    def quick(self) -> "Method":
        """Return the same method with at most 16 steps, itself where it has none."""
        steps = self.settings.get("steps", 0.0)
        if steps <= EXPLORING:
            return self
        given = {**dict(self.options), "steps": float(EXPLORING)}
        return replace(self, options=tuple(given.items()))

    @property
    def settings(self) -> Mapping[str, float]:
        """Return every parameter of the method: what was chosen, else the default."""
        defaults = {p.key: p.default for p in attributor(self.key).parameters}
        return {**defaults, **dict(self.options)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is looked at: a sample or a typed text, and which output."""

    sample: int
    text: str = ""
    target: int


def subject_of(network: Network) -> Subject:
    """Return the network with its samples."""
    if not network.plan:
        return caches.subject(network.model)
    plan = PruningPlan.from_json(network.plan)
    return caches.pruned(network.model, plan, recalibrated=network.recalibrated)


@st.cache_resource(show_spinner=False, max_entries=64)
def _typed(model: str, text: str) -> Samples:
    return typed(caches.subject(model), text)


def samples(model: str, text: str) -> Samples:
    """Return the samples of a model, or the one that a typed text is."""
    return _typed(model, text) if text else caches.subject(model).samples


@st.cache_resource(show_spinner=False, max_entries=512)
def _outputs(
    model: str,
    plan: str,
    recalibrated: bool,  # noqa: FBT001 - part of a key
    sample: int,
    text: str,
) -> NDArray[np.float64]:
    subject = subject_of(Network(model=model, plan=plan, recalibrated=recalibrated))
    row = np.array([0 if text else sample])
    found = subject.network(*samples(model, text).take(row).inputs)
    values: NDArray[np.float64] = found.detach().double().reshape(-1).numpy()
    return values


def outputs(network: Network, sample: int, text: str) -> NDArray[np.float64]:
    """Return what a network puts out for one sample [k]. Cost: one forward pass, then cached."""
    return _outputs(network.model, network.plan, network.recalibrated, sample, text)


def target_decided(model: str, sample: int, text: str) -> int:
    """Return the output that the dense network decides for."""
    found = outputs(Network(model=model), sample, text)
    return int(found.argmax()) if len(found) > 1 else 0


@st.cache_resource(show_spinner=False)
def _explanations() -> Shelf[Explanation]:
    return Shelf(size=512)


def explained_is_ready(network: Network, method: Method, sight: Sight) -> bool:
    """Return whether the explanation is there already."""
    return (network, method, sight) in _explanations()


def explained(
    network: Network, method: Method, sight: Sight, progress: Progress | None = None
) -> Explanation:
    """Return the explanation of one sample by one network."""
    return _explanations().get(
        (network, method, sight),
        lambda: explain.attribute(
            subject_of(network),
            method.key,
            sample=0 if sight.text else sight.sample,
            target=sight.target,
            baseline=method.baseline,
            options=dict(method.options),
            samples=samples(network.model, sight.text),
            progress=progress,
        ),
    )


@st.cache_resource(show_spinner=False)
def _bands() -> Shelf[NoiseBand]:
    return Shelf(size=32)


def band_is_ready(model: str, method: Method) -> bool:
    """Return whether the noise of a method on a model is known already."""
    return (model, method.quick()) in _bands()


def band(model: str, method: Method, progress: Progress | None = None) -> NoiseBand:
    """Return the noise of a method on the dense network, with 16 steps on 24 samples."""
    quick, subject = method.quick(), caches.subject(model)
    return _bands().get(
        (model, quick),
        lambda: noise_band(
            subject,
            quick.key,
            rows=evaluation_rows(subject, ROWS),
            baseline=quick.baseline,
            other_seed=caches.other_seed(model),
            options=dict(quick.options),
            progress=progress,
        ),
    )


@st.cache_resource(show_spinner=False)
def _drifts() -> Shelf[Drift]:
    return Shelf(size=512)


def drifted(network: Network, method: Method, progress: Progress | None = None) -> Drift:
    """Return how far a pruned network's reasons are from the dense one's."""
    quick = method.quick()
    return _drifts().get(
        (network, quick),
        lambda: explain.drift(
            caches.subject(network.model),
            subject_of(network),
            quick.key,
            band=band(network.model, quick),
            progress=progress,
        ),
    )


@st.cache_resource(show_spinner=False)
def _curves() -> Shelf[tuple[Drift, ...]]:
    return Shelf(size=32)


def curve_is_ready(network: Network, method: Method) -> bool:
    """Return whether the drift at all amounts is there already."""
    return _curve_key(network, method) in _curves()


def curve(network: Network, method: Method, progress: Progress | None = None) -> tuple[Drift, ...]:
    """Return the drift at 12 amounts of a plan, its own amount plays no part."""
    plan = PruningPlan.from_json(network.plan)
    afters = [
        Network(model=network.model, plan=plan.at(a).to_json(), recalibrated=network.recalibrated)
        for a in AMOUNTS
    ]
    return _curves().get(
        _curve_key(network, method),
        lambda: drift_curve(
            caches.subject(network.model),
            [subject_of(after) for after in afters],
            band(network.model, method),
            progress=progress,
        ),
    )


def _curve_key(network: Network, method: Method) -> tuple[Network, Method]:
    plan = PruningPlan.from_json(network.plan).at(0.0)
    return replace(network, plan=plan.to_json()), method.quick()


@st.cache_resource(show_spinner=False)
def _importances() -> Shelf[tuple[Importance, tuple[str, ...]]]:
    return Shelf(size=64)


def important(
    network: Network,
    method: Method,
    target: int | None,
    rows: int,
    progress: Progress | None = None,
) -> tuple[Importance, tuple[str, ...]]:
    """Return what a network looks at over many samples, and the names of the parts.

    What is explained is `target`, or what the dense network decides for each sample. Places of a
    text mean nothing over many messages: its parts are the words, each with its sum in a message.
    """
    return _importances().get(
        (network, method.quick(), target, rows),
        lambda: _importance(network, method.quick(), target, rows, progress),
    )


def _importance(
    network: Network, method: Method, target: int | None, count: int, progress: Progress | None
) -> tuple[Importance, tuple[str, ...]]:
    dense = caches.subject(network.model)
    rows = evaluation_rows(dense, count)
    targets = [
        target_decided(network.model, int(r), "") if target is None else target for r in rows
    ]
    found = explain_rows(
        subject_of(network),
        method.key,
        rows,
        targets=targets,
        baseline=method.baseline,
        options=dict(method.options),
        samples=dense.samples,
        progress=progress,
    )
    if found.values.shape[1:] != dense.samples.inputs[0].shape[1:]:
        return importance(replace(found, values=_by_unit(found.values))), ()
    if dense.spec.kind == "text":
        values, names = _by_word(found.values, dense, rows)
        return importance(replace(found, values=values)), names
    return importance(found), dense.spec.names


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


@st.cache_resource(show_spinner=False)
def _checks() -> Shelf[Sanity]:
    return Shelf(size=64)


def checked(model: str, method: Method, progress: Progress | None = None) -> Sanity:
    """Return whether a method depends on what the dense network has learned."""
    quick, subject = method.quick(), caches.subject(model)
    return _checks().get(
        (model, quick),
        lambda: _noted(
            model,
            sanity(
                subject,
                quick.key,
                rows=evaluation_rows(subject, ROWS),
                baseline=quick.baseline,
                options=dict(quick.options),
                progress=progress,
            ),
        ),
    )


def known_to_fail(model: str, method: str) -> bool:
    """Return whether a sanity check that was run here failed a method on this model."""
    return (model, method) in _failed()


@st.cache_resource(show_spinner=False)
def _failed() -> set[tuple[str, str]]:
    return set()


def _noted(model: str, found: Sanity) -> Sanity:
    if found.verdict == "fails":
        _failed().add((model, found.method))
    return found


@st.cache_resource(show_spinner=False)
def _lifts() -> Shelf[Deletion]:
    return Shelf(size=64)


def lifted(network: Network, method: Method, progress: Progress | None = None) -> Deletion:
    """Return by how much the explanation's order of the parts beats random orders."""
    quick, dense = method.quick(), caches.subject(network.model)
    return _lifts().get((network, quick), lambda: _lift(network, quick, dense, progress))


def _lift(network: Network, method: Method, dense: Subject, progress: Progress | None) -> Deletion:
    subject, rows = subject_of(network), evaluation_rows(dense, ROWS)
    first, second = portions(progress, 2)
    targets: Sequence[int] = [target_decided(network.model, int(row), "") for row in rows]
    found = explain_rows(
        subject,
        method.key,
        rows,
        targets=targets,
        baseline=method.baseline,
        options=dict(method.options),
        progress=first,
    )
    return deletion(subject, found, progress=second)
