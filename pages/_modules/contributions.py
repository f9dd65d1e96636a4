"""What each module adds, dense and pruned, at this amount and at every other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from explain.core import Compared
from explain.core.messages import say
from explain.figures import ModuleTable, module_curve, module_graph, module_table
from explain.study import CURVE, can_be_passed_by
from pages._components.module_graph import MODULE_GRAPH
from pages._modules import markup as html
from pages._modules.caches import (
    change_between,
    connections_of,
    contribution_curve,
    contributions_are_quick,
    contributions_of,
    flow_of,
    shown_partition,
)
from pages._modules.choices import ADDS, CURVE_SHOWN, HIDDEN, MODULE
from pages._modules.question import (
    ModuleQuestion,
    module_question,
    modules_question,
    output,
    samples_in_words,
)
from pages._shell import caches, current
from pages._shell.actions import choose, folded
from pages._shell.charts import offer_csv, plain, show_chart
from pages._shell.kept import with_progress
from pages._shell.loaded import short
from pages._shell.panel import panel
from pages._shell.state import OTHER, PLAN, SAMPLE, state

_KEY = "module-graph"


@panel("modules", follows=(PLAN, SAMPLE, MODULE, HIDDEN, ADDS))
def modules_contributions() -> None:
    """Show the contributions and the graph; of parts in a row, where shares say little, folded."""
    found = module_question()
    parts = shown_partition(found.cut)
    if can_be_passed_by(caches.subject(found.comparison.dense), parts):
        _shown(found)
        return
    with folded(ADDS, say("modules.in_series", parts=list(parts.names))):
        if state()[ADDS]:
            _shown(found)


def _shown(found: ModuleQuestion) -> None:
    modules_question()
    for network, title in zip(found.comparison.both, ("dense", "pruned"), strict=True):
        _made(found, network, title)
    place, table = st.container(), table_of(found)
    _table(found, table)  # first: the signal of the graph takes a pass over samples
    with place:
        _graph(found, table)


def _made(found: ModuleQuestion, network: Compared, title: str) -> None:
    """Count the contributions, under a bar where that takes long."""
    with_progress(
        say("modules.graph.progress", network=title),
        lambda progress: contributions_of(network, found.cut, found.question, progress),
        ready=contributions_are_quick(found.cut, found.question)
        or contributions_of.ready(network, found.cut, found.question),
    )


def table_of(found: ModuleQuestion) -> ModuleTable:
    """Return what every module adds, dense and pruned."""
    before, after = found.comparison.both
    return module_table(
        shown_partition(found.cut).names,
        contributions_of(before, found.cut, found.question),
        contributions_of(after, found.cut, found.question),
        change_between(found.comparison, found.cut, found.question),
        (connections_of(before, found.cut), connections_of(after, found.cut)),
        output(found),
    )


def _table(found: ModuleQuestion, table: ModuleTable) -> None:
    head = st.container(horizontal=True, vertical_alignment="center", gap="small")
    head.markdown(
        say(
            "modules.table.title",
            output=plain(output(found)),
            samples=plain(samples_in_words(found)),
        ),
        width="stretch",
    )
    with head:
        _csv(found, "modules", table.data)
    st.html(html.contribution_table(table, state()[MODULE]))
    st.markdown(f":small[{plain(table.scale)}]")
    st.markdown(f"{plain(table.sentence)} {plain(table.losses)}")
    st.markdown(f":small[{plain(table.residual)}]")


def _graph(found: ModuleQuestion, table: ModuleTable) -> None:
    graph = module_graph(
        shown_partition(found.cut), table.rows, flow_of(found.comparison.after, found.cut)
    )
    columns = [node.x for node in graph.nodes if node.number >= 0]
    MODULE_GRAPH(
        _KEY,
        {
            "title": say("modules.graph.title"),
            "picked": state()[MODULE],
            "hidden": [*state()[HIDDEN]],
            "rows": max((columns.count(x) for x in columns), default=1),
            "nodes": [_as_data(node, _NODE) for node in graph.nodes],
            "links": [_as_data(link, _LINK) for link in graph.links],
        },
        on_picked=_picked,
    )
    of_loss = found.question.value == "loss"
    circles = say("modules.graph.circles_of_loss" if of_loss else "modules.graph.circles")
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    row.markdown(f":small[{circles}]  \n:small[{plain(graph.sentence)}]", width="stretch")
    with row:
        _csv(found, "flow", graph.data)


def _csv(found: ModuleQuestion, what: str, data: Mapping[str, Sequence[object]]) -> None:
    name = f"{short(found.comparison.dense)}-{what}.csv"
    offer_csv(say("modules.csv", what=what), data, name=name, key=f"modules-{what}-csv")


_NODE = ("number", "name", "x", "y", "size", "before", "positive", "colour", "text")
_LINK = ("source", "target", "width", "text")


def _as_data(value: object, fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in fields}


def _picked() -> None:
    event = st.session_state[_KEY].picked
    module = event.get("module") if isinstance(event, dict) else None
    if isinstance(module, int) and 0 <= module < shown_partition(module_question().cut).count:
        choose(MODULE.to(None if module == state()[MODULE] else module))


@panel("modules-curve", follows=(PLAN, SAMPLE), folds=(CURVE_SHOWN,))
def modules_curve() -> None:
    """Offer the curve; computed when it is opened, cancelled when it is closed."""
    if state()[OTHER] is not None:
        return
    with folded(CURVE_SHOWN, say("modules.curve.wanted", tried=len(CURVE))):
        if state()[CURVE_SHOWN]:
            _curve(module_question())


def _curve(found: ModuleQuestion) -> None:
    now = state()
    how = current.masked(now)
    networks = tuple(
        Compared(model=now.model, how=replace(how, plan=now.plan.at(amount))) for amount in CURVE
    )
    lines = with_progress(
        say("modules.curve.wanted", tried=len(CURVE)),
        lambda progress: contribution_curve(networks, found.cut, found.question, progress),
        ready=contribution_curve.ready(networks, found.cut, found.question),
    )
    chart = module_curve(
        shown_partition(found.cut).names,
        CURVE,
        lines,
        here=caches.masks(now.model, now.plan).pool_amount,
        output=output(found),
    )
    show_chart(chart, say("modules.curve.title"), "module-curve")
