"""The line that stands only on paper: what was printed, when, and how to see it again."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode

import streamlit as st

from explain.core.messages import say
from explain.figures import wording
from explain.pruning import criterion
from pages._components.paper import PAPER
from pages._panels.beside import other_title
from pages._panels.plan import mends_of
from pages._shell import caches, current
from pages._shell.charts import plain
from pages._shell.panel import panel
from pages._shell.state import OTHER, PLAN, State, state
from pages._shell.url import encode

_DIGITS = 12
"""Of a hash: enough to tell two plans apart."""


@panel("printed", follows=(PLAN,), always=True)
def printed() -> None:
    """Put the line on the page and, on paper, show it."""
    with st.container(key="printed"):
        PAPER("paper")
        st.markdown(plain(_line(state())))


def _line(now: State) -> str:
    """Return what was compared, when, and how to see it again."""
    subject = caches.subject(now.model)
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    model = subject.fingerprint[:_DIGITS]
    link = f"{st.context.url or ''}?{urlencode(encode(now), doseq=True)}"
    if now[OTHER] is not None:
        return say(
            "comparison.printed",
            title=subject.card.title,
            other=other_title(now),
            at=at,
            model=model,
            link=link,
        )
    masks = caches.masks(now.model, now.plan)
    how = replace(current.masked(now), plan=masks.plan)
    return say(
        "panels.printed",
        title=subject.card.title,
        criterion=criterion(how.plan.criterion).title,
        pruned=wording.pruned_share(masks),
        mended="yes" if how.mends else "no",
        mends=mends_of(how),
        at=at,
        model=model,
        plan=sha256(how.to_json().encode()).hexdigest()[:_DIGITS],
        link=link,
    )
