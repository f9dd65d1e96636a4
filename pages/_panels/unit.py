"""One unit and its arithmetic: what comes in, times the weights, plus the bias."""

from itertools import pairwise

import numpy as np
import pandas as pd
import streamlit as st

from explain import NetworkView, Subject
from explain.core import ViewLayer
from explain.core.messages import say
from explain.features import Arithmetic
from explain.figures import case_name
from pages._panels.beside import units_apart
from pages._panels.choices import LAYER, UNIT
from pages._shell import caches, current
from pages._shell.charts import plain
from pages._shell.current import has_data, say_no_data
from pages._shell.frames import show_frame
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, state


def inputs_of(subject: Subject, sample: int, key: str) -> list[float] | None:
    """Return the values of a sample in the input of that key for painting; None for text.

    Images are scaled to 0..1.
    """
    if subject.spec.kind == "text":
        return None
    low, high = subject.spec.low, subject.spec.high
    places = [step.name for step in subject.network.steps if step.operation == "input"]
    place = places.index(key) if key in places else 0
    values = subject.samples.inputs[place][sample].flatten().double()
    if subject.spec.kind != "image":
        return [float(v) for v in values]
    return [float(v) for v in (values - low) / ((high - low) or 1.0)]


def means_of(raw: list[float] | None, layer: ViewLayer) -> list[float | None]:
    """Average over the units (and positions) that a node stands for; None where they do not fit."""
    if raw is None or len(raw) < layer.units or len(raw) % max(1, layer.units):
        return [None] * layer.drawn
    size = len(raw) // layer.units
    units = [sum(raw[i * size : (i + 1) * size]) / size for i in range(layer.units)]
    edges = (*layer.members[: layer.drawn], layer.units)
    return [sum(units[a:b]) / max(1, b - a) for a, b in pairwise(edges)]


def titles(subject: Subject) -> dict[str, str]:
    """Return the display name of every layer."""
    return {layer.name: layer.display for layer in subject.network.layers}


_MOST = 12


def terms(title: str, dense: Arithmetic, pruned: Arithmetic, names: list[str], key: str) -> None:
    """Show the sums and their largest terms; `names` has one name per input."""
    total, gone = len(dense.terms), int(((dense.weights != 0) & (pruned.weights == 0)).sum())
    st.markdown(
        "  \n".join(
            [
                say("panels.terms.count", title=plain(title), kept=total - gone, total=total),
                say("panels.terms.pruned", sum=_sum(pruned)),
                say("panels.terms.dense", sum=_sum(dense)),
            ]
        )
    )
    order = np.argsort(-np.abs(dense.terms), kind="stable")[:_MOST]
    sides = (("dense", dense), ("pruned", pruned))
    what = "sums" if dense.summed else "products"
    numbers = {
        say("panels.terms.value", network=network, what=what): found.inputs[order]
        for network, found in sides
    }
    numbers |= {
        say("panels.terms.weight", network=network, what=what): found.weights[order]
        for network, found in sides
    }
    numbers |= {
        say("panels.terms.term", network=network): found.terms[order] for network, found in sides
    }
    table = pd.DataFrame({say("panels.terms.input"): [names[at] for at in order], **numbers})
    show_frame(
        table,
        height=38 + 35 * len(order),
        key=key,
        alt=say("panels.terms.alt"),
    )
    if dense.summed:
        st.markdown(f":small[{say('panels.terms.summed')}]")
    if total > _MOST:
        st.markdown(f":small[{say('panels.terms.largest', most=_MOST, total=total)}]")


def _sum(found: Arithmetic) -> str:
    end = "through" if found.through else "sum"
    return plain(
        say(
            "panels.terms.sum",
            end=f"{end}_at" if found.at else end,
            products=float(found.terms.sum()),
            bias=found.bias,
            total=found.total,
            steps=found.through,
            value=found.value,
            at=found.at,
        )
    )


@panel("unit", follows=(PLAN, SAMPLE, UNIT))
def unit(hint: str = "") -> None:
    """Show the arithmetic of the unit that is picked, dense and pruned; else the hint."""
    now = state()
    view = caches.drawing(current.comparison(now), now[LAYER])
    layers = {layer.key: layer for layer in view.layers}
    picked = now[UNIT]
    if picked is None or picked[0] not in layers:
        st.markdown(f":small[{plain(hint or say('panels.unit.click'))}]")
    elif not has_data():
        say_no_data("unit")
    elif layers[picked[0]].kind == "input":
        _input(layers[picked[0]], picked[1])
    elif (why := units_apart(current.comparison(now))) is not None:
        st.markdown(f":small[{plain(why)}]")
    else:
        found = caches.unit_arithmetic(current.comparison(now), *picked, now.sample)
        _arithmetic(view, layers[picked[0]], *found)


def _input(layer: ViewLayer, at: int) -> None:
    now = state()
    subject = caches.subject(now.model)
    means = means_of(inputs_of(subject, now.sample, layer.key), layer)
    node = sum(first <= at for first in layer.members) - 1
    value = means[node] if node < len(means) else None
    several = layer.units < len(subject.samples.inputs[0][0].flatten())
    st.markdown(
        say(
            "panels.unit.input",
            what="none" if value is None else "mean" if several else "it",
            name=plain(_name(layer, at)),
            sample=plain(case_name(subject.samples, now.sample)),
            value=value,
        )
    )


def _arithmetic(view: NetworkView, layer: ViewLayer, dense: Arithmetic, pruned: Arithmetic) -> None:
    names = [_source(view, sources) for sources in dense.sources]
    now = state()
    sample = case_name(caches.subject(now.model).samples, now.sample)
    title = say("panels.unit.title", name=_name(layer, dense.unit), sample=sample)
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
