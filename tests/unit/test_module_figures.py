"""The pictures of the Modules page: what they show is what `explain.decompose` found."""

import numpy as np
import plotly.graph_objects as go
import pytest

import explain
from explain.decompose import (
    PayoffRequest,
    connections,
    contribution_change,
    dendrogram,
    flow,
    give_back,
    hide,
    partition_quality,
    unit_ablations,
    unit_connections,
)
from explain.decompose.contributions.ablation import ablations
from explain.figures import (
    Chart,
    class_bars,
    cut_bars,
    dendrogram_chart,
    give_back_bars,
    module_curve,
    module_graph,
    module_pairs,
    module_table,
    unit_map,
)
from explain.measure import evaluation_rows
from pages._modules import markup as html
from tests.cutting import pruned_to
from tests.demos import RELATIVES, of_each_kind
from tests.marking import wrongly_marked

ROWS = np.arange(12)


def asked(subject, parts, amount, rows=ROWS):
    after = pruned_to(subject, amount)
    dense = explain.contributions(subject, parts, rows=rows)
    pruned = explain.contributions(after, parts, rows=rows, targets=dense.targets)
    return after, dense, pruned


def table_of(subject, parts, amount, rows=ROWS):
    after, dense, pruned = asked(subject, parts, amount, rows)
    counts = connections(subject, parts.labels), connections(after, parts.labels)
    change = contribution_change(dense, pruned)
    return module_table(parts.names, dense, pruned, change, counts, "the logit of 3")


def pictures(subject, parts):
    after, dense, pruned = asked(subject, parts, 0.6)
    table = table_of(subject, parts, 0.6)
    truth = subject.samples.targets.numpy().reshape(-1)[evaluation_rows(subject)].astype(int)
    runs = explain.evaluate(after), explain.evaluate(hide(after, parts.labels, [0]))
    found = {
        "table": table,
        "graph": module_graph(parts, table.rows, flow(after, parts.labels)),
        "curve": module_curve(
            parts.names, (0.0, 0.6), (dense, pruned), here=0.3, output="the logit"
        ),
        "causes": give_back_bars(give_back(subject, after, parts.labels, names=parts.names)),
        "tree": dendrogram_chart(dendrogram(subject, parts), parts.names),
        "cut": cut_bars(partition_quality(subject, parts, nulls=4)),
        "classes": class_bars(subject.task, truth, *runs),
    }
    if parts.count > 1:
        rows = {"rows": ROWS, "targets": dense.targets}
        both = [explain.interactions(of, parts, **rows) for of in (subject, after)]
        found["pairs"] = module_pairs(parts.names, *both)
    return found


@pytest.mark.parametrize("key", of_each_kind(but=RELATIVES))
def test_every_picture_has_a_sentence_and_data_of_equal_length(demo, key):
    subject = demo(key)
    for name, found in pictures(subject, explain.partition(subject, "depth-blocks")).items():
        if isinstance(found, Chart):
            assert go.Figure(found.figure.to_dict()).to_dict()["data"], name
        assert found.sentence.endswith("."), name
        assert any(letter.isdigit() for letter in found.sentence), name
        assert len({len(column) for column in found.data.values()}) == 1, name
        assert wrongly_marked(found) == [], name


def test_one_module_has_its_pictures_too(demo):
    subject = demo("heart-mlp")
    found = pictures(subject, explain.partition(subject))
    assert "pairs" not in found
    assert all(picture is not None for picture in found.values())


def test_the_table_is_what_was_counted(demo):
    subject = demo("digits-cnn")
    parts = explain.partition(subject, "depth-blocks")
    table = table_of(subject, parts, 0.5)
    after, dense, pruned = asked(subject, parts, 0.5)
    kept = connections(after, parts.labels)
    for at, row in enumerate(table.rows):
        assert row.dense.value == dense.shapley[at]
        assert row.pruned.value == pruned.shapley[at]
        assert row.change.value == pytest.approx(pruned.shapley[at] - dense.shapley[at])
        assert row.kept == kept[at]
    ends = [abs(x) for row in table.rows for p in (row.dense, row.pruned) for x in (p.low, p.high)]
    assert table.largest >= max(ends)
    thinnest = min(table.rows, key=lambda row: row.kept_share)
    assert f"lost by {thinnest.name} (" in table.losses


def test_without_pruning_the_table_says_so(demo):
    subject = demo("heart-mlp")
    table = table_of(subject, explain.partition(subject, "depth-blocks"), 0.0)
    assert table.losses.startswith("No module has lost connections")
    assert all(row.change.value == 0 for row in table.rows)


def test_the_graph_draws_every_flow_that_can_be_seen(demo):
    subject = demo("digits-cnn")
    parts = explain.partition(subject, "depth-blocks")
    found = flow(subject, parts.labels)
    graph = module_graph(parts, table_of(subject, parts, 0.0).rows, found)
    drawn = {(link.source, link.target) for link in graph.links}
    largest = max(found.between.max(), found.from_inputs.max(), found.to_outputs.max())
    wanted = set(zip(*np.nonzero(found.between > 0.01 * largest), strict=True))
    assert any(target == -2 for _, target in drawn)
    assert {pair for pair in drawn if min(pair) >= 0} == wanted
    assert [node.number for node in graph.nodes] == [-1, -2, *range(parts.count)]
    places = [node.x for node in graph.nodes[2:]]
    assert places == sorted(places)
    assert all(0 < x < 1 for x in places)


def test_every_unit_is_one_dot_and_dead_ones_are_hollow(demo):
    subject = demo("digits-mlp")
    parts = explain.partition(subject, "depth-blocks")
    alive = unit_connections(pruned_to(subject, 0.97), parts.labels)
    found = unit_map(parts, alive, {})
    dots = [dot for layer in found.layers for dot in layer.dots]
    assert sum(dot.end - dot.first for dot in dots) == parts.sizes.sum()
    dead = sum(int((counts == 0).sum()) for counts in alive.values())
    assert dead > 0
    assert sum(not dot.alive for dot in dots) == dead
    assert f"{dead} have no incoming weight left" in found.sentence


def test_many_units_share_dots_and_none_is_lost(demo, monkeypatch):
    monkeypatch.setitem(unit_map.__globals__, "MOST", 20)
    subject = demo("digits-mlp")
    parts = explain.partition(subject, "depth-blocks")
    found = unit_map(parts, unit_connections(subject, parts.labels), {})
    for layer in found.layers:
        covered = [unit for dot in layer.dots for unit in range(dot.first, dot.end)]
        assert covered == list(range(len(parts.labels[layer.name])))
        assert len(layer.dots) <= 10
    assert "some for several units" in found.sentence


def test_names_are_never_markup(demo):
    subject = demo("heart-mlp")
    parts = explain.partition(
        subject, "manual", modules={"<img src=x onerror=alert(1)>": {"hidden1": [0, 1]}}
    )
    drawn = html.contribution_table(table_of(subject, parts, 0.4), 0)
    rows = {"rows": ROWS}
    both = [explain.interactions(of, parts, **rows) for of in (subject, subject)]
    drawn += html.pairs(module_pairs(parts.names, *both))
    assert "<img" not in drawn
    assert "&lt;img" in drawn


def test_inside_a_module_every_unit_falls_by_its_own_ablation(demo):
    subject = demo("heart-mlp")
    parts = explain.partition(subject, "depth-blocks")
    found = unit_ablations(subject, parts.labels, 0, PayoffRequest(rows=ROWS))
    assert len(set(zip(found.layers, found.units, strict=True))) == parts.sizes[0]
    assert found.left_out == 0
    top = int(np.abs(found.falls).argmax())
    chosen = found.layers[top], found.units[top]
    alone = {
        layer: np.where((np.arange(len(owners)) == chosen[1]) & (layer == chosen[0]), 0, 1)
        for layer, owners in parts.labels.items()
    }
    own = ablations(subject, alone, PayoffRequest(rows=ROWS))[:, 0].mean()
    assert found.falls[top] == pytest.approx(own, abs=1e-6)


def test_a_large_module_is_looked_into_evenly_and_says_what_it_left_out(demo, monkeypatch):
    monkeypatch.setitem(unit_ablations.__globals__, "UNITS", 30)
    subject = demo("credit-mlp")
    parts = explain.partition(subject)
    dense, pruned = (
        unit_ablations(of, parts.labels, 0, PayoffRequest(rows=ROWS[:2]))
        for of in (subject, pruned_to(subject, 0.8))
    )
    assert set(dense.layers) == set(parts.labels)
    assert (dense.layers, dense.units) == (pruned.layers, pruned.units)
    assert len(dense.units) <= 30
    assert dense.left_out == parts.sizes[0] - len(dense.units)
