"""Dragging the real slider: edges leave the canvas, numbers are those of `explain`."""

import re
from urllib.parse import parse_qs

import pytest
import torch
from playwright.sync_api import expect
from safetensors.torch import load_file

import explain
from explain import PruningPlan
from explain.core.messages import say
from explain.figures import wording
from explain.measure import headline_metric, meter
from models.catalog import KEYS
from tests.browser.app.conftest import SECONDS

pytestmark = pytest.mark.browser


def wanted(subject, plan):
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    run, found = explain.evaluate(pruned), explain.flips(subject, pruned)
    metric = wording.metric(run.metric, meter(headline_metric(subject)))
    return [f"{masks.kept:,}", metric, f"{len(found.changed):,}"]


ONE_OF_A_KIND = ("digits-cnn", "credit-mlp")
"""A picture and a table; the other demos run in `make test-slow`."""


@pytest.mark.parametrize(
    "key",
    [k if k in ONE_OF_A_KIND else pytest.param(k, marks=pytest.mark.slow) for k in KEYS],
)
def test_edges_vanish_while_dragging_and_numbers_are_exact_on_release(visit, demo, key):
    person = visit(f"?model={key}")
    person.paint()
    ink = person.ink()
    box = person.grab()
    seen = []
    for share in (0.3, 0.6, 0.9):
        person.pull(box, share)
        person.page.wait_for_timeout(250)
        seen.append((person.hook()["drawn"], person.ink()))
    drawn, inks = zip(*seen, strict=True)
    assert list(drawn) == sorted(set(drawn), reverse=True)
    assert inks[0] < ink
    assert list(inks) == sorted(set(inks), reverse=True)
    person.page.mouse.up()
    amount = float(person.slider.input_value()) / 1000
    person.wait_for_numbers(wanted(demo(key), PruningPlan(amount=amount)))
    assert float(person.query()["amount"][0]) == amount


def test_the_graph_counts_what_explain_counts(visit, demo):
    person = visit()
    plan = PruningPlan(amount=person.drag_to(0.82))
    masks = explain.select(explain.score(demo("digits-mlp"), plan), plan)
    person.wait_for_numbers(wanted(demo("digits-mlp"), plan))
    hook = person.hook()
    assert (hook["kept"], hook["rank"]) == (masks.kept, masks.total - masks.kept)
    assert hook["drawn"] == masks.kept


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("?amount=0.8", marks=pytest.mark.slow),
        "?model=digits-cnn&criterion=l2-norm&granularity=unit&amount=0.4&sample=7",
        pytest.param(
            "?model=heart-mlp&threshold=0.12&protect=output&view=matrix", marks=pytest.mark.slow
        ),
        "?model=credit-mlp&criterion=random&seed=5&scope=layer&amount=0.7&override=hidden1~0.2",
    ],
)
def test_a_copied_link_reproduces_the_view(visit, query):
    first = visit(query)
    second = visit(first.link())
    assert first.numbers() == second.numbers()
    assert first.query() == second.query() == parse_qs(query[1:])
    assert first.hook()["rank"] == second.hook()["rank"]


def test_every_criterion_lets_other_edges_die(visit, demo):
    for criterion in ("lamp", "random"):
        person = visit(f"?criterion={criterion}")
        amount = person.drag_to(0.7)
        plan = PruningPlan(criterion=criterion, amount=amount)
        person.wait_for_numbers(wanted(demo("digits-mlp"), plan))


def test_fast_moves_end_at_the_last_one(visit, demo):
    person = visit("?model=digits-cnn")
    for share in (0.2, 0.9, 0.4, 0.7, 0.3):
        amount = person.drag_to(share)
    person.wait_for_numbers(wanted(demo("digits-cnn"), PruningPlan(amount=amount)))
    person.page.wait_for_timeout(500)
    assert person.numbers() == wanted(demo("digits-cnn"), PruningPlan(amount=amount))
    assert float(person.slider.input_value()) / 1000 == amount


def test_releasing_at_the_old_place_after_typing_another_amount_counts(visit, demo):
    """The browser's last release equals the new one; it must reach Python all the same."""
    person = visit()
    amount = person.drag_to(0.8)
    subject = demo("digits-mlp")
    person.wait_for_numbers(wanted(subject, PruningPlan(amount=amount)))
    person.type_amount("40")
    person.wait_for_numbers(wanted(subject, PruningPlan(amount=0.4)))
    person.page.wait_for_function("() => document.querySelector('body') !== null")
    again = person.drag_to(0.8)
    person.wait_for_numbers(wanted(subject, PruningPlan(amount=again)))


def test_the_typed_amount_moves_the_slider_and_the_edges(visit):
    person = visit()
    before = person.ink()
    person.type_amount("95")
    person.page.get_by_text("323 of 6,464").first.wait_for()
    person.page.wait_for_timeout(600)
    assert person.slider.input_value() == "950"
    assert person.hook()["drawn"] == 323
    assert person.ink() < 0.8 * before


def test_amount_and_threshold_follow_the_slider(visit, demo):
    person = visit()
    subject = demo("digits-mlp")
    for share in (0.4, 0.85, 0.2):
        plan = PruningPlan(amount=person.drag_to(share))
        person.wait_for_numbers(wanted(subject, plan))
        amount, threshold = person.plan_fields()
        expect(amount).to_have_value(re.compile(f"^{re.escape(f'{100 * plan.amount:g}')}"))
        cut = explain.select(explain.score(subject, plan), plan).cut
        assert float(threshold.input_value()) == pytest.approx(cut.low, rel=1e-4)
        person.escape()


def test_the_keyboard_alone_prunes(visit, demo):
    person = visit()
    person.slider.focus()
    for _ in range(5):
        person.page.keyboard.press("PageUp")
    person.page.wait_for_function("() => !document.location.search.includes('amount=0.0')")
    person.page.wait_for_timeout(1500)
    amount = float(person.slider.input_value()) / 1000
    assert amount > 0.1
    person.wait_for_numbers(wanted(demo("digits-mlp"), PruningPlan(amount=amount)))


def test_undo_redo_and_reset(visit, demo):
    person = visit()
    subject = demo("digits-mlp")
    amount = person.drag_to(0.6)
    person.wait_for_numbers(wanted(subject, PruningPlan(amount=amount)))
    person.page.get_by_role("button", name="Undo").click()
    person.wait_for_numbers(wanted(subject, PruningPlan()))
    expect(person.slider).to_have_value("0", timeout=6_000)
    person.page.get_by_role("button", name="Redo").click()
    person.wait_for_numbers(wanted(subject, PruningPlan(amount=amount)))
    person.chip("plan").get_by_role("button", name=say("panels.plan.reset")).click()
    person.wait_for_numbers(wanted(subject, PruningPlan()))


def test_clicking_a_unit_shows_its_arithmetic(visit):
    person = visit("?amount=0.5&sample=3")
    canvas = person.page.locator("canvas.units")
    canvas.scroll_into_view_if_needed()
    canvas.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        person.page.keyboard.press(key)
    person.page.get_by_text("inputs still count").wait_for(timeout=20_000)
    text = person.page.get_by_text(re.compile("inputs still count")).first.inner_text()
    assert "bias" in text


def test_the_other_views_show_the_same_network(visit):
    person = visit("?amount=0.5")
    for view in ("matrix", "table"):
        person.page.locator(f"[data-mode-choice][value={view}]").check(force=True)
        person.page.wait_for_function(
            "v => document.location.search.includes(v)", arg=f"view={view}"
        )
        assert person.numbers()[0] == "3,232"


def test_two_people_do_not_disturb_each_other(visit, demo):
    one, two = visit(), visit("?model=heart-mlp")
    first, second = one.drag_to(0.5), two.drag_to(0.7)
    one.wait_for_numbers(wanted(demo("digits-mlp"), PruningPlan(amount=first)))
    two.wait_for_numbers(wanted(demo("heart-mlp"), PruningPlan(amount=second)))


def test_a_reload_in_the_middle_of_comparing_comes_back_and_a_row_is_taken_over(visit, demo):
    person = visit("?model=heart-mlp&amount=0.5")
    person.page.get_by_text(say("explore.compare.all")).click()
    expect(person.page).to_have_url(re.compile("compare=yes"))
    person.page.reload()
    person.ready()
    assert person.numbers()[0] == "832"
    person.page.locator("[data-pick=lamp]").click(timeout=SECONDS)
    person.wait_for_numbers(wanted(demo("heart-mlp"), PruningPlan(criterion="lamp", amount=0.5)))
    assert person.query()["criterion"] == ["lamp"]


def test_the_back_button_leaves_a_page_that_works(visit, demo):
    person = visit("?amount=0.3")
    person.page.goto(f"{person.url}/?amount=0.6&model=heart-mlp")
    person.ready()
    person.page.go_back()
    person.ready()
    person.wait_for_numbers(wanted(demo("digits-mlp"), PruningPlan(amount=0.3)))


def test_the_back_and_forward_buttons_go_through_the_plans(visit):
    person = visit("?model=heart-mlp&amount=0.3")
    first = person.numbers()
    person.type_amount("80")
    expect(person.page).to_have_url(re.compile("amount=0.8"))
    person.page.wait_for_timeout(1500)  # later than an answer that was on its way
    second = person.numbers()
    assert second != first
    person.page.go_back()
    person.wait_for_numbers(first)
    person.page.go_forward()
    person.wait_for_numbers(second)


def test_a_hostile_link_is_answered_with_notes(visit):
    person = visit(
        "?model=<script>alert(1)</script>&amount=9e99&sample=x&criterion=![a](http://a.b)"
    )
    person.page.get_by_text("which is not here").wait_for()
    assert person.numbers()[0] == "6,464"


def test_plan_weights_ledger_and_charts_can_be_taken_away(visit, demo, tmp_path):
    person = visit("?amount=0.8&scores=yes")
    subject, plan = demo("digits-mlp"), PruningPlan(amount=0.8)
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    person.page.get_by_text("Download", exact=True).click()
    assert PruningPlan.from_json(saved(person, "Plan (JSON)", tmp_path).read_text()) == plan
    weights = load_file(saved(person, "Pruned weights (safetensors)", tmp_path))
    for name, tensor in pruned.network.weights().items():
        assert torch.equal(weights[name], tensor)
    person.escape()
    title = f"CSV of {say('explore.charts.layers')}"
    layers = saved(person, title, tmp_path).read_text().splitlines()
    assert sum(int(line.split(",")[2]) for line in layers[1:]) == masks.kept
    person.go("Decisions")
    ledger = saved(person, "Every test case (CSV)", tmp_path).read_text().splitlines()
    assert len(ledger) == 1 + 450
    changed = sum(",same," not in line for line in ledger[1:])
    assert changed == len(explain.flips(subject, pruned).changed)


def saved(person, label, folder):
    """Press the button that begins so; its size comes after that."""
    with person.page.expect_download() as found:
        name = re.compile(f"^{re.escape(label)}")
        person.page.get_by_role("button", name=name).first.click()
    path = folder / re.sub(r"\W", "_", label)
    found.value.save_as(path)
    return path


def test_the_first_page_keeps_nobody_out_and_is_no_wider_than_its_window(visit):
    person = visit("?amount=0.6")
    for width in (1280, 390):
        person.page.set_viewport_size({"width": width, "height": 900})
        assert person.barriers() == []
        assert person.overflow() <= 0
    assert visit("?model=heart-mlp", size=(390, 844)).overflow() <= 0


@pytest.mark.parametrize(("old", "title"), [("features", "Inside"), ("load", "Models")])
def test_an_old_address_leads_on_with_all_that_the_link_said(window, app_url, old, title):
    page = window(0).new_page()
    page.goto(f"{app_url}/{old}?model=heart-mlp&amount=0.8")
    page.get_by_text(title, exact=True).first.wait_for(timeout=60_000)
    expect(page).to_have_url(re.compile("(reasons|models).*model=heart-mlp.*amount=0.8"))
    page.close()
