"""Cards described for people, and the project's own."""

from dataclasses import replace
from typing import Literal

from explain.core.messages import say
from explain.core.subject import InputSpec, Subject, Task
from models.loading.card.guessing import completed
from models.loading.card.model_card import Card, CardInput

_MODALITIES: dict[str, Literal["tabular", "image", "text", "series"]] = {
    "table": "tabular",
    "image": "image",
    "text": "text",
    "array": "series",
}
_OUTPUTS: dict[str, Literal["logits", "logit1", "multilabel", "value"]] = {
    "classification": "logits",
    "binary": "logit1",
    "multilabel": "multilabel",
    "regression": "value",
}
_TASKS: dict[str, Literal["classification", "multilabel", "regression"]] = {
    "multilabel": "multilabel",
    "regression": "regression",
}


def card_of(subject: Subject) -> Card:
    """Return the card of a subject: what its outputs mean and what goes in.

    How raw values were prepared before they reached the subject is not known to it; a note says
    so.
    """
    spec, task, card = subject.spec, subject.task, subject.card
    return Card(
        title=card.title,
        task=_TASKS.get(task.kind, "classification"),
        modality=_MODALITIES[spec.kind],
        input=_input(spec),
        labels=task.classes,
        output=_OUTPUTS[task.kind],
        target=task.target,
        cut=_cut(task),
        tolerance=task.tolerance or None,
        purpose=card.purpose,
        not_for=card.not_for,
        source=card.source,
        authors=card.authors,
        licence=card.licence,
        limits=card.limits,
        notes=(*map(str, card.notes), say("loading.card.prepared"), *_pruned(subject)),
    )


def _input(spec: InputSpec) -> CardInput:
    features = spec.names if spec.kind == "table" else ()
    return CardInput(
        shape=() if spec.kind == "text" else spec.shape,
        layout="NCHW" if spec.kind == "image" else "",
        features=features,
    )


def _cut(task: Task) -> float | None:
    return task.cut if task.kind == "binary" else None


def _pruned(subject: Subject) -> tuple[str, ...]:
    return (say("loading.card.pruned", how=subject.pruned_by),) if subject.pruned_by else ()


def own_card(subject: Subject, given: Card | None = None) -> Card:
    """Return the card of a subject's network, a pruned one's with what was done to it.

    `given` is the card that the network came with: preprocessing, columns and words stay. Without
    it values are taken as they stand in the samples. What reading changed (a softmax taken off,
    colours put first) is told as it is now.
    """
    now = card_of(subject)
    if given is None:
        return now
    done = tuple(say("loading.card.pruned", how=one) for one in subject.pruned_by.splitlines())
    card = completed(given, now)
    return replace(
        card,
        task=now.task,
        input=replace(card.input, shape=now.input.shape, layout=now.input.layout),
        labels=now.labels,
        output=now.output,
        architecture=None,
        notes=(*given.notes, *done),
        sha256="",
        warnings=(),
    )
