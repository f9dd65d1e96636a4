"""Every chart is valid Plotly, has a sentence with its numbers, and carries its data."""

import plotly.graph_objects as go
import pytest

import explain
from explain import PruningPlan
from explain.figures import Bar, Bars, Chart, amount_curve, layer_bars, score_histogram
from explain.measure import headline_metric, meter
from pages._shell.charts import bar_table
from tests.demos import of_each_kind
from tests.marking import wrongly_marked

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
    }


@pytest.mark.parametrize("key", of_each_kind())
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_every_chart_is_valid_has_a_sentence_and_data_of_equal_length(demo, key, plan):
    for name, chart in charts_of(demo(key), plan).items():
        if isinstance(chart, Chart):
            assert go.Figure(chart.figure.to_dict()).to_dict()["data"], name
        assert chart.sentence.endswith("."), name
        assert any(letter.isdigit() for letter in chart.sentence), name
        assert len({len(column) for column in chart.data.values()}) == 1, name
        assert wrongly_marked(chart) == [], name


def test_a_figure_that_plotly_does_not_know_would_be_noticed(demo):
    """The check above means something: validation is real."""
    chart = charts_of(demo("heart-mlp"), PruningPlan())["curve"]
    spec = chart.figure.to_dict()
    spec["layout"]["no_such_property"] = 1
    with pytest.raises(ValueError, match="no_such_property"):
        go.Figure(spec)


def test_every_curve_of_the_metric_has_the_level_of_guessing(demo):
    for key in ("digits-mlp", "heart-mlp"):
        charts = charts_of(demo(key), PruningPlan(amount=0.5))
        guess = charts["curve"].data["guessing"][0]
        for name in ("curve", "compare"):
            lines = [
                t for t in charts[name].figure.to_dict()["data"] if t.get("name") == "guessing"
            ]
            assert [list(line["y"]) for line in lines] == [[guess, guess]]
            low, high = charts[name].figure.to_dict()["layout"]["yaxis"]["range"]
            assert low < guess < high


def test_the_histogram_counts_every_entry_and_marks_its_threshold(demo):
    plan = PruningPlan(amount=0.7)
    masks = explain.select(explain.score(demo("digits-mlp"), plan), plan)
    chart = score_histogram(masks, "|w|")
    assert sum(chart.data["removed"]) == masks.total - masks.kept
    assert sum(chart.data["kept"]) == masks.kept
    band, line = chart.marks
    assert band.until == line.x == pytest.approx(masks.cut.low / chart.data["to"][-1])


@pytest.mark.parametrize("key", ["digits-mlp", "credit-mlp"])
def test_no_figure_depends_on_where_the_slider_stands(demo, key):
    """The browser makes a Plotly chart anew whenever its figure changes: that is what costs."""
    first = charts_of(demo(key), PruningPlan(amount=0.2))
    second = charts_of(demo(key), PruningPlan(amount=0.7))
    for name, chart in first.items():
        if isinstance(chart, Chart):
            assert chart.figure.to_dict() == second[name].figure.to_dict(), name


def test_the_mark_of_the_curve_stands_on_the_curve(demo):
    chart = charts_of(demo("heart-mlp"), PruningPlan(amount=0.5))["curve"]
    axis = chart.figure.to_dict()["layout"]
    (mark,) = chart.marks
    low, high = axis["xaxis"]["range"]
    assert low + mark.x * (high - low) == pytest.approx(0.5, abs=1e-3)
    low, high = axis["yaxis"]["range"]
    assert low + mark.y * (high - low) == pytest.approx(chart.figure.data[-1].y[0])


def test_bars_fill_what_their_data_say(demo):
    bars = charts_of(demo("digits-mlp"), PruningPlan(amount=0.5))["layers"]
    assert [bar.value for bar in bars.rows] == list(bars.data["share kept"])


def test_names_from_a_file_cannot_write_markup_into_the_page():
    bar = Bar(name="<img onerror=alert(1)>", text="<b>", value=0.5)
    drawn = bar_table(Bars(rows=(bar,), sentence="", data={}))
    assert "<img" not in drawn
    assert "<b>" not in drawn


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
