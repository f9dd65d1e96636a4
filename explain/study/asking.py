"""Which rows are asked, and what a request costs."""

import numpy as np
from numpy.typing import NDArray

from explain.core.decisions import of_class
from explain.core.errors import InvalidOption
from explain.core.subject import Subject, evaluation_rows

ROWS = {"table": 200, "image": 64, "array": 64, "text": 32}
"""Samples at most that an answer about many of them rests on, by kind of input."""
_USUAL = 64


def most_rows(subject: Subject) -> int:
    """Return how many samples an answer about many rests on at most."""
    return ROWS.get(subject.spec.kind, _USUAL)


def askable(subject: Subject) -> tuple[str, ...]:
    """Return what can be asked about: "sample", "all", "class~2", "group~site~Zurich"."""
    labelled = subject.samples.targets is not None
    classes = len(subject.task.classes) if labelled else 0
    groups = (
        f"group~{column}~{label}"
        for column, labels in subject.samples.groups.items()
        for label in sorted(set(labels))
    )
    return ("sample", "all", *(f"class~{at}" for at in range(classes)), *groups)


def rows_over(subject: Subject, over: str, sample: int) -> NDArray[np.int64]:
    """Return the samples that a choice stands for, ascending, at most `most_rows`.

    Raises:
        InvalidOption: there is no such choice, or no sample in it.
    """
    if over == "sample":
        return np.array([sample], np.int64)
    most = most_rows(subject)
    if over == "all":
        return evaluation_rows(subject, most)
    return np.sort(np.random.default_rng(0).permutation(samples_of(subject, over))[:most])


def samples_of(subject: Subject, over: str) -> NDArray[np.int64]:
    """Return every sample of a class, of a group, or all of them.

    Raises:
        InvalidOption: there is no such choice, or no sample in it.
    """
    kind, _, rest = over.partition("~")
    found = np.arange(subject.samples.count if over in askable(subject) else 0)
    if kind == "class" and subject.samples.targets is not None and len(found):
        found = np.flatnonzero(of_class(subject.samples.targets.numpy(), int(rest)))
    elif kind == "group" and len(found):
        column, label = group_of(subject, rest)
        found = np.flatnonzero(np.array(subject.samples.groups[column]) == label)
    if not len(found):
        raise InvalidOption("study.no_such_samples", over=over)
    return found


def class_of(subject: Subject, over: str) -> int | None:
    """Return the output of the class asked about; a decision between two has one for both."""
    kind, _, rest = over.partition("~")
    return int(rest) if kind == "class" and subject.task.by_class else None


def group_of(subject: Subject, chosen: str) -> tuple[str, str]:
    """Return column and label of "site~Zurich"; a column of a file may hold the sign itself."""
    groups = subject.samples.groups
    pairs = ((name, chosen.removeprefix(f"{name}~")) for name in groups)
    return next((name, label) for name, label in pairs if label in groups[name])


QUICK = 1e9
"""Multiply-adds that take about a second."""
_DRAWS = 4
"""Draws of resampling."""
_PLAYERS = 16
"""Modules up to which every set of them is run."""


def unshared_work(subject: Subject, rows: int, modules: int, replacement: str) -> float:
    """Return the multiply-adds of counting contributions if no two sets shared anything."""
    sets = 2 ** min(modules, _PLAYERS) * (_DRAWS if replacement == "resample" else 1)
    return float(rows * sets * sum(layer.macs for layer in subject.network.layers))
