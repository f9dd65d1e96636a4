"""Graph, matrix and table are three looks at the same data."""

import re

import pytest

pytestmark = pytest.mark.browser
NUMBER = re.compile(r"\d+")
COUNT_ALIVE = """() => {
    const canvas = harness.root("view").querySelector("canvas.edges");
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let coloured = 0;
    for (let i = 0; i < data.length; i += 4) {
        const rgb = [data[i], data[i + 1], data[i + 2]];
        const spread = Math.max(...rgb) - Math.min(...rgb);
        if (data[i + 3] > 90 && spread > 40) coloured += 1;
    }
    return coloured;
}"""


def test_the_matrix_colours_exactly_the_connections_that_live(graph, views):
    view = views["random-60000"]
    graph.page.set_viewport_size({"width": 560, "height": 900})
    graph.show("random-60000", mode="matrix")
    pixels = [graph.page.evaluate(COUNT_ALIVE)]
    for amount in (0.25, 0.5, 0.75, 1):
        graph.slide(amount)
        pixels.append(graph.page.evaluate(COUNT_ALIVE))
    full = pixels[0]
    shares = [1 - round(a * view.prunable) / view.prunable for a in (0, 0.25, 0.5, 0.75, 1)]
    assert full > 10_000
    assert [count / full for count in pixels] == pytest.approx(shares, abs=0.03)


def test_the_table_counts_every_pair_of_layers(graph, views):
    view = views["mlp-magnitude"]
    graph.show("mlp-magnitude", amount=0.5, mode="table")
    rank = round(0.5 * view.prunable)
    rows = graph.find("table").first.locator("tbody tr")
    for row, (first, last) in zip(rows.all(), [(0, 64), (64, 128), (128, 160)], strict=True):
        inside = (view.source >= first) & (view.source < last)
        cells = [int(row.locator("td").nth(i).text_content().replace(",", "")) for i in (0, 1)]
        assert cells == [int((view.dies_at[inside] > rank).sum()), int(inside.sum())]


def test_the_table_lists_the_strongest_fifty_that_live_and_follows_a_release(graph, views):
    view = views["mlp-magnitude"]
    graph.show("mlp-magnitude", mode="table")
    first = graph.find("table").nth(1).locator("tbody tr").first
    assert graph.find("table").nth(1).locator("tbody tr").count() == 50
    strongest = float(view.weight[view.strength.argmax()])
    shown = first.locator("td").nth(1).text_content().replace("−", "-")
    assert float(shown) == pytest.approx(strongest, rel=5e-3)
    graph.slide(1)
    graph.let_go()
    assert graph.find("table").nth(1).locator("tbody tr").count() == 0


def test_the_view_switch_is_a_radio_group_that_arrows_move(graph):
    graph.show("mlp-magnitude")
    graph.find("input[value=graph]").focus()
    graph.page.keyboard.press("ArrowRight")
    graph.page.keyboard.press("ArrowRight")
    assert [event["mode"] for event in graph.events("mode")] == ["matrix", "table"]
    assert graph.hook()["mode"] == "table"
    assert graph.find("table").count() == 2
    assert graph.find(".stage").is_hidden()


def test_what_the_budget_leaves_out_is_said(graph):
    graph.show("random-60000")
    total = graph.hook()["kept"]
    assert f"the strongest 20,000 of {total:,} connections" in graph.text("notes")
    assert graph.hook()["drawn"] == 20_000
    graph.view("random-60000", mode="matrix")
    graph.settle()
    assert "strongest" not in graph.text("notes")


def test_bundles_say_how_many_weights_they_stand_for(graph):
    graph.show("cnn")
    assert "1,888 lines for 16,992 weights" in graph.text("notes")


def test_every_word_can_be_replaced(graph):
    graph.show("mlp-magnitude", messages={"matrix": "Matrix-Ansicht", "canvas": "{edges:,} Linien"})
    assert graph.find("[data-text=matrix]").text_content() == "Matrix-Ansicht"
    graph.slide(0.5)
    graph.let_go()
    assert graph.find("canvas.units").get_attribute("aria-label") == "3,232 Linien"


@pytest.mark.parametrize("sig", ["mlp-magnitude", "cnn"])
@pytest.mark.parametrize("mode", ["graph", "matrix", "table"])
def test_a_phone_is_wide_enough(graph, sig, mode):
    graph.page.set_viewport_size({"width": 390, "height": 800})
    graph.show(sig, mode=mode, amount=0.3)
    wide = graph.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


def test_the_picture_takes_the_colours_of_the_theme(graph):
    graph.show("mlp-magnitude", amount=0.9)
    light = colours(graph)
    graph.page.evaluate("document.body.className = 'dark'")
    graph.view("mlp-magnitude", amount=0.9)
    graph.settle()
    assert colours(graph) != light


def colours(graph):
    """Both signs and what is gone, as "#rrggbb" in the legend."""
    style = "(one) => getComputedStyle(one).backgroundColor"
    shown = [
        graph.find(f".line.{name}").evaluate(style) for name in ("positive", "negative", "removed")
    ]
    return ["#" + "".join(f"{int(part):02x}" for part in NUMBER.findall(one)) for one in shown]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_signs_stand_out_from_the_background(graph, theme):
    graph.page.evaluate(f"document.body.className = '{theme}'")
    graph.show("mlp-magnitude")
    background = "#ffffff" if theme == "light" else "#10151d"
    for colour in colours(graph)[:2]:
        assert contrast(colour.strip(), background) >= 3


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
