"""A payload that is not exactly right is refused in place; the page lives on."""

import struct

import numpy as np
import pytest

from bench.frames.pictures import digits_mlp
from pages._components.network_graph.wire import pack

pytestmark = pytest.mark.browser
GOOD = pack(digits_mlp())
HEADER = 8 + int.from_bytes(GOOD[4:8], "little")


def with_entry(name, index, packed):
    """Return the good payload with one array entry replaced."""
    view = digits_mlp()
    order = ("source", "target", "dies_at", "weight", "strength", "count")
    start = HEADER + 4 * (order.index(name) * view.dies_at.size + index)
    return GOOD[:start] + packed + GOOD[start + 4 :]


BROKEN = {
    "nothing": b"",
    "only magic": GOOD[:4],
    "other magic": b"SPG9" + GOOD[4:],
    "header too long": GOOD[:4] + b"\xff\xff\xff\x7f" + GOOD[8:],
    "header no JSON": GOOD[:8] + b"!" + GOOD[9:],
    "cut off": GOOD[:-4],
    "trailing bytes": GOOD + b"\0\0\0\0",
    "a NaN weight": with_entry("weight", 3, struct.pack("<f", np.nan)),
    "an infinite strength": with_entry("strength", 3, struct.pack("<f", np.inf)),
    "a negative strength": with_entry("strength", 3, struct.pack("<f", -1.0)),
    "an edge to nowhere": with_entry("target", 0, struct.pack("<I", 10**6)),
    "edges out of order": with_entry("dies_at", 6463, struct.pack("<I", 10**6)),
}


@pytest.mark.parametrize("payload", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_payload_is_told_in_place_and_nothing_is_thrown(graph, payload):
    graph.view("mlp-magnitude")
    graph.store_bytes(payload)
    alert = graph.find("[data-ref=error]")
    alert.wait_for(state="visible")
    assert alert.text_content().startswith("The network graph cannot be drawn: ")
    assert graph.find(".stage").is_hidden()


def test_a_good_payload_after_a_broken_one_is_drawn(graph):
    graph.view("mlp-magnitude")
    graph.store_bytes(b"rubbish!")
    graph.store("mlp-magnitude")
    graph.settle()
    assert graph.find("[data-ref=error]").is_hidden()
    assert graph.ink() > 1000


def test_a_view_that_comes_before_its_store_waits_quietly(graph):
    graph.view("mlp-magnitude")
    assert graph.text("skeleton").startswith("Preparing")
    graph.store("cnn", key="other")
    assert graph.find(".stage").is_hidden()
    graph.store("mlp-magnitude")
    graph.settle()
    assert graph.find("[data-ref=skeleton]").is_hidden()


def test_names_are_shown_as_text_and_never_run(graph):
    graph.show("hostile", mode="table")
    assert "<img" in graph.find("table").first.text_content()
    assert graph.find("img").count() == 0
    assert graph.page.evaluate("window.hacked") is None


def test_a_network_without_connections_says_so(graph):
    graph.show("empty")
    assert graph.text("message") == "This network has no connections to draw."
    assert graph.ink() == 0


def test_a_single_layer_is_drawn_alone(graph):
    graph.show("single")
    assert graph.text("message") == "This network has no connections to draw."
    for mode in ("matrix", "table", "graph"):
        graph.view("single", mode=mode)
        graph.settle()
