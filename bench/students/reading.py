"""What a student reads on a page: the numbers of the ribbon, and those of what is below it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser

from bench.students.student import RIBBON, Student
from explain.core.messages import say

Numbers = Mapping[str, tuple[str, ...]]
"""What was read, by where it stands: "ribbon", "cases", "facts", "drift", "maps", …"""

RIBBON_PARTS = ("kept", "metric", "change", "changed", "outcomes")
GRID = "channel-grid"
_LADDER = 'data-reasons="ladder"'
"""The line of the drift; its sentence stands before it."""
_MARKED = ("data-decisions", "data-reasons", "data-modules")
_LOUD = {"facts": "b", "headline": "strong"}
"""The mark of a line -> the element in it that holds what is read."""


class _Html(HTMLParser):
    """Reads what is marked: tables cell by cell, and what is loud in lines."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        self.loud: dict[str, list[str]] = {}
        self._mark, self._open = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marked = [str(value) for name, value in attrs if name in _MARKED]
        if tag == "table" or marked:
            self._mark = marked[0] if marked else ""
        if tag == "tr":
            self.rows.setdefault(self._mark, []).append([])
        elif tag in {"td", "th"}:
            self.rows[self._mark][-1].append("")
        elif tag == _LOUD.get(self._mark):
            self.loud.setdefault(self._mark, []).append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != _LOUD.get(self._mark)

    def handle_data(self, data: str) -> None:
        rows = self.rows.get(self._mark)
        if rows and rows[-1]:
            rows[-1][-1] = f"{rows[-1][-1]} {data.strip()}".strip()
        elif self._open:
            self.loud[self._mark][-1] += data


def numbers_on(student: Student, page: str) -> Numbers:
    """Return all that is read on a page or a tab, called as in a lesson."""
    html, said, drift = _Html(), "", ""
    for one in student.elements():
        kind = one.WhichOneof("type")
        if kind == "html":
            html.feed(one.html.body)
            drift = said if _LADDER in one.html.body else drift
        elif kind == "markdown":
            said = plain(one.markdown.body)
    reading = student.told(RIBBON)["reading"]
    found = {
        "ribbon": tuple(str(reading[part]) for part in RIBBON_PARTS),
        "cases": tuple(sorted(_cases(html.rows.get("cases", [])))),
        "facts": tuple(html.loud.get("facts", [])),
        "drift": (drift,) if drift else (),
        "maps": tuple(_maps(student)),
        "adds": tuple(row[3] for row in html.rows.get("table", [])[1:]),
        "repaired": tuple(html.loud.get("headline", [])) if page == "parts" else (),
    }
    return {name: values for name, values in found.items() if values}


def _cases(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield who changed, and from which answer to which; `rows`: of the table, its head first."""
    wanted = [say("decisions.column", column=name) for name in ("case", "before", "after")]
    places = [list(rows[0]).index(title) for title in wanted] if rows else []
    yield from (" | ".join(row[at] for at in places) for row in rows[1:])


def _maps(student: Student) -> Iterator[str]:
    """Yield the relevance of every channel that is shown, in both networks."""
    if student.has(GRID):
        for tile in student.told(GRID)["tiles"]:
            yield " | ".join([str(tile["channel"]), *(side["note"] for side in tile["sides"])])


def plain(markdown: str) -> str:
    """Return a text without what Markdown escapes, and without cards of words."""
    without = re.sub(r'\[([^\[\]]*)\]\(#word-[^ ]* "[^"]*"\)', r"\1", markdown)
    return re.sub(r"\\(.)", r"\1", without)
