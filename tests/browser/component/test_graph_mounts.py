"""Several stores and views live on one page without knowing of each other."""

import pytest

pytestmark = pytest.mark.browser


def test_two_views_of_one_store_follow_the_one_amount_that_is_told(graph):
    graph.store("mlp-magnitude")
    graph.view("mlp-magnitude", key="left")
    graph.view("mlp-magnitude", key="right", amount=0.5)
    graph.settle("left")
    graph.settle("right")
    assert graph.hook("right")["amount"] == 0.5
    graph.slide(0.9, key="left")
    assert graph.hook("left")["amount"] == 0.9
    graph.shows(0.9, key="right")


def test_two_networks_on_one_page_keep_their_own_pictures(graph):
    graph.store("mlp-magnitude", key="one")
    graph.store("cnn", key="two")
    graph.view("mlp-magnitude", key="left")
    graph.view("cnn", key="right")
    graph.settle("left")
    graph.settle("right")
    assert graph.hook("left")["kept"] == 6464
    assert graph.hook("right")["kept"] == 16_992


def test_a_view_lives_on_while_its_store_is_replaced(graph):
    graph.show("mlp-magnitude", amount=0.5)
    before = graph.ink()
    graph.store("cnn")
    graph.view("mlp-magnitude", amount=0.5)
    graph.settle()
    assert graph.ink() == before


def test_a_graph_is_forgotten_with_its_last_store(graph):
    graph.store("mlp-magnitude", key="one")
    graph.store("mlp-magnitude", key="two")
    graph.page.evaluate("harness.unmount('one')")
    graph.view("mlp-magnitude", key="first")
    graph.settle("first")
    graph.page.evaluate("harness.unmount('two')")
    graph.view("mlp-magnitude", key="late")
    graph.page.wait_for_timeout(100)
    assert graph.find(".stage", "late").is_hidden()
    assert graph.hook("first")["ready"]


def test_an_unmounted_view_stops_and_leaves_no_listener(graph):
    graph.show("mlp-magnitude")
    graph.page.evaluate("window.old = harness.hook('view')")
    graph.page.evaluate("harness.unmount('view')")
    frames = graph.page.evaluate("window.old.frames")
    graph.store("mlp-random")
    graph.page.wait_for_timeout(200)
    assert graph.page.evaluate("window.old.frames") == frames


def test_a_picture_at_rest_paints_nothing(graph):
    graph.show("mlp-magnitude", amount=0.5)
    graph.rest()
    frames = graph.hook()["frames"]
    graph.page.wait_for_timeout(400)
    assert graph.hook()["frames"] == frames


def test_the_picture_follows_the_width_of_its_place(graph):
    graph.show("mlp-magnitude")
    wide = graph.find("canvas.units").bounding_box()["width"]
    graph.page.set_viewport_size({"width": 600, "height": 900})
    graph.settle()
    narrow = graph.find("canvas.units").bounding_box()["width"]
    assert narrow < 600 < wide
    assert graph.ink() > 1000


def test_a_new_amount_from_python_paints_no_bitmap_anew(graph):
    """Making all bitmaps anew kept the page busy for two seconds after every release."""
    graph.show("mlp-magnitude", amount=0.2)
    builds = graph.hook()["builds"]
    for amount in (0.4, 0.6):
        graph.view("mlp-magnitude", amount=amount, kept_text=f"{amount}")
        graph.settle()
    assert graph.hook()["amount"] == 0.6
    assert graph.hook()["builds"] == builds
