"""The Modules page in a real Chromium: an image, a table and a text."""

import re

import pytest
from playwright.sync_api import expect

import explain
from explain.core.messages import signed
from explain.decompose import modules_or_blocks
from tests.cutting import pruned_to

pytestmark = pytest.mark.browser

SECONDS = 90_000
MODELS = ("digits-cnn", "heart-mlp", "sms-transformer")
DRAGGED = ["heart-mlp", *(pytest.param(k, marks=pytest.mark.slow) for k in MODELS[::2])]
"""The numbers of the others are compared without a browser."""

WORKS = "() => document.querySelector('[data-testid=stProgress]')"
"""On a fast machine a job is over before `expect` looks a second time."""


@pytest.fixture
def look(visit):
    """Return a function that opens the page through the menu, as people do."""

    def open_page(query="", **options):
        person = visit(f"{query}&contributions=yes&own-modules=yes", **options)
        person.go("Reasons", "Parts")
        settled(person)
        return person

    return open_page


def settled(person):
    expect(table(person)).to_be_visible(timeout=SECONDS)
    expect(person.page.get_by_text("From the whole network down")).to_be_visible(timeout=SECONDS)


def table(person):
    return person.page.locator("[data-modules=table]")


def shows(person, column, values):
    """Wait until a column of the table has these values."""
    wanted = [signed(float(value)) for value in values]
    person.page.wait_for_function(
        """([column, wanted]) => {
            const rows = [...document.querySelectorAll("[data-modules=table] tbody tr")];
            const seen = rows.map(row => row.cells[column]?.innerText.trim());
            return JSON.stringify(seen) === JSON.stringify(wanted);
        }""",
        arg=[column, wanted],
        timeout=SECONDS,
    )


def node(person, name):
    return person.page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}: \d+ units"))


@pytest.mark.parametrize("key", DRAGGED)
def test_contributions_follow_the_slider_and_are_those_of_explain(look, demo, key):
    person = look(f"?model={key}&sample=2")
    subject = demo(key)
    parts = modules_or_blocks(subject)[1]
    dense = explain.contributions(subject, parts, sample=2)
    shows(person, 2, dense.shapley)
    amount = person.drag_to(0.7)
    assert amount > 0.5
    pruned = explain.contributions(
        pruned_to(subject, amount), parts, sample=2, targets=dense.targets
    )
    shows(person, 3, pruned.shapley)
    shows(person, 4, pruned.shapley - dense.shapley)
    assert float(person.query()["amount"][0]) == amount


@pytest.mark.parametrize("key", MODELS)
def test_the_tab_keeps_nobody_out_and_is_no_wider_than_a_telephone(look, key):
    person = look(f"?model={key}&amount=0.8&module=0&hidden=1")
    assert person.barriers() == []
    person.page.set_viewport_size({"width": 390, "height": 844})
    person.quiet()
    assert person.overflow() <= 0


def test_a_click_on_the_menu_before_the_first_page_is_there_loses_nothing_of_the_link(
    window, app_url
):
    page = window(0).new_page()
    page.goto(f"{app_url}/?model=digits-cnn&amount=0.3&module=1")
    page.get_by_role("link", name="Reasons").click()
    expect(page).to_have_url(re.compile("reasons.*model=digits-cnn.*module=1"), timeout=SECONDS)
    page.close()


def test_a_module_is_picked_with_the_pointer_and_with_the_keyboard_down_to_a_unit(look):
    person = look("?model=digits-cnn&amount=0.4")
    node(person, "conv4").click()
    expect(person.page.get_by_role("heading", name="Inside conv4")).to_be_visible(timeout=SECONDS)
    expect(node(person, "conv4")).to_have_attribute("aria-pressed", "true")
    node(person, "conv1").focus()
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("heading", name="Inside conv1")).to_be_visible(timeout=SECONDS)
    expect(person.page).to_have_url(re.compile("module=0"), timeout=SECONDS)


def test_hiding_a_module_changes_the_numbers_and_the_link_keeps_it(look):
    person = look("?model=heart-mlp&amount=0.2")
    person.page.get_by_test_id("stButtonGroup").get_by_text("hidden2").click()
    metric = person.page.get_by_test_id("stMetric").filter(has_text="Decisions changed by hiding")
    expect(metric).to_be_visible(timeout=SECONDS)
    said = metric.inner_text()
    expect(person.page).to_have_url(re.compile("hidden=1"), timeout=SECONDS)
    again = look(person.link())
    expect(
        again.page.get_by_test_id("stMetric").filter(has_text="Decisions changed by hiding")
    ).to_have_text(re.compile(re.escape(said.split("\n")[-1])), timeout=SECONDS)


def test_units_that_are_chosen_in_the_map_become_a_module(look):
    person = look("?model=heart-mlp")
    units = person.page.get_by_role("button", name=re.compile("^hidden1, unit"))
    for at in (0, 3, 5):
        units.nth(at).click()
    expect(person.page.get_by_text("3 units chosen.")).to_be_visible()
    person.page.get_by_label("Name of the new module").fill("mine")
    person.page.get_by_role("button", name="Make them a module").click()
    expect(table(person).filter(has_text="mine")).to_have_count(1, timeout=SECONDS)
    assert person.query()["reshaped"] == ["carve~mine~hidden1~0.3.5"]
    expect(node(person, "mine")).to_be_visible()
    person.page.get_by_role("button", name="Start over").click()
    expect(table(person).filter(has_text="mine")).to_have_count(0, timeout=SECONDS)
    expect(table(person)).to_have_count(1, timeout=SECONDS)


def test_the_map_of_units_is_walked_with_the_keyboard(look):
    person = look("?model=heart-mlp")
    first = person.page.get_by_role("button", name=re.compile("^hidden1, unit 0:"))
    first.focus()
    for key in ("ArrowRight", "ArrowRight", "Space", "ArrowDown", "Space"):
        person.page.keyboard.press(key)
    expect(person.page.get_by_text("2 units chosen.")).to_be_visible()
    for name in ("hidden1, unit 2:", "hidden2, unit 2:"):
        chosen = person.page.get_by_role("button", name=re.compile(f"^{name}"))
        expect(chosen).to_have_attribute("aria-pressed", "true")


def test_a_job_is_cancelled_by_the_next_action_and_nothing_is_lost(look):
    person = look("?model=retina-cnn&amount=0.5&over=all")
    person.quiet()
    person.page.get_by_text("Contributions at 12 amounts").click()
    person.page.wait_for_function(WORKS, polling=5, timeout=SECONDS)
    person.page.get_by_text("Contributions at 12 amounts").first.click()
    expect(person.page.get_by_test_id("stProgress")).to_have_count(0, timeout=SECONDS)
    expect(table(person)).to_be_visible()
