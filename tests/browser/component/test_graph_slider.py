"""The picture follows the amount that the ribbon tells, at once and without Python."""

import pytest

pytestmark = pytest.mark.browser
AMOUNTS = (0.1, 0.3, 0.5, 0.7, 0.9, 0.99)


@pytest.mark.parametrize("sig", ["mlp-magnitude", "mlp-random", "cnn"])
def test_ink_falls_while_more_is_pruned(graph, sig):
    graph.show(sig)
    inks = [graph.ink()]
    for amount in AMOUNTS:
        graph.slide(amount)
        graph.let_go()
        graph.settle()
        inks.append(graph.ink())
    assert inks == sorted(inks, reverse=True)
    assert len(set(inks)) == len(inks)


def test_edges_leave_the_canvas_during_the_drag_before_anything_is_released(graph):
    graph.show("mlp-magnitude")
    before = graph.ink()
    graph.slide(0.2, 0.5, 0.9)
    graph.page.wait_for_timeout(400)
    assert graph.ink() < 0.8 * before
    assert graph.text("kept") == "646 of 6,464 connections kept"


def test_the_picture_depends_on_the_amount_and_not_on_the_way(graph):
    graph.show("mlp-random", amount=0.6)
    direct = graph.ink()
    graph.slide(0.1, 0.95, 0.3, 1, 0, 0.6)
    graph.let_go()
    graph.settle()
    assert graph.ink() == direct


@pytest.mark.parametrize("sig", ["mlp-magnitude", "mlp-random", "cnn", "by-layer"])
def test_counts_equal_pythons_at_every_amount(graph, views, sig):
    view = views[sig]
    graph.show(sig)
    for amount in (0, *AMOUNTS, 1):
        graph.slide(amount)
        rank = view.fixed_pruned + sum(m * round(amount * n) for n, m in view.groups)
        hook = graph.hook()
        assert hook["rank"] == rank
        assert hook["kept"] == view.prunable - rank
        assert hook["drawn"] == int((view.dies_at > rank).sum())


def test_everything_pruned_leaves_an_empty_canvas_that_says_so(graph):
    graph.show("mlp-magnitude", amount=1)
    assert graph.ink() == 0
    assert graph.text("message") == "Every connection is gone."


def test_values_from_python_are_ignored_while_the_pointer_is_down(graph):
    graph.show("mlp-magnitude", amount=0.2)
    graph.slide(0.7)
    graph.view("mlp-magnitude", amount=0.3)
    graph.page.wait_for_timeout(80)
    assert graph.hook()["amount"] == 0.7


def test_a_late_answer_to_an_older_release_does_not_pull_the_slider_back(graph):
    graph.show("mlp-magnitude", amount=0.2)
    graph.slide(0.5)
    graph.let_go()
    graph.slide(0.7)
    graph.let_go()
    graph.view("mlp-magnitude", amount=0.5)
    graph.page.wait_for_timeout(80)
    assert graph.hook()["amount"] == 0.7
    graph.view("mlp-magnitude", amount=0.7)
    graph.view("mlp-magnitude", amount=0.1)
    graph.shows(0.1)


def test_a_given_rank_wins_over_the_amount_until_the_slider_moves(graph):
    graph.show("mlp-magnitude", amount=0.5, rank=3300)
    assert graph.hook()["rank"] == 3300
    graph.slide(0.6)
    assert graph.hook()["rank"] == round(0.6 * 6464)


def test_a_new_order_under_the_same_amount_changes_the_picture(graph):
    graph.show("mlp-magnitude", amount=0.8)
    magnitude = graph.ink()
    graph.store("mlp-random")
    graph.view("mlp-random", amount=0.8)
    graph.settle()
    assert graph.hook()["kept"] == 6464 - round(0.8 * 6464)
    assert graph.ink() != magnitude


def test_removed_edges_fade_only_where_motion_is_welcome(graph):
    graph.show("mlp-magnitude")
    graph.rest()
    assert graph.ink_right_after(1) > 0
    graph.let_go()
    graph.settle()
    assert graph.ink() == 0
    graph.slide(0)
    graph.let_go()
    graph.rest()
    graph.page.emulate_media(reduced_motion="reduce")
    assert graph.ink_right_after(1) == 0
