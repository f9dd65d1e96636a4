"""What is printed is what was seen, with a line that says what it is and how to see it again."""

import re

import pytest
from playwright.sync_api import expect

from models import load

pytestmark = pytest.mark.browser
ROWS = 12
"""Terms of a unit that are listed."""
WIDTHS = """[...document.querySelectorAll('[class*=st-key-plot-], .st-key-network-graph')].map(
    (one) => Math.round(one.getBoundingClientRect().width))"""
DARK = """() => [...document.querySelectorAll('.stApp, .stApp *')].flatMap((one) => {
    if (!one.checkVisibility()) return [];
    const { color, backgroundColor, fill } = getComputedStyle(one);
    const light = (said) => {
        const [r, g, b, a = 1] = said.startsWith("rgb") ? said.match(/[\\d.]+/g) : [0, 0, 0, 0];
        return a < 0.1 ? 0.5 : (+r + +g + +b) / 765;
    };
    const writes = [...one.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
    const letters = one.closest(".js-plotly-plot text") ? fill : writes ? color : "none";
    return light(letters) > 0.7 || light(backgroundColor) < 0.25 ? [one.outerHTML] : [];
})"""
"""What would be dark on paper, and light letters."""


def test_paper_says_what_it_shows_is_light_and_moves_no_chart(visit):
    """In the dark, with a table whose rows the browser draws on a canvas."""
    link = "?model=heart-mlp&amount=0.8&scores=yes&unit=hidden1~3"
    person = visit(link, scheme="dark")
    line = person.page.locator(".st-key-printed")
    expect(line).to_be_hidden()
    seen = person.page.evaluate(WIDTHS)
    paper = person.page.pdf(prefer_css_page_size=True)
    wide, high = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper).groups())
    assert wide > 0.75 * person.page.viewport_size["width"]
    assert max(wide, high) / min(wide, high) == pytest.approx(2**0.5, rel=0.01)
    assert person.page.evaluate(DARK)
    person.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    person.page.emulate_media(media="print")
    person.page.wait_for_function(f"() => !({DARK})().length", timeout=10_000)
    rows = person.page.locator("[class*=st-key-on-paper-] tbody tr")
    assert rows.count() == ROWS
    expect(rows.last).to_be_visible()
    assert person.page.evaluate(WIDTHS) == seen
    assert seen
    expect(line).to_be_visible()
    expect(line).to_contain_text(load("heart-mlp").card.title)
    expect(line).to_contain_text(load("heart-mlp").fingerprint[:12])
    expect(line).to_contain_text("?model=heart-mlp&amount=0.8")
    for button in person.page.get_by_test_id("stDownloadButton").all():
        expect(button).to_be_hidden()
    person.page.emulate_media(media="screen")
    person.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert person.page.evaluate(DARK)
