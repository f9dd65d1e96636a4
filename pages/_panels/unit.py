"""One unit and its arithmetic: what comes in, times the weights, plus the bias."""

import streamlit as st

from explain import NetworkView
from explain.core import ViewLayer
from explain.core.messages import say
from explain.features import Arithmetic
from pages._panels.choices import LAYER, UNIT
from pages._panels.data import has_data, say_no_data
from pages._panels.nodes import inputs_of, means_of
from pages._panels.terms import terms
from pages._shell import caches, current
from pages._shell.choice import PLAN, SAMPLE
from pages._shell.panel import panel
from pages._shell.plain import plain
from pages._shell.state import state


@panel("unit", follows=(PLAN, SAMPLE, UNIT))
def unit(hint: str = "") -> None:
    """Show the arithmetic of the unit that is picked, dense and pruned; else the hint."""
    now = state()
    view = caches.drawing(now.model, now.plan, now[LAYER])
    layers = {layer.key: layer for layer in view.layers}
    picked = now[UNIT]
    if picked is None or picked[0] not in layers:
        st.markdown(f":small[{plain(hint or say('panels.unit.click'))}]")
    elif not has_data():
        say_no_data("unit")
    elif layers[picked[0]].kind == "input":
        _input(layers[picked[0]], picked[1])
    else:
        found = caches.unit_arithmetic(current.comparison(now), *picked, now.sample)
        _arithmetic(view, layers[picked[0]], *found)


def _input(layer: ViewLayer, at: int) -> None:
    now = state()
    subject = caches.subject(now.model)
    means = means_of(inputs_of(subject, now.sample), layer)
    node = sum(first <= at for first in layer.members) - 1
    value = means[node] if node < len(means) else None
    several = layer.units < len(subject.samples.inputs[0][0].flatten())
    st.markdown(
        say(
            "panels.unit.input",
            what="none" if value is None else "mean" if several else "it",
            name=plain(_name(layer, at)),
            sample=now.sample,
            value=value,
        )
    )


def _arithmetic(view: NetworkView, layer: ViewLayer, dense: Arithmetic, pruned: Arithmetic) -> None:
    names = [_source(view, sources) for sources in dense.sources]
    title = say("panels.unit.title", name=_name(layer, dense.unit), sample=state().sample)
    terms(title, dense, pruned, names, "unit-terms")


def _source(view: NetworkView, sources: tuple[tuple[str, int], ...]) -> str:
    layers = {layer.key: layer for layer in view.layers}
    names = [_name(layers[key], at) if key in layers else f"{key} {at}" for key, at in sources]
    return " + ".join(names) or say("panels.unit.nothing")


def _name(layer: ViewLayer, at: int) -> str:
    """Return the name of a unit: a feature, a class, a pixel, or its layer and number."""
    if at < 0:
        return layer.title
    if layer.names and len(layer.names) == layer.units:
        return layer.names[at]
    if layer.grid:
        return say("panels.unit.pixel", row=at // layer.grid[1], column=at % layer.grid[1])
    return f"{layer.title} {at}"
