"""What the Feature maps page shares between sessions."""

from collections.abc import Iterator
from dataclasses import replace

import explain
from explain import FeatureMaps, Subject
from explain.core import Compared, Comparison, Masked, Progress, counted
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
from explain.pruning import mended
from explain.study import CURVE
from pages._shell import caches
from pages._shell.caches import subject_of
from pages._shell.current import samples
from pages._shell.kept import kept
from pages._shell.keys import Sight


@kept(size=48)
def feature_maps_of(network: Compared, layer: str, sight: Sight) -> FeatureMaps:
    """Return what the units of a layer answer to what is looked at."""
    return feature_maps(
        subject_of(network),
        layer,
        sight.row,
        target=sight.target,
        samples=samples(network.model, sight.text),
    )


def _of_any_output(network: Compared, sight: Sight) -> tuple[Compared, Sight]:
    return network, replace(sight, target=0)


@kept(size=512, key=_of_any_output)
def largest(network: Compared, sight: Sight) -> float:
    """Return the largest |activation| of any layer of a network."""
    return largest_activation(
        subject_of(network), sight.row, samples=samples(network.model, sight.text)
    )


def _field(
    network: Compared, layer: str, channel: int, at: tuple[int, int], sight: Sight
) -> tuple[Compared, str, int, tuple[int, int], Sight]:
    return network, layer, channel, at, replace(sight, target=0)


@kept(size=128, key=_field)
def field(
    network: Compared, layer: str, channel: int, at: tuple[int, int], sight: Sight
) -> EffectiveField:
    """Return what one position of a channel reacts to."""
    return effective_field(
        subject_of(network),
        layer,
        channel,
        at,
        sight.row,
        samples=samples(network.model, sight.text),
    )


def incoming(comparison: Comparison, layer: str, channel: int) -> Kernels:
    """Return the kernels of a channel in two networks. Costs no pass, so nothing is kept."""
    before, after = subject_of(comparison.before), subject_of(comparison.after)
    return kernels(before, after, layer, channel)


@kept(size=256)
def top(network: Compared, layer: str, channel: int) -> tuple[TopSample, ...]:
    """Return the samples that a channel answers to most."""
    return top_samples(subject_of(network), layer, channel, 8)


def _strip(
    model: str, how: Masked, layer: str, channel: int, sight: Sight
) -> tuple[str, Masked, str, int, Sight]:
    any_amount = replace(how, plan=how.plan.at(0.0))
    return model, any_amount, layer, channel, replace(sight, target=0)


@kept(size=128, key=_strip)
def stills(
    model: str,
    how: Masked,
    layer: str,
    channel: int,
    sight: Sight,
    progress: Progress | None = None,
) -> Evolution:
    """Return a channel at 12 amounts of a plan; its own amount plays no part."""
    return evolution(
        _copies(model, how, progress),
        layer,
        channel,
        sight.row,
        samples=samples(model, sight.text),
    )


def _copies(model: str, how: Masked, progress: Progress | None) -> Iterator[tuple[float, Subject]]:
    """Make pruned copies one by one; they are not kept, so they push no other network out."""
    dense, scores = caches.subject(model), caches.scores(model, how.plan)
    for amount in counted(CURVE, progress):
        found = explain.prune(dense, explain.select(scores, how.plan.at(amount)))
        yield amount, mended(found, how, dense)


@kept(size=64)
def claim(model: str, how: Masked, layer: str, progress: Progress | None = None) -> Claim:
    """Return what became of the claim that a plan localises the maps of a layer."""
    return explain.localised(
        caches.subject(model),
        how,
        layer,
        other_seed=caches.other_seed(model),
        progress=progress,
    )
