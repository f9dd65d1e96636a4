"""Undo, redo, reset, and everything to take away."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explain import PruningPlan
from explain.core import Network
from explain.core.messages import say
from explain.network import weights_as_bytes
from models.loading.card.own_card import own_card
from models.loading.subject_files import subject_file
from pages._panels.data import has_data
from pages._prune.decisions import ledger_csv
from pages._shell import caches, current, loaded
from pages._shell.actions import reset_plan, step_back, step_forward
from pages._shell.choice import PLAN, State
from pages._shell.loaded import short
from pages._shell.panel import panel
from pages._shell.state import can_redo, can_undo, state
from pages._shell.url import encode


@panel("tools", follows=(PLAN,))
def tools() -> None:
    """Show the buttons in one row."""
    row = st.container(horizontal=True, gap="small", vertical_alignment="center")
    _button(row, "undo", say("prune.tools.undo"), step_back, enabled=can_undo())
    _button(row, "redo", say("prune.tools.redo"), step_forward, enabled=can_redo())
    _button(row, "reset", say("prune.tools.reset"), reset_plan, enabled=_is_pruned(state().plan))
    with row.popover(say("prune.tools.download"), key="downloads", type="tertiary"):
        _downloads()
    with row.popover(say("prune.tools.link"), key="link", type="tertiary"):
        st.markdown(say("prune.tools.link_note"))
        st.code(_link(), language=None, wrap_lines=True)


def _button(
    row: DeltaGenerator, key: str, label: str, action: Callable[[], None], *, enabled: bool
) -> None:
    row.button(label, key=key, on_click=action, disabled=not enabled, type="tertiary")


def _is_pruned(plan: PruningPlan) -> bool:
    asked = (plan.amount, plan.threshold, plan.overrides, plan.protected)
    return asked != (0.0, None, (), ())


def _link() -> str:
    base = (st.context.url or "").partition("?")[0]
    query = urlencode(encode(state()), doseq=True)
    return f"{base}?{query}" if query else base


def _downloads() -> None:
    now = state()
    name = f"sparsight-{short(now.model)}"
    st.download_button(
        say("prune.tools.plan"),
        now.plan.to_json(),
        file_name=f"{name}-plan.json",
        mime="application/json",
        on_click="ignore",
        key="download-plan",
    )
    st.download_button(
        say("prune.tools.weights"),
        partial(_weights, now),
        file_name=f"{name}-pruned.safetensors",
        mime="application/octet-stream",
        on_click="ignore",
        key="download-weights",
    )
    for kind in (".safetensors", ".pt2"):
        st.download_button(
            say("prune.tools.network", kind=kind),
            partial(_network, now, kind),
            file_name=f"{name}-pruned{kind}",
            mime="application/octet-stream",
            on_click="ignore",
            key=f"download-network{kind}",
            help=say("prune.tools.network_help", kind=kind),
        )
    if not has_data():
        return
    st.download_button(
        say("prune.tools.ledger"),
        partial(ledger_csv, now),
        file_name=f"{name}-flips.csv",
        mime="text/csv",
        on_click="ignore",
        key="download-flips",
    )


def _network(now: State, kind: str) -> bytes:
    """Return the pruned network as a file of its own, with the card that it came with."""
    subject = caches.subject_of(current.planned(now))
    return subject_file(subject, kind, own_card(subject, loaded.card(now.model)))


def _weights(now: State) -> bytes:
    network: Network = caches.subject_of(current.planned(now)).network
    return weights_as_bytes(network)
