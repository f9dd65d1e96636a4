"""The card of a network that is saved: what a reader needs to use the file alone."""

from dataclasses import replace
from typing import Any

from explain.core.subject import Subject
from models.loading.card import Card

__all__ = ["own_card"]

_MODALITIES = {"table": "tabular", "image": "image", "text": "text", "array": "series"}
_OUTPUTS = {"classification": "logits", "binary": "logit1", "multilabel": "multilabel"}
_TASKS = {"binary": "classification"}


def own_card(subject: Subject, given: Card | None = None) -> Card:
    """Return the card of a subject's network, a pruned one's with what was done to it.

    `given` is the card that the network came with: preprocessing, columns and words stay. Without
    it values are taken as they stand in the samples. The hash of the file before is left out.
    """
    card, task, spec = given or Card(), subject.task, subject.spec
    modality: Any = card.modality or _MODALITIES[spec.kind]
    output: Any = _OUTPUTS.get(task.kind, "value")
    done = tuple(f"Pruned: {line}" for line in subject.pruned_by.splitlines())
    names = spec.names if spec.kind == "table" else ()
    layout: Any = "NCHW" if modality == "image" else card.input.layout
    whole: Any = _TASKS.get(task.kind, task.kind)
    return replace(
        card,
        title=card.title or subject.card.title,
        task=whole,
        modality=modality,
        input=replace(
            card.input, shape=spec.shape, layout=layout, features=card.input.features or names
        ),
        labels=task.classes,
        output=output,
        target=card.target or task.target,
        groups=card.groups or tuple(subject.samples.groups),
        purpose=card.purpose or subject.card.purpose,
        notes=(*card.notes, *done),
        sha256="",
        warnings=(),
    )
