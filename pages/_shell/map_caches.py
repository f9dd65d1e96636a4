"""What the Feature maps page shares between sessions, by content key."""

from collections.abc import Iterator

import streamlit as st

import explain
from explain import FeatureMaps, PruningPlan, Subject
from explain.core.progress import Progress
from explain.features import (
    Claim,
    EffectiveField,
    Evolution,
    Kernels,
    TopSample,
    effective_field,
    evolution,
    feature_maps,
    kernels,
    largest_activation,
    top_samples,
)
from pages._shell import caches
from pages._shell.reason_caches import Network, Sight, samples, subject_of
from pages._shell.shelf import Shelf

__all__ = [
    "STILLS",
    "claim",
    "claim_is_ready",
    "field",
    "incoming",
    "largest",
    "maps",
    "stills",
    "stills_are_ready",
    "top",
]

STILLS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Amounts of the strip."""


def _row(sight: Sight) -> int:
    return 0 if sight.text else sight.sample


@st.cache_resource(show_spinner=False)
def _maps() -> Shelf[FeatureMaps]:
    return Shelf(size=48)


def maps(network: Network, layer: str, sight: Sight) -> FeatureMaps:
    """Return what the units of a layer answer to what is looked at."""
    return _maps().get(
        (network, layer, sight),
        lambda: feature_maps(
            subject_of(network),
            layer,
            _row(sight),
            target=sight.target,
            samples=samples(network.model, sight.text),
        ),
    )


@st.cache_resource(show_spinner=False)
def _largest() -> Shelf[float]:
    return Shelf(size=512)


def largest(network: Network, sight: Sight) -> float:
    """Return the largest |activation| of any layer of a network."""
    return _largest().get(
        (network, sight.sample, sight.text),
        lambda: largest_activation(
            subject_of(network), _row(sight), samples=samples(network.model, sight.text)
        ),
    )


@st.cache_resource(show_spinner=False)
def _fields() -> Shelf[EffectiveField]:
    return Shelf(size=128)


def field(
    network: Network, layer: str, channel: int, at: tuple[int, int], sight: Sight
) -> EffectiveField:
    """Return what one position of a channel reacts to."""
    return _fields().get(
        (network, layer, channel, at, sight.sample, sight.text),
        lambda: effective_field(
            subject_of(network),
            layer,
            channel,
            at,
            _row(sight),
            samples=samples(network.model, sight.text),
        ),
    )


def incoming(before: Network, after: Network, layer: str, channel: int) -> Kernels:
    """Return the kernels of a channel in two networks. Costs no pass, so nothing is kept."""
    return kernels(subject_of(before), subject_of(after), layer, channel)


@st.cache_resource(show_spinner=False)
def _tops() -> Shelf[tuple[TopSample, ...]]:
    return Shelf(size=256)


def top(network: Network, layer: str, channel: int) -> tuple[TopSample, ...]:
    """Return the samples that a channel answers to most."""
    return _tops().get(
        (network, layer, channel), lambda: top_samples(subject_of(network), layer, channel, 8)
    )


@st.cache_resource(show_spinner=False)
def _strips() -> Shelf[Evolution]:
    return Shelf(size=128)


def _strip_key(after: Network, layer: str, channel: int, sight: Sight) -> tuple[object, ...]:
    kind = PruningPlan.from_json(after.plan).at(0.0).to_json()
    return after.model, kind, after.recalibrated, layer, channel, sight.sample, sight.text


def stills_are_ready(after: Network, layer: str, channel: int, sight: Sight) -> bool:
    """Return whether the strip of a channel is there already."""
    return _strip_key(after, layer, channel, sight) in _strips()


def stills(after: Network, layer: str, channel: int, sight: Sight, progress: Progress) -> Evolution:
    """Return a channel at 12 amounts of a plan; its own amount plays no part."""
    return _strips().get(
        _strip_key(after, layer, channel, sight),
        lambda: evolution(
            _copies(after, progress),
            layer,
            channel,
            _row(sight),
            samples=samples(after.model, sight.text),
        ),
    )


def _copies(after: Network, progress: Progress) -> Iterator[tuple[float, Subject]]:
    """Make pruned copies one by one; they are not kept, so they push no other network out."""
    dense, plan = caches.subject(after.model), PruningPlan.from_json(after.plan)
    for at, amount in enumerate(STILLS):
        found = explain.prune(dense, caches.masks(after.model, plan.at(amount)))
        yield amount, explain.recalibrate(found) if after.recalibrated else found
        progress((at + 1) / len(STILLS))


@st.cache_resource(show_spinner=False)
def _claims() -> Shelf[Claim]:
    return Shelf(size=64)


def claim_is_ready(after: Network, layer: str) -> bool:
    """Return whether the claim was tested already for this plan and layer."""
    return (after, layer) in _claims()


def claim(after: Network, layer: str, progress: Progress) -> Claim:
    """Return what became of the claim that a plan localises the maps of a layer."""
    return _claims().get(
        (after, layer),
        lambda: explain.localised(
            caches.subject(after.model),
            PruningPlan.from_json(after.plan),
            layer,
            recalibrated=after.recalibrated,
            other_seed=caches.other_seed(after.model),
            progress=progress,
        ),
    )
