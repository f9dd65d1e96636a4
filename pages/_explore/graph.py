"""The network as a graph: connections vanish while the slider moves, numbers follow on release."""

from bisect import bisect_right

import streamlit as st

from explain import MaskSet, NetworkView
from explain.core import Masked
from explain.core.messages import count, number, say
from explain.network import layer_of
from explain.pruning import grain
from pages._components.network_graph import GRAPH, GRAPH_STORE
from pages._explore.choices import VIEW
from pages._panels.choices import LAYER, UNIT
from pages._panels.unit import inputs_of, means_of, titles
from pages._shell import caches, current
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.current import has_data
from pages._shell.panel import boundary, panel
from pages._shell.state import PLAN, SAMPLE, State, state

_KEY = "network-graph"


def store() -> None:
    """Send the drawing to the browser, once per order of dying."""
    with boundary("network"):
        now = state()
        GRAPH_STORE("graph-store", caches.payload(current.comparison(now), now[LAYER]))


@panel("graph", follows=(PLAN, SAMPLE, VIEW))
def graph() -> None:
    """Show the drawing at the plan's amount, painted with the chosen sample."""
    now = state()
    comparison = current.comparison(now)
    view, masks = caches.drawing(comparison, now[LAYER]), caches.left(comparison)
    numbers, texts = _painting(view, now)
    why = caches.unmatched(comparison)
    GRAPH(
        _KEY,
        {
            "sig": view.sig,
            "amount": masks.pool_amount,
            "rank": masks.total - masks.kept if masks.plan.amount is None else None,
            "mode": now[VIEW],
            "selected": _node(view, now[UNIT]),
            "values": numbers,
            "value_texts": texts,
            "kept_text": _kept(masks) if why is None else _all_of_the_original(masks),
            "messages": {"kept": grain(masks.scores.granularity).still},
            "layer": now[LAYER],
            "layers": _layers(now),
        },
        on_picked=_picked,
        on_mode=_mode,
        on_layer=_layer,
    )
    if why is not None:
        st.markdown(f":small[{plain(say('comparison.drawn_alone', why=why))}]")
    for mend in comparison.how.mends if isinstance(comparison.how, Masked) else ():
        if mend != "recalibrated":
            st.markdown(f":small[{say('explore.drawn_before', mend=mend)}]")


def _layers(now: State) -> list[tuple[str, str]]:
    """Return name and title of the layers that can be opened."""
    subject = caches.subject(now.model)
    names = titles(subject)
    layers = dict.fromkeys(layer_of(name) for name in subject.network.prunable)
    return [(name, names.get(name, name)) for name in layers]


def _kept(masks: MaskSet) -> str:
    kept, total = count(masks.kept), count(masks.total)
    return grain(masks.scores.granularity).still.format(kept=kept, total=total)


def _all_of_the_original(masks: MaskSet) -> str:
    return say("comparison.connections", n=masks.total)


def _picked() -> None:
    event = st.session_state[_KEY].picked
    node = event.get("unit") if isinstance(event, dict) else None
    view = caches.drawing(current.comparison(), state()[LAYER])
    choose(UNIT.to(_unit(view, node) if isinstance(node, int) else None))


def _mode() -> None:
    event = st.session_state[_KEY].mode
    mode = event.get("mode") if isinstance(event, dict) else None
    if mode in {"graph", "matrix", "table"}:
        choose(VIEW.to(mode))


def _layer() -> None:
    event = st.session_state[_KEY].layer
    layer = event.get("layer") if isinstance(event, dict) else None
    if layer in {"", *(name for name, _ in _layers(state()))}:
        choose(LAYER.to(layer))


def _unit(view: NetworkView, node: int) -> tuple[str, int] | None:
    """Return the layer and the first unit that a node stands for."""
    for layer in view.layers:
        if layer.first <= node < layer.first + layer.drawn:
            return layer.key, layer.members[node - layer.first]
    return None


def _node(view: NetworkView, unit: tuple[str, int] | None) -> int | None:
    """Return the node that stands for a unit, None where its layer is not drawn."""
    for layer in view.layers:
        if unit is not None and layer.key == unit[0] and unit[1] < layer.units:
            return layer.first + bisect_right(layer.members, unit[1]) - 1
    return None


def _painting(view: NetworkView, now: State) -> tuple[list[float | None], list[str]]:
    """Return for every node its value for the sample, -1..1 inside its layer, and as text."""
    subject = caches.subject(now.model)
    if not has_data():
        nodes = sum(layer.drawn for layer in view.layers)
        return [None] * nodes, [""] * nodes
    found = caches.values(current.planned(now), now.sample)
    numbers: list[float | None] = []
    texts: list[str] = []
    for layer in view.layers:
        is_input = layer.kind == "input"
        raw = inputs_of(subject, now.sample, layer.key) if is_input else found.get(layer.key)
        means = means_of(raw, layer)
        largest = max((abs(value) for value in means if value is not None), default=0.0)
        scale = largest if layer.kind != "input" or subject.spec.kind != "image" else 1.0
        numbers += [None if v is None else v / (scale or 1.0) for v in means]
        texts += ["" if v is None else number(v) for v in means]
    return numbers, texts
