"""Choices of the tab Inside: the layer, the channel, and how maps are coloured."""

from typing import Any

from explain import Subject
from explain.core.messages import say
from explain.features import mappable_layers
from pages._shell.reading import Words, is_whole_number, one_of, read_whole, read_word, read_yes
from pages._shell.state import MODEL, Choice, State, switch, yes


def _has_maps(found: State, subject: Subject) -> str | None:
    if found[LAYER] in mappable_layers(subject):
        return None
    return say("features.link_layer", layer=found[LAYER])


def _read_place(words: Words) -> tuple[int, int] | None:
    row, _, column = (words.last or "").partition("~")
    if is_whole_number(row) and is_whole_number(column):
        return int(row), int(column)
    if words.last is not None:
        words.note(say("shell.link.ignored", name=words.name, value=words.last))
    return None


def _write_place(name: str, place: tuple[int, int] | None) -> dict[str, list[str]]:
    return {} if place is None else {name: [f"{place[0]}~{place[1]}"]}


LAYER = Choice("maps", "", read_word, check=_has_maps, whose=MODEL)
"""The layer whose feature maps are shown; empty for the last one that has any."""
CHANNEL: Choice[int | None] = Choice("channel", None, read_whole, whose=LAYER)
"""The channel that is looked at closely; None for the most relevant one."""
PLACE: Choice[tuple[int, int] | None] = Choice(
    "place", None, _read_place, _write_place, whose=CHANNEL
)
"""The row and column whose field is shown; None for where the channel is strongest."""
COLOURS = Choice("colours", "layer", one_of(("unit", "layer", "network")))
"""What feature maps share one colour range with: their unit, their layer, the network."""
OVERLAY = Choice("overlay", default=False, read=read_yes, spell=yes)
"""Whether feature maps lie over the sample."""
ALL_UNITS = switch("all-units")
"""Whether all units of the layer are shown, also those that matter least."""
CLOSELY = switch("closely")
"""Whether one channel is looked at closely."""
LOCALISATION = switch("localisation")
"""Whether the numbers of where the map lies are shown."""
STRIP = switch("strip")
"""Whether a channel is followed over the amounts."""
TOP = switch("top-cases")
"""Whether the cases are shown that a channel answers to most."""
CLAIM = switch("claim")
"""Whether the test is offered that pruning localises feature maps."""

CHOICES: tuple[Choice[Any], ...] = (
    *(LAYER, CHANNEL, PLACE, COLOURS, OVERLAY),
    *(ALL_UNITS, CLOSELY, LOCALISATION, STRIP, TOP, CLAIM),
)
