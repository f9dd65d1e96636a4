"""Tables: what a cell says is what the page shows, and every head has its scope."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.figures.table import (
    Cell,
    Chip,
    Row,
    Stretch,
    Table,
    Text,
    Track,
    diverging,
    place_on_track,
    to_html,
)

TEXTS = st.text(st.sampled_from("<b>\"'&;/!a ._é"), min_size=1, max_size=12)


class Reading(HTMLParser):
    """Hears what a browser would: tags with their attributes, and the text of each cell."""

    def __init__(self):
        super().__init__()
        self.tags, self.cells, self.values = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in {"td", "th", "caption"}:
            self.cells.append("")

    def handle_data(self, data):
        self.cells[-1] += data


def read(table):
    found = Reading()
    found.feed(to_html(table))
    found.close()
    return found


def cell(text, **more):
    return Cell(parts=(Text(text=text),), **more)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_text_is_markup_and_none_is_lost(name, value, title, caption):
    table = Table(
        columns=[cell(name)],
        rows=(Row(head=cell(name, title=title), cells=(cell(value, title=title),)),),
        caption=Text(text=caption),
    )
    found = read(table)
    assert found.cells == [caption, name, name, value]
    assert [attrs["title"] for _, attrs in found.tags if "title" in attrs] == [title, title]
    tags = {tag for tag, _ in found.tags}
    assert tags == {"table", "caption", "thead", "tbody", "tr", "th", "td"}


@given(TEXTS)
def test_a_name_that_may_break_reads_the_same(name):
    found = read(Table(rows=(Row(head=Cell(parts=(Text(text=name, breaks=True),)), cells=()),)))
    assert found.cells == [name]


@given(TEXTS, TEXTS)
def test_a_cell_to_pick_is_a_button_that_says_its_word_and_whether_it_is_pressed(text, word):
    table = Table(rows=(Row(head=cell(text, pick=word, chosen=True), cells=(cell(text),)),))
    found = read(table)
    (button,) = [attrs for tag, attrs in found.tags if tag == "button"]
    assert (button["data-pick"], button["aria-pressed"]) == (word, "true")
    assert found.cells == [text, text]


def test_every_head_says_what_it_is_the_head_of_and_bars_are_silent():
    bar = Track(marks=(Stretch(start=0.0, end=0.5, css="background:#000"),))
    table = Table(
        columns=[Cell(), cell("kept")],
        rows=(Row(head=cell("a"), cells=(Cell(parts=(Chip(colour="#000"), bar), silent=True),)),),
    )
    found = read(table).tags
    assert [attrs["scope"] for tag, attrs in found if tag == "th"] == ["col", "row"]
    hidden = [tag for tag, attrs in found if attrs.get("aria-hidden") == "true"]
    assert hidden == ["td", "div"]


@given(st.floats(-9, 9), st.floats(0.1, 9))
def test_a_diverging_bar_reaches_from_the_middle_to_its_value(value, largest):
    mark, at = diverging(value, largest, "#000"), place_on_track(value, largest)
    assert 0 <= mark.start <= 0.5 <= mark.end <= 1
    assert at in {mark.start, mark.end}
    share = max(-1.0, min(1.0, value / largest))
    assert (mark.end - mark.start) * 2 == pytest.approx(abs(share), abs=1e-9)
