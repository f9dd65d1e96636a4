"""Choices of the page Feature maps: the layer, the channel, and how maps are coloured."""

from typing import Any

from explain import Subject
from explain.core.messages import say
from explain.features import mappable_layers
from pages._shell.reading import one_of, read_whole, read_word, read_yes
from pages._shell.state import MODEL, Choice, State, yes


def _has_maps(found: State, subject: Subject) -> str | None:
    if found[LAYER] in mappable_layers(subject):
        return None
    return say("features.link_layer", layer=found[LAYER])


LAYER = Choice("maps", "", read_word, check=_has_maps, whose=MODEL)
"""The layer whose feature maps are shown; empty for the last one that has any."""
CHANNEL: Choice[int | None] = Choice("channel", None, read_whole, whose=LAYER)
"""The channel that is looked at closely; None for the most relevant one."""
COLOURS = Choice("colours", "layer", one_of(("unit", "layer", "network")))
"""What feature maps share one colour range with: their unit, their layer, the network."""
OVERLAY = Choice("overlay", default=False, read=read_yes, spell=yes)
"""Whether feature maps lie over the sample."""

CHOICES: tuple[Choice[Any], ...] = (LAYER, CHANNEL, COLOURS, OVERLAY)
