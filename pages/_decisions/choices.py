"""Choices of the page Decisions: which cell of answers the table of test cases shows."""

from typing import Any

from explain import Subject
from explain.core.messages import say
from explain.measure import Way
from pages._shell.reading import Words, is_whole_number
from pages._shell.state import MODEL, Choice, State

_BETWEEN = "~"


def _read_way(words: Words) -> Way | None:
    if words.last is None:
        return None
    first, _, second = words.last.partition(_BETWEEN)
    if is_whole_number(first) and is_whole_number(second):
        return int(first), int(second)
    words.note(say("shell.link.ignored", name=words.name, value=words.last))
    return None


def spell_way(way: Way) -> str:
    """Return a way as links and buttons say it."""
    return f"{way[0]}{_BETWEEN}{way[1]}"


def _write_way(name: str, way: Way | None) -> dict[str, list[str]]:
    return {} if way is None else {name: [spell_way(way)]}


def _way_is_there(found: State, subject: Subject) -> str | None:
    way, task = found[WAY], subject.task
    classes = len(task.classes) if task.kind != "regression" else 2
    second = 2 if task.kind == "multilabel" else classes
    if way is None or (way[0] < classes and way[1] < second):
        return None
    return say("decisions.link.no_such_way", way=spell_way(way))


WAY: Choice[Way | None] = Choice("answers", None, _read_way, _write_way, _way_is_there, whose=MODEL)
"""From which answer to which the test cases of the table went; None for all that changed."""

CHOICES: tuple[Choice[Any], ...] = (WAY,)
