"""Files to try the page Models with: a demo, written as a person's own files would be."""

import csv
import io
from dataclasses import replace
from functools import cache
from typing import Literal

import torch
from torch import Tensor

from explain.core.subject import Subject
from models import load
from models.data import heart
from models.data.table import read_fitted
from models.loading.card.describing import own_card
from models.loading.card.model_card import Card, Preprocess
from models.loading.loading import subject_file

_DEMO = "heart-mlp"
_DIGITS = 4


@cache
def example_model(kind: Literal["safetensors", "pt2"]) -> bytes:
    """Return the network of `heart-mlp` with its card, in one file."""
    subject = load(_DEMO)
    return subject_file(subject, f".{kind}", _card(subject))


@cache
def example_csv() -> str:
    """Return its patients as a table of raw values: features, groups and the answer by name."""
    subject, out = load(_DEMO), io.StringIO()
    samples, (means, deviations) = subject.samples, _scale(subject)
    raw = samples.inputs[0] * deviations + means
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*subject.spec.names, *samples.groups, subject.task.target])
    groups = zip(*samples.groups.values(), strict=True)
    for row, of, answer in zip(raw.tolist(), groups, _answers(subject), strict=True):
        writer.writerow([*(f"{value:.{_DIGITS}g}" for value in row), *of, answer])
    return out.getvalue()


def _card(subject: Subject) -> Card:
    means, deviations = _scale(subject)
    scale = Preprocess(mean=tuple(means.tolist()), std=tuple(deviations.tolist()))
    return replace(
        own_card(subject),
        title=f"{subject.card.title} (example)",
        preprocess=scale,
        groups=tuple(subject.samples.groups),
        notes=(),
    )


def _answers(subject: Subject) -> list[str]:
    targets = subject.samples.targets
    return [] if targets is None else [subject.task.classes[int(at)] for at in targets]


def _scale(subject: Subject) -> tuple[Tensor, Tensor]:
    """Return mean and deviation of every column; 0 and 1 where it is a yes or no."""
    fitted = read_fitted(heart.FITTED)
    titles = {quantity.title: quantity.column for quantity in heart.SCHEMA.quantities}
    columns = [titles.get(name) for name in subject.spec.names]
    means = [0.0 if column is None else fitted.means[column] for column in columns]
    deviations = [1.0 if column is None else fitted.deviations[column] for column in columns]
    return torch.tensor(means), torch.tensor(deviations)
