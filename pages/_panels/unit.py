"""One unit and its arithmetic: what comes in, times the weights, plus the bias."""

import numpy as np
import pandas as pd
import streamlit as st

from explain import Subject
from explain.core.view import ViewLayer
from explain.features import Arithmetic
from explain.figures import wording
from pages._panels.graph import node_of
from pages._shell import caches
from pages._shell.boundary import boundary
from pages._shell.plain import plain
from pages._shell.state import state

__all__ = ["unit"]

_MOST = 12


@st.fragment(key="unit")
def unit() -> None:
    """Show the arithmetic of the unit that is picked in the graph, dense and pruned."""
    with boundary("unit"):
        now = state()
        picked = node_of(caches.drawing(now.model, now.plan, now.layer))
        if picked is None:
            st.markdown(
                ":small[Click a unit of the network to see how it computes its value "
                "for the chosen sample.]"
            )
            return
        layer, at = picked
        if layer.kind == "input":
            _input(caches.subject(now.model), layer, at)
            return
        dense, pruned = caches.unit_arithmetic(now.model, now.plan, layer.key, at, now.sample)
        _arithmetic(caches.subject(now.model), layer, dense, pruned)


def _input(subject: Subject, layer: ViewLayer, at: int) -> None:
    name = layer.names[at] if layer.names else f"input {at}"
    values = subject.samples.inputs[0][state().sample].flatten()
    value = wording.number(float(values[at])) if at < len(values) else "–"
    st.markdown(f"**{plain(name)}** is an input. For sample {state().sample} it is {value}.")


def _arithmetic(subject: Subject, layer: ViewLayer, dense: Arithmetic, pruned: Arithmetic) -> None:
    name = layer.names[dense.unit] if layer.names else f"unit {dense.unit}"
    gone = int(((dense.weights != 0) & (pruned.weights == 0)).sum())
    st.markdown(
        f"**{plain(layer.title)}, {plain(name)}**, sample {state().sample}: "
        f"{len(dense.terms) - gone} of {len(dense.terms)} inputs still count.  \n"
        f"pruned: {_sum(pruned)}  \ndense: {_sum(dense)}"
    )
    order = np.argsort(-np.abs(dense.terms), kind="stable")[:_MOST]
    names = _input_names(subject, layer, len(dense.terms))
    st.dataframe(
        pd.DataFrame(
            {
                "input": [names[i] for i in order],
                "value": pruned.inputs[order],
                "weight, dense": dense.weights[order],
                "weight, pruned": pruned.weights[order],
                "term, dense": dense.terms[order],
                "term, pruned": pruned.terms[order],
            }
        ),
        hide_index=True,
        height=38 + 35 * len(order),
        column_config={
            column: st.column_config.NumberColumn(format="%.3f")
            for column in (
                "value",
                "weight, dense",
                "weight, pruned",
                "term, dense",
                "term, pruned",
            )
        },
        key="unit-terms",
        alt="The largest terms of the unit's sum, dense and pruned.",
    )
    if len(dense.terms) > _MOST:
        st.markdown(f":small[The {_MOST} largest of {len(dense.terms)} terms of the dense sum.]")


def _sum(found: Arithmetic) -> str:
    place = f" at position {found.at}" if found.at else ""
    terms = wording.number(float(found.terms.sum()))
    return plain(
        f"Σ w·x {terms} + bias {wording.number(found.bias)} = {wording.number(found.total)}, "
        f"after the activation function {wording.number(found.value)}{place}"
    )


def _input_names(subject: Subject, layer: ViewLayer, count: int) -> list[str]:
    now = state()
    before = [
        other
        for other in caches.drawing(now.model, now.plan, now.layer).layers
        if other.column < layer.column and other.units == count
    ]
    source = before[-1] if before else None
    if source is not None and source.names and len(source.names) == count:
        return list(source.names)
    if subject.spec.kind == "image" and source is not None and source.grid:
        width = source.grid[1]
        return [f"pixel {i // width}, {i % width}" for i in range(count)]
    return [f"{source.title if source else 'input'} {i}" for i in range(count)]
