"""The state in the URL: a link shows the same view, checked, or waits for its file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from explain.core.messages import Message, say
from pages._shell import caches, loaded
from pages._shell.reading import Query, Words
from pages._shell.state import MODEL, START, Choice, Setting, State, become, state

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


def checked(found: State, choices: Choices) -> tuple[State, tuple[str, ...]]:
    """Return the state with every choice that the model has, and a note for each other one."""
    notes: list[str] = []
    subject = caches.subject(found.model)
    for choice in choices:
        if choice.check is None or found[choice] == choice.default:
            continue
        reason = choice.check(found, subject)
        if reason is not None:
            notes.append(reason)
            found = found.but(choice.to(choice.default))
    return found, tuple(notes)


SHOWN = 12
"""Digits of a sha256 that are shown; the page Models has all of them."""
PAGE = "page"
"""Key of the session's state: the address of the page that is open, "" for the first."""
_WAITING, _NOTES, _SAID = "waiting", "notes", "notes-said"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a link asked for: its parameters, and the page that it led to."""

    query: Mapping[str, list[str]]
    page: str

    @property
    def file(self) -> str:
        """Return the sha256 of the file that the link needs."""
        return loaded.file_of(self.query["model"][-1])

    @property
    def note(self) -> str:
        """Return in words what the link needs."""
        return say("shell.link.needs_file", file=self.file[:SHOWN])


def wait_for(query: Mapping[str, Sequence[str]]) -> None:
    """Show the start view, say which file is missing, and keep the link until it is there."""
    kept = {name: [str(value) for value in values] for name, values in query.items()}
    found = Waiting(query=kept, page=str(st.session_state.get(PAGE, "")))
    st.session_state[_WAITING] = found
    show_view(START, [found.note])


def show_view(found: State, notes: Sequence[str | Message]) -> None:
    """Show a view; the notes are said by the next run of the app."""
    become(found)
    leave_notes(notes)


def leave_notes(notes: Sequence[str | Message]) -> None:
    """Leave what did not fit of the next view that is shown."""
    st.session_state[_NOTES] = tuple(notes)


def notes_said() -> tuple[str, ...]:
    """Return what did not fit of the view of now; it is said as long as that is looked at."""
    if _NOTES in st.session_state:
        st.session_state[_SAID] = (state(), st.session_state.pop(_NOTES))
    view, notes = st.session_state.get(_SAID, (None, ()))
    return tuple(str(note) for note in notes) if view == state() else ()


def waiting() -> Waiting | None:
    """Return the link that waits for its file, if there is one."""
    found = st.session_state.get(_WAITING)
    return found if isinstance(found, Waiting) else None


def stop_waiting() -> None:
    """Wait for no file any more."""
    st.session_state.pop(_WAITING, None)


def link_to(key: str) -> Waiting | None:
    """Return the link that waits for the file of this model, led to this model; else None.

    The same file with other data or another card is another model: the link is followed as far as
    that goes.
    """
    link = waiting()
    if link is None or link.file != loaded.file_of(key):
        return None
    return Waiting(query={**link.query, "model": [key]}, page=link.page)
