"""The ribbon: what it shows while dragging is the sweep's, and nothing moves on release."""

import numpy as np
import pytest
from playwright.sync_api import expect

import explain
from bench.watching import NUMBERS
from explain import PruningPlan
from explain.core.messages import say
from explain.figures import bend, effect_curve, ribbon_curve, ribbon_turn, wording
from explain.measure import headline_metric, meter, metric_interval
from tests.browser.app.conftest import CHANNEL, SECONDS

pytestmark = pytest.mark.browser

RECORD = f"""() => {{
    window.frames_seen = [];
    const numbers = {NUMBERS};
    let amount = null;
    {CHANNEL}.addEventListener("amount", (event) => (amount = event.detail.amount));
    const look = () => {{
        if (amount !== null) window.frames_seen.push([amount, ...numbers()]);
        requestAnimationFrame(look);
    }};
    requestAnimationFrame(look);
}}"""


def curve_of(subject):
    scores = explain.score(subject, PruningPlan())
    sweep = explain.sweep(subject, PruningPlan(), scores=scores)
    return ribbon_curve(sweep, scores, subject.task, meter(headline_metric(subject))), scores


def shown(curve, scores, amount):
    """Return what a frame has to show: kept exactly, the rest of the nearest amount, marked."""
    at = int(np.abs(np.array(curve.amounts) - amount).argmin())
    kept = f"{explain.select(scores, PruningPlan(amount=amount)).kept:,}"
    said = curve.readings[at]
    mark = "" if curve.amounts[at] == amount else "≈ "
    return [kept, f"{mark}{said.metric}", f"{mark}{said.changed}"]


EFFECTS = """() => {
    const inside = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.className === "effects") return element;
            const found = element.shadowRoot && inside(element.shadowRoot);
            if (found) return found;
        }
        return null;
    };
    const all = (query) => [...inside(document).querySelectorAll(query)];
    return [
        all("[data-ref=says]")[0].textContent,
        all("td:last-child").map((cell) => cell.textContent),
        all(".dots .dot").map((dot) => dot.style.left),
    ];
}"""
"""What stands beside the graph: the answer, groups and layers in words, where the dots stand."""
RECORD_EFFECTS = f"""() => {{
    window.effects_seen = [];
    const effects = {EFFECTS};
    {CHANNEL}.addEventListener("amount", (event) => {{
        const amount = event.detail.amount;
        setTimeout(() => window.effects_seen.push([amount, ...effects()]));
    }});
}}"""


def effects_of(subject, scores):
    sweep = explain.sweep(subject, PruningPlan(), scores=scores)
    return effect_curve(
        sweep, subject, lambda amount: explain.select(scores, PruningPlan(amount=amount))
    )


def beside(curve, amount):
    """Return what has to stand beside the graph while the slider is dragged over an amount."""
    at = int(np.abs(np.array(curve.amounts) - amount).argmin())
    said = curve.effects[at]
    mark = "" if curve.amounts[at] == amount else "≈ "
    rows = [*said.groups, *said.kept]
    return [
        said.says,
        [f"{mark}{row.text}" for row in rows],
        [f"{100 * row.value:g}%" for row in said.groups],
    ]


@pytest.mark.parametrize("page", ["", "inside"])
def test_every_frame_of_a_drag_shows_what_the_sweep_says(visit, demo, page):
    person = visit("?model=digits-cnn")
    if page:
        person.go("Reasons", "Inside")
        person.page.wait_for_function(f"() => {CHANNEL}?.curve", timeout=SECONDS)
    curve, scores = curve_of(demo("digits-cnn"))
    person.page.evaluate(RECORD)
    if not page:
        person.page.wait_for_function(f"() => {CHANNEL}.effects", timeout=SECONDS)
        person.page.evaluate(RECORD_EFFECTS)
    box = person.grab()
    for share in (0.31, 0.5, 0.777, 0.9, 0.62):
        person.pull(box, share)
        person.page.wait_for_timeout(150)
    seen = person.page.evaluate("() => window.frames_seen")
    person.page.mouse.up()
    assert len({amount for amount, *_ in seen}) >= 10
    wrong = [frame for frame in seen if frame[1:] != shown(curve, scores, frame[0])]
    assert wrong == []
    if not page:
        person.quiet()
        told = person.page.evaluate("() => window.effects_seen")
        effects = effects_of(demo("digits-cnn"), scores)
        answer = person.page.evaluate(EFFECTS)
        assert len({amount for amount, *_ in told}) >= 10
        assert [one for one in told if one[1:] not in (beside(effects, one[0]), answer)] == []


def test_nothing_moves_on_release_where_recalibration_is_offered(visit):
    person = visit("?model=digits-cnn")
    person.page.wait_for_function(f"() => {CHANNEL}.effects", timeout=SECONDS)
    parts = (".st-key-ribbon", ".stage", ".st-key-next-place", ".st-key-compare-open")
    places = [person.page.locator(one) for one in parts]
    box = person.grab()
    person.pull(box, 0.7)
    before = [place.bounding_box() for place in places]
    person.page.mouse.up()
    expect(person.page.get_by_role("button", name="Recalibrate")).to_be_visible(timeout=SECONDS)
    person.page.wait_for_timeout(500)
    assert [place.bounding_box() for place in places] == before
    assert before[0]["height"] <= 112


def test_the_ribbon_stays_while_the_page_scrolls(visit):
    person = visit("?model=heart-mlp&amount=0.8", size=(1280, 600))
    place, graph = (person.page.locator(one) for one in (".st-key-ribbon", ".stage"))
    before, top = place.bounding_box(), graph.bounding_box()["y"]
    person.page.mouse.move(1100, 400)
    person.page.mouse.wheel(0, 900)
    person.page.wait_for_timeout(400)
    assert graph.bounding_box()["y"] < top - 300
    assert place.bounding_box() == before


def test_the_keyboard_moves_the_amount_and_says_it_with_what_it_came_to(visit, demo):
    plan = PruningPlan(criterion="l2-norm", granularity="unit")
    scores = explain.score(demo("heart-mlp"), plan)
    sweep = explain.sweep(demo("heart-mlp"), plan, scores=scores)
    row = int(sweep.rows[(sweep.decisions[-1] != sweep.dense.decisions).argmax()])
    turn = ribbon_turn(sweep, demo("heart-mlp"), row)
    person = visit(f"?model=heart-mlp&criterion=l2-norm&granularity=unit&sample={row}")
    person.page.wait_for_function(f"() => {CHANNEL}?.turn", timeout=SECONDS)
    person.slider.focus()
    for key, amount in (("ArrowRight", 0.001), ("PageUp", 0.101), ("End", 1.0), ("Home", 0.0)):
        person.page.keyboard.press(key)
        said = person.slider.get_attribute("aria-valuetext")
        asked = wording.pruned_share(explain.select(scores, plan.at(amount)))
        assert said.startswith(f"{asked}: kept")
        sign = turn.signs[-1] if amount == 1.0 else "▼"
        expect(person.page.locator("#turn")).to_have_text(f"{sign} {turn.says}")
    assert "AUC 0.912" in person.slider.get_attribute("aria-valuetext")


def test_twelve_fast_presses_are_twelve_plans_and_no_threshold(visit):
    person = visit("?model=heart-mlp&amount=0.5")
    person.plan_fields()
    person.escape()
    person.slider.focus()
    for pause in (40, 350, 120, 320, 60, 400, 310, 30, 350, 200, 330, 90):
        person.page.keyboard.press("ArrowRight")
        person.page.wait_for_timeout(pause)
    for name, value in (("Undo", 500), ("Redo", 512)):
        button = person.page.get_by_role("button", name=name)
        expect(button).to_be_enabled()
        for _ in range(12):
            button.click()
        expect(button).to_be_disabled(timeout=SECONDS)
        expect(person.slider).to_have_value(str(value))
        assert person.query()["amount"] == [f"{value / 1000:g}"]
    assert "threshold" not in person.query()


def test_play_goes_to_the_bend_once_and_any_key_stops_it(visit, demo):
    subject = demo("heart-mlp")
    low, _ = metric_interval(subject, explain.evaluate(subject))
    end = bend(explain.sweep(subject, PruningPlan()), low)
    person = visit("?model=heart-mlp")
    play = person.page.get_by_role("button", name=say("browser.ribbon.play"))
    play.click()
    person.page.wait_for_timeout(400)
    person.page.keyboard.press("Escape")
    expect(person.page.get_by_role("button", name="Undo")).to_be_enabled(timeout=SECONDS)
    assert 0 < int(person.slider.input_value()) < 1000 * end
    person.page.get_by_role("button", name="Undo").click()
    expect(person.slider).to_have_value("0")
    person.page.emulate_media(reduced_motion="reduce")
    play.click()
    expect(person.slider).to_have_value(f"{1000 * end:.0f}", timeout=300)
    expect(play).to_be_hidden()


def test_the_link_is_copied_also_where_the_address_is_not_secure(visit):
    person = visit("?model=heart-mlp&amount=0.8")
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    share = person.page.get_by_role("button", name="Share")
    person.page.evaluate("() => { window.clipboard = navigator.clipboard; }")
    for hidden in (False, True):
        if hidden:
            person.page.evaluate(
                "() => Object.defineProperty(navigator, 'clipboard', { value: undefined })"
            )
        person.page.evaluate("() => window.clipboard.writeText('nothing')")
        share.click()
        person.until(lambda: person.page.evaluate("() => clipboard.readText()") == person.page.url)
