"""Choosing a case by looking in a real Chromium: with the keyboard, and nothing that axe finds."""

import pytest
from playwright.sync_api import expect

from explain.core.messages import say

pytestmark = pytest.mark.browser


def test_cases_are_chosen_by_a_click_walked_through_by_arrows_and_pinned_by_a_key(visit):
    person = visit("?model=heart-mlp&amount=0.8")
    page = person.page
    page.locator("button[data-row]").first.wait_for()
    next_ones = page.locator("button[data-row]").count()
    person.chip("case")
    page.get_by_role("radio", name="changed here 14").click()
    tiles = page.get_by_test_id("stPopoverBody").locator("button[data-row]")
    expect(tiles).to_have_count(14)
    rows = [tile.get_attribute("data-row") for tile in tiles.all()]
    tiles.nth(2).click()
    assert person.query()["sample"] == [rows[2]]
    expect(tiles.nth(2)).to_be_checked()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(4)).to_be_focused()
    page.wait_for_url(f"**sample={rows[4]}*")
    page.keyboard.press("p")
    page.wait_for_url(f"**pinned={rows[4]}*")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**sample={rows[3]}*")
    expect(tiles.nth(3)).to_be_checked()
    box = page.get_by_label(say("panels.case.search"))
    box.fill("p")
    box.press("ArrowLeft")
    assert person.query()["pinned"] == [rows[4]]
    box.fill("")
    assert person.barriers() == []
    person.escape()
    expect(page.locator("button[data-row]")).to_have_count(next_ones)
    name = page.locator(".case-card strong")
    before = name.inner_text()
    page.get_by_role("button", name=say("panels.case.step", way="next")).click()
    expect(name).not_to_have_text(before)
