"""An amount of its own for single layers."""

from dataclasses import replace

import streamlit as st

from explain.core.messages import say
from pages._panels.titles import titles
from pages._shell import caches
from pages._shell.actions import set_plan
from pages._shell.boundary import boundary
from pages._shell.plain import plain
from pages._shell.state import state

_MOST = 12


def overrides() -> None:
    """Show one slider per layer; a layer that is moved leaves the common amount."""
    with boundary("layer amounts"), st.expander(say("prune.overrides.title")):
        now = state()
        own = dict(now.plan.overrides)
        names = titles(caches.subject(now.model))
        masks = caches.masks(now.model, now.plan)
        layers = list(dict.fromkeys(t.layer for t in masks.scores.tensors))
        st.markdown(f":small[{say('prune.overrides.note')}]")
        for layer in _shown(layers, names):
            _row(layer, names.get(layer, layer), own.get(layer))


def _shown(layers: list[str], names: dict[str, str]) -> list[str]:
    """Return the layers to show: all, or one that is picked from many."""
    if len(layers) <= _MOST:
        return layers
    picked = st.selectbox(
        say("prune.overrides.layer"),
        layers,
        format_func=lambda name: names.get(name, name),
        key="override-layer",
    )
    return [picked] if picked else []


def _row(layer: str, title: str, amount: float | None) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    protected = layer in state().plan.protected
    on, slider = f"own-{layer}", f"own-amount-{layer}"
    st.session_state[on] = amount is not None
    st.session_state[slider] = 100.0 * (amount or 0.0)
    row.checkbox(plain(title), key=on, disabled=protected, on_change=_switch, args=(layer,))
    row.slider(
        say("prune.overrides.amount", layer=plain(title)),
        0.0,
        100.0,
        step=0.5,
        format="%.1f",
        key=slider,
        disabled=protected or amount is None,
        label_visibility="collapsed",
        on_change=_move,
        args=(layer,),
    )


def _switch(layer: str) -> None:
    own = dict(state().plan.overrides)
    if st.session_state[f"own-{layer}"]:
        own[layer] = _share(layer)
    else:
        own.pop(layer, None)
    _set(own)


def _share(layer: str) -> float:
    """Return the share that a layer loses now."""
    masks = caches.masks(state().model, state().plan)
    pairs = [(t, n) for t, n in zip(masks.scores.tensors, masks.pruned, strict=True)]
    total = sum(t.entries for t, _ in pairs if t.layer == layer)
    return sum(int(n.sum()) for t, n in pairs if t.layer == layer) / max(1, total)


def _move(layer: str) -> None:
    own = dict(state().plan.overrides)
    own[layer] = st.session_state[f"own-amount-{layer}"] / 100
    _set(own)


def _set(own: dict[str, float]) -> None:
    set_plan(replace(state().plan, overrides=tuple(sorted(own.items()))))
