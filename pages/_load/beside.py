"""The offer to set a model beside the one that is open: every page then compares the two."""

from dataclasses import dataclass
from functools import cache

import streamlit as st

from explain import ExplainError, InputSpec, ModelCard, Refused, Task
from explain.core import Another, Asked, check_comparable
from explain.core.messages import say
from models import catalog
from pages._shell import caches
from pages._shell.actions import write_url
from pages._shell.charts import plain
from pages._shell.state import OTHER, change, state

GOES_TO = "load-goes-to"
"""Key of the session's state: the address that the next run opens."""


def offer_beside(key: str) -> None:
    """Offer a model of the gallery beside the one that is open, where the two can be compared."""
    if key != state().model and _fits(key):
        said = say("load.beside.offer", title=open_title())
        st.button(
            plain(said), key=f"beside-{key}", on_click=set_beside, args=(key,), type="tertiary"
        )


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a built-in model without making it."""

    spec: InputSpec
    task: Task
    card: ModelCard


def _fits(key: str) -> bool:
    try:
        return why_not(_asked(key)) is None
    except ExplainError:
        return False


def _asked(key: str) -> Asked:
    return _known(key) if key in catalog.KEYS else caches.subject(key)


@cache
def _known(key: str) -> _Known:
    entry = catalog.demo(key)
    data = entry.read()
    return _Known(data.spec, data.task, ModelCard(title=entry.title, purpose=""))


def why_not(other: Asked) -> Refused | None:
    """Return why a model cannot stand beside the one that is open, None where it can."""
    try:
        check_comparable(_asked(state().model), other)
    except Refused as refused:
        return refused
    return None


def open_title() -> str:
    """Return what the model is called that is open."""
    return _asked(state().model).card.title


def set_beside(key: str) -> None:
    """Compare the model that is open with this one, on the first page."""
    change(OTHER.to(Another(model=key)))
    go_on()


def go_on(address: str = "") -> None:
    """Open a page in the next run; the link is written now, so that it is not taken for "back"."""
    write_url()
    st.session_state[GOES_TO] = address
