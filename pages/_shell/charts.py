"""A chart on the page and its data, and every file that people take away."""

import csv
import io
import logging
import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass
from html import escape
from typing import Literal

import streamlit as st

from explain import ExplainError
from explain.core.messages import say
from explain.figures import (
    HERE,
    REMOVED,
    Bar,
    Bars,
    Cell,
    Chart,
    Frame,
    Mark,
    Row,
    Stretch,
    Table,
    Text,
    Track,
    css,
    marks,
    shade,
    to_html,
)
from pages._shell.terms import glossed

_MOST = 20
"""Rows from which on the table scrolls by itself."""
_SCROLL = "max-height:420px;overflow-y:auto"
_LONG = 24
"""Characters of a name that are shown; the last ones say most."""
_ROUND = "border-radius:3px;"


def bar_table(bars: Bars) -> str:
    """Return the rows as a table: name, bar, value."""
    scale = Text(text=bars.scale, css="caption-side:bottom") if bars.scale else None
    found = to_html(Table(rows=tuple(map(_row, bars.rows)), caption=scale))
    return (
        found if len(bars.rows) <= _MOST else f'<div tabindex="0" style="{_SCROLL}">{found}</div>'
    )


def _row(bar: Bar) -> Row:
    name = Text(text=_short(bar.name), breaks=True)
    number = "text-align:right;font-variant-numeric:tabular-nums"
    return Row(
        head=Cell(parts=(name,), css="width:40%", title=bar.name),
        cells=(
            Cell(parts=(_bar(bar),), silent=True),
            Cell(parts=(Text(text=bar.text),), css=number),
        ),
    )


def _short(name: str) -> str:
    """Return a name, or the end of a long one from its last whole parts on."""
    if len(name) <= _LONG or "." not in name:
        return name
    parts = name.split(".")
    ends = (".".join(parts[at:]) for at in range(1, len(parts)))
    return "…" + next((end for end in ends if len(end) < _LONG), parts[-1])


def _bar(bar: Bar) -> Track:
    """Return a filled bar, or a dot on the line of its interval where there is one."""
    track = f"{_ROUND}min-width:60px"
    if bar.low is None or bar.high is None:
        css = f"{_ROUND}{marks.bar_css(bar.look)}"
        filled = Stretch(start=0.0, end=_share(bar.value), css=css)
        return Track(marks=(filled,), ground=0.28, css=track)
    if bar.before is None:
        return Track(marks=_dotted(bar, 1), css=track)
    both = (*_dotted(bar.before, 0), *_dotted(bar, 10))
    return Track(marks=both, height=20, css=track)


def _dotted(bar: Bar, top: int) -> tuple[Stretch, Stretch]:
    """Return the line of an interval and its dot, `top` pixels from the top."""
    value, low, high = bar.value, bar.low or 0.0, bar.high or 0.0
    line = marks.spread_css(top + 2)
    dot = f"top:{top}px;{marks.dot_css(bar.look)}"
    return (
        Stretch(start=_share(low), end=_share(high), css=line),
        Stretch(start=_share(value), end=_share(value), css=dot),
    )


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


_DOT = 12


def overlay(chart: Chart) -> str:
    """Return the marks as HTML of no height that lies over the figure below it."""
    height = int(chart.figure.layout.height) - chart.frame.top - chart.frame.bottom
    drawn = "".join(_mark(mark, chart.frame, height) for mark in chart.marks)
    return f'<div data-marks style="position:relative;height:0;z-index:1">{drawn}</div>'


def _mark(mark: Mark, frame: Frame, height: int) -> str:
    if mark.y is not None:
        down = frame.top + (1 - _inside(mark.y)) * height - _DOT / 2
        shape = (
            f"top:{css(down)}px;margin-left:-{_DOT // 2}px;width:{_DOT}px;height:{_DOT}px;"
            f"border-radius:50%;background:{HERE};box-shadow:0 0 0 2px var(--paper)"
        )
    elif mark.until is not None:
        wide = f"calc({css(_inside(mark.until) - _inside(mark.x))} * {_wide(frame)})"
        shape = (
            f"top:{frame.top:d}px;height:{height}px;width:{wide};background:{shade(REMOVED, 0.45)}"
        )
    else:
        shape = f"top:{frame.top:d}px;height:{height}px;width:2px;background:{HERE}"
    left = f"calc({frame.left:d}px + {css(_inside(mark.x))} * {_wide(frame)})"
    return (
        f'<div title="{escape(mark.text)}" '
        f'style="position:absolute;pointer-events:none;left:{left};{shape}"></div>'
    )


def _wide(frame: Frame) -> str:
    return f"(100% - {frame.left + frame.right:d}px)"


def _inside(share: float) -> float:
    return min(1.0, max(0.0, share))


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the first four as wide as a Chinese character."""


def to_csv(columns: Mapping[str, Sequence[object]]) -> str:
    """Return columns of equal length as CSV with a header; numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_cell(name) for name in columns])
    for row in zip(*columns.values(), strict=True):
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>:$~&@])")
_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Signs that change how others are read: controls, zero width, direction."""


def plain(text: object) -> str:
    """Return the text in one line so that Markdown shows it as it is: no links, no markup."""
    seen = _UNSEEN.sub("", _BREAKS.sub(" ", str(text)))
    return _MARKUP.sub(r"\\\1", seen)


_CONFIG = {"displayModeBar": False, "scrollZoom": False}


def show_chart(chart: Chart | Bars, title: str, key: str) -> None:
    """Show a chart under its title; the sentence below it says it in words.

    What follows the slider (marks and bars) is plain HTML, so that a move costs the browser next
    to nothing; the figure itself is the same at every amount and stays as it is.
    """
    with st.container(key=f"chart-{key}", gap="xxsmall"):
        head = st.container(horizontal=True, vertical_alignment="center", gap="small")
        head.subheader(plain(title), anchor=False, width="stretch")
        with head:
            offer_csv(title, chart.data, name=f"sparsight-{key}.csv", key=f"data-{key}")
        if isinstance(chart, Bars):
            st.html(bar_table(chart))
        else:
            _figure(chart, title, key)
        st.markdown(f":small[{glossed(plain(chart.sentence), key)}]")


def offer_csv(of: str, data: Mapping[str, Sequence[object]], *, name: str, key: str) -> None:
    """Offer the numbers of what stands under the title `of`."""
    contents = to_csv(data)
    st.download_button(
        say("shell.chart_csv", title=plain(of)),
        contents,
        file_name=name,
        mime="text/csv",
        key=key,
        help=plain(sized(say("shell.chart_data"), file_bytes(contents))),
        on_click="ignore",
        type="tertiary",
    )


def _figure(chart: Chart, title: str, key: str) -> None:
    with st.container(key=f"plot-{key}", gap=None):
        st.html(overlay(chart))
        st.plotly_chart(
            chart.figure, key=f"figure-{key}", config=_CONFIG, alt=title, width="stretch"
        )


_LOG = logging.getLogger("sparsight")
_FAILED = "files-that-failed"
"""Key of the session's state: file name -> why it could not be made the last time."""

Contents = bytes | str


@dataclass(frozen=True, slots=True)
class _Making:
    name: str
    make: Callable[[], Contents]
    failed: MutableMapping[str, str]
    session: Context

    def __call__(self) -> Contents:
        return self.session.copy().run(self._made)

    def _made(self) -> Contents:
        try:
            found = self.make()
        except Exception as error:
            _LOG.exception("file %r failed", self.name)
            why = str(error) if isinstance(error, ExplainError) else say("shell.file.no_reason")
            self.failed[self.name] = why
            raise
        self.failed.pop(self.name, None)
        return found


def offer_file(
    label: str,
    make: Callable[[], Contents],
    *,
    name: str,
    mime: str,
    key: str,
    about: str,
    look: Literal["secondary", "tertiary"] = "secondary",
) -> None:
    """Offer a file; `make` holds by value what it needs, since no session is there when it runs.

    `about`: what it is good for. Streamlit says at once that a file failed; why stands here when
    the page is painted next.
    """
    failed: dict[str, str] = st.session_state.setdefault(_FAILED, {})
    _button(label, _Making(name, make, failed, copy_context()), (name, mime), key, about, look)
    if name in failed:
        st.error(plain(say("shell.file.failed", name=name, why=failed[name])))


def offer_made(
    label: str,
    contents: Contents,
    *,
    name: str,
    mime: str,
    key: str,
    about: str,
    look: Literal["secondary", "tertiary"] = "tertiary",
) -> None:
    """Offer a file that is there already, and say how large it is."""
    _button(sized(label, file_bytes(contents)), contents, (name, mime), key, about, look)


def _button(
    label: str,
    data: Contents | _Making,
    file: tuple[str, str],
    key: str,
    about: str,
    look: Literal["secondary", "tertiary"],
) -> None:
    """Show the button of a file of this name and MIME type; what it is good for, below or on it."""
    st.download_button(
        plain(label),
        data,
        file_name=file[0],
        mime=file[1],
        on_click="ignore",
        key=key,
        help=plain(about) if look == "tertiary" else None,
        type=look,
    )
    if look == "secondary":
        st.markdown(f":small[{plain(about)}]")


def file_bytes(contents: Contents) -> int:
    """Return the bytes of a file."""
    return len(contents.encode() if isinstance(contents, str) else contents)


def sized(label: str, size: int, *, more: bool = False) -> str:
    """Return what a button says of a file of so many bytes, or of `more` than these."""
    if size < 1_000 and not more:
        return say("shell.file.small", file=label, count=size)
    return say(
        "shell.file.over" if more else "shell.file.sized", file=label, kilobytes=size / 1_000
    )
