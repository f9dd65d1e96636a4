"""How many of each class are decided right by two networks, with intervals."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from explain.core.comparison import Evaluation
from explain.core.decisions import of_class
from explain.core.intervals import wilson
from explain.core.messages import say, share
from explain.core.subject import Task
from explain.figures.chart import Bar, Bars, Look


def class_bars(
    task: Task, truth: NDArray[np.int64], shown: Evaluation, hidden: Evaluation
) -> Bars | None:
    """Return the share of each class that is decided right, in both networks; None without classes.

    Of a set of labels, it is the share of the samples with a label in which it is said. `truth`:
    the class of each sample [n], or its labels [n, labels]. `shown`: the pruned network with all
    modules, `hidden`: with some hidden, on the same samples.
    """
    if shown.correct is None or hidden.correct is None or not task.classes:
        return None
    rows: list[Bar] = []
    data: dict[str, list[object]] = {name: [] for name in _COLUMNS}
    found = {
        title: (_right(task, truth, shown, at), _right(task, truth, hidden, at))
        for at, title in enumerate(task.classes)
        if of_class(truth, at).any()
    }
    for title, both in found.items():
        for (name, look), right in zip(_NETWORKS.items(), both, strict=True):
            rows.append(_bar(f"{title}, {name}", right, look))
            values = (title, name, len(right), int(right.sum()))
            for column, value in zip(_COLUMNS, values, strict=True):
                data[column].append(value)
    return Bars(
        rows=tuple(rows),
        scale=say("figures.classes.scale"),
        sentence=_classes_sentence(found, len(truth)),
        data=data,
    )


_COLUMNS = ("class", "network", "n", "right")
_NETWORKS: dict[str, Look] = {"all modules": "pruned", "some hidden": "another"}


def _right(task: Task, truth: NDArray[np.int64], found: Evaluation, at: int) -> NDArray[np.bool_]:
    """Return which of the samples of a class are decided right: the label said."""
    here = of_class(truth, at)
    if task.kind == "multilabel":
        return np.asarray(found.decisions[here, at] == 1)
    return np.asarray(found.correct)[here].astype(np.bool_)


def _bar(name: str, right: NDArray[np.bool_], look: Look) -> Bar:
    hits, n = int(right.sum()), len(right)
    low, high = wilson(hits, n)
    return Bar(
        name=name, text=f"{share(hits / n)} of {n}", value=hits / n, low=low, high=high, look=look
    )


def _classes_sentence(
    found: Mapping[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]], samples: int
) -> str:
    falls = {title: float(shown.mean() - hidden.mean()) for title, (shown, hidden) in found.items()}
    worst = max(falls, key=lambda title: falls[title])
    if falls[worst] <= 0:
        return say("figures.classes.none_worse", count=len(falls), samples=samples)
    return say(
        "figures.classes.suffers_most",
        name=worst,
        fall=falls[worst],
        samples=samples,
    )
