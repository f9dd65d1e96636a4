"""Small subjects of every kind of task, with and without answers, for laws that hold for each."""

from dataclasses import replace
from functools import cache

import torch
from torch import nn

import explain
from explain import InputSpec, Samples, Task

FEATURES = 6
ROWS = 48
NAMES = ("age", "height", "weight", "dose", "pulse", "score")
LABELS = ("red", "round", "rare")
SPEC = InputSpec(kind="table", shape=(FEATURES,), names=NAMES, low=-3, high=3)


def network(outputs):
    """Return a small network whose answers are neither all the same nor all right."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = [nn.Linear(FEATURES, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU()]
        last = nn.Linear(6, outputs)
        for layer in (layers[0], layers[2], last):
            nn.init.normal_(layer.weight)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers, last).eval()


def inputs(seed=0, rows=ROWS):
    """Return random rows."""
    return torch.randn(rows, FEATURES, generator=torch.Generator().manual_seed(seed))


def samples(targets, seed):
    """Return rows with what is known of them, in two groups."""
    given = inputs(seed)
    return Samples(
        inputs=(given,),
        targets=targets(given),
        ids=tuple(f"row {at}" for at in range(len(given))),
        groups={"site": tuple("ab"[at % 2] for at in range(len(given)))},
    )


def answers(given, kind):
    """Return targets that follow from the rows, but for some noise."""
    noisy = given + 0.3 * torch.randn(given.shape, generator=torch.Generator().manual_seed(9))
    return {
        "classification": noisy[:, :3].argmax(1),
        "binary": (noisy[:, 0] > 0).long(),
        "multilabel": (noisy[:, :3] > torch.tensor([0.0, 0.5, 2.0])).long(),
        "regression": noisy[:, 0] + noisy[:, 1] ** 2,
    }[kind]


TASKS = {
    "classification": Task(kind="classification", classes=("a", "b", "c"), target="letter"),
    "binary": Task(kind="binary", classes=("no", "yes"), target="ill"),
    "multilabel": Task(kind="multilabel", classes=LABELS, metric="macro-f1", target="looks"),
    "regression": Task(kind="regression", metric="r2", target="dose", tolerance=0.2),
}
OUTPUTS = {"classification": 3, "binary": 1, "multilabel": 3, "regression": 1}
KINDS = tuple(TASKS)


@cache
def subject(kind, *, known=True, calibrated=True):
    """Return a subject of a kind of task, with its answers and training rows where asked for."""

    def targets(given):
        return answers(given, kind) if known else None

    return explain.subject(
        network(OUTPUTS[kind]),
        samples(targets, 1),
        calibration=samples(targets, 2) if calibrated else None,
        task=TASKS[kind],
        spec=SPEC,
        key=kind,
    )


@cache
def without_data(kind="classification"):
    """Return a subject that has no rows at all."""
    found = subject(kind, known=False, calibrated=False)
    return replace(found, samples=Samples(inputs=(torch.zeros(0, FEATURES),)))


def halved(subject, amount=0.5):
    """Return the subject with half of its weights pruned."""
    plan = explain.PruningPlan(amount=amount)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


SUBJECTS = {
    **{kind: lambda kind=kind: subject(kind) for kind in KINDS},
    **{f"{kind}, nothing known": lambda kind=kind: subject(kind, known=False) for kind in KINDS},
    "classification, no training rows": lambda: subject("classification", calibrated=False),
}
