"""Colours and type sizes stand in one file, are the same everywhere, and can be read."""

import re
import tomllib
from itertools import product

import pytest

from explain.figures.chart import (
    CATEGORICAL,
    SEQUENTIAL,
    TOKENS_CSS,
    for_plotly,
    page_colours,
    shade,
)

THEME = {
    "primaryColor": "action",
    "backgroundColor": "paper",
    "secondaryBackgroundColor": "panel",
    "textColor": "ink",
    "linkColor": "action",
    "borderColor": "line",
    "blueColor": "plus",
    "orangeColor": "minus",
    "redColor": "broke",
    "greenColor": "fixed",
    "violetColor": "pruned",
    "grayColor": "dense",
}
TEXTS = ("ink", "ink-2", "action", "dense", "pruned", "broke", "fixed")
PAIRS = (*product(TEXTS, ("paper", "panel")), ("on-action", "action"))
LINES = ("plus", "minus", "another", *(f"other-{at}" for at in range(1, 9)))
SIDES = ("light", "dark")
SIZES = {"var(--projector)", "var(--small)", "var(--text)", "var(--head)", "14px"}
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b(?!;)|rgba?\([\d. ,]+\)")
PROBES = {"#808080", "rgba(0,0,0,0)", "rgba(0, 0, 0, 0.16)"}
"""No colour at all, and grey that nobody sees."""


def luminance(colour):
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def looks(root):
    """All files that could write a colour or a size, but for the page_colours themselves."""
    for house, ending in product(("explain", "pages"), ("py", "css", "js", "html")):
        yield from (p for p in (root / house).rglob(f"*.{ending}") if p != TOKENS_CSS)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_every_text_stands_out_from_its_ground(text, ground, side):
    at = SIDES.index(side)
    assert contrast(page_colours()[text][at], page_colours()[ground][at]) >= 4.5


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("line", LINES)
def test_every_line_stands_out_from_the_page(line, side):
    at = SIDES.index(side)
    assert contrast(page_colours()[line][at], page_colours()["paper"][at]) >= 3


@pytest.mark.parametrize("side", SIDES)
def test_the_theme_has_the_colours_of_the_tokens(root, side):
    theme = tomllib.loads((root / ".streamlit" / "config.toml").read_text("utf-8"))["theme"][side]
    colours = {name: pair[SIDES.index(side)] for name, pair in page_colours().items()}
    assert theme == {
        **{option: colours[name] for option, name in THEME.items()},
        "chartCategoricalColors": [colours[name] for name in CATEGORICAL],
        "chartSequentialColors": [colours[name] for name in SEQUENTIAL],
    }


def test_no_colour_is_written_outside_the_tokens(root):
    found = {
        (path.name, colour)
        for path in looks(root)
        for colour in COLOUR.findall(path.read_text("utf-8"))
    }
    assert {one for one in found if one[1] not in PROBES} == set()


MARKS = re.compile(r"([\w-]+): [^;{}]*var\(--(dense|pruned|another|hatch)\)")
DRAWN = {
    *(("border", "dense"), ("stroke", "dense"), ("stroke", "pruned")),
    *(("background", "pruned"), ("background", "hatch")),
}
"""What style sheets of components draw with the marks: lines are hollow, grounds are filled."""


def test_only_one_module_draws_the_two_networks_and_noise(root):
    """All else asks `explain.figures.marks`; style sheets may be hollow grey and filled violet."""
    for path in looks(root):
        text = path.read_text("utf-8")
        if path.suffix == ".css":
            assert set(MARKS.findall(text)) <= DRAWN, path
        elif path.name != "marks.py":
            assert not re.search(r"--(dense|pruned|another|hatch)\b", text), path
        assert "repeating-linear-gradient" not in text, path


def test_the_brand_has_the_colours_of_the_tokens(root):
    there = {colour for pair in page_colours().values() for colour in pair}
    for path in (root / "pages" / "_shell").glob("*.svg"):
        assert set(COLOUR.findall(path.read_text("utf-8"))) <= there


def test_no_type_size_is_written_outside_the_tokens(root):
    found = {
        (path.name, size.strip())
        for path in looks(root)
        for size in re.findall(r"font-size:([^;}\"']+)", path.read_text("utf-8"))
    }
    assert {one for one in found if one[1] not in SIZES} == set()


def test_every_token_that_is_used_is_there(root):
    texts = [path.read_text("utf-8") for path in [*looks(root), TOKENS_CSS]]
    there = {name for text in texts for name in re.findall(r"--([\w-]+)[:\"']", text)}
    used = {name for text in texts for name in re.findall(r"var\(--([a-z][\w-]*)\b[,)]", text)}
    assert {name for name in used - there if not name.startswith("st-")} == set()


def test_a_chart_takes_the_colours_of_the_theme():
    part = {"line": {"color": "var(--dense)"}, "marker": {"color": ["var(--pruned)", "red"]}}
    assert for_plotly(part) == {
        "line": {"color": "#000002"},
        "marker": {"color": ["#000001", "red"]},
    }
    assert for_plotly(shade("var(--other-1)", 0.2)) == "#00001133"
