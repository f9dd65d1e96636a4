"""Choices that several pages share: what is drawn, and what is explained of which text."""

from typing import Any

from explain import ExplainError, Subject
from explain.core.messages import say
from explain.network import layer_of
from models.text import typed_sample
from pages._shell.reading import Words, is_whole_number, read_whole, read_word, text_up_to
from pages._shell.state import MODEL, SAMPLE, Choice, State, switch

_LONGEST_TEXT = 2000


def _read_unit(words: Words) -> tuple[str, int] | None:
    if words.last is None:
        return None
    layer, _, number = words.last.rpartition("~")
    if layer and is_whole_number(number):
        return layer, int(number)
    words.note(say("shell.link.ignored", name=words.name, value=words.last))
    return None


def _write_unit(name: str, unit: tuple[str, int] | None) -> dict[str, list[str]]:
    return {} if unit is None else {name: [f"{unit[0]}~{unit[1]}"]}


def _layer_is_there(found: State, subject: Subject) -> str | None:
    layers = {layer_of(name) for name in subject.network.prunable}
    return None if found[LAYER] in layers else say("shell.link.no_such_layer", layer=found[LAYER])


def _output_is_there(found: State, subject: Subject) -> str | None:
    outputs = max(1, len(subject.task.classes)) if subject.task.by_class else 1
    target = found[TARGET]
    if target is None or target < outputs:
        return None
    return say("shell.link.no_such_output", output=target)


def _can_be_read(found: State, subject: Subject) -> str | None:
    try:
        typed_sample(subject, found[TEXT])
    except ExplainError as error:
        return say("shell.link.text_cannot_be_read", why=str(error))
    return None


LAYER = Choice("layer", "", read_word, check=_layer_is_there, whose=MODEL)
"""The layer that the network view is opened at; empty for the whole network."""
UNIT: Choice[tuple[str, int] | None] = Choice("unit", None, _read_unit, _write_unit, whose=MODEL)
"""The unit whose arithmetic is shown: its layer (or input) and its number."""
TARGET: Choice[int | None] = Choice("target", None, read_whole, check=_output_is_there, whose=MODEL)
"""The output that is explained; None for what the dense network decides."""
TEXT = Choice("text", "", text_up_to(_LONGEST_TEXT), check=_can_be_read, whose=SAMPLE)
"""A typed text in place of the sample; empty for the sample."""
CLASS = switch("class")
"""Whether the page is for a projector: large, and nothing but what a class looks at."""
CARD = switch("card")
"""Whether the card is open."""
CRITERIA_LEFT_OUT = switch("criteria-left-out")
"""Whether it is open which criteria do not fit."""
GRAINS_LEFT_OUT = switch("grains-left-out")
"""Whether it is open what cannot die as one."""
LAYER_AMOUNTS = switch("layer-amounts")
"""Whether the amounts of single layers are open."""

CHOICES: tuple[Choice[Any], ...] = (
    *(LAYER, UNIT, TARGET, TEXT),
    *(CLASS, CARD, CRITERIA_LEFT_OUT, GRAINS_LEFT_OUT, LAYER_AMOUNTS),
)
