"""What is printed is what was seen, with a line that says what it is and how to see it again."""

import re

import pytest
from playwright.sync_api import expect

from models import load

pytestmark = pytest.mark.browser
WIDTHS = """[...document.querySelectorAll('[class*=st-key-plot-], .st-key-network-graph')].map(
    (one) => Math.round(one.getBoundingClientRect().width))"""


def test_paper_says_what_it_shows_and_moves_no_chart(visit):
    person = visit("?model=heart-mlp&amount=0.8")
    line = person.page.locator(".st-key-printed")
    expect(line).to_be_hidden()
    seen = person.page.evaluate(WIDTHS)
    paper = person.page.pdf(prefer_css_page_size=True)
    wide, high = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper).groups())
    assert wide > 0.75 * person.page.viewport_size["width"]
    assert max(wide, high) / min(wide, high) == pytest.approx(2**0.5, rel=0.01)
    person.page.emulate_media(media="print")
    assert person.page.evaluate(WIDTHS) == seen
    assert seen
    expect(line).to_be_visible()
    expect(line).to_contain_text(load("heart-mlp").card.title)
    expect(line).to_contain_text(load("heart-mlp").fingerprint[:12])
    expect(line).to_contain_text("?model=heart-mlp&amount=0.8")
    for button in person.page.get_by_test_id("stDownloadButton").all():
        expect(button).to_be_hidden()
    person.page.emulate_media(media="screen")
