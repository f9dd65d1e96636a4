"""Models that people loaded: in memory only, under content keys, for those who loaded them.

A key is `file-<sha256 of the model file>-<32 hex digits of data and card>`. The process keeps the
subjects used last, within a cap of bytes; a session keeps the keys of what it loaded itself, and
nothing else lets it reach a subject. A model goes with everything that was made from it: when it
makes room for others, when the last session that holds it removes it, and when that session ends.
"""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import PurePath
from queue import SimpleQueue
from threading import Lock, Thread
from weakref import finalize

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explain import ExplainError, Subject
from models.loading.card.model_card import Card
from pages._shell.kept import MODELS, forget_model, kept
from pages._shell.leaving import memory_was_freed
from pages._shell.options import options

_KEY = re.compile(r"file-([0-9a-f]{64})-([0-9a-f]{32})")
_BETWEEN, _LONGEST = re.compile(r"[\W_]+"), 40
"""What stands for "-" in a file's name, and its most letters."""
_MINE, _FILES, _HOLDER = "loaded", "loaded-files", "loaded-by"
"""Keys of the session's state: content key -> title of what it loaded, and -> file; who it is."""
_IDS = count()
_LOCK = Lock()


class NotLoaded(ExplainError):
    """A model of a file that this session has not loaded, or that is no longer in memory."""


class _Holder:
    """A session: when it ends, everything is dropped that it alone holds. Ids are used once."""

    def __init__(self) -> None:
        self.id = next(_IDS)
        finalize(self, _ENDED.put, self.id).atexit = False
        _watch()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A subject with the card it came with, and the ids of the sessions that loaded it."""

    subject: Subject
    card: Card
    holders: set[int]


@kept(size=MODELS, most=options().memory)
def _entry(model: str) -> _Entry:
    """Return what was put here; nothing else makes it."""
    raise _missing(model)


def _missing(model: str) -> NotLoaded:
    return NotLoaded("shell.not_loaded", file=file_of(model)[:16])


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
    """Return a model's name as part of a file's name: its file's letters, or its title's."""
    if not is_key(model):
        return model
    names = PurePath(_files().get(model, "")).stem, mine().get(model, "")
    written = (_BETWEEN.sub("-", name).strip("-").lower()[:_LONGEST] for name in names)
    return next(filter(None, written), f"model-{file_of(model)[:8]}")


def _files() -> dict[str, str]:
    return dict(st.session_state.get(_FILES, {}))


def add(key: str, found: Subject, came_with: Card, file: str = "") -> None:
    """Keep a subject for this session; whoever has loaded the same content shares it.

    `file`: what the file of the model is called.
    """
    with _LOCK:
        before = _entry.there()
        entry = _entry(key) if _entry.ready(key) else _Entry(found, came_with, set())
        entry.holders.add(_holder())
        _entry.put(entry, key)
        for (gone,) in set(before) - set(_entry.there()):
            forget_model(gone)
    st.session_state[_MINE] = {**mine(), key: found.card.title}
    st.session_state[_FILES] = {**_files(), key: file}


def remove(key: str) -> None:
    """Drop a model from this session, and all of it from memory where nobody else holds it."""
    st.session_state[_MINE] = {k: title for k, title in mine().items() if k != key}
    _let_go(key, _holder())


def _let_go(key: str, holder: int) -> None:
    with _LOCK:
        if not _entry.ready(key):
            return
        holders = _entry(key).holders
        holders.discard(holder)
        if not holders:
            forget_model(key)
            memory_was_freed()


def _holder() -> int:
    """Return the id of this session."""
    found = st.session_state.get(_HOLDER)
    if not isinstance(found, _Holder):
        found = st.session_state[_HOLDER] = _Holder()
    return found.id


_ENDED: SimpleQueue[int] = SimpleQueue()
"""Sessions that ended: put here wherever Python collects them, let go by a thread of its own."""


@cache
def _watch() -> None:
    Thread(target=_follow, name="sessions that ended", daemon=True).start()


def _follow() -> None:
    while True:
        holder = _ENDED.get()
        for (key,) in _entry.there():
            _let_go(key, holder)


def mine() -> dict[str, str]:
    """Return what this session has loaded: key -> title, the oldest first."""
    return dict(st.session_state.get(_MINE, {}))


def is_there(key: str) -> bool:
    """Return whether this session loaded the model and it is still in memory."""
    return key in mine() and _entry.ready(key)


def loaded_subject(key: str) -> Subject:
    """Return the subject of a key.

    Raises:
        NotLoaded: this session has not loaded it, or it made room for others.
    """
    return _reached(key).subject


def card(key: str) -> Card | None:
    """Return the card that a loaded model came with, None for anything else."""
    return _entry(key).card if is_key(key) and _entry.ready(key) and _may_reach(key) else None


def _reached(key: str) -> _Entry:
    if not _may_reach(key):
        raise _missing(key)
    return _entry(key)


def _may_reach(key: str) -> bool:
    """Return whether this session loaded it; a download runs later, outside of any session."""
    return get_script_run_ctx(suppress_warning=True) is None or key in mine()
