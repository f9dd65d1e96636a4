"""The Attribution page in a real Chromium: an image, a table and a text."""

import re

import pytest
from playwright.sync_api import expect

import explain
from explain.core.messages import number, say, signed
from models.text import typed_sample
from tests.cutting import pruned_to

pytestmark = pytest.mark.browser

SECONDS = 90_000
MODELS = ("digits-cnn", "heart-mlp", "sms-transformer")
DRAGGED = ["heart-mlp", *(pytest.param(k, marks=pytest.mark.slow) for k in MODELS[::2])]
"""The numbers of the others are compared without a browser."""


@pytest.fixture
def look(visit):
    """Return a function that opens the page through the menu, as people do."""

    def open_page(query="", **options):
        person = visit(query, **options)
        person.go("Reasons")
        settled(person)
        return person

    return open_page


def settled(person):
    last = person.page.get_by_text(say("attribution.checks.lift")).first
    expect(last).to_be_visible(timeout=SECONDS)
    expect(facts(person)).to_be_visible(timeout=SECONDS)


def facts(person):
    return person.page.locator("[data-reasons=facts]")


def shows(person, found):
    """Wait until the facts under the picture are those of an explanation at rest."""
    output = number(float(found.outputs[0]))
    expect(facts(person)).to_contain_text(output, timeout=SECONDS)
    expect(facts(person)).to_contain_text(signed(float(found.values.sum())), timeout=SECONDS)


@pytest.mark.parametrize("key", DRAGGED)
def test_the_reasons_follow_the_slider_and_are_those_of_explain(look, demo, key):
    person = look(f"?model={key}&sample=2")
    subject = demo(key)
    dense = explain.attribute(subject, "integrated-gradients", sample=2)
    shows(person, dense)
    amount = person.drag_to(0.7)
    assert amount > 0.5
    pruned = pruned_to(subject, amount)
    target = int(dense.targets[0])
    shows(person, explain.attribute(pruned, "integrated-gradients", sample=2, target=target))
    assert float(person.query()["amount"][0]) == amount


@pytest.mark.parametrize(
    ("key", "picture"), zip(MODELS, ("maps", "bars", "tokens"), strict=True), ids=MODELS
)
def test_each_kind_of_data_has_its_picture_and_no_serious_barrier(look, key, picture):
    person = look(f"?model={key}&amount=0.8")
    expect(person.page.locator(f"[data-reasons={picture}]")).to_be_visible()
    for label in ("original", "pruned", "difference"):
        found = person.page.locator(f"[data-reasons={picture}]").get_by_text(label)
        expect(found.first).to_be_visible()
    assert person.barriers() == []


def choose(person, label, option):
    person.page.get_by_role("combobox", name=re.compile(label)).click()
    person.page.get_by_role("option", name=option, exact=True).click()


def test_another_method_class_and_sample_are_explained_and_the_link_keeps_them(look, demo):
    person = look("?model=digits-cnn&amount=0.5")
    person.page.get_by_role("button", name=re.compile("^Method:")).click()
    choose(person, "Method", "Saliency")
    expect(facts(person)).to_contain_text("not promise", timeout=SECONDS)
    person.quiet()
    choose(person, "Output", "7")
    expect(person.page).to_have_url(re.compile("target=7"), timeout=SECONDS)
    found = explain.attribute(demo("digits-cnn"), "saliency", target=7)
    shows(person, found)
    query = person.query()
    assert query == {
        "model": ["digits-cnn"],
        "amount": ["0.5"],
        "method": ["saliency"],
        "target": ["7"],
    }
    again = look(person.link())
    shows(again, found)
    assert again.query() == query


def test_a_typed_message_is_explained(look, demo):
    person = look("?model=sms-transformer")
    message = "Free zorblatt prize, call now"
    field = person.page.get_by_label("Your own message")
    field.fill(message)
    field.press("Control+Enter")
    expect(person.page.get_by_text("“zorblatt”").first).to_be_visible(timeout=SECONDS)
    subject = demo("sms-transformer")
    shows(
        person,
        explain.attribute(subject, "integrated-gradients", samples=typed_sample(subject, message)),
    )
    assert person.query()["text"] == [message]


def test_the_keyboard_alone_prunes(look):
    person = look("?model=heart-mlp")
    person.page.get_by_role("slider").focus()
    person.page.keyboard.press("ArrowRight")
    expect(person.page).to_have_url(re.compile(r"amount=0\.001"), timeout=SECONDS)


def test_the_drift_curve_comes_and_its_mark_follows_the_slider(look):
    person = look("?model=heart-mlp&amount=0.3")
    person.page.get_by_text(say("attribution.curve.wanted")).click()
    mark = person.page.locator(".st-key-plot-drift-curve [data-marks] div")
    expect(mark).to_be_visible(timeout=SECONDS)
    before = mark.bounding_box()["x"]
    person.drag_to(0.9)
    person.page.wait_for_function(
        "x => document.querySelector('.st-key-plot-drift-curve [data-marks] div')"
        "?.getBoundingClientRect().x > x + 100",
        arg=before,
        timeout=SECONDS,
    )


def test_nothing_is_wider_than_a_telephone(look):
    person = look("?model=heart-mlp&amount=0.5")
    person.page.set_viewport_size({"width": 390, "height": 844})
    person.page.wait_for_timeout(800)
    wide = person.page.evaluate(
        "() => [...document.querySelectorAll('[data-reasons]')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.dataset.reasons)"
    )
    assert wide == []
    assert person.page.evaluate("() => document.documentElement.scrollWidth") <= 390
