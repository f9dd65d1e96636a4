"""The Feature maps page without a browser: what it shows is what `explain` returns."""

import re

import numpy as np
import pytest

import explain
from explain import PruningPlan
from explain.core.messages import number, say, signed
from explain.features import mappable_layers, top_samples
from explain.figures.localised import claim_sentences
from tests.cutting import pruned_to
from tests.demos import of_each_kind, subject_of
from tests.pages.visiting import box, html, opened, text, told

TOP = {"top-cases": "yes"}


def both(subject, layer, amount, sample):
    dense = explain.feature_maps(subject, layer, sample)
    return dense, explain.feature_maps(
        pruned_to(subject, amount), layer, sample, target=dense.target
    )


@pytest.mark.parametrize("key", of_each_kind())
def test_every_demo_has_its_feature_maps(demo, key):
    app = opened("inside", model=key, amount="0.6")
    assert not app.error
    assert len(box(app, "Layer").options) == len(mappable_layers(demo(key)))


@pytest.mark.parametrize(
    ("key", "layer"), [("digits-cnn", "conv3"), ("heart-mlp", "hidden1"), ("digits-mlp", "output")]
)
def test_the_page_says_what_explain_finds(demo, key, layer):
    dense, pruned = both(demo(key), layer, 0.6, 7)
    app = opened("inside", model=key, amount="0.6", sample="7", maps=layer)
    first = int(dense.order[0])
    said = text(app)
    assert f"leads with {signed(float(dense.relevance[first]))}" in said
    assert f"pruned {signed(float(pruned.relevance[first]))}" in said
    assert f"Dead: {dense.dead.sum()} original, {pruned.dead.sum()} pruned" in said


def test_choosing_a_layer_and_a_channel_is_kept_in_the_link():
    app = opened("inside", model="digits-cnn", sample="7", closely="yes")
    box(app, "Layer").select("conv2").run()
    assert "".join(app.query_params["maps"]) == "conv2"
    box(app, "Channel").select(3).run()
    assert "".join(app.query_params["channel"]) == "3"
    case = subject_of("digits-cnn").samples.ids[7]
    assert say("features.channel.terms", layer="conv2", unit="channel 3", sample=case) in text(app)
    app.run()
    box(app, "Layer").select("conv3").run()
    assert "channel" not in app.query_params


def test_another_output_ranks_by_its_own_relevance(demo):
    app = opened("inside", model="digits-cnn", sample="7", target="2", closely="yes")
    wanted = explain.feature_maps(demo("digits-cnn"), "conv4", 7, target=2)
    assert box(app, "Channel").options[0] == f"channel {wanted.order[0]}"
    assert "for “2” in the original network" in text(app)


@pytest.mark.parametrize("colours", ["unit", "layer", "network"])
def test_the_colour_range_says_what_full_colour_is(demo, colours):
    app = opened("inside", model="digits-cnn", amount="0.5", colours=colours)
    dense, pruned = both(demo("digits-cnn"), "conv4", 0.5, 0)
    largest = max(np.abs(dense.maps).max(), np.abs(pruned.maps).max())
    said = text(app)
    if colours == "layer":
        assert f"original and pruned: full colour is {number(float(largest))}." in said
    assert {
        "unit": "Each channel has a range of its own",
        "layer": "One range for the layer",
        "network": "One range for the network",
    }[colours] in said


def test_typing_an_amount_refreshes_the_maps(demo):
    app = opened("inside", model="digits-mlp")
    next(n for n in app.number_input if n.label.startswith("Amount")).set_value(97.0).run()
    pruned = both(demo("digits-mlp"), "hidden2", 0.97, 0)[1]
    assert f"{pruned.dead.sum()} pruned" in text(app)


def test_the_top_samples_are_those_of_explain(demo):
    app = opened("inside", model="heart-mlp", amount="0.5", maps="hidden1", channel="3", **TOP)
    wanted = {one.row for one in top_samples(demo("heart-mlp"), "hidden1", 3, 8)}
    shown = re.findall(r'data-pick="case~(\d+)"[^>]*>([^<]*)<', html(app))
    assert {int(row) for row, _ in shown[:8]} == wanted
    ids = demo("heart-mlp").samples.ids
    assert all(name == ids[int(row)] for row, name in shown)


def test_what_is_silent_in_both_networks_is_told_in_one_line_and_has_no_tile(demo):
    dense, pruned = both(demo("heart-mlp"), "hidden1", 0.8, 0)
    loud = int(((dense.maps != 0) | (pruned.maps != 0)).reshape(len(dense.maps), -1).any(1).sum())
    app = opened("inside", model="heart-mlp", amount="0.8", maps="hidden1")
    shown = len(told(app, "sparsight_channel_grid")["tiles"])
    assert shown == min(12, loud) < len(dense.order)
    more = say("features.maps.more_silent", n=32 - shown, silent=len(dense.order) - loud)
    assert any(one.label == more for one in app.toggle)


def test_a_typed_message_takes_the_place_of_the_sample():
    app = opened("inside", model="sms-transformer", text="You won a free prize, call now!")
    assert not app.error
    assert "Your message" in text(app)


def test_the_collapse_of_batch_norm_is_offered_and_taken_back():
    app = opened("inside", model="digits-cnn", amount="0.5")
    button = next(b for b in app.button if b.label == "Recalibrate BatchNorm")
    button.click().run()
    assert not app.exception
    assert "Recalibrated on" in text(app)
    next(b for b in app.button if b.label == "Take back").click().run()
    assert "Recalibrated on" not in text(app)


def test_the_claim_is_tested_on_demand_and_its_verdict_is_that_of_explain(demo):
    app = opened("inside", model="digits-cnn", amount="0.3", claim="yes")
    next(b for b in app.button if b.label.startswith("Test the claim")).click().run()
    wanted = explain.localised(
        demo("digits-cnn"),
        PruningPlan(amount=0.3),
        "conv4",
        other_seed=subject_of("digits-cnn", seed=2),
    )
    said = [re.sub(r"\\|\*\*", "", e.value) for e in [*app.info, *app.success, *app.warning]]
    assert " ".join(claim_sentences(wanted)) in said


def test_nothing_pruned_has_no_claim_to_test():
    app = opened("inside", model="digits-cnn", claim="yes")
    assert "Nothing is pruned yet" in text(app)
    assert not [b for b in app.button if b.label.startswith("Test the claim")]


@pytest.mark.parametrize(
    "query",
    [
        {"maps": "no such layer"},
        {"maps": "<script>alert(1)</script>", "channel": "99999"},
        {"target": "77"},
        {"channel": "-3", "colours": "galaxy"},
        {"maps": "![x](http://evil.example/a.png)"},
    ],
)
def test_a_hostile_link_falls_back_and_the_page_lives(query):
    app = opened("inside", model="digits-cnn", **query)
    assert not app.error
    assert "leads with" in text(app)
    assert box(app, "Layer").value == "conv4"


def test_a_typed_message_is_on_the_whole_tab_at_once():
    app = opened("inside", model="sms-transformer")
    app.text_area(key="maps-text").set_value("Win a free prize now").run()
    assert "Your message" in text(app)
