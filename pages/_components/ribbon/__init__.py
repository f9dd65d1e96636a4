"""The ribbon: the amount as a slider under its curve, and three numbers that follow it live.

The store gets the curve of a plan (`explain.figures.RibbonCurve`, with a `sig`) once, and where the
chosen case changes on it (`RibbonTurn`). The ribbon
gets a few values a change and reads the stored curve of the same `sig` while somebody drags: what
Python has answered is exact, between the amounts of the curve the nearest is shown, marked "≈".
Both meet, as does the network graph that follows the amount, in one channel of the page.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from explain.core.messages import templates
from explain.figures import RibbonCurve, RibbonTurn

__all__ = ["channel_js", "mount_ribbon", "mount_ribbon_store", "mount_ribbon_turn"]

_HERE = Path(__file__).parent


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def channel_js() -> str:
    """Return the script that opens the channel in which the amount is told."""
    return _text("channel.js")


_STORE, _TURN = (
    st.components.v2.component(f"sparsight_{name}", js=f"{channel_js()}\n{_text('store.js')}")
    for name in ("ribbon_store", "ribbon_turn")
)
_RIBBON = st.components.v2.component(
    "sparsight_ribbon",
    html=_text("ribbon.html"),
    css=_text("ribbon.css"),
    js="\n".join([_text("../say.js"), channel_js(), _text("ribbon.js")]),
)


def mount_ribbon_store(key: str, sig: str, curve: RibbonCurve, bend: float) -> None:
    """Send a plan's curve to the browser; the ribbon that names its `sig` plays up to its bend."""
    _STORE(key=key, data={"curve": {"sig": sig, "bend": bend, **asdict(curve)}})


def mount_ribbon_turn(key: str, sig: str, turn: RibbonTurn | None) -> None:
    """Send where the chosen case changes on that curve; None takes the mark from the track."""
    _TURN(key=key, data={"turn": None if turn is None else {"sig": sig, **asdict(turn)}})


def mount_ribbon(
    key: str,
    view: Mapping[str, Any],
    on_done: Callable[[], None],
) -> None:
    """Mount the ribbon.

    `view` holds: sig, amount in [0, 1], gone, total and many (pruned entries, all, what they are
    called), reading (kept, metric, change, changed, outcomes as text),
    live (whether the curve is that of the network shown), kept_name, kept_of, metric_name,
    changed_name, can_undo, can_redo, taken (the highest `n` that Python has taken).
    The callback reads `st.session_state[key].done`: {"events"}, all that Python has not taken yet,
    each with an `n` that only grows and either "amount" or "by" (-1 for undo, 1 for redo).
    """
    _RIBBON(
        key=key,
        data={**view, "messages": templates("browser.ribbon")},
        on_done_change=on_done,
    )
