"""What the Modules page shares between sessions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

import explain
from explain import Conductances, Contributions, Evaluation, Interactions, Partition, Subject
from explain.core import (
    Compared,
    Comparison,
    ContributionChange,
    Dendrogram,
    Flow,
    GiveBack,
    HiddenAlone,
    PartitionQuality,
    Progress,
    UnitLabels,
    evaluation_rows,
    portions,
)
from explain.decompose import (
    PayoffRequest,
    UnitAblations,
    connections,
    contribution_change,
    dendrogram,
    flow,
    give_back,
    hide,
    modules_or_blocks,
    partition_quality,
    unit_ablations,
    unit_connections,
)
from explain.study import asking, hidden_alone
from pages._modules.reshaping import redone
from pages._shell import caches
from pages._shell.caches import plainly, subject_of
from pages._shell.kept import HEAVY, kept
from pages._shell.keys import Partitioning, Payoff

MOST = 12
"""Modules that can be asked for."""

_FEW = 16
"""Samples at most that conductances rest on: each takes some 150 passes a layer."""


def _plainly(network: Compared, *rest: Any) -> tuple[Any, ...]:
    return plainly(network), *rest


def _without_steps(cut: Partitioning) -> tuple[Partitioning]:
    return (Partitioning(model=cut.model, method=cut.method, k=cut.k),)


@kept(size=128, key=_without_steps)
def own_partition(
    cut: Partitioning, progress: Progress | None = None
) -> tuple[Partition, Partition]:
    """Return what the method finds, and what is shown before anything is done by hand.

    By hand starts with all units in one module.
    """
    by_hand = cut.method == "manual"
    return modules_or_blocks(
        caches.subject(cut.model),
        "layered-null" if by_hand else cut.method,
        k=1 if by_hand else cut.k,
        progress=progress,
    )


@kept(size=128)
def shown_partition(cut: Partitioning, progress: Progress | None = None) -> Partition:
    """Return the modules that the page shows: found, else architecture blocks, then by hand."""
    return redone(caches.subject(cut.model), own_partition(cut, progress)[1], cut.steps)


def payoff_rows(model: str, question: Payoff) -> NDArray[np.int64]:
    """Return the samples that a question is about.

    Raises:
        InvalidOption: there is no such choice, or no sample in it.
    """
    return asking.rows_over(caches.subject(model), question.over, question.sample)


def contributions_are_quick(cut: Partitioning, question: Payoff) -> bool:
    """Return whether contributions take about a second at most."""
    subject, rows = caches.subject(cut.model), len(payoff_rows(cut.model, question))
    work = asking.unshared_work(subject, rows, shown_partition(cut).count, question.replacement)
    return work <= asking.QUICK


@kept(size=512, key=_plainly)
def contributions_of(
    network: Compared, cut: Partitioning, question: Payoff, progress: Progress | None = None
) -> Contributions:
    """Return what each module adds in a network, to what the dense one decides.

    Asked about a class, it is that class's output which is explained.
    """
    dense = Compared(model=network.model)
    targets: NDArray[np.int64] | int | None = asking.class_of(
        caches.subject(network.model), question.over
    )
    if targets is None and network != dense:
        targets = contributions_of(dense, cut, question).targets
    return explain.contributions(
        subject_of(network),
        shown_partition(cut),
        rows=payoff_rows(network.model, question),
        value=question.value,
        targets=targets,
        replacement=question.replacement,
        progress=progress,
    )


def _targets(network: Compared, cut: Partitioning, question: Payoff) -> NDArray[np.int64]:
    """Return the outputs that the contributions of the dense network speak of."""
    return contributions_of(Compared(model=network.model), cut, question).targets


def change_between(
    comparison: Comparison, cut: Partitioning, question: Payoff
) -> ContributionChange:
    """Return by how much the contributions differ from the dense network's."""
    before, after = comparison.before, comparison.after
    return contribution_change(
        contributions_of(before, cut, question), contributions_of(after, cut, question)
    )


@kept(size=256, key=_plainly)
def interactions_of(
    network: Compared, cut: Partitioning, question: Payoff, progress: Progress | None = None
) -> Interactions:
    """Return how the modules of a network work together, asked as in `contributions_of`."""
    return explain.interactions(
        subject_of(network),
        shown_partition(cut),
        rows=payoff_rows(network.model, question),
        value=question.value,
        targets=_targets(network, cut, question),
        replacement=question.replacement,
        progress=progress,
    )


@kept(size=256, key=_plainly)
def flow_of(network: Compared, cut: Partitioning) -> Flow:
    """Return how much signal goes between the modules of a network."""
    return flow(subject_of(network), shown_partition(cut).labels)


@kept(size=512, key=_plainly)
def connections_of(network: Compared, cut: Partitioning) -> NDArray[np.int64]:
    """Return how many connections lead into each module."""
    return connections(subject_of(network), shown_partition(cut).labels)


def unit_counts(network: Compared, cut: Partitioning) -> UnitLabels:
    """Return how many connections lead into each unit."""
    return unit_connections(subject_of(network), shown_partition(cut).labels)


@kept(size=256, key=_plainly)
def units_inside(
    network: Compared,
    cut: Partitioning,
    question: Payoff,
    module: int,
    progress: Progress | None = None,
) -> UnitAblations:
    """Return which units of a module its contribution rests on, asked as in `contributions_of`."""
    asked = PayoffRequest(
        rows=payoff_rows(network.model, question),
        value=question.value,
        targets=_targets(network, cut, question),
        replacement=question.replacement,
    )
    labels = shown_partition(cut).labels
    return unit_ablations(subject_of(network), labels, module, asked, progress=progress)


@kept(size=64, key=_plainly)
def conductances_of(
    network: Compared, cut: Partitioning, question: Payoff, progress: Progress | None = None
) -> tuple[Conductances, ...]:
    """Return how much of the answer's change passes each module, layer by layer."""
    return explain.conductances(
        subject_of(network),
        shown_partition(cut),
        rows=payoff_rows(network.model, question)[:_FEW],
        targets=_targets(network, cut, question)[:_FEW],
        progress=progress,
    )


@kept(size=32)
def contribution_curve(
    networks: tuple[Compared, ...],
    cut: Partitioning,
    question: Payoff,
    progress: Progress | None = None,
) -> tuple[Contributions, ...]:
    """Return the contributions in several networks; `progress` may raise to cancel."""
    results = []
    for network, part in zip(networks, portions(progress, len(networks)), strict=True):
        results.append(contributions_of(network, cut, question, part))
        part(1.0)
    return tuple(results)


@kept(size=64)
def give_back_of(
    comparison: Comparison, cut: Partitioning | None, progress: Progress | None = None
) -> GiveBack:
    """Return which module, or without a cut which layer, caused the changed decisions."""
    dense = subject_of(comparison.before)
    parts = None if cut is None else shown_partition(cut)
    return give_back(
        dense,
        subject_of(comparison.after),
        None if parts is None else parts.labels,
        names=() if parts is None else parts.names,
        rows=evaluation_rows(dense),
        progress=progress,
    )


@kept(size=256, key=_plainly)
def hidden_run(
    network: Compared, cut: Partitioning, modules: tuple[int, ...], replacement: str
) -> Evaluation:
    """Return the evaluation of a network with some modules hidden."""
    return explain.evaluate(
        _without(network, cut, modules, replacement), reference=caches.dense(network.model)
    )


@kept(size=64)
def hidden_alone_of(cut: Partitioning, progress: Progress | None = None) -> HiddenAlone:
    """Return what hiding each module alone does to the metric of the original network."""
    return hidden_alone(caches.subject(cut.model), own_partition(cut)[0], progress=progress)


def hidden_answer(
    network: Compared, cut: Partitioning, modules: tuple[int, ...], replacement: str, sample: int
) -> NDArray[np.float64]:
    """Return what a network with some modules hidden puts out for one sample [k]."""
    subject = _without(network, cut, modules, replacement)
    run = explain.evaluate(subject, rows=np.array([sample]), reference=caches.dense(network.model))
    found: NDArray[np.float64] = np.asarray(run.outputs, np.float64)[0]
    return found


def _without(
    network: Compared, cut: Partitioning, modules: tuple[int, ...], replacement: str
) -> Subject:
    return _hiding(network, cut, modules, replacement) if modules else subject_of(network)


@kept(size=16, most=HEAVY, key=_plainly)
def _hiding(
    network: Compared, cut: Partitioning, modules: tuple[int, ...], replacement: str
) -> Subject:
    return hide(subject_of(network), shown_partition(cut).labels, modules, replacement=replacement)


@kept(size=64)
def quality(cut: Partitioning, progress: Progress | None = None) -> PartitionQuality:
    """Return what the split is worth beside networks without structure."""
    return partition_quality(caches.subject(cut.model), shown_partition(cut), progress=progress)


@kept(size=64)
def tree(cut: Partitioning, progress: Progress | None = None) -> Dendrogram:
    """Return the tree over the modules and into them."""
    return dendrogram(caches.subject(cut.model), shown_partition(cut), progress=progress)
