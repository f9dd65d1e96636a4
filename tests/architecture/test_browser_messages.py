"""Scripts of the page name exactly the messages that the catalogue has for them."""

import re
from pathlib import Path

import pytest

from explain.core.messages import catalogue, templates

COMPONENTS = Path("pages/_components")
SCRIPTS = {
    "browser.cases": "case_tiles",
    "browser.effects": "effects",
    "browser.graph": "network_graph",
    "browser.places": "place_picker",
    "browser.ribbon": "ribbon",
    "browser.units": "unit_map",
}
SAID = re.compile(r"\bsay\(\s*(?:\w+\.)*messages,\s*([^,)]*)")
NAMED = re.compile(r'data-(?:text|label|title|placeholder)="(\w+)"')
PROSE = re.compile(r"""["'`>](?:[A-Z][a-z]+ [a-z]|[a-z]+ [a-z]+ [a-z])[^"'`<]*""")
"""Three small words, or one after a capital letter: a text that nobody can translate."""
GIVEN = {"browser.graph": {"kept"}}
"""What Python gives with each view, as it depends on what is pruned."""


def texts_of(component):
    """Return scripts and skeletons of a component, by their path."""
    files = [p for p in (COMPONENTS / component).rglob("*") if p.suffix in {".js", ".html"}]
    return {path: path.read_text("utf-8") for path in files}


def named(text):
    """Yield the keys of the messages that a script or a skeleton says."""
    yield from NAMED.findall(text)
    for key in SAID.findall(text):
        yield from re.findall(r'"(\w+)"', key)


@pytest.mark.parametrize("section", SCRIPTS)
def test_scripts_say_the_messages_that_there_are_and_no_other(section):
    said = {key for text in texts_of(SCRIPTS[section]).values() for key in named(text)}
    assert said - GIVEN.get(section, set()) == set(templates(section)) - {"language"}


def test_every_section_of_the_browser_belongs_to_a_component():
    found = {key.rpartition(".")[0] for key in catalogue.keys("en")}
    assert {section for section in found if section.startswith("browser.")} == set(SCRIPTS)


def test_scripts_and_skeletons_hold_no_sentence_of_their_own():
    texts = {**texts_of("."), "bad": '"Choose units"', "also": "<b>name of the module</b>"}
    code = {str(path): re.sub("(^|\\s)//.*", "", text) for path, text in texts.items()}
    assert {path for path, text in code.items() if PROSE.search(text)} == {"bad", "also"}
