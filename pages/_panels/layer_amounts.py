"""Amounts of their own for single layers."""

from dataclasses import replace
from functools import partial

import streamlit as st

from explain.core.messages import say
from pages._panels.choices import LAYER_AMOUNTS
from pages._panels.unit import titles
from pages._shell import caches
from pages._shell.actions import folded, set_plan
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.state import kept_field, state

_MOST = 12


def layer_amounts() -> None:
    """Show one slider per layer; a layer that is moved leaves the common amount."""
    with boundary("layer amounts"), folded(LAYER_AMOUNTS, say("panels.layer_amounts.title")):
        now = state()
        own = dict(now.plan.overrides)
        names = titles(caches.subject(now.model))
        masks = caches.masks(now.model, now.plan)
        layers = list(dict.fromkeys(t.layer for t in masks.scores.tensors))
        st.markdown(f":small[{say('panels.layer_amounts.note')}]")
        for layer in _shown(layers, names):
            _row(layer, names.get(layer, layer), own.get(layer))


def _shown(layers: list[str], names: dict[str, str]) -> list[str]:
    """Return the layers to show: all, or one that is picked from many."""
    if len(layers) <= _MOST:
        return layers
    picked = st.selectbox(
        say("panels.layer_amounts.layer"),
        layers,
        format_func=lambda name: names.get(name, name),
        key="override-layer",
    )
    return [picked] if picked else []


def _row(layer: str, title: str, amount: float | None) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    protected = layer in state().plan.protected
    row.checkbox(
        plain(title),
        disabled=protected,
        **kept_field(f"own-{layer}", amount is not None, partial(_switch, layer)),
    )
    row.slider(
        say("panels.layer_amounts.amount", layer=plain(title)),
        0.0,
        100.0,
        step=0.5,
        format="%.1f",
        disabled=protected or amount is None,
        label_visibility="collapsed",
        **kept_field(f"own-amount-{layer}", 100.0 * (amount or 0.0), partial(_move, layer)),
    )


def _switch(layer: str, on: bool) -> None:  # noqa: FBT001 - a checkbox's value
    own = dict(state().plan.overrides)
    if on:
        own[layer] = _share(layer)
    else:
        own.pop(layer, None)
    _set(own)


def _share(layer: str) -> float:
    """Return the share that a layer loses now."""
    masks = caches.masks(state().model, state().plan)
    pairs = [(t, n) for t, n in zip(masks.scores.tensors, masks.pruned, strict=True)]
    of_all = masks.plan.of == "all"
    before = sum(of_all * int(t.group_absent.sum()) for t, _ in pairs if t.layer == layer)
    total = before + sum(t.entries for t, _ in pairs if t.layer == layer)
    gone = before + sum(int(n.sum()) for t, n in pairs if t.layer == layer)
    return gone / max(1, total)


def _move(layer: str, percent: float) -> None:
    _set({**dict(state().plan.overrides), layer: percent / 100})


def _set(own: dict[str, float]) -> None:
    set_plan(replace(state().plan, overrides=tuple(sorted(own.items()))))
