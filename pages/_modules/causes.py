"""The give-back test: which part of what pruning took caused the changed decisions."""

import streamlit as st

from explain.figures import give_back_bars
from pages._modules.asked import Asked, asked
from pages._modules.caches import given_back
from pages._shell import caches
from pages._shell.charts import show
from pages._shell.choice import PLAN
from pages._shell.jobs import with_progress
from pages._shell.panel import panel

__all__ = ["modules_causes"]

_PARTS = {"modules": "module by module", "layers": "layer by layer"}


@panel("modules-causes", follows=(PLAN,))
def modules_causes() -> None:
    """Offer the test; it runs when it is switched on and is cancelled when it is off."""
    st.subheader("What caused the changed decisions?", anchor=False)
    found = asked()
    if caches.plainly(found.comparison.after) == found.comparison.before:
        st.markdown("Nothing is pruned: no decision has changed. Move the slider first.")
        return
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    asked_for = row.toggle(
        "Give back one part at a time",
        key="modules-causes-on",
        help="Restores the dense weights of one part in the pruned network and counts the "
        "changed decisions that come right again. Switch off to cancel.",
    )
    kind = row.radio(
        "Parts",
        list(_PARTS),
        format_func=_PARTS.__getitem__,
        key="modules-causes-parts",
        horizontal=True,
        label_visibility="collapsed",
    )
    if asked_for:
        _shown(found, kind)


def _shown(found: Asked, kind: str) -> None:
    cut = found.cut if kind == "modules" else None
    result = with_progress(
        f"Giving back {_PARTS[kind]}",
        lambda progress: given_back(found.comparison, cut, progress),
        ready=given_back.ready(found.comparison, cut),
    )
    show(give_back_bars(result), "Changed decisions repaired by each part", "give-back")
