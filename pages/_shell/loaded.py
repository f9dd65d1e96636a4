"""Models that people loaded: in memory only, under content keys, for those who loaded them.

A key is `file-<sha256 of the model file>-<32 hex digits of data and card>`. The process keeps the
subjects used last, within a cap of bytes; a session keeps the keys of what it loaded itself, and
nothing else lets it reach a subject.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explain import ExplainError, Subject
from models.loading.card import Card
from pages._shell.options import options
from pages._shell.shelf import Shelf

__all__ = [
    "NotLoaded",
    "add",
    "bytes_of_weights",
    "card",
    "file_of",
    "is_key",
    "is_there",
    "key_of",
    "mine",
    "remove",
    "short",
    "subject",
]

_KEY = re.compile(r"file-([0-9a-f]{64})-([0-9a-f]{32})")
_MINE = "loaded"
"""Key of the session's state: content key -> title of what it loaded."""
_MOST = 256
"""Models at most, whatever they weigh."""


class NotLoaded(ExplainError):
    """A model of a file that this session has not loaded, or that is no longer in memory."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A subject with the card it came with, and the sessions that loaded it."""

    subject: Subject
    card: Card
    holders: set[str]


_STORE: Shelf[_Entry] = Shelf(
    size=_MOST, weigh=lambda entry: _bytes(entry.subject), most=options().memory
)
_LOCK = Lock()


def key_of(model: str, *parts: bytes) -> str:
    """Return the content key: the sha256 of the model file, and of data and card."""
    rest = sha256()
    for part in parts:
        rest.update(len(part).to_bytes(8, "little") + part)
    return f"file-{model}-{rest.hexdigest()[:32]}"


def is_key(model: str) -> bool:
    """Return whether a model is a file's, not a built-in one."""
    return _KEY.fullmatch(model) is not None


def file_of(model: str) -> str:
    """Return the sha256 of the file that a key names."""
    found = _KEY.fullmatch(model)
    return "" if found is None else found[1]


def short(model: str) -> str:
    """Return a model's name as part of a file's name."""
    return f"model-{file_of(model)[:8]}" if is_key(model) else model


def add(key: str, found: Subject, came_with: Card) -> None:
    """Keep a subject for this session; whoever has loaded the same content shares it."""
    with _LOCK:
        entry = _STORE.find(key) or _Entry(found, came_with, set())
        entry.holders.add(_session())
        _STORE.put(key, entry)
    st.session_state[_MINE] = {**mine(), key: found.card.title}


def remove(key: str) -> None:
    """Drop a model from this session, and from memory where nobody else has loaded it."""
    st.session_state[_MINE] = {k: title for k, title in mine().items() if k != key}
    with _LOCK:
        entry = _STORE.find(key)
        if entry is not None:
            entry.holders.discard(_session())
            if not entry.holders:
                _STORE.forget(lambda other: other == key)


def mine() -> dict[str, str]:
    """Return what this session has loaded: key -> title, the oldest first."""
    return dict(st.session_state.get(_MINE, {}))


def is_there(key: str) -> bool:
    """Return whether this session loaded the model and it is still in memory."""
    return key in mine() and key in _STORE


def subject(key: str) -> Subject:
    """Return the subject of a key.

    Raises:
        NotLoaded: this session has not loaded it, or it made room for others.
    """
    entry = _STORE.find(key) if _may_reach(key) else None
    if entry is None:
        raise NotLoaded(
            f"The file with sha256 {file_of(key)[:16]}… is not in memory.",
            hint="Load it again on the page Load a model: plan and view come back.",
        )
    return entry.subject


def card(key: str) -> Card | None:
    """Return the card that a loaded model came with, None for anything else."""
    entry = _STORE.find(key) if is_key(key) and _may_reach(key) else None
    return None if entry is None else entry.card


def _may_reach(key: str) -> bool:
    """Return whether this session loaded it; a download runs later, outside of any session."""
    return get_script_run_ctx(suppress_warning=True) is None or key in mine()


def _session() -> str:
    context = get_script_run_ctx(suppress_warning=True)
    return "" if context is None else context.session_id


def bytes_of_weights(found: Subject) -> int:
    """Return what the weights of a subject take in memory."""
    return sum(int(tensor.nbytes) for tensor in found.network.weights().values())


def _bytes(found: Subject) -> int:
    return bytes_of_weights(found) + sum(int(tensor.nbytes) for tensor in _tensors(found))


def _tensors(found: Subject) -> Iterator[Any]:
    for samples in (found.samples, found.calibration):
        if samples is not None:
            yield from samples.inputs
            yield from (t for t in (samples.targets, samples.masks) if t is not None)
