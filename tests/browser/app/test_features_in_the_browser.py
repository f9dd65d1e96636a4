"""The Feature maps page in a real Chromium: an image, a table and a text."""

import re
import time

import pytest
from playwright.sync_api import expect

import explain
from explain import PruningPlan
from explain.core.messages import say, signed

pytestmark = pytest.mark.browser

TILE = "button[data-channel]"
SECONDS = 60_000


def features(visit, query="", **options):
    """Open the app and go to the page as a person does."""
    person = visit(query, **options)
    person.go("Reasons", "Inside")
    settled(person)
    return person


def settled(person):
    person.page.get_by_text(say("features.top.title")).wait_for(timeout=SECONDS)
    person.page.locator(TILE).first.wait_for(timeout=SECONDS)
    person.quiet()


def both(subject, layer, amount, sample):
    plan = PruningPlan(amount=amount)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    dense = explain.feature_maps(subject, layer, sample)
    return dense, explain.feature_maps(pruned, layer, sample, target=dense.target)


def notes(person):
    return person.page.locator(f"{TILE} .note").all_inner_texts()


@pytest.mark.parametrize(
    ("key", "layer"),
    [
        ("digits-cnn", "conv4"),
        pytest.param("heart-mlp", "hidden2", marks=pytest.mark.slow),
        pytest.param("sms-transformer", "blocks.1.contract", marks=pytest.mark.slow),
    ],
)
def test_the_tiles_show_the_relevance_that_explain_finds(visit, demo, key, layer):
    person = features(visit, f"?model={key}&amount=0.6&sample=3")
    dense, pruned = both(demo(key), layer, 0.6, 3)
    shown = notes(person)
    wanted = [
        signed(float(found.relevance[at]))
        for at in dense.order[: len(shown) // 2]
        for found in (dense, pruned)
    ]
    assert shown == wanted


def position(person):
    boxes = (person.page.get_by_label(f"Position, {name}") for name in ("row", "column"))
    return [int(box.input_value()) for box in boxes]


def test_a_click_and_the_arrow_keys_move_the_position_and_strongest_brings_it_back(visit):
    person = features(visit, "?model=digits-cnn&amount=0.6&sample=3&maps=conv1&closely=yes")
    strongest = position(person)
    assert strongest != [6, 4]
    picture = person.page.get_by_role("button", name="Arrow keys move it").last
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] * 4.5 / 8, "y": box["height"] * 6.5 / 8})
    row, column = (person.page.get_by_label(f"Position, {name}") for name in ("row", "column"))
    expect(row).to_have_value("6", timeout=SECONDS)
    expect(column).to_have_value("4")
    person.page.get_by_text("Position row 6, column 4").wait_for(timeout=SECONDS)
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft"):
        picture.press(key)
    expect(row).to_have_value("4", timeout=SECONDS)
    expect(column).to_have_value("3")
    person.page.get_by_text("Position row 4, column 3").wait_for(timeout=SECONDS)
    person.page.get_by_role("button", name="Strongest", exact=True).click()
    expect(row).to_have_value(str(strongest[0]), timeout=SECONDS)
    expect(column).to_have_value(str(strongest[1]))


def test_clicking_a_channel_opens_it_and_the_link_shows_it_again(visit):
    person = features(visit, "?model=digits-cnn&amount=0.6&sample=3")
    tile = person.page.locator(TILE).nth(4)
    channel = tile.get_attribute("data-channel")
    tile.click()
    person.page.get_by_text(f"conv4, channel {channel}, image ").wait_for(timeout=SECONDS)
    expect(tile).to_have_attribute("aria-pressed", "true")
    assert person.query()["channel"] == [channel]
    again = features(visit, person.link())
    again.page.get_by_text(f"conv4, channel {channel}, image ").wait_for(timeout=SECONDS)
    assert notes(again) == notes(person)


def test_the_keyboard_alone_picks_a_channel_and_a_case_that_it_answers_to(visit):
    person = features(visit, "?model=heart-mlp&amount=0.6&top-cases=yes")
    tile = person.page.locator(TILE).nth(2)
    tile.focus()
    person.page.keyboard.press("Enter")
    expect(tile).to_have_attribute("aria-pressed", "true", timeout=SECONDS)
    assert person.query()["channel"] == [tile.get_attribute("data-channel")]
    person.quiet()
    case = person.page.locator('[data-maps="cases"] [data-pick][aria-pressed="false"]').first
    name, word = case.inner_text(), case.get_attribute("data-pick")
    case.focus()
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_text(f"{name}, original:").first).to_be_visible(timeout=SECONDS)
    assert person.query()["sample"] == [word.removeprefix("case~")]


def test_moving_the_slider_refreshes_the_maps_in_place(visit, demo):
    person = features(visit, "?model=digits-cnn&amount=0.5&sample=3")
    before = notes(person)
    slider = person.page.get_by_role("slider").first
    slider.focus()
    start = time.perf_counter()
    person.page.keyboard.press("ArrowRight")
    pruned = both(demo("digits-cnn"), "conv4", 0.501, 3)[1]
    dense = both(demo("digits-cnn"), "conv4", 0.501, 3)[0]
    wanted = signed(float(pruned.relevance[dense.order[0]]))
    expect(person.page.locator(f"{TILE} .note").nth(1)).to_have_text(wanted, timeout=SECONDS)
    assert time.perf_counter() - start < 20
    assert notes(person)[0::2] == before[0::2]
    assert float(person.query()["amount"][0]) == pytest.approx(0.501)


def test_layer_range_and_overlay_are_in_the_link(visit):
    person = features(visit, "?model=digits-cnn&amount=0.5")
    person.page.get_by_role("radio", name="network").click()
    person.page.get_by_text("One range for the network").wait_for(timeout=SECONDS)
    person.page.get_by_text(say("features.menus.over")).click()
    person.page.locator(f"{TILE} img.under").first.wait_for(timeout=SECONDS)
    found = person.query()
    assert (found["colours"], found["overlay"]) == (["network"], ["yes"])


def test_a_typed_message_is_read_token_by_token(visit):
    person = features(visit, "?model=sms-transformer&amount=0.5")
    field = person.page.get_by_role("textbox", name="Your own message")
    field.fill("Win a free prize now")
    field.press("Control+Enter")
    person.page.get_by_text("Your message").first.wait_for(timeout=SECONDS)
    line = person.page.locator(f"{TILE} .tokens").first
    expect(line).to_have_text("Win a free prize now ", timeout=SECONDS)
    assert person.query()["text"] == ["Win a free prize now"]


def test_the_ribbon_keeps_its_choices_on_the_other_page(visit):
    person = features(visit, "?model=heart-mlp&amount=0.7&sample=3")
    amount, _ = person.plan_fields()
    expect(amount).to_have_value(re.compile("^70"), timeout=SECONDS)
    person.escape()
    assert person.page.locator("[role=tabpanel]").count() == 1  # nothing of the tab that was left
    sample = person.chip("case").get_by_role("spinbutton")
    expect(sample).to_have_value("3", timeout=SECONDS)


@pytest.mark.parametrize("key", ["digits-cnn", "heart-mlp", "sms-transformer"])
def test_the_tab_is_low_keeps_nobody_out_and_is_no_wider_than_a_telephone(visit, key):
    person = features(visit, f"?model={key}&amount=0.8")
    assert person.page.get_by_test_id("stMain").evaluate("main => main.scrollHeight") <= 1600
    assert person.barriers() == []
    person.page.set_viewport_size({"width": 390, "height": 844})
    person.quiet()
    assert person.overflow() <= 0
