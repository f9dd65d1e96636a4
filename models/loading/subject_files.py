"""A subject's network as one file with its card."""

import json

from explain.core.errors import InvalidOption
from explain.core.subject import Subject
from models.loading.card.model_card import Card, card_bytes
from models.loading.files.saving import to_pt2, to_safetensors

_WRITERS = {".safetensors": to_safetensors, ".pt2": to_pt2}


def subject_file(subject: Subject, kind: str, card: Card) -> bytes:
    """Return the network as a file of the kind ".safetensors" or ".pt2", zeros of pruning kept.

    Raises:
        InvalidOption: another kind.
        Refused: it cannot be written in that form.
    """
    if kind not in _WRITERS:
        raise InvalidOption("loading.files.unknown_format", kind=kind)
    return _WRITERS[kind](subject.network, json.loads(card_bytes(card)))
