"""Where to look in a network that is too large to draw whole."""

import streamlit as st

from explain.core.messages import say
from pages._panels.choices import LAYER
from pages._panels.titles import titles
from pages._shell import caches
from pages._shell.actions import choose, drop
from pages._shell.boundary import boundary
from pages._shell.plain import plain
from pages._shell.state import state


def layer_choice() -> None:
    """Offer single layers to open, and say what the drawing leaves out."""
    with boundary("drawing"):
        now = state()
        names = titles(caches.subject(now.model))
        prunable = caches.subject(now.model).network.prunable
        layers = list(dict.fromkeys(name.rpartition(".")[0] for name in prunable))
        if now[LAYER] and now[LAYER] not in layers:
            st.markdown(f":small[{say('prune.layers.no_such_layer', layer=plain(now[LAYER]))}]")
            drop(LAYER)
        view = caches.drawing(now.model, now.plan, state()[LAYER])
        if len(layers) > 1:
            st.session_state["layer"] = state()[LAYER]
            st.selectbox(
                say("prune.layers.draw"),
                ["", *layers],
                format_func=lambda name: (
                    say("prune.layers.open", layer=names.get(name, name))
                    if name
                    else say("prune.layers.whole")
                ),
                key="layer",
                label_visibility="collapsed",
                on_change=lambda: choose(LAYER.to(st.session_state["layer"])),
            )
        if len(view.source) < view.edges_total:
            drawn, total = len(view.source), view.edges_total
            st.markdown(f":small[{say('prune.layers.strongest', drawn=drawn, total=total)}]")
