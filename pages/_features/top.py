"""The cases that a channel answers to most strongly, in both networks; each can be chosen."""

import streamlit as st

from explain.core import Compared
from explain.core.messages import number, say
from explain.features import TopSample
from explain.figures import NUMBER, Cell, Row, Table, Text, case_name, decision_name, short_line
from pages._components.picks import PICKS
from pages._features import caches as map_caches
from pages._features.choices import CHANNEL, TOP
from pages._features.look import Look, look
from pages._features.markup import Picture, pictures, scrolling
from pages._shell import caches
from pages._shell.actions import choose, folded
from pages._shell.charts import plain
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, state

_PICKS = "maps-picks"
_CELL = "padding:3px 16px 3px 0;border:0;vertical-align:middle"
_NUMBERS = 1
"""The column of numbers."""


@panel("maps-top", follows=(PLAN, SAMPLE, CHANNEL), folds=(TOP,))
def maps_top() -> None:
    """Offer the top cases of the dense and of the other network."""
    with folded(TOP, say("features.top.title")):
        if state()[TOP]:
            _both(look())


def _both(seen: Look) -> None:
    PICKS(_PICKS, {}, on_picked=_picked)
    left, right = st.columns(2, gap="medium")
    with left:
        first = _cases(seen, seen.comparison.before, "dense")
    with right:
        second = _cases(seen, seen.comparison.after, "pruned")
    both = len({one.row for one in first} & {one.row for one in second})
    said = say(
        "features.top.same",
        n=both,
        most=len(first),
        unit=seen.name(seen.channel),
        layer=seen.title,
    )
    st.markdown(f":small[{plain(said)}]")


def _picked() -> None:
    event = st.session_state[_PICKS].picked
    word = str(event.get("pick", "")) if isinstance(event, dict) else ""
    row = word.removeprefix("case~")
    if row.isdecimal() and int(row) < caches.subject(state().model).samples.count:
        choose(SAMPLE.to(int(row)))


def _cases(seen: Look, network: Compared, which: str) -> tuple[TopSample, ...]:
    found = map_caches.top(network, seen.layer, seen.channel)
    st.subheader(plain(say("comparison.network", network=which)), anchor=False)
    if seen.subject.spec.kind == "image":
        st.html(pictures([_picture(seen, one, which) for one in found], 76))
    else:
        st.html(scrolling(_table(seen, found), say("features.top.title")))
    return found


def _picture(seen: Look, one: TopSample, which: str) -> Picture:
    height, width = seen.dense.maps.shape[-2:] if seen.dense.kind == "maps" else (1, 1)
    at = one.at if seen.is_picture else None
    name = case_name(seen.subject.samples, one.row)
    return Picture(
        caption=say("features.top.caption", sample=name, activation=one.value),
        alt=say("features.top.alt", network=which, sample=name, activation=one.value),
        under=caches.picture_of(seen.comparison.dense, one.row),
        ratio=seen.size[1] / seen.size[0],
        dot=((at[1] + 0.5) / width, (at[0] + 0.5) / height) if at else None,
        pick=f"case~{one.row}",
        chosen=one.row == seen.sight.sample,
    )


def _table(seen: Look, found: tuple[TopSample, ...]) -> Table:
    """Return a row a case: its name as a button, the activation, the truth, and who it is."""
    known = seen.subject.samples.targets is not None
    heads = [say("features.top.column", column=name) for name in ("case", "activation", "who")]
    if known:
        heads.insert(2, seen.subject.task.target)
    return Table(
        columns=[
            Cell(parts=(Text(text=head),), css=NUMBER if at == _NUMBERS else "")
            for at, head in enumerate(heads)
        ],
        rows=tuple(_row(seen, one) for one in found),
        cell=_CELL,
        mark=("maps", "cases"),
    )


def _row(seen: Look, one: TopSample) -> Row:
    samples, name = seen.subject.samples, case_name(seen.subject.samples, one.row)
    chosen = one.row == seen.sight.sample
    cells = [Cell(parts=(Text(text=number(one.value)),), css=NUMBER)]
    if samples.targets is not None:
        truth = decision_name(seen.subject.task, samples.targets[one.row].numpy())
        cells.append(Cell(parts=(Text(text=truth),)))
    cells.append(Cell(parts=(Text(text=short_line(seen.subject, one.row)),)))
    return Row(
        head=Cell(
            parts=(Text(text=name),),
            css="white-space:nowrap",
            pick=f"case~{one.row}",
            chosen=chosen,
        ),
        cells=tuple(cells),
    )
