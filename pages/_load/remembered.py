"""The card typed so far and the file's name, kept in the browser while a page is loaded again."""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from explain import ImportRefused
from explain.core.messages import say
from models.loading.limits import LIMITS
from models.loading.opening import ModelFile, shown_name
from models.loading.strict_json import parse_json
from pages._components.card_store import CARD_STORE
from pages._load.card import fill
from pages._load.drafts import answers_kept
from pages._load.fields import FIELDS
from pages._shell.charts import plain
from pages._shell.url import SHOWN

_KEY, _NAMES = "load-remembered", "load-names"
"""Keys of the session's state: the store, and sha256 -> name of a file that this browser knew."""


def remember(file: ModelFile) -> None:
    """Keep in the browser what is typed on the card of a file; fill in what was typed before."""
    kept = json.dumps({"name": file.name, "answers": answers_kept()})
    CARD_STORE(_KEY, {"file": file.sha256, "kept": kept}, on_found=_found)


def say_what_waits(file: str) -> None:
    """Name the file that a link waits for, as this browser knew it; `file` is its sha256."""
    CARD_STORE(f"{_KEY}-name", {"file": file, "kept": ""}, on_found=_named)
    names: Mapping[str, str] = st.session_state.get(_NAMES, {})
    name = names.get(file)
    if name:
        st.info(say("load.waits.known", name=plain(name)))
    else:
        st.info(say("load.waits.file", file=plain(file[:SHOWN])))
    st.code(f"sha256 {file}", language=None, wrap_lines=True)


def _named() -> None:
    file, kept = _told(f"{_KEY}-name")
    names = st.session_state.get(_NAMES, {})
    st.session_state[_NAMES] = {**names, file: shown_name(str(kept.get("name", "")))}


def _found() -> None:
    _, kept = _told(_KEY)
    typed = kept.get("answers")
    if isinstance(typed, dict) and not answers_kept():
        known = {one.path for one in FIELDS}
        fill({path: value for path, value in typed.items() if path in known})


def _told(key: str) -> tuple[str, Mapping[str, Any]]:
    """Return the sha256 that the browser answers for, and what it kept for it."""
    said = st.session_state[key].get("found")
    return (str(said.get("file")), _read(said.get("kept"))) if isinstance(said, dict) else ("", {})


def _read(kept: object) -> Mapping[str, Any]:
    """Return what the browser gave back, nothing where it is no JSON object or too large."""
    try:
        found = parse_json(kept.encode(), LIMITS.card_bytes) if isinstance(kept, str) else None
    except (ImportRefused, UnicodeEncodeError):
        return {}
    return found if isinstance(found, dict) else {}
