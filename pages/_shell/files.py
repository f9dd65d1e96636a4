"""A file to take away that is made when it is asked for: in a thread, outside of any session."""

import logging
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from explain import ExplainError
from explain.core.messages import say
from pages._shell.charts import plain

_LOG = logging.getLogger("sparsight")
_FAILED = "files-that-failed"
"""Key of the session's state: file name -> why it could not be made the last time."""

Contents = bytes | str


@dataclass(frozen=True, slots=True)
class _Making:
    name: str
    make: Callable[[], Contents]
    failed: MutableMapping[str, str]

    def __call__(self) -> Contents:
        try:
            found = self.make()
        except Exception as error:
            _LOG.exception("file %r failed", self.name)
            why = str(error) if isinstance(error, ExplainError) else say("shell.file.no_reason")
            self.failed[self.name] = why
            raise
        self.failed.pop(self.name, None)
        return found


def offer_file(
    label: str,
    make: Callable[[], Contents],
    *,
    name: str,
    mime: str,
    key: str,
    about: str | None = None,
    look: Literal["secondary", "tertiary"] = "secondary",
) -> None:
    """Offer a file; `make` holds by value what it needs, since no session is there when it runs.

    Streamlit says at once that a file failed; why stands here when the page is painted next.
    """
    failed: dict[str, str] = st.session_state.setdefault(_FAILED, {})
    st.download_button(
        plain(label),
        _Making(name, make, failed),
        file_name=name,
        mime=mime,
        on_click="ignore",
        key=key,
        help=plain(about) if about else None,
        type=look,
    )
    if name in failed:
        st.error(plain(say("shell.file.failed", name=name, why=failed[name])))
