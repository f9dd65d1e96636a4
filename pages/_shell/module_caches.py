"""What the Modules page shares between sessions, by content key."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import explain
from explain import (
    Conductances,
    Contributions,
    Evaluation,
    Interactions,
    InvalidOption,
    Partition,
    Subject,
)
from explain.core.contributions import ContributionChange, Flow, GiveBack
from explain.core.partition import Dendrogram, PartitionQuality, UnitLabels
from explain.core.progress import Progress, portions
from explain.core.subset import evaluation_rows
from explain.decompose import (
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
from pages._shell import caches
from pages._shell.reason_caches import Network, subject_of
from pages._shell.reshaping import redone
from pages._shell.shelf import Shelf
from pages._shell.state import State

__all__ = [
    "AMOUNTS",
    "MOST",
    "Cut",
    "Question",
    "change",
    "conducted",
    "conducted_is_ready",
    "connected",
    "contributed",
    "contributed_is_ready",
    "curve",
    "curve_is_ready",
    "cut_of",
    "flowing",
    "found",
    "given_back",
    "given_back_is_ready",
    "hidden_answer",
    "hidden_run",
    "inside_is_ready",
    "interacting",
    "interacting_is_ready",
    "is_quick",
    "members",
    "quality",
    "quality_is_ready",
    "rows_of",
    "samples_to_ask",
    "shown",
    "shown_is_ready",
    "tree",
    "tree_is_ready",
    "unit_counts",
    "units_inside",
]

AMOUNTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Amounts of the curve of contributions."""
MOST = 12
"""Modules that can be asked for."""
ROWS = {"table": 200, "image": 64, "array": 64, "text": 32}
"""Samples at most that contributions over many samples rest on, by kind of input."""

_FEW = 16
"""Samples at most that conductances rest on: each takes some 150 passes a layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How the dense network is cut into modules."""

    model: str
    method: str
    count: int | None = None
    steps: tuple[str, ...] = ()


def cut_of(now: State) -> Cut:
    """Return how the network of a session is cut."""
    return Cut(model=now.model, method=now.split, count=now.parts, steps=now.reshaped)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the modules are asked: about which samples, which number, and what hides a unit."""

    over: str
    sample: int
    value: str
    stand: str


@st.cache_resource(show_spinner=False)
def _founds() -> Shelf[tuple[Partition, Partition]]:
    return Shelf(size=128)


def found(cut: Cut, progress: Progress | None = None) -> tuple[Partition, Partition]:
    """Return what the method finds, and what is shown before anything is done by hand.

    By hand starts with all units in one module.
    """
    by_hand = cut.method == "manual"
    return _founds().get(
        (cut.model, cut.method, cut.count),
        lambda: modules_or_blocks(
            caches.subject(cut.model),
            "layered-null" if by_hand else cut.method,
            k=1 if by_hand else cut.count,
            progress=progress,
        ),
    )


@st.cache_resource(show_spinner=False)
def _showns() -> Shelf[Partition]:
    return Shelf(size=128)


def shown_is_ready(cut: Cut) -> bool:
    """Return whether the modules are there already."""
    return cut in _showns()


def shown(cut: Cut, progress: Progress | None = None) -> Partition:
    """Return the modules that the page shows: found, else architecture blocks, then by hand."""
    return _showns().get(
        cut, lambda: redone(caches.subject(cut.model), found(cut, progress)[1], cut.steps)
    )


def samples_to_ask(subject: Subject) -> dict[str, str]:
    """Return which samples contributions can be asked for, with their titles."""
    task, groups, all_of = subject.task, subject.samples.groups, subject.samples.count
    used = min(all_of, _most(subject))
    everything = "all samples" if used == all_of else f"{used} of {all_of:,} samples, all classes"
    found = {"sample": "the sample of the sidebar", "all": everything}
    if subject.samples.targets is not None and task.classes:
        found |= {f"class~{at}": f"samples of {title}" for at, title in enumerate(task.classes)}
    for column, labels in groups.items():
        found |= {f"group~{column}~{label}": f"{column}: {label}" for label in sorted(set(labels))}
    return found


def rows_of(model: str, over: str, sample: int) -> NDArray[np.int64]:
    """Return the samples that a choice stands for, ascending, at most so many as `ROWS` says.

    Raises:
        InvalidOption: there is no such choice, or no sample in it.
    """
    subject = caches.subject(model)
    if over == "sample":
        return np.array([sample], np.int64)
    if over == "all":
        return evaluation_rows(subject, _most(subject))
    chosen = members(model, over)
    return np.sort(np.random.default_rng(0).permutation(chosen)[: _most(subject)])


def members(model: str, over: str) -> NDArray[np.int64]:
    """Return every sample of a class, of a group, or all of them.

    Raises:
        InvalidOption: there is no such choice, or no sample in it.
    """
    subject = caches.subject(model)
    kind, _, rest = over.partition("~")
    found = np.arange(subject.samples.count if over in samples_to_ask(subject) else 0)
    if kind == "class" and subject.samples.targets is not None and len(found):
        found = np.flatnonzero(_are_of(subject.samples.targets.numpy(), int(rest)))
    elif kind == "group" and len(found):
        column, label = _group(subject, rest)
        found = np.flatnonzero(np.array(subject.samples.groups[column]) == label)
    if not len(found):
        raise InvalidOption(f"There are no samples called {over!r}.", hint="Choose from the menu.")
    return found


def _are_of(truth: NDArray[np.int64], at: int) -> NDArray[np.bool_]:
    """Return which samples are of a class, or have a label."""
    return np.asarray(truth[:, at] == 1 if truth.ndim > 1 else truth == at)


def _group(subject: Subject, chosen: str) -> tuple[str, str]:
    """Return column and label of "site~Zurich"; a column of a file may hold the sign itself."""
    groups = subject.samples.groups
    pairs = ((name, chosen.removeprefix(f"{name}~")) for name in groups)
    return next((name, label) for name, label in pairs if label in groups[name])


def _most(subject: Subject) -> int:
    return ROWS.get(subject.spec.kind, 64)


def is_quick(cut: Cut, question: Question) -> bool:
    """Return whether contributions take about a second at most."""
    return _work(cut, question) <= _QUICK


_QUICK = 1e9
_DRAWS = 4
"""Multiply-adds that need no progress bar, and the draws of resampling."""


def _work(cut: Cut, question: Question) -> float:
    """Return the multiply-adds of counting contributions if no set shared anything."""
    subject = caches.subject(cut.model)
    rows = len(rows_of(cut.model, question.over, question.sample))
    sets = 2 ** min(shown(cut).count, 16) * (_DRAWS if question.stand == "resample" else 1)
    return float(rows * sets * sum(layer.macs for layer in subject.network.layers))


@st.cache_resource(show_spinner=False)
def _contributions() -> Shelf[Contributions]:
    return Shelf(size=512)


def contributed_is_ready(network: Network, cut: Cut, question: Question) -> bool:
    """Return whether the contributions are there already."""
    return (network, cut, question) in _contributions()


def contributed(
    network: Network, cut: Cut, question: Question, progress: Progress | None = None
) -> Contributions:
    """Return what each module adds in a network, to what the dense one decides.

    Asked about a class, it is that class's output which is explained.
    """
    return _contributions().get(
        (network, cut, question), lambda: _contributed(network, cut, question, progress)
    )


def _contributed(
    network: Network, cut: Cut, question: Question, progress: Progress | None
) -> Contributions:
    dense = Network(model=network.model)
    targets = _class_of(caches.subject(network.model), question)
    if targets is None and network != dense:
        targets = contributed(dense, cut, question).targets
    return explain.contributions(
        subject_of(network),
        shown(cut),
        rows=rows_of(network.model, question.over, question.sample),
        value=question.value,
        targets=targets,
        replacement=question.stand,
        progress=progress,
    )


def _class_of(subject: Subject, question: Question) -> NDArray[np.int64] | int | None:
    """Return the output of the class asked about; a decision between two has one for both."""
    kind, _, rest = question.over.partition("~")
    if kind != "class" or not subject.task.by_class:
        return None
    return int(rest)


def change(network: Network, cut: Cut, question: Question) -> ContributionChange:
    """Return by how much the contributions differ from the dense network's."""
    dense = contributed(Network(model=network.model), cut, question)
    return contribution_change(dense, contributed(network, cut, question))


@st.cache_resource(show_spinner=False)
def _interactions() -> Shelf[Interactions]:
    return Shelf(size=256)


def interacting_is_ready(network: Network, cut: Cut, question: Question) -> bool:
    """Return whether the interactions are there already."""
    return (network, cut, question) in _interactions()


def interacting(
    network: Network, cut: Cut, question: Question, progress: Progress | None = None
) -> Interactions:
    """Return how the modules of a network work together, asked as in `contributed`."""
    return _interactions().get(
        (network, cut, question),
        lambda: explain.interactions(
            subject_of(network),
            shown(cut),
            rows=rows_of(network.model, question.over, question.sample),
            value=question.value,
            targets=contributed(Network(model=network.model), cut, question).targets,
            replacement=question.stand,
            progress=progress,
        ),
    )


@st.cache_resource(show_spinner=False)
def _flows() -> Shelf[Flow]:
    return Shelf(size=256)


def flowing(network: Network, cut: Cut) -> Flow:
    """Return how much signal goes between the modules of a network."""
    return _flows().get((network, cut), lambda: flow(subject_of(network), shown(cut).labels))


@st.cache_resource(show_spinner=False)
def _connections() -> Shelf[NDArray[np.int64]]:
    return Shelf(size=512)


def connected(network: Network, cut: Cut) -> NDArray[np.int64]:
    """Return how many connections lead into each module."""
    return _connections().get(
        (network, cut), lambda: connections(subject_of(network), shown(cut).labels)
    )


def unit_counts(network: Network, cut: Cut) -> UnitLabels:
    """Return how many connections lead into each unit."""
    return unit_connections(subject_of(network), shown(cut).labels)


@st.cache_resource(show_spinner=False)
def _insides() -> Shelf[UnitAblations]:
    return Shelf(size=256)


def inside_is_ready(network: Network, cut: Cut, question: Question, module: int) -> bool:
    """Return whether the units of a module were hidden one by one already."""
    return (network, cut, question, module) in _insides()


def units_inside(
    network: Network,
    cut: Cut,
    question: Question,
    module: int,
    progress: Progress | None = None,
) -> UnitAblations:
    """Return which units of a module its contribution rests on, asked as in `contributed`."""
    return _insides().get(
        (network, cut, question, module),
        lambda: unit_ablations(
            subject_of(network),
            shown(cut).labels,
            module,
            rows_of(network.model, question.over, question.sample),
            value=question.value,
            targets=contributed(Network(model=network.model), cut, question).targets,
            replacement=question.stand,
            progress=progress,
        ),
    )


@st.cache_resource(show_spinner=False)
def _conductances() -> Shelf[tuple[Conductances, ...]]:
    return Shelf(size=64)


def conducted_is_ready(network: Network, cut: Cut, question: Question) -> bool:
    """Return whether the conductances are there already."""
    return (network, cut, question) in _conductances()


def conducted(
    network: Network, cut: Cut, question: Question, progress: Progress | None = None
) -> tuple[Conductances, ...]:
    """Return how much of the answer's change passes each module, layer by layer."""
    return _conductances().get(
        (network, cut, question),
        lambda: explain.conductances(
            subject_of(network),
            shown(cut),
            rows=rows_of(network.model, question.over, question.sample)[:_FEW],
            targets=contributed(Network(model=network.model), cut, question).targets[:_FEW],
            progress=progress,
        ),
    )


@st.cache_resource(show_spinner=False)
def _curves() -> Shelf[tuple[Contributions, ...]]:
    return Shelf(size=32)


def curve_is_ready(networks: tuple[Network, ...], cut: Cut, question: Question) -> bool:
    """Return whether the contributions at all amounts are there already."""
    return (networks, cut, question) in _curves()


def curve(
    networks: tuple[Network, ...], cut: Cut, question: Question, progress: Progress | None = None
) -> tuple[Contributions, ...]:
    """Return the contributions in several pruned networks; `progress` may raise to cancel."""

    def make() -> tuple[Contributions, ...]:
        results = []
        for network, part in zip(networks, portions(progress, len(networks)), strict=True):
            results.append(contributed(network, cut, question, part))
            part(1.0)
        return tuple(results)

    return _curves().get((networks, cut, question), make)


@st.cache_resource(show_spinner=False)
def _causes() -> Shelf[GiveBack]:
    return Shelf(size=64)


def given_back_is_ready(network: Network, cut: Cut | None) -> bool:
    """Return whether the give-back test is done already."""
    return (network, cut) in _causes()


def given_back(network: Network, cut: Cut | None, progress: Progress | None = None) -> GiveBack:
    """Return which module, or without a cut which layer, caused the changed decisions."""
    dense = caches.subject(network.model)
    parts = None if cut is None else shown(cut)
    return _causes().get(
        (network, cut),
        lambda: give_back(
            dense,
            subject_of(network),
            None if parts is None else parts.labels,
            names=() if parts is None else parts.names,
            rows=evaluation_rows(dense),
            progress=progress,
        ),
    )


@st.cache_resource(show_spinner=False)
def _hidden() -> Shelf[Evaluation]:
    return Shelf(size=256)


def hidden_run(network: Network, cut: Cut, modules: tuple[int, ...], stand: str) -> Evaluation:
    """Return the evaluation of a network with some modules hidden."""
    return _hidden().get(
        (network, cut, modules, stand),
        lambda: explain.evaluate(
            _without(network, cut, modules, stand), reference=caches.dense(network.model)
        ),
    )


def hidden_answer(
    network: Network, cut: Cut, modules: tuple[int, ...], stand: str, sample: int
) -> NDArray[np.float64]:
    """Return what a network with some modules hidden puts out for one sample [k]."""
    subject = _without(network, cut, modules, stand)
    run = explain.evaluate(subject, rows=np.array([sample]), reference=caches.dense(network.model))
    found: NDArray[np.float64] = np.asarray(run.outputs, np.float64)[0]
    return found


def _without(network: Network, cut: Cut, modules: tuple[int, ...], stand: str) -> Subject:
    if not modules:
        return subject_of(network)
    return _hiding().get(
        (network, cut, modules, stand),
        lambda: hide(subject_of(network), shown(cut).labels, modules, replacement=stand),
    )


@st.cache_resource(show_spinner=False)
def _hiding() -> Shelf[Subject]:
    return Shelf(size=16)


@st.cache_resource(show_spinner=False)
def _qualities() -> Shelf[PartitionQuality]:
    return Shelf(size=64)


def quality_is_ready(cut: Cut) -> bool:
    """Return whether the split was compared with chance already."""
    return cut in _qualities()


def quality(cut: Cut, progress: Progress | None = None) -> PartitionQuality:
    """Return what the split is worth beside networks without structure."""
    return _qualities().get(
        cut, lambda: partition_quality(caches.subject(cut.model), shown(cut), progress=progress)
    )


@st.cache_resource(show_spinner=False)
def _trees() -> Shelf[Dendrogram]:
    return Shelf(size=64)


def tree_is_ready(cut: Cut) -> bool:
    """Return whether the tree is there already."""
    return cut in _trees()


def tree(cut: Cut, progress: Progress | None = None) -> Dendrogram:
    """Return the tree over the modules and into them."""
    return _trees().get(
        cut, lambda: dendrogram(caches.subject(cut.model), shown(cut), progress=progress)
    )
