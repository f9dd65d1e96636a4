"""One module from the inside: its units, and the arithmetic of the one that is picked."""

import numpy as np
import pandas as pd
import streamlit as st

from explain import Partition
from explain.core import Compared
from explain.core.messages import Message, say, signed
from explain.decompose import UnitAblations
from pages._modules.caches import (
    contributions_are_quick,
    shown_partition,
    unit_counts,
    units_inside,
)
from pages._modules.choices import MODULE
from pages._modules.question import ModuleQuestion, module_question, output, samples_in_words
from pages._panels.choices import UNIT
from pages._panels.unit import titles
from pages._shell import caches
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.frames import show_frame
from pages._shell.kept import with_progress
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, state


@panel("modules-look", follows=(PLAN, SAMPLE, MODULE))
def modules_look() -> None:
    """Show the units of the module that is picked, those that matter most first."""
    found, module = module_question(), state()[MODULE]
    parts = shown_partition(found.cut)
    if module is None or module >= parts.count:
        return
    st.subheader(plain(say("modules.look.title", module=parts.names[module])), anchor=False)
    _layers(parts, module)
    _units(found, parts, module)


def _layers(parts: Partition, module: int) -> None:
    names = titles(caches.subject(state().model))
    own = parts.modules[module]
    told = [
        Message(
            "modules.look.units_of_layer",
            n=len(units),
            there=len(parts.labels[layer]),
            layer=names.get(layer, layer),
        )
        for layer, units in own.items()
    ]
    st.markdown(plain(say("modules.look.layers", layers=told)))


def _units(found: ModuleQuestion, parts: Partition, module: int) -> None:
    """Show the units with what the number loses when each alone is hidden, the largest first."""
    dense = _inside(found, found.comparison.before, module, "dense")
    pruned = _inside(found, found.comparison.after, module, "pruned")
    order = np.argsort(-np.abs(dense.falls), kind="stable").tolist()
    counts = [unit_counts(network, found.cut) for network in found.comparison.both]
    units = [(dense.layers[at], dense.units[at]) for at in order]
    adds = [say("modules.look.adds", network=which) for which in ("dense", "pruned")]
    key = f"units-{hash((found.cut, found.comparison.after, found.question, module))}"
    show_frame(
        pd.DataFrame(
            {
                say("modules.look.unit"): [f"{layer} {unit}" for layer, unit in units],
                adds[0]: dense.falls[order],
                adds[1]: pruned.falls[order],
                say("modules.look.weights"): [int(counts[0][la][unit]) for la, unit in units],
                say("modules.look.weights_left"): [int(counts[1][la][unit]) for la, unit in units],
            }
        ),
        key=key,
        on_select=lambda: _pick(key, units),
        selection_mode="single-row",
        height=min(300, 40 + 35 * len(units)),
        alt=say("modules.look.alt"),
    )
    first = order[0]
    top = f"{dense.layers[first]} {dense.units[first]} ({signed(float(dense.falls[first]))})"
    st.markdown(f":small[{plain(_sentence(found, parts.names[module], top, dense.left_out))}]")


def _inside(found: ModuleQuestion, network: Compared, module: int, title: str) -> UnitAblations:
    few = contributions_are_quick(found.cut, found.question)
    return with_progress(
        say("modules.look.progress", network=title),
        lambda progress: units_inside(network, found.cut, found.question, module, progress),
        ready=few or units_inside.ready(network, found.cut, found.question, module),
    )


def _sentence(found: ModuleQuestion, name: str, top: str, left_out: int) -> str:
    said = say(
        "modules.look.loses",
        output=output(found),
        module=name,
        samples=samples_in_words(found),
        top=top,
    )
    return f"{said} {say('modules.look.not_tried', n=left_out)}" if left_out else said


def _pick(key: str, units: list[tuple[str, int]]) -> None:
    chosen = st.session_state[key].selection.rows
    if chosen:
        choose(UNIT.to(units[chosen[0]]))
