"""How good the answers are class by class, before something is hidden and with it hidden."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explain.core.subject import Task
from explain.core.sweep import Evaluation
from explain.figures.chart import Bar, Bars
from explain.figures.wording import count, share
from explain.measure import wilson

__all__ = ["class_bars"]


def class_bars(
    task: Task, truth: NDArray[np.int64], shown: Evaluation, hidden: Evaluation
) -> Bars | None:
    """Return the share of each class that is decided right, in both networks; None without classes.

    Args:
        task: a classification, or a decision between two.
        truth: the class of each sample [n].
        shown: the network with all its modules (grey).
        hidden: with some hidden (blue), on the same samples.
    """
    if shown.correct is None or hidden.correct is None or not task.classes:
        return None
    rows: list[Bar] = []
    data: dict[str, list[object]] = {name: [] for name in _COLUMNS}
    for at, title in enumerate(task.classes):
        here = truth == at
        if not here.any():
            continue
        for name, correct, quiet in (
            ("all modules", shown.correct, True),
            ("some hidden", hidden.correct, False),
        ):
            rows.append(_bar(f"{title}, {name}", correct[here], quiet=quiet))
            values = (title, name, int(here.sum()), int(correct[here].sum()))
            for column, value in zip(_COLUMNS, values, strict=True):
                data[column].append(value)
    return Bars(
        rows=tuple(rows),
        scale="share of the class that is decided right; lines: Wilson's 95 % intervals",
        sentence=_sentence(task.classes, truth, shown.correct, hidden.correct),
        data=data,
    )


_COLUMNS = ("class", "network", "n", "right")


def _bar(name: str, right: NDArray[np.bool_], *, quiet: bool) -> Bar:
    hits, n = int(right.sum()), len(right)
    low, high = wilson(hits, n)
    return Bar(
        name=name, text=f"{share(hits / n)} of {n}", value=hits / n, low=low, high=high, quiet=quiet
    )


def _sentence(
    classes: Sequence[str],
    truth: NDArray[np.int64],
    shown: NDArray[np.bool_],
    hidden: NDArray[np.bool_],
) -> str:
    falls = {
        title: float(shown[truth == at].mean() - hidden[truth == at].mean())
        for at, title in enumerate(classes)
        if (truth == at).any()
    }
    worst = max(falls, key=lambda title: falls[title])
    if falls[worst] <= 0:
        return f"No class of {len(falls)} is decided worse on {count(len(truth))} samples."
    return (
        f"“{worst}” suffers most: {share(falls[worst])} of its samples fewer are decided right "
        f"({count(len(truth))} samples in all)."
    )
