"""The app without a browser: open a page by a link, find things on it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from streamlit.testing.v1 import AppTest

from models.loading.card.model_card import Card
from pages._reasons.choices import TABS
from pages._shell import loaded
from pages._shell.kept import STORES, forget_model

APP = Path(__file__).parents[2] / "app.py"
SECONDS = 120


CARD = re.compile(r"\[([^\[\]]*)\]\(#word-[^)]*\)")
"""A word with its card in Markdown."""


def opened(prepare=None, page="", **query):
    """Open the app by a link, go to a page or a tab of Reasons, and see that no panel crashed.

    `prepare` does something to the session before, as `holding` does.
    """
    if isinstance(prepare, str):
        prepare, page = None, prepare
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    if prepare is not None:
        prepare(app)
    for name, value in query.items():
        app.query_params[name] = value
    if page in TABS:
        app.query_params["tab"], page = page, "reasons"
    app.run()
    if page:
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def holding(key, title, subject, card=Card()):  # noqa: B008 - frozen
    """Return what makes a session one that has loaded this model, with the card it came with."""

    def prepare(app):
        held, holder = loaded._entry, loaded._Holder()
        if held.ready(key) and held(key).subject is not subject:
            forget_model(key)
        entry = held(key) if held.ready(key) else loaded._Entry(subject, card, set())
        entry.holders.add(holder.id)
        held.put(entry, key)
        app.session_state["loaded"] = {key: title}
        app.session_state["loaded-by"] = holder

    return prepare


def forget_everything():
    """Begin as a new process does: nothing is kept."""
    for store in STORES:
        for key in store.there():
            store._drop(key)


def html(app):
    """Return all plain HTML on the page."""
    return "".join(block.proto.body for block in app.get("html"))


def told(app, component):
    """Return what a component is told."""
    mounts = (one.proto for one in app.get("bidi_component"))
    (found,) = (one.json for one in mounts if one.component_name == component)
    return json.loads(found)


def ribbon(app):
    """Return what the ribbon is told."""
    return told(app, "sparsight_ribbon")


def numbers(app):
    """Return the three numbers of the ribbon: kept, metric, changed."""
    return [ribbon(app)["reading"][name] for name in ("kept", "metric", "changed")]


def text(app):
    """Return all text on the page without what Markdown escapes, and without cards of words."""
    said = " ".join(block.value for block in (*app.markdown, *app.subheader, *app.info))
    return CARD.sub(r"\1", said).replace("\\", "")


def notes(app):
    """Return what the ribbon's line says did not fit."""
    if "notes-said" not in app.session_state:
        return ""
    view, found = app.session_state["notes-said"]
    shown = [str(note) for note in found] if view == app.session_state["state"] else []
    assert all(note in text(app) for note in shown[:1])
    return " ".join(shown)


def box(app, label):
    """Return the menu whose label starts so."""
    return next(one for one in app.selectbox if one.label.startswith(label))


def fold(app, name):
    """Return the part of a choice that opens and closes, None where the page has none."""
    return next((one for one in app.expander if one.proto.id.endswith(f"-{name}-open")), None)


def toggle(app, label):
    """Return the switch whose label starts so."""
    return next(one for one in app.toggle if one.label.startswith(label))


class _Rows(HTMLParser):
    """Reads tables: the texts of the cells of every row, by what marks the table."""

    def __init__(self):
        super().__init__()
        self.tables, self.mark = {}, ""

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.mark = next((f"{k} {v}" for k, v in attrs if k.startswith("data-")), "")
            self.tables[self.mark] = []
        elif tag == "tr":
            self.tables[self.mark].append([])
        elif tag in {"td", "th"}:
            self.tables[self.mark][-1].append("")

    def handle_data(self, data):
        if self.tables and self.tables[self.mark] and self.tables[self.mark][-1]:
            self.tables[self.mark][-1][-1] += f"{data.strip()} " if data.strip() else ""


def table_of(app, mark):
    """Return the rows of a table on the page, heads first, as texts; `mark`: "data-modules table".

    Nothing where there is no such table.
    """
    found = _Rows()
    found.feed(html(app))
    return [[cell.strip() for cell in row] for row in found.tables.get(mark, [])]
