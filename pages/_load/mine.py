"""What this session has loaded: open it again, or take it out of memory."""

from collections.abc import Iterator

import streamlit as st

from explain.core.messages import number, say
from models.loading.limits import LIMITS, UNITS
from pages._load import drafts
from pages._load.file import start_over
from pages._shell import loaded
from pages._shell.charts import plain
from pages._shell.options import options
from pages._shell.panel import boundary
from pages._shell.state import MODEL, OTHER, PLAN, change, state


def load_mine() -> None:
    """Show the models of this session."""
    with boundary("loaded models"):
        if not loaded.mine():
            return
        st.header(say("load.mine.title"), anchor=False)
        for key, title in loaded.mine().items():
            row = st.container(horizontal=True, vertical_alignment="center", gap="small")
            origin = say(
                "load.mine.there" if loaded.is_there(key) else "load.mine.gone",
                file=loaded.file_of(key)[:12],
            )
            row.markdown(f"**{plain(title)}** :small[{plain(origin)}]", width="stretch")
            row.button(say("load.mine.remove"), key=f"remove-{key}", on_click=_remove, args=(key,))


def _remove(key: str) -> None:
    if state().model == key:
        change(MODEL.to(MODEL.default), PLAN.to(PLAN.default))
    other = state()[OTHER]
    if other is not None and other.model == key:
        change(OTHER.to(None))
    loaded.remove(key)
    file = drafts.opened()
    if file is not None and file.sha256 == loaded.file_of(key):
        start_over()


def load_limits() -> None:
    """Show the limits of files, and where a link leads."""
    with st.expander(say("load.mine.limits")):
        st.markdown(say("load.mine.privacy", memory=options().memory // 1_000_000))
        rows = "\n".join(f"| {plain(what)} | {plain(most)} |" for what, most in _limits())
        st.markdown(f"| | {say('load.mine.at_most')} |\n|---|---:|\n{rows}")
        st.markdown(f":small[{say('load.mine.change')}]")


def _limits() -> Iterator[tuple[str, str]]:
    for name, (size, unit) in UNITS.items():
        most = number(getattr(LIMITS, name) / size)
        yield say("load.mine.limit", name=name), say("load.mine.most", unit=unit, most=most)
