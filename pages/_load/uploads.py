"""Files that people give: kept for the session, also while they look at another page."""

from dataclasses import dataclass, replace

import streamlit as st

from pages._shell.plain import plain

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Given:
    """A file: an id of this upload, what it is called (never a path, never markup), its content."""

    id: str
    name: str
    content: bytes


def upload(slot: str, label: str, *, most: int, note: str = "") -> Given | None:
    """Show where a file can be dropped; return the one that was given last, however it came.

    `most`: bytes. Any name is taken: what a file is, its content says.
    """
    key = f"{slot}-{st.session_state.get(f'{slot}-round', 0)}"
    st.file_uploader(
        plain(label),
        key=key,
        max_upload_size=max(1, most // _MB),
        on_change=_changed,
        args=(slot, key),
        help=plain(note) or None,
    )
    return given(slot)


def _changed(slot: str, key: str) -> None:
    found = st.session_state[key]
    if found is None:
        clear(slot)
    else:
        give(slot, Given(found.file_id, found.name, found.getvalue()))


def give(slot: str, found: Given) -> None:
    """Take a file as if it had been dropped."""
    st.session_state[slot] = found


def given(slot: str) -> Given | None:
    """Return the file that was given last."""
    found = st.session_state.get(slot)
    return found if isinstance(found, Given) else None


def let_go(slot: str) -> None:
    """Keep only id and name of a file whose content is no longer needed."""
    found = given(slot)
    if found is not None:
        st.session_state[slot] = replace(found, content=b"")


def clear(slot: str) -> None:
    """Forget the file, and empty the place where it was dropped."""
    st.session_state.pop(slot, None)
    st.session_state[f"{slot}-round"] = st.session_state.get(f"{slot}-round", 0) + 1
