"""Choices of cases: which are listed, how many, and the one that is pinned beside the chosen."""

from typing import Any

from explain import Subject
from explain.core import SHOWN
from explain.core.messages import say
from explain.study import askable
from pages._shell.reading import LONGEST, one_of, read_whole, read_word, text_up_to
from pages._shell.state import MODEL, Choice, State

FIRST = 60
"""Tiles shown at first, and with every "more"."""


def _class_is_there(found: State, subject: Subject) -> str | None:
    if f"class~{found[LABEL]}" in askable(subject):
        return None
    return say("panels.case.link_class", label=found[LABEL])


def _group_is_there(found: State, subject: Subject) -> str | None:
    if f"group~{found[GROUP]}" in askable(subject):
        return None
    return say("panels.case.link_group", group=found[GROUP])


def _pinned_is_there(found: State, subject: Subject) -> str | None:
    pinned = found[PINNED]
    if pinned is None or pinned < subject.samples.count:
        return None
    return say("panels.case.link_pinned", sample=pinned)


SHOW = Choice("pick", "all", one_of(SHOWN), whose=MODEL)
"""Which cases are listed, by what pruning does to them."""
LABEL: Choice[int | None] = Choice("label", None, read_whole, check=_class_is_there, whose=MODEL)
"""The class that they truly are of; None for all."""
GROUP = Choice(
    *("group", "", text_up_to(2 * LONGEST)), check=_group_is_there, whose=MODEL, once=("whose",)
)
"""The group that they are of, "site~Zurich", here and on the page Decisions; empty for all."""
SEARCH = Choice("search", "", read_word, whose=MODEL)
"""Words that they say; empty for all."""
TILES = Choice("tiles", FIRST, read_whole, whose=SHOW)
"""How many of them are shown."""
PINNED: Choice[int | None] = Choice("pinned", None, read_whole, check=_pinned_is_there, whose=MODEL)
"""The case that the chosen one is compared with."""

CHOICES: tuple[Choice[Any], ...] = (SHOW, LABEL, GROUP, SEARCH, TILES, PINNED)
