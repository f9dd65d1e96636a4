"""How large files may be, and what happens to them."""

from collections.abc import Iterator

import streamlit as st

from explain.core.messages import number, say
from models.loading.limits import LIMITS, UNITS
from pages._shell.charts import plain
from pages._shell.options import options


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
