"""The samples that a channel answers to most strongly, in both networks."""

import streamlit as st

from explain.core import Compared
from explain.core.messages import say
from explain.features import TopSample
from explain.figures import decision_name, number
from pages._features import caches as map_caches
from pages._features.choices import CHANNEL, TOP
from pages._features.look import Look, look
from pages._features.markup import Picture, pictures
from pages._shell import caches
from pages._shell.actions import folded
from pages._shell.charts import plain
from pages._shell.panel import panel
from pages._shell.state import PLAN, state

_LONGEST = 110
_COLUMNS = 4
"""Columns of a table that are named, at most."""


@panel("maps-top", follows=(PLAN, CHANNEL), folds=(TOP,))
def maps_top() -> None:
    """Offer the top samples of the dense and of the pruned network."""
    with folded(TOP, say("features.top.title")):
        if state()[TOP]:
            _both(look())


def _both(seen: Look) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        first = _samples(seen, seen.comparison.before, "dense")
    with right:
        second = _samples(seen, seen.comparison.after, "pruned")
    both = len({one.row for one in first} & {one.row for one in second})
    said = say(
        "features.top.same",
        n=both,
        most=len(first),
        unit=seen.name(seen.channel),
        layer=seen.title,
    )
    st.markdown(f":small[{plain(said)}]")


def _samples(seen: Look, network: Compared, which: str) -> tuple[TopSample, ...]:
    found = map_caches.top(network, seen.layer, seen.channel)
    st.subheader(plain(say("comparison.network", network=which)), anchor=False)
    if seen.subject.spec.kind == "image":
        st.html(pictures([_picture(seen, one, which) for one in found], 76))
    else:
        lines = (f"{number(one.value)} · {_line(seen, one.row)}" for one in found)
        st.markdown("  \n".join(f":small[{plain(line)}]" for line in lines))
    return found


def _picture(seen: Look, one: TopSample, which: str) -> Picture:
    height, width = seen.dense.maps.shape[-2:] if seen.dense.kind == "maps" else (1, 1)
    at = one.at if seen.is_picture else None
    return Picture(
        caption=f"{one.row}: {number(one.value)}",
        alt=say("features.top.alt", network=which, sample=one.row, activation=one.value),
        under=caches.picture_of(seen.comparison.dense, one.row),
        ratio=seen.size[1] / seen.size[0],
        dot=((at[1] + 0.5) / width, (at[0] + 0.5) / height) if at else None,
    )


def _line(seen: Look, row: int) -> str:
    """Return a row of a table or a message in one line."""
    held, task = seen.subject.samples, seen.subject.task
    columns = {**held.display, **held.groups}
    if seen.subject.spec.kind == "text":
        said = columns.get("message", ("",) * held.count)[row]
    else:
        said = ", ".join(f"{name} {columns[name][row]}" for name in list(columns)[:_COLUMNS])
    if held.targets is None:
        text = say("features.top.line", sample=row, said=said)
    else:
        truth = decision_name(task, held.targets[row].numpy())
        text = say("features.top.line_true", sample=row, target=task.target, truth=truth, said=said)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
