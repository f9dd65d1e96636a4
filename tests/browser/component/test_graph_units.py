"""Units can be pointed at, picked and walked through."""

import pytest

pytestmark = pytest.mark.browser
UNIT = 64 + 15


def test_pointing_at_a_unit_tells_its_kept_connections(graph, views):
    view = views["mlp-magnitude"]
    graph.show("mlp-magnitude", amount=0.5)
    graph.page.mouse.move(*graph.place(UNIT))
    alive = view.dies_at > graph.hook()["rank"]
    incoming = int((alive & (view.target == UNIT)).sum())
    outgoing = int((alive & (view.source == UNIT)).sum())
    assert graph.text("tip").startswith("hidden1 15")
    assert f"{incoming} kept connections in, {outgoing} out" in graph.text("tip")


def test_pointing_at_a_connection_tells_its_weight_and_when_it_goes(graph, views):
    view = views["mlp-magnitude"]
    edge = int(view.strength.argmax())
    graph.show("mlp-magnitude", amount=0.95)
    a, b = graph.place(int(view.source[edge])), graph.place(int(view.target[edge]))
    graph.page.mouse.move((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    tip = graph.text("tip")
    assert f"weight {view.weight[edge]:+.2f}".replace("-", "−") in tip
    assert "kept, removed at 100 %" in tip


def test_a_bundle_tells_how_many_of_its_weights_are_left_at_most(graph, views):
    view = views["cnn"]
    edge = int(view.strength.argmax())
    graph.show("cnn")
    a, b = graph.place(int(view.source[edge])), graph.place(int(view.target[edge]))
    graph.page.mouse.move((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    assert "stands for 9 weights, at most 9 left" in graph.text("tip")


def test_a_click_leaves_only_the_paths_of_the_unit_and_escape_brings_all_back(graph):
    graph.show("mlp-magnitude", amount=0.3)
    everything = graph.ink()
    graph.page.mouse.click(*graph.place(UNIT))
    graph.settle()
    assert graph.ink() < 0.7 * everything
    graph.page.keyboard.press("Escape")
    graph.settle()
    assert graph.ink() == everything
    assert [event["unit"] for event in graph.events("picked")] == [UNIT, None]


def test_a_second_click_on_the_same_unit_brings_all_back(graph):
    graph.show("mlp-magnitude", amount=0.3)
    for _ in range(2):
        graph.page.mouse.click(*graph.place(UNIT))
        graph.page.wait_for_timeout(50)
    assert [event["unit"] for event in graph.events("picked")] == [UNIT, None]


def test_a_unit_picked_by_python_is_shown(graph):
    graph.show("mlp-magnitude")
    everything = graph.ink()
    graph.view("mlp-magnitude", selected=UNIT)
    graph.settle()
    assert graph.ink() < 0.7 * everything
    graph.view("mlp-magnitude", selected=None)
    graph.settle()
    assert graph.ink() == everything


def test_arrow_keys_walk_through_units_and_each_is_announced(graph):
    graph.show("mlp-magnitude")
    graph.find("canvas.units").focus()
    said = []
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp"):
        graph.page.keyboard.press(key)
        said.append(graph.text("live").split(",")[0])
    assert said[0] == "pixels: row 1" or said[0].startswith("pixels row 1")
    assert said[1].startswith("hidden1")
    assert said[2].startswith("hidden2")
    assert said[3].startswith("digit:")
    assert said[4] == said[3]
    assert "kept connections in" in graph.text("live")


def test_a_path_ends_where_its_first_step_is_gone(graph, views):
    """A unit with no connection left has no path, however alive the layers before it are."""
    view = views["mlp-magnitude"]
    hidden = view.layers[2]
    units = range(hidden.first, hidden.first + hidden.drawn)
    rank, unit = min(
        (int(view.dies_at[(view.source == u) | (view.target == u)].max()), u) for u in units
    )
    assert rank < view.prunable
    graph.show("mlp-magnitude", amount=0, rank=rank)
    assert graph.ink() > 0
    graph.view("mlp-magnitude", amount=0, rank=rank, selected=unit)
    graph.page.wait_for_timeout(1000)
    assert graph.ink() == 0


def test_enter_picks_the_unit_under_the_keyboard(graph):
    graph.show("mlp-magnitude")
    graph.find("canvas.units").focus()
    graph.page.keyboard.press("ArrowRight")
    graph.page.keyboard.press("Enter")
    (picked,) = graph.events("picked")
    assert 64 <= picked["unit"] < 128
    assert graph.text("live").startswith("showing only the paths of hidden1")


def test_the_wheel_scrolls_the_page_until_the_picture_has_the_focus(graph):
    graph.show("mlp-magnitude")
    graph.page.mouse.move(*graph.place(UNIT))
    graph.page.mouse.wheel(0, -300)
    graph.page.wait_for_timeout(80)
    assert graph.hook()["k"] == 1
    graph.find("canvas.units").focus()
    graph.page.mouse.wheel(0, -300)
    graph.page.wait_for_function("harness.hook('view').zoom.k > 1.5")


def test_zoom_buttons_zoom_and_reset(graph):
    graph.show("mlp-magnitude")
    before = graph.ink()
    graph.find("[data-ref=zoomIn]").click()
    graph.settle()
    assert graph.hook()["k"] == pytest.approx(1.5)
    graph.find("[data-ref=zoomReset]").click()
    graph.settle()
    assert graph.hook()["k"] == 1
    assert graph.ink() == before


def test_values_paint_the_sample_into_the_units(graph):
    graph.show("mlp-magnitude")
    plain = picture(graph)
    graph.view("mlp-magnitude", values=[(-1) ** i for i in range(170)])
    graph.settle()
    assert picture(graph) != plain


def test_a_unit_turns_hollow_when_it_dies(graph, views):
    view = views["mlp-magnitude"]
    unit = int(view.unit_dies_at[64:128].argmin()) + 64
    rank = int(view.unit_dies_at[unit])
    graph.show("mlp-magnitude", amount=0, rank=rank - 1)
    alive = colour_at(graph, unit)
    graph.view("mlp-magnitude", amount=0, rank=rank)
    graph.settle()
    assert colour_at(graph, unit) != alive
    assert colour_at(graph, unit) == [255, 255, 255]


def picture(graph):
    return graph.page.evaluate("harness.root('view').querySelector('.units').toDataURL()")


def colour_at(graph, unit):
    script = """n => {
        const canvas = harness.root("view").querySelector(".units");
        const {layout} = harness.hook("view");
        const spot = [Math.round(layout.x[n]), Math.round(layout.y[n])];
        return [...canvas.getContext("2d").getImageData(...spot, 1, 1).data].slice(0, 3);
    }"""
    return graph.page.evaluate(script, unit)
