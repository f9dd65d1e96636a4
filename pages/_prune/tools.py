"""Undo, redo, reset, and everything to take away."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explain import PruningPlan
from explain.core import Network
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
from pages._shell.plain import plain
from pages._shell.state import can_redo, can_undo, state
from pages._shell.url import encode

__all__ = ["tools"]


@panel("tools", follows=(PLAN,))
def tools() -> None:
    """Show the buttons in one row."""
    row = st.container(horizontal=True, gap="small", vertical_alignment="center")
    _button(row, "Undo", step_back, can_undo())
    _button(row, "Redo", step_forward, can_redo())
    _button(row, "Reset", reset_plan, _is_pruned(state().plan))
    with row.popover("Download", key="downloads", type="tertiary"):
        _downloads()
    with row.popover("Link", key="link", type="tertiary"):
        st.markdown("This link shows the same view again.")
        st.code(_link(), language=None, wrap_lines=True)


def _button(row: DeltaGenerator, label: str, action: Callable[[], None], enabled: bool) -> None:  # noqa: FBT001 - what the button is
    row.button(
        plain(label), on_click=action, disabled=not enabled, key=label.lower(), type="tertiary"
    )


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
        "Plan (JSON)",
        now.plan.to_json(),
        file_name=f"{name}-plan.json",
        mime="application/json",
        on_click="ignore",
        key="download-plan",
    )
    st.download_button(
        "Pruned weights (safetensors)",
        partial(_weights, now),
        file_name=f"{name}-pruned.safetensors",
        mime="application/octet-stream",
        on_click="ignore",
        key="download-weights",
    )
    for kind, title in _NETWORKS.items():
        st.download_button(
            plain(title),
            partial(_network, now, kind),
            file_name=f"{name}-pruned{kind}",
            mime="application/octet-stream",
            on_click="ignore",
            key=f"download-network{kind}",
            help="Layers, steps and card in one file, for the page Load a model."
            if kind == ".safetensors"
            else "For PyTorch, and for the page Load a model.",
        )
    if not has_data():
        return
    st.download_button(
        "Flip ledger (CSV)",
        partial(ledger_csv, now),
        file_name=f"{name}-flips.csv",
        mime="text/csv",
        on_click="ignore",
        key="download-flips",
    )


_NETWORKS = {
    ".safetensors": "Pruned network (safetensors)",
    ".pt2": "Pruned network (.pt2)",
}
"""Ends of file names, and their titles."""


def _network(now: State, kind: str) -> bytes:
    """Return the pruned network as a file of its own, with the card that it came with."""
    subject = caches.subject_of(current.planned(now))
    return subject_file(subject, kind, own_card(subject, loaded.card(now.model)))


def _weights(now: State) -> bytes:
    network: Network = caches.subject_of(current.planned(now)).network
    return weights_as_bytes(network)
