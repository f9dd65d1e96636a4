"""The page's logic without a browser: what people set is what `explain` computes."""

import json
import re
import sys
from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest

import explain
from explain import PruningPlan
from explain.core.messages import say, share
from explain.figures import wording
from explain.measure import evaluation_rows, headline_metric, meter
from explain.pruning import CRITERIA, criterion, grain
from pages._decisions.ledger import ledger_csv
from pages._shell.state import MODEL, PLAN, RECALIBRATED, REPAIRED, START
from pages._shell.url import encode
from tests.demos import of_each_kind
from tests.pages.visiting import (
    forget_everything,
    html,
    notes,
    numbers,
    opened,
    ribbon,
    text,
    toggle,
    told,
)


def wanted(subject, plan):
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    run, found = explain.evaluate(pruned), explain.flips(subject, pruned)
    metric = wording.metric(run.metric, meter(headline_metric(subject)))
    return [
        f"{masks.kept:,}",
        metric,
        f"{len(found.changed):,}",
    ]


@pytest.mark.parametrize("key", of_each_kind())
def test_a_fresh_page_starts_at_nothing_pruned(demo, key):
    app = opened(model=key)
    assert not app.error
    assert numbers(app) == wanted(demo(key), PruningPlan())


@pytest.mark.parametrize("record", CRITERIA, ids=lambda record: record.key)
def test_the_numbers_of_a_link_are_those_of_explain(demo, record):
    plan = PruningPlan(criterion=record.key, granularity=record.granularity, amount=0.5)
    app = opened(**encode(START.but(MODEL.to("heart-mlp"), PLAN.to(plan))))
    assert not app.error
    assert numbers(app) == wanted(demo("heart-mlp"), plan)


def test_typing_an_amount_prunes_and_reset_gives_everything_back(demo):
    app = opened()
    subject = demo("digits-mlp")
    amount = next(n for n in app.number_input if n.label.startswith("Amount"))
    amount.set_value(80.0).run()
    assert numbers(app) == wanted(subject, PruningPlan(amount=0.8))
    assert "".join(app.query_params["amount"]) == "0.8"
    assert [ribbon(app)["can_undo"], ribbon(app)["can_redo"]] == [True, False]
    press(app, say("panels.plan.reset"))
    assert numbers(app) == wanted(subject, PruningPlan())
    assert "amount" not in app.query_params


def press(app, label):
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def test_typing_a_threshold_gives_its_exact_amount(demo):
    app = opened()
    threshold = next(n for n in app.number_input if n.label.startswith("Threshold"))
    threshold.set_value(0.1).run()
    assert numbers(app) == wanted(demo("digits-mlp"), PruningPlan(threshold=0.1))
    assert "".join(app.query_params["threshold"]) == "0.1"


def test_choosing_a_criterion_for_units_changes_what_the_amount_counts(demo):
    app = opened(amount="0.5")
    next(box for box in app.selectbox if box.label == "Criterion").select("l2-norm").run()
    plan = PruningPlan(criterion="l2-norm", granularity="unit", amount=0.5)
    assert numbers(app) == wanted(demo("digits-mlp"), plan)
    assert ribbon(app)["kept_of"].endswith(" units")


def test_choosing_another_model_keeps_what_fits_and_says_what_does_not(demo):
    app = opened(
        model="digits-mlp",
        criterion="l1-norm",
        granularity="neuron",
        amount="0.5",
        protect="hidden2",
    )
    assert not notes(app)
    choose_model(app, "digits-cnn")
    plan = PruningPlan(criterion="l1-norm", granularity="unit", amount=0.5)
    assert numbers(app) == wanted(demo("digits-cnn"), plan)
    asked, taken = (grain(key).many for key in ("neuron", "unit"))
    other = say("panels.model.other_grain", asked=asked, taken=taken)
    assert notes(app) == f"{other} {say('panels.model.other_layers')}"
    choose_model(app, "heart-mlp")
    assert numbers(app) == wanted(demo("heart-mlp"), plan)
    assert not notes(app)


def choose_model(app, key):
    next(box for box in app.selectbox if box.label == "Model").select(key).run()
    assert not app.error


def test_protection_and_layer_amounts_are_part_of_the_plan(demo):
    app = opened(amount="0.6")
    app.multiselect[0].select("hidden2").run()
    plan = PruningPlan(amount=0.6, protected=("hidden2",))
    assert numbers(app) == wanted(demo("digits-mlp"), plan)
    next(box for box in app.checkbox if box.label == "output").check().run()
    slider = next(s for s in app.slider if "output" in s.label)
    slider.set_value(25.0).run()
    plan = replace(plan, overrides=(("output", 0.25),))
    assert numbers(app) == wanted(demo("digits-mlp"), plan)


HOSTILE = {
    "model": "![x](http://evil.example/a.png)",
    "criterion": "<script>alert(1)</script>",
    "amount": "7e400",
    "threshold": "-1",
    "scope": "galaxy",
    "seed": "-5",
    "sample": "99999999",
    "view": "../../etc",
    "layer": "no such layer",
    "protect": "nothing",
    "override": "hidden1~nan",
}


@pytest.mark.parametrize(("name", "value"), HOSTILE.items())
def test_a_hostile_link_falls_back_with_a_note_and_the_page_lives(demo, name, value):
    app = opened(**{name: value})
    assert not app.error
    assert numbers(app) == wanted(demo("digits-mlp"), PruningPlan())
    text = " ".join(element.value for element in app.markdown)
    assert "link" in notes(app) or "no layer" in notes(app)
    assert "![x](http" not in text


def test_all_hostile_values_at_once_do_not_break_the_page():
    app = opened(**HOSTILE)
    assert not app.error
    assert len(numbers(app)) == 3


def test_a_plan_that_does_not_fit_the_model_falls_back():
    app = opened(model="heart-mlp", protect="conv1")
    assert "does not fit" in notes(app)


def test_a_panel_that_breaks_says_so_and_the_rest_lives(monkeypatch):
    def broken(*_arguments, **_options):
        raise ZeroDivisionError("secret path /etc")

    monkeypatch.setattr("pages._explore.effects.effects", broken)
    app = opened()
    assert len(numbers(app)) == 3
    assert [error.value for error in app.error] == [say("shell.broken", what="effects")]


def test_every_chart_has_its_sentence_and_its_data(demo):
    app = opened(amount="0.7", model="heart-mlp", scores="yes", size="yes")
    sentences = " ".join(element.value for element in app.markdown)
    assert "keeps least" in sentences
    assert "weights are gone" in sentences
    found = explain.size(demo("heart-mlp"))
    total = next(one.value for one in found if one.key == "bytes")
    assert f"of {total:,.0f}" in sentences


def test_comparing_criteria_draws_each_of_them_and_the_control():
    app = opened(model="heart-mlp", amount="0.9", compare="yes")
    assert not app.error
    rows = re.findall(r'data-pick="([\w-]+)".*?>(0\.\d+)<', html(app), re.DOTALL)
    assert {"magnitude", "lamp", "taylor", "random"} <= {key for key, _ in rows}
    assert [float(auc) for _, auc in rows] == sorted((float(auc) for _, auc in rows), reverse=True)
    assert dict(rows)["magnitude"] == numbers(app)[1]
    chart = app.get("plotly_chart")[-1]
    spec = json.loads(chart.proto.spec or chart.proto.figure.spec)
    names = {trace.get("name") for trace in spec["data"]}
    control = say("figures.curve.control", seeds=5)
    noise = say("figures.marks.text", look="noise", text=control)
    assert {say("figures.curve.this_plan"), "LAMP", "Taylor", noise} <= names


def test_large_data_say_how_many_samples_count_and_offer_all_of_them(demo, monkeypatch):
    everything = evaluation_rows(demo("digits-mlp"), limit=None)
    part = everything[::3]
    evaluation = sys.modules["explain.measure.evaluation"]
    monkeypatch.setattr(evaluation, "evaluation_rows", lambda _subject: part)
    forget_everything()
    app = opened(amount="0.81")
    assert ribbon(app)["changed_name"] == "changed of 150"
    press(app, say("explore.numbers.evaluate_all", samples=450))
    subject, plan = demo("digits-mlp"), PruningPlan(amount=0.81)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    metric = explain.evaluate(pruned, rows=everything).metric
    text = " ".join(element.value for element in app.markdown)
    assert f"On all 450 cases: accuracy {share(metric)}" in text
    forget_everything()


def test_what_is_looked_up_on_the_grid_equals_a_fresh_evaluation(demo):
    """The page reads the sweep at 50 % and computes at 50.1 %; both are explain's numbers."""
    subject = demo("credit-mlp")
    for amount in (0.5, 0.501):
        app = opened(model="credit-mlp", amount=str(amount))
        assert numbers(app) == wanted(subject, PruningPlan(amount=amount))
        app.run()
        assert numbers(app) == wanted(subject, PruningPlan(amount=amount))


@pytest.mark.parametrize(
    "query",
    [
        {"override": "hidden1~0.97"},
        {"protect": "hidden1", "amount": "0.9"},
        {"threshold": "0.1", "scope": "layer", "protect": "hidden1"},
    ],
    ids=str,
)
def test_curve_groups_and_amount_speak_of_the_same_plan(demo, query):
    subject = demo("heart-mlp")
    app = opened(model="heart-mlp", **query)
    assert not app.error
    plan = PruningPlan(
        amount=float(query["amount"]) if "amount" in query else None,
        threshold=float(query["threshold"]) if "threshold" in query else None,
        overrides=(("hidden1", 0.97),) if "override" in query else (),
        protected=("hidden1",) if "protect" in query else (),
    )
    scores = explain.score(subject, plan)
    masks = explain.select(scores, plan)
    assert numbers(app) == wanted(subject, plan)
    amount = next(n for n in app.number_input if n.label.startswith("Amount"))
    assert amount.value == pytest.approx(100 * masks.pool_amount, abs=1e-5)
    found = told(app, "sparsight_effects")
    changed, kept = int(numbers(app)[2]), explain.figures.layer_bars(masks).rows
    assert found["effects"]["says"].startswith(f"{changed} of 230 decisions changed")
    assert [value for _, value, *_ in found["effects"]["kept"]] == pytest.approx(
        [row.value for row in kept], abs=1e-4
    )
    curve = told(app, "sparsight_effects_store")
    here = int(np.abs(np.array(curve["amounts"]) - masks.pool_amount).argmin())
    if curve["amounts"][here] == masks.pool_amount:
        assert curve["effects"][here]["groups"] == found["effects"]["groups"]


def test_a_unit_is_part_of_the_link_and_forgotten_with_its_model(demo):
    app = opened(amount="0.5", unit="hidden2~3")
    text = " ".join(element.value for element in app.markdown)
    assert "hidden2 3" in text
    assert "inputs still count" in text
    next(box for box in app.selectbox if box.label == "Model").select("credit-mlp").run()
    assert "inputs still count" not in " ".join(element.value for element in app.markdown)
    assert demo("credit-mlp").samples.count


def test_a_layer_that_gets_its_own_amount_keeps_what_it_loses_now():
    app = opened(threshold="0.05")
    before = numbers(app)
    next(box for box in app.checkbox if box.label == "hidden1").check().run()
    assert numbers(app) == before


def collapsed(subject, plan):
    masks = explain.select(explain.score(subject, plan), plan)
    return explain.prune(subject, masks)


def test_recalibration_is_offered_after_a_collapse_and_brings_the_answers_back(demo):
    plan = PruningPlan(amount=0.5)
    app = opened(model="digits-cnn", amount="0.5")
    subject = demo("digits-cnn")
    pruned = collapsed(subject, plan)
    repaired = explain.recalibrate(pruned)
    assert explain.evaluate(repaired).metric > explain.evaluate(pruned).metric + 0.1
    assert "repair" in {button.key for button in app.button}
    app.button("recalibrate").click().run()
    assert not app.exception
    assert "repair" not in {button.key for button in app.button}
    assert numbers(app)[1] == share(explain.evaluate(repaired).metric)
    assert app.query_params["recalibrated"] in ("yes", ["yes"])
    assert told_plan(app).endswith("recalibrated")
    switch = toggle(app, say("panels.recalibration.recalibrate"))
    assert switch.value
    switch.set_value(False).run()
    assert "recalibrate-off" not in {button.key for button in app.button}
    app.button("recalibrate").click().run()
    app.button("recalibrate-off").click().run()
    assert not told_plan(app).endswith("recalibrated")
    assert numbers(app)[1] == share(explain.evaluate(pruned).metric)
    assert "recalibrated" not in app.query_params


def test_repair_is_offered_beside_it_and_what_it_did_is_said_with_the_numbers(demo):
    app, subject = opened(model="digits-mlp", amount="0.9"), demo("digits-mlp")
    pruned = collapsed(subject, PruningPlan(amount=0.9))
    repaired = explain.repair(pruned, subject)
    ends = [share(explain.evaluate(one).metric) for one in (pruned, repaired, subject)]
    app.button("repair").click().run()
    assert not app.exception
    assert numbers(app)[1] == ends[1]
    said = {"rows": 512, "metric": "accuracy", "helped": "yes"}
    before, after, dense = ends
    assert say("panels.repair.done", before=before, after=after, dense=dense, **said) in text(app)
    assert say("explore.drawn_before", mend="repaired") in text(app)
    assert app.query_params["repaired"] in ("yes", ["yes"])
    assert told_plan(app).endswith("repaired")
    app.button("repair-off").click().run()
    assert numbers(app)[1] == ends[0]
    assert "repaired" not in app.query_params


def test_where_repair_does_not_help_the_page_says_so_with_the_numbers():
    app = opened(model="heart-mlp", amount="0.1", repaired="yes")
    found = re.search(
        r"Repair on 512 unlabelled cases does not help here: .+ (\S+) → (\S+)", text(app)
    )
    assert found is not None
    assert float(found[2].strip("%")) <= float(found[1].strip("%"))


def told_plan(app):
    """Return what the chip of the plan says."""
    chips = (one.proto.popover.label for one in app.get("popover"))
    return next(label for label in chips if label.startswith(criterion("magnitude").title))


def test_where_nothing_gets_through_the_layer_is_named_and_no_recalibration_offered():
    asked = {"model": "digits-cnn", "criterion": "l1-norm", "scope": "global", "amount": "0.6"}
    app = opened(**asked)
    assert "conv1: all 16 units are gone" in text(app)
    assert "recalibrate" not in {button.key for button in app.button}


def test_recalibration_is_not_offered_where_nothing_collapsed():
    app = opened(model="heart-mlp", amount="0.5")
    assert "recalibrate" not in {button.key for button in app.button}


@pytest.mark.parametrize(
    "mend", [REPAIRED, pytest.param(RECALIBRATED, marks=pytest.mark.slow)], ids=lambda one: one.name
)
def test_all_that_stands_on_a_page_speaks_of_the_mended_network(demo, mend):
    model = "digits-mlp" if mend is REPAIRED else "digits-cnn"
    subject, plan = demo(model), PruningPlan(amount=0.9)
    sweep = explain.sweep(subject, plan, **{mend.name: True})
    here = int(np.searchsorted(sweep.amounts, 0.9))
    asked = {"model": model, "amount": "0.9"}
    plain, app = opened(**asked), opened(**asked, **{mend.name: "yes"})
    assert numbers(app)[1:] == [share(float(sweep.metric[here])), str(int(sweep.flips[here]))]
    curve = told(app, "sparsight_ribbon_curve")["curve"]
    assert [reading["metric"] for reading in curve["readings"]] == [*map(share, sweep.metric)]
    effect = told(app, "sparsight_effects_store")["effects"][here]
    assert effect["says"].startswith(f"{sweep.flips[here]} of {len(sweep.rows)}")
    view = START.but(MODEL.to(model), PLAN.to(plan)).but(mend.to(value=True))
    ledger = pd.read_csv(StringIO(ledger_csv(view)))
    assert np.array_equal(ledger["first_amount"], sweep.first_amount, equal_nan=True)
    for component in ("sparsight_ribbon_curve", "sparsight_effects_store", "sparsight_case_tiles"):
        assert told(app, component) != told(plain, component)


def test_a_link_cannot_recalibrate_what_has_no_batch_norm():
    app = opened(model="digits-mlp", amount="0.5", recalibrated="yes")
    assert not app.exception
    assert "BatchNorm" in notes(app)
