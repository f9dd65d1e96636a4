"""The card of a network that is saved: what a reader needs to use the file alone."""

from dataclasses import replace

from explain.core.subject import Subject
from models.loading.card.describing import card_of
from models.loading.card.guessing import completed
from models.loading.card.model_card import Card


def own_card(subject: Subject, given: Card | None = None) -> Card:
    """Return the card of a subject's network, a pruned one's with what was done to it.

    `given` is the card that the network came with: preprocessing, columns and words stay. Without
    it values are taken as they stand in the samples. What reading changed (a softmax taken off,
    colours put first) is told as it is now.
    """
    now = card_of(subject)
    if given is None:
        return now
    done = tuple(f"Pruned: {line}" for line in subject.pruned_by.splitlines())
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
