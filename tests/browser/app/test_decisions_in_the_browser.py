"""The page Decisions in a real Chromium: presses on a cell, a group and a row."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_what_is_pressed_narrows_the_table_keeps_the_focus_and_chooses_the_case(visit):
    person = visit("?model=heart-mlp&amount=0.8")
    person.go("Decisions")
    page = person.page
    page.set_viewport_size({"width": 390, "height": 844})
    rows = page.locator("[data-decisions=cases] tbody tr")
    expect(rows).to_have_count(14)
    cell = page.locator('[data-pick="way~0~1"]')
    cell.press("Enter")
    expect(page).to_have_url(re.compile("answers=0(~|%7E)1"))
    expect(rows).to_have_count(12)
    expect(cell).to_have_attribute("aria-pressed", "true")
    expect(cell).to_be_focused()
    page.locator("[data-decisions=groups] tr").filter(has_text="VA Long Beach").click()
    expect(rows).to_have_count(5)
    rows.nth(1).locator("td").first.click()
    expect(page).to_have_url(re.compile(r"sample=\d+"))
    expect(rows.nth(1).get_by_role("button")).to_have_attribute("aria-pressed", "true")
    assert person.overflow() <= 0
    assert person.barriers() == []
