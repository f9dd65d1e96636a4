"""The Attribution page without a browser: what it shows is what `explain` computes."""

import json
import re

import numpy as np
import pytest

import explain
from explain.__main__ import main
from explain.attribution import ATTRIBUTORS, attributor, by_question
from explain.core import SanityVerdict
from explain.core.messages import number, say, signed
from explain.figures import ladder, wording
from explain.figures.reason_checks import drift_rests, drift_sentence
from models.text import typed_sample
from pages._attribution import drift
from pages._attribution.caches import own_check
from pages._shell.charts import plain
from tests.cutting import pruned_to
from tests.demos import of_each_kind, subject_of
from tests.pages.visiting import box, html, opened, text

METHOD = "integrated-gradients"


@pytest.mark.parametrize("key", of_each_kind())
def test_both_outputs_and_sums_under_the_picture_are_those_of_explain(demo, key):
    subject = demo(key)
    after = pruned_to(subject, 0.6)
    app = opened("inputs", model=key, amount="0.6", sample="4")
    assert not app.error
    dense = explain.attribute(subject, "integrated-gradients", sample=4)
    pruned = explain.attribute(
        after, "integrated-gradients", sample=4, target=int(dense.targets[0])
    )
    shown = html(app)
    for found in (dense, pruned):
        assert number(float(found.outputs[0])) in shown
        assert signed(float(found.values.sum())) in shown
    assert "50 steps" in shown


def test_a_table_shows_the_values_of_every_strong_feature(demo):
    subject = demo("heart-mlp")
    app = opened("inputs", model="heart-mlp", amount="0.7")
    found = explain.attribute(subject, "integrated-gradients")
    at = int(np.abs(found.values[0]).argmax())
    assert subject.spec.names[at] in html(app)
    assert signed(float(found.values[0, at])) in html(app)
    assert 'data-reasons="waterfall"' not in html(app)
    drawn = next(one for one in app.get("button_group") if one.key == "way")
    drawn.set_value("waterfall").run()
    assert 'data-reasons="waterfall"' in html(app)
    assert 'data-reasons="bars"' not in html(app)


@pytest.mark.parametrize("key", ["digits-cnn", "sms-transformer"])
def test_every_method_is_offered_where_it_fits_and_named_with_its_reason_elsewhere(demo, key):
    app = opened("inputs", model=key)
    options, said = box(app, "Method").options, text(app)
    for record in ATTRIBUTORS:
        reason = record.fits(demo(key))
        offered = any(option.startswith(record.title) for option in options)
        assert offered == (reason is None), record.key
        assert reason is None or str(reason) in said


@pytest.mark.parametrize(
    "method", ["saliency", "occlusion", "grad-cam", "guided-grad-cam", "layer-conductance", "lrp"]
)
def test_methods_that_promise_less_or_other_parts_are_shown_too(demo, method):
    app = opened("inputs", model="digits-cnn", amount="0.5", method=method)
    assert not app.error
    dense = explain.attribute(demo("digits-cnn"), method)
    assert signed(float(dense.values.sum())) in html(app)
    assert ("not promise" in html(app)) == (dense.gaps is None)


def test_what_this_network_s_own_sanity_check_says_outweighs_what_others_found():
    title, asked = attributor("guided-grad-cam").title, ("digits-cnn", "guided-grad-cam")
    link = {"model": asked[0], "method": asked[1]}
    own_check.forget("digits-cnn")
    app = opened("inputs", **link, sanity="yes")
    assert say("attribution.menus.failed_elsewhere", method=title) in box(app, "Method").options
    assert any(plain(say("attribution.menus.unchecked")) in one.value for one in app.warning)
    assert own_check(*asked) is SanityVerdict.FAILS
    app = opened("inputs", **link)
    assert say("attribution.menus.failing", method=title) in box(app, "Method").options
    own_check.put(SanityVerdict.PASSES, *asked)
    app = opened("inputs", **link)
    assert title in box(app, "Method").options
    assert not app.warning
    passes = plain(say("attribution.menus.checked", verdict=SanityVerdict.PASSES))
    assert any("Adebayo" in one.value and passes in one.value for one in app.info)
    own_check.forget("digits-cnn")


def test_a_fixed_class_is_explained_in_both_networks_and_stands_in_the_link(demo):
    app = opened("inputs", amount="0.8")
    box(app, "Output").select(7).run()
    assert "".join(app.query_params["target"]) == "7"
    for subject in (demo("digits-mlp"), pruned_to(demo("digits-mlp"), 0.8)):
        found = explain.attribute(subject, "integrated-gradients", target=7)
        assert number(float(found.outputs[0])) in html(app)


def test_another_baseline_changes_the_picture_and_its_effect_is_said(demo):
    app = opened("inputs", model="heart-mlp", **{"how-sure": "yes"})
    assert "Mean of training samples 0." in text(app)
    box(app, "Baseline").select("mean").run()
    found = explain.attribute(demo("heart-mlp"), "integrated-gradients", baseline="mean")
    assert number(float(found.baseline_outputs[0])) in html(app)
    assert "".join(app.query_params["baseline"]) == "mean"


def test_a_parameter_is_used_and_stands_in_the_link():
    app = opened("inputs", model="heart-mlp")
    next(n for n in app.number_input if n.label == "Steps").set_value(7).run()
    assert "".join(app.query_params["option"]) == "steps~7.0"
    assert "7 steps" in html(app)
    again = opened("inputs", model="heart-mlp", option="steps~7.0")
    assert "7 steps" in html(again)


def test_options_and_outputs_that_do_not_exist_fall_back():
    app = opened("inputs", model="heart-mlp", option="steps~1e9", target="99", method="grad-cam")
    assert not app.error
    assert "50 steps" in html(app)


def test_another_method_forgets_the_parameters_of_the_one_before():
    app = opened("inputs", model="heart-mlp", option="steps~7.0")
    box(app, "Method").select("saliency").run()
    assert "option" not in app.query_params


def test_a_typed_message_is_explained_and_unknown_words_are_named(demo):
    message = "Free prize zorblatt, call now"
    app = opened("inputs", model="sms-transformer")
    app.text_area[0].input(message).run()
    assert not app.error
    subject = demo("sms-transformer")
    found = explain.attribute(
        subject, "integrated-gradients", samples=typed_sample(subject, message), sample=0
    )
    assert number(float(found.outputs[0])) in html(app)
    assert "“zorblatt”" in text(app)
    assert "".join(app.query_params["text"]) == message


def test_a_long_message_says_what_was_cut_off():
    app = opened("inputs", model="sms-transformer", text=" ".join(["hello"] * 45))
    assert "5 are cut off after the first 40" in text(app)


def test_a_message_without_a_word_says_so_in_place():
    app = opened("inputs", model="sms-transformer")
    app.text_area[0].input("...").run()
    assert not app.exception
    app.text_area[0].input("").run()
    assert not app.error


def test_a_message_is_escaped():
    app = opened("inputs", model="sms-transformer", text="<img src=x onerror=alert(1)> free")
    assert not app.error
    assert "<img src=x" not in html(app)


def test_the_drift_of_a_plan_is_one_on_the_page_in_python_and_on_the_command_line(demo, capsys):
    subject, second = demo("heart-mlp"), subject_of("heart-mlp", seed=2)
    after = pruned_to(subject, 0.4)
    found = explain.drift(subject, after, "integrated-gradients", other_seed=second)
    assert (len(found.rows) + len(found.flipped), found.options["steps"]) == (64, 16)
    assert found.verdict.beyond_noise
    app = opened("inputs", model="heart-mlp", amount="0.4", **{"how-sure": "yes"})
    assert drift_sentence(found) in text(app)
    assert ladder(found, subject.samples.count).sentence in text(app)
    assert drift_rests(found) in text(app)
    for one in (found.overlap, found.other_seed, found.ceiling, found.floor):
        assert wording.estimate(one) in html(app)
    assert main(["attribute", "--model", "heart-mlp", "--amount", "0.4", "--drift", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)["drift"]
    assert (printed["verdict"], printed["sentence"]) == (found.verdict, drift_sentence(found))
    for name in ("overlap", "fall", "rescaled", "floor", "ceiling", "beyond_retraining"):
        assert printed[name]["value"] == pytest.approx(getattr(found, name).value, abs=1e-6)
        assert printed[name]["low"] == pytest.approx(getattr(found, name).low, abs=1e-6)


def test_the_first_sentence_says_what_both_decide_and_what_moved_it(demo):
    subject = demo("heart-mlp")
    after = pruned_to(subject, 0.8)
    row = next(int(at) for at in explain.flips(subject, after).changed)
    app = opened("inputs", model="heart-mlp", amount="0.8", sample=str(row))
    dense = explain.attribute(subject, METHOD, sample=row)
    pruned = explain.attribute(after, METHOD, sample=row, target=int(dense.targets[0]))
    (before, after), (names, _) = zip(
        *(by_question(one.values[0], subject.spec) for one in (dense, pruned)), strict=True
    )
    change = after - before
    at = int(change.argmin() if change.sum() < 0 else change.argmax())
    (found,) = re.findall(r'data-reasons="headline".*?</p>', html(app))
    classes = subject.task.classes
    first, then = (classes[(int(dense.targets[0]) + step) % 2] for step in (0, 1))
    assert re.search(rf"“{first}” [\d.]+ % → “{then}” [\d.]+ %", found)
    values = (signed(float(one[at])) for one in (before, after))
    assert f"{names[at]} ({' → '.join(values)})" in found


def test_at_nothing_pruned_one_line_says_so_in_place_of_drift():
    app = opened("inputs", model="heart-mlp")
    assert "Nothing is pruned." in text(app)
    assert 'data-reasons="ladder"' not in html(app)


def test_where_every_decision_changed_one_line_says_so_in_place_of_drift():
    app = opened("inputs", model="four-digits-taxed", amount="0.8")
    assert say("reasons.all_changed", tried=64, there=1_000) in text(app)
    assert 'data-reasons="ladder"' not in html(app)


def test_reasons_within_noise_are_like_the_original_and_no_share_of_it():
    said = text(opened("inputs", model="digits-mlp", amount="0.1"))
    assert "the reasons are like the original network's, within noise" in said
    assert re.search(r"the reasons are [\d.]+ %", said) is None


def test_where_the_baseline_answers_the_same_the_least_sure_one_is_a_click_away():
    app = opened("inputs", model="sms-transformer", sample="3")
    assert "answers the same already" in text(app)
    next(one for one in app.button if one.key == "least-sure").click().run()
    assert not app.error
    assert "".join(app.query_params["baseline"]) == "sample"


def test_more_steps_are_a_click_away_where_the_values_miss_too_much(monkeypatch):
    monkeypatch.setattr(wording, "LOOSE", -1.0)
    app = opened("inputs", model="heart-mlp")
    next(one for one in app.button if one.key == "more-steps").click().run()
    assert "".join(app.query_params["option"]) == "steps~200.0"


def test_a_broken_panel_leaves_the_rest_alive(monkeypatch):
    app = opened("inputs", model="heart-mlp", amount="0.5")
    monkeypatch.setattr(drift, "current_drift", lambda _question: 1 / 0)
    app.run()
    assert not app.exception
    assert any("drift could not be shown" in error.value for error in app.error)
    assert 'data-reasons="facts"' in html(app)
