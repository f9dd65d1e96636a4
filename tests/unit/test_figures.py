"""Every chart is valid Plotly, has a sentence with its numbers, and carries its data."""

import plotly.graph_objects as go
import pytest

import explain
from explain import PruningPlan
from explain.figures import amount_curve, group_flips, layer_bars, score_histogram
from explain.measure import headline_metric, meter
from models.catalog import KEYS

PLANS = {
    "nothing": PruningPlan(),
    "half": PruningPlan(amount=0.5),
    "everything": PruningPlan(amount=1.0),
    "layers": PruningPlan(amount=0.5, scope="layer"),
    "units": PruningPlan(criterion="l1-norm", granularity="unit", amount=0.5),
}


def charts_of(subject, plan):
    scores = explain.score(subject, plan)
    masks = explain.select(scores, plan)
    sweep = explain.sweep(subject, plan, amounts=(0.0, 0.5, 1.0), scores=scores)
    record = meter(headline_metric(subject))
    here = (masks.pool_amount, float(sweep.metric[0]))
    return {
        "curve": amount_curve(sweep, record, here=here),
        "compare": amount_curve(
            sweep, record, here=here, others={"LAMP": sweep}, control=[sweep, sweep]
        ),
        "layers": layer_bars(masks),
        "scores": score_histogram(masks, "|w|"),
        "groups": group_flips(sweep, masks.pool_amount),
    }


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_every_chart_is_valid_has_a_sentence_and_data_of_equal_length(demo, key, plan):
    for name, chart in charts_of(demo(key), plan).items():
        spec = chart.figure.to_dict()
        assert go.Figure(spec).to_dict()["data"], name
        assert chart.sentence.endswith("."), name
        assert any(letter.isdigit() for letter in chart.sentence), name
        assert len({len(column) for column in chart.data.values()}) == 1, name


def test_a_figure_that_plotly_does_not_know_would_be_noticed(demo):
    """The check above means something: validation is real."""
    chart = charts_of(demo("heart-mlp"), PruningPlan())["curve"]
    spec = chart.figure.to_dict()
    spec["layout"]["no_such_property"] = 1
    with pytest.raises(ValueError, match="no_such_property"):
        go.Figure(spec)


def test_the_histogram_counts_every_entry_and_draws_its_threshold(demo):
    plan = PruningPlan(amount=0.7)
    masks = explain.select(explain.score(demo("digits-mlp"), plan), plan)
    chart = score_histogram(masks, "|w|")
    assert sum(chart.data["removed"]) == masks.total - masks.kept
    assert sum(chart.data["kept"]) == masks.kept
    (line,) = chart.figure.to_dict()["layout"]["shapes"]
    assert line["x0"] == line["x1"] == masks.cut.low


def test_layer_bars_say_what_each_layer_keeps(demo):
    plan = PruningPlan(amount=0.5, overrides=(("output", 0.25),))
    masks = explain.select(explain.score(demo("digits-mlp"), plan), plan)
    chart = layer_bars(masks)
    assert sum(chart.data["kept"]) == masks.kept
    assert dict(zip(chart.data["layer"], chart.data["kept"], strict=True))["output"] == 240


def test_weights_that_die_by_their_layers_own_amount_are_told_apart(demo):
    plan = PruningPlan(amount=0.0, overrides=(("hidden1", 0.5),))
    masks = explain.select(explain.score(demo("digits-mlp"), plan), plan)
    sentence = score_histogram(masks, "|w|").sentence
    assert sentence == "2,048 of 6,464 weights are gone by their layer's amount."
