"""The browser and Python mean the same entries by an amount."""

from itertools import pairwise

import numpy as np
import pytest

from bench.frames.pictures import bundled_cnn, digits_mlp
from explain.core.messages import as_set, share
from pages._components.network_graph.wire import pack

pytestmark = pytest.mark.browser
IMPORT = "const inside = await import('/internals.js');"


@pytest.fixture(scope="module")
def inside(window, component_site):
    """Return a function that evaluates JavaScript with the component's own functions at hand."""
    page = window(0).new_page()
    page.goto(component_site)
    yield lambda body, data=None: page.evaluate(f"async data => {{ {IMPORT} {body} }}", data)
    page.close()


def test_rounding_equals_pythons_round_for_every_slider_step_and_odd_sizes(inside):
    rng = np.random.default_rng(7)
    sizes = [
        0,
        1,
        2,
        5,
        25,
        125,
        250,
        500,
        625,
        6464,
        2**31 - 1,
        *map(int, rng.integers(0, 10**8, 40)),
    ]
    amounts = [step / 1000 for step in range(1001)] + rng.random(200).tolist()
    products = [amount * size for size in sizes for amount in amounts]
    got = inside("return data.map(inside.roundHalfEven);", products)
    assert got == [round(product) for product in products]
    assert any(product % 1 == 0.5 for product in products)


def test_shares_are_written_as_python_writes_them(inside):
    shares = [at / 2000 for at in range(2001)] + np.random.default_rng(7).random(500).tolist()
    shares += [1e-9, 0.0004, 0.9996, 1 - 1e-9]
    got = inside("return data.map(x => [inside.shareOf(x), inside.asSet(x)]);", shares)
    assert [[f"{one} %" for one in pair] for pair in got] == [[share(x), as_set(x)] for x in shares]


def _taken(amount, size, many, before=0):
    """Return how many entries of groups go; `before` of each are gone before, and count."""
    return many * max(0, round(amount * (size + before)) - before)


def test_a_rank_is_the_sum_over_groups_and_what_is_fixed(inside):
    groups = [[4096, 1], [64, 32], [5, 64], [90, 2, 70]]
    amounts = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1]
    got = inside(
        "return data.amounts.map(a => inside.rankOf({groups: data.groups, fixed_pruned: 16}, a));",
        {"groups": groups, "amounts": amounts},
    )
    assert got == [16 + sum(_taken(a, *group) for group in groups) for a in amounts]


def test_alive_edges_are_those_that_die_later_ties_included(inside):
    deaths = sorted([0, 0, 3, 3, 3, 7, 9, 2**32 - 1], reverse=True)
    ranks = [0, 1, 2, 3, 6, 7, 8, 9, 10, 2**32 - 2]
    got = inside(
        "return data.ranks.map(r => inside.aliveCount(Uint32Array.from(data.deaths), r));",
        {"deaths": deaths, "ranks": ranks},
    )
    assert got == [sum(death > rank for death in deaths) for rank in ranks]


def test_the_amount_said_to_kill_an_edge_is_the_first_that_does(inside):
    view = digits_mlp()
    ranks = view.dies_at[::97].astype(int).tolist()
    groups = [list(group) for group in view.groups]
    script = "return data.ranks.map(rank => inside.amountAtRank(data, rank));"
    got = inside(script, {"ranks": ranks, "groups": groups, "fixed_pruned": 0})
    size = view.prunable
    want = [next(s / 1000 for s in range(1001) if round(s / 1000 * size) >= r) for r in ranks]
    assert got == want


def test_a_bundle_thins_at_its_quarters_and_vanishes_with_its_last_weight(inside):
    bundle = {"dies_at": [9], "thins_at": [3, 5, 7], "count": [9]}
    got = inside("return [0,2,3,4,5,6,7,8,9,10].map(r => inside.quartersLeft(data, 0, r));", bundle)
    assert got == [4, 4, 3, 3, 2, 2, 1, 1, 0, 0]


def test_the_strongest_edges_are_painted_last(inside):
    view = bundled_cnn()
    script = "return [...inside.decodeGraph(Uint8Array.from(data)).byStrength];"
    order = inside(script, list(pack(view)))
    assert sorted(order) == list(range(view.strength.size))
    assert (np.diff(view.strength[order]) >= 0).all()


def test_columns_stand_from_left_to_right_inside_the_picture_and_no_two_units_on_one_spot(inside):
    script = """
        const graph = inside.decodeGraph(Uint8Array.from(data.payload));
        const size = {width: data.width, height: 400};
        const {x, y} = inside.layoutGraph(graph, size, text => 7 * text.length);
        return {x: [...x], y: [...y]};
    """
    view = digits_mlp()
    for width in (300, 390, 800, 1600):
        got = inside(script, {"payload": list(pack(view)), "width": width})
        x, y = np.array(got["x"]), np.array(got["y"])
        assert x.min() > 0
        assert x.max() < width
        assert y.min() > 0
        assert y.max() < 400
        assert len(set(zip(x, y, strict=True))) == x.size
        ends = [(x[la.first], x[la.first + la.drawn - 1]) for la in view.layers]
        assert all(max(left) < min(right) for left, right in pairwise(ends))
