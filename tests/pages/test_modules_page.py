"""The Modules page without a browser: what it shows is what `explain` computes."""

from dataclasses import replace
from html import escape

import numpy as np
import pytest

import explain
from explain import PruningPlan
from explain.core.messages import say, signed
from explain.core.subject import evaluation_rows
from explain.decompose import PARTITIONERS, give_back, hide, modules_or_blocks
from explain.figures import give_back_headline, hidden_alone_sentence, wording
from explain.measure import headline_metric, meter
from explain.study import can_be_passed_by, hidden_alone
from explain.study.asking import ROWS
from models.catalog import WIRES_TAXED, WITH_MODULES
from models.data.side_by_side import PLACES
from pages._modules import causes
from pages._modules import question as modules_ask
from pages._shell import caches
from pages._shell.state import MODEL, PLAN, START
from tests.cutting import pruned_to
from tests.demos import of_each_kind, subject_of
from tests.pages.visiting import box, html, opened, table_of, text

OPEN = dict.fromkeys(["contributions", "own-modules", "pairs"], "yes")


def parts_of(**query):
    """Open the tab with what each part adds, and how modules are found."""
    return opened("parts", **OPEN, **query)


def blocks(subject):
    return modules_or_blocks(subject)[1]


def drawn(app):
    return len(app.get("plotly_chart")) + html(app).count("<table") + len(app.dataframe)


@pytest.mark.parametrize("key", of_each_kind(but=(*WIRES_TAXED, "credit-mlp")))
def test_a_network_without_modules_says_so_and_shows_its_blocks(demo, key):
    subject = demo(key)
    found = explain.partition(subject)
    assert found.count == 1
    app = parts_of(model=key)
    assert not app.error
    told = "yes" if found.estimate.can_tell else "no"
    assert say("modules.none_found", told=told).rstrip(".") in text(app)
    assert "architecture's blocks" in text(app)
    for name in blocks(subject).names:
        assert name in html(app).replace("<wbr>", "")


def test_where_no_modules_are_found_a_network_that_has_some_is_offered_and_no_other_is_switched():
    app = opened("parts")
    assert app.session_state["state"].model == MODEL.default
    app.button(key="modules-example").click().run()
    assert not app.exception
    assert app.session_state["state"].model == WITH_MODULES
    assert say("modules.example.told") in text(app)
    subject = subject_of(WITH_MODULES)
    found = explain.partition(subject)
    alone = hidden_alone(subject, found)
    assert hidden_alone_sentence(alone, found.names, meter("macro-f1")) in text(app)
    assert "modules-example" not in [button.key for button in app.button]
    assert len(table_of(app, "data-modules table")) == 1 + len(PLACES)


@pytest.mark.parametrize("key", of_each_kind(but=WIRES_TAXED))
def test_the_contributions_of_a_sample_are_those_of_explain(demo, key):
    subject = demo(key)
    app = parts_of(model=key, amount="0.6", sample="4")
    dense = explain.contributions(subject, blocks(subject), sample=4)
    after = pruned_to(subject, 0.6)
    pruned = explain.contributions(after, blocks(subject), sample=4, targets=dense.targets)
    for found in (dense, pruned):
        for value in found.shapley:
            assert escape(signed(float(value))) in html(app)
    for change in pruned.shapley - dense.shapley:
        assert escape(signed(float(change))) in html(app)


@pytest.mark.parametrize(
    ("over", "rows"),
    [
        ("all", lambda subject: evaluation_rows(subject, ROWS["table"])),
        ("class~1", lambda subject: np.flatnonzero(subject.samples.targets.numpy() == 1)),
        (
            "group~sex~female",
            lambda s: np.flatnonzero(np.array(s.samples.groups["sex"]) == "female"),
        ),
    ],
)
def test_many_samples_show_means_with_intervals(demo, over, rows):
    subject = demo("heart-mlp")
    app = parts_of(model="heart-mlp", amount="0.5", over=over)
    chosen = rows(subject)
    target = 1 if over.startswith("class") else None
    dense = explain.contributions(subject, blocks(subject), rows=chosen, targets=target)
    shown = html(app)
    for value, low, high in zip(dense.shapley, dense.low, dense.high, strict=True):
        assert f"{signed(float(value))} [{signed(float(low))}, {signed(float(high))}]" in shown
    assert f"{len(chosen)} cases" in text(app)


def test_the_table_says_who_lost_connections_and_whose_contribution_changed():
    app = parts_of(model="digits-cnn", amount="0.5", over="all")
    assert "The largest share of connections was lost by" in text(app)
    nothing = parts_of(model="digits-cnn")
    assert "No module has lost connections" in text(nothing)


@pytest.mark.parametrize("key", ["digits-cnn", "sms-transformer"])
def test_every_method_is_offered_where_it_fits_and_named_with_its_reason_elsewhere(demo, key):
    app = parts_of(model=key)
    options, said = box(app, "Modules found by").options, text(app)
    for record in PARTITIONERS:
        reason = record.fits(demo(key))
        assert (record.title in options) == (reason is None), record.key
        assert reason is None or str(reason) in said


@pytest.mark.parametrize("record", PARTITIONERS, ids=lambda record: record.key)
def test_every_method_shows_its_modules(demo, record):
    app = parts_of(model="digits-cnn", partition=record.key, amount="0.4")
    assert not app.error
    assert 'data-modules="table"' in html(app)
    fits = record.fits(demo("digits-cnn")) is None
    assert box(app, "Modules found by").value == (record.key if fits else "layered-null")


def test_asking_for_more_than_there_are_is_called_arbitrary(demo):
    app = parts_of(model="heart-mlp")
    box(app, "How many").select(3).run()
    assert any("arbitrary" in warning.value for warning in app.warning)
    found = explain.partition(demo("heart-mlp"), k=3)
    assert all(name in html(app) for name in found.names)
    assert "".join(app.query_params["k"]) == "3"


def test_modules_are_merged_and_split_step_by_step_and_the_link_does_it_again():
    app = parts_of(model="digits-cnn")
    next(one for one in app.button if one.label == "Merge the closest two").click().run()
    assert " + " in html(app)
    assert "".join(app.query_params["reshaped"]) == "merge"
    again = parts_of(model="digits-cnn", reshaped="merge")
    assert html(again) == html(app)
    next(one for one in app.button if one.label == "Undo step").click().run()
    assert " + " not in html(app)


def test_units_of_ones_own_choice_are_a_module():
    app = parts_of(model="heart-mlp", reshaped=["carve~mine~hidden1~0.1.2"])
    assert not app.warning
    assert "mine" in html(app)
    assert "3 units" in html(app)


@pytest.mark.parametrize(
    "query",
    [
        {"partition": "nonsense"},
        {"partition": "convolution-groups"},
        {"k": "999"},
        {"k": "x"},
        {"k": "1"},
        {"k": "80"},
        {"over": "class~01"},
        {"over": "all~"},
        {"reshaped": "carve~a~hidden1~" + ".".join(map(str, range(3000)))},
        {"reshaped": "merge~0~99"},
        {"reshaped": "carve~<b>~hidden1~0"},
        {"reshaped": "carve~a~hidden1~" + "9" * 30},
        {"reshaped": "__import__"},
        {"over": "class~77"},
        {"over": "group~sex~nobody"},
        {"over": "javascript:alert(1)"},
        {"module": "99"},
        {"hidden": "99"},
        {"value": "money"},
        {"replacement": "one"},
    ],
)
def test_a_hostile_link_falls_back_and_the_page_lives(query):
    app = parts_of(model="heart-mlp", amount="0.3", **query)
    assert not app.error
    assert 'data-modules="table"' in html(app)
    assert "<b>" not in html(app)


def test_hiding_a_module_shows_what_explain_measures(demo):
    subject = demo("digits-cnn")
    after = pruned_to(subject, 0.3)
    app = parts_of(model="digits-cnn", amount="0.3", hidden="1")
    without = hide(after, blocks(subject).labels, [1])
    metric = explain.evaluate(without).metric
    record = meter(headline_metric(subject))
    shown = {one.label: one.value for one in app.metric}
    assert shown[f"{wording.capital(record.title)}, 1 hidden"] == wording.metric(metric, record)
    changed = explain.flips(after, without)
    assert shown["Decisions changed by hiding"] == f"{len(changed.changed)} of {changed.n}"


@pytest.mark.parametrize("key", ["heart-mlp", "digits-cnn"])
def test_pairs_are_those_of_explain(demo, key):
    subject = demo(key)
    app = parts_of(model=key, amount="0.4")
    found = explain.interactions(subject, blocks(subject), sample=0)
    assert signed(float(found.matrix[0, 1])) in html(app)


def test_giving_back_comes_first_ranks_the_modules_and_repairs_everything(demo):
    subject = demo("digits-cnn")
    app = opened("parts", model="digits-cnn", amount="0.5")
    parts = blocks(subject)
    found = give_back(subject, pruned_to(subject, 0.5), parts.labels, names=parts.names)
    top = found.parts[0]
    said = html(app)
    assert say("modules.repaired", repaired=top.repaired, broken=top.broken) in said
    assert said.index(give_back_headline(found)) < said.index("<table")
    assert f"giving everything back repairs {len(found.changed)}" in text(app)
    assert found.all_repaired == len(found.changed)
    assert 'data-modules="table"' not in said


def test_where_giving_back_takes_long_the_page_says_how_many_changed_and_offers_it(
    demo, monkeypatch
):
    monkeypatch.setattr(causes, "_seconds", lambda *_asked: 9.0)
    app = opened("parts", model="heart-mlp", amount="0.83")
    after = pruned_to(demo("heart-mlp"), 0.83)
    changed = explain.flips(demo("heart-mlp"), after)
    said = say("modules.causes.changed", n=len(changed.changed), of=changed.n)
    assert said in html(app)
    offer = say("modules.causes.give_back", seconds=9)
    next(one for one in app.button if one.label == offer).click().run()
    parts = blocks(demo("heart-mlp"))
    found = give_back(demo("heart-mlp"), after, parts.labels, names=parts.names)
    assert give_back_headline(found) in html(app)
    assert said not in html(app)
    assert "".join(app.query_params["give-back"]) == "yes"


@pytest.mark.parametrize(
    ("key", "labels", "beside"),
    [("heart-mlp", None, False), ("digits-cnn", None, False), ("sms-transformer", None, True),
     ("heart-mlp", {"hidden1": [0] * 16 + [1] * 16, "hidden2": [0] * 8 + [1] * 8}, True)],
)  # fmt: skip
def test_what_stands_one_after_the_other_is_told_from_what_stands_side_by_side(
    demo, key, labels, beside
):
    parts = blocks(demo(key))
    if labels is not None:
        parts = replace(parts, labels={layer: np.array(at) for layer, at in labels.items()})
    assert can_be_passed_by(demo(key), parts) == beside


def test_the_give_back_test_says_that_there_is_nothing_where_nothing_went():
    app = parts_of(model="heart-mlp")
    assert say("modules.causes.nothing_pruned") in text(app)
    assert not app.error


@pytest.mark.parametrize("name", ["cut-quality", "tree"])
def test_what_takes_long_is_shown_when_asked_for(name):
    app = parts_of(model="heart-mlp", amount="0.4")
    before = drawn(app)
    next(one for one in app.toggle if one.key == f"{name}-on").set_value(True).run()
    assert not app.error
    assert drawn(app.run()) > before


def test_a_module_can_be_looked_into_down_to_its_units():
    app = parts_of(model="digits-cnn", amount="0.5", module="1", unit="conv2~3")
    assert any("Inside conv2 to conv3" in heading.value for heading in app.subheader)
    assert len(app.dataframe) >= 1
    assert "unit" in app.dataframe[0].value.columns
    assert "conv2 3" in text(app)


def test_a_step_that_is_not_allowed_is_refused_in_place_and_nothing_is_lost():
    app = parts_of(model="heart-mlp", reshaped="carve~one~hidden1~0")
    names = list(box(app, "Split one").options)
    box(app, "Split one").select(len(names) - 1).run()
    next(one for one in app.button if one.label == "Split").click().run()
    assert any("single unit" in error.value for error in app.error)
    assert 'data-modules="table"' in html(app)
    assert "".join(app.query_params["reshaped"]) == "carve~one~hidden1~0"
    next(one for one in app.button if one.label == "Start over").click().run()
    assert not app.error
    assert "reshaped" not in app.query_params


@pytest.mark.parametrize("partition", ["louvain", "greedy-modularity"])
def test_a_method_that_always_cuts_is_not_believed(partition):
    app = parts_of(model="digits-mlp", partition=partition)
    assert any("No module structure found" in warning.value for warning in app.warning)


def test_names_of_modules_are_never_markup_in_the_switches():
    name = "![x](http://example.org/pixel.png)"
    app = parts_of(model="heart-mlp", reshaped=f"carve~{name}~hidden1~0-3")
    told = str(app.get("button_group")[0].proto)
    assert "pixel" in told
    assert "![x](" not in told
    assert "<img" not in html(app)


def test_a_loss_says_which_colour_does_harm():
    app = parts_of(model="heart-mlp", value="loss", amount="0.4")
    assert "blue raises the loss" in text(app)
    assert "redundancy" not in text(app)


def test_few_samples_say_so():
    app = parts_of(model="credit-mlp", over="group~marital status~divorced", amount="0.5")
    assert "too few to say much" in text(app)


def test_without_pruning_nothing_is_computed_twice():
    asked = modules_ask.module_question(START.but(MODEL.to("heart-mlp"))).comparison
    assert caches.plainly(asked.after) == asked.before
    half = START.but(MODEL.to("heart-mlp"), PLAN.to(PruningPlan(amount=0.5)))
    pruned = modules_ask.module_question(half).comparison
    assert caches.plainly(pruned.after) == pruned.after
