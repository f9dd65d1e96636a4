"""The state in the URL: a link shows the same view; whatever is wrong in it falls back."""

from collections.abc import Iterator, Sequence
from typing import Any

from explain.core.messages import say
from pages._shell.choice import MODEL, START, Choice, Setting, State
from pages._shell.reading import Query, Words

Choices = Sequence[Choice[Any]]


def encode(state: State) -> dict[str, list[str]]:
    """Return the query parameters of a state; defaults are left out."""
    found: dict[str, list[str]] = {}
    for choice, value in sorted(state.chosen.items(), key=lambda one: one[0].name):
        found |= {name: list(said) for name, said in choice.spell(choice.name, value).items()}
    return found


def decode(query: Query, models: Sequence[str], choices: Choices) -> tuple[State, tuple[str, ...]]:
    """Return the state of query parameters, and a note for each that had to be ignored.

    Only forms and ranges are checked here; whether a layer or sample exists is checked against the
    model later.
    """
    notes: list[str] = []
    return START.but(*_settings(query, models, choices, notes)), tuple(notes)


def _settings(
    query: Query, models: Sequence[str], choices: Choices, notes: list[str]
) -> Iterator[Setting[Any]]:
    for choice in choices:
        name = next((name for name in (choice.name, *choice.once) if name in query), choice.name)
        value = choice.read(Words(query, name, notes))
        if choice is MODEL and value is not None and value not in models:
            notes.append(say("shell.link.no_such_model", key=str(value)))
        elif value is not None:
            yield choice.to(value)
