"""Every grain against loops: which weights die as one, and what an entry scores."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import explain
from explain import PruningPlan
from explain.pruning import GRAINS, misfit
from explain.pruning import criterion as criterion_of


def places(shape):
    return itertools.product(*map(range, shape))


def rows(module, _options):
    return [
        [p for p in places(module.weight.shape) if p[0] == o] for o in range(len(module.weight))
    ]


def columns(module, _options):
    outputs, width = module.weight.shape[:2]
    many = getattr(module, "groups", 1)
    return [
        [
            p
            for p in places(module.weight.shape)
            if p[1] == column and p[0] // (outputs // many) == group
        ]
        for group in range(many)
        for column in range(width)
    ]


def kernels(module, _options):
    outputs, width = module.weight.shape[:2]
    return [
        [p for p in places(module.weight.shape) if p[:2] == pair]
        for pair in itertools.product(range(outputs), range(width))
    ]


def blocks(module, options):
    side, shape = options["side"], module.weight.shape
    wide = math.prod(shape[1:])
    down, across = math.ceil(shape[0] / side), math.ceil(wide / side)
    found = [[] for _ in range(down * across)]
    for p in places(shape):
        column = int(np.ravel_multi_index(p[1:], shape[1:]))
        found[p[0] // side * across + column // side].append(p)
    return found


def groups_of_m(module, options):
    n, m, shape = options["n"], options["m"], module.weight.shape
    found = []
    for o, group in itertools.product(range(shape[0]), range(shape[1] // m)):
        for place in places(shape[2:]):
            inside = [(o, group * m + at, *place) for at in range(m)]
            order = sorted(inside, key=lambda p: (abs(module.weight[p].item()), p))
            found.append(order[: m - n])
    return found


def single(module, _options):
    return [[p] for p in places(module.weight.shape)]


SLOW = {
    "weight": single,
    "unit": rows,
    "neuron": rows,
    "channel": rows,
    "row": rows,
    "column": columns,
    "kernel": kernels,
    "block": blocks,
    "nm": groups_of_m,
}
"""What is not here has a test of its own below."""
OF_ITS_OWN = {"head"}


@st.composite
def networks(draw):
    """Draw a grouped convolution and two linear layers of any size, ties among their weights."""
    many = draw(st.integers(1, 2))
    width, outputs = many * draw(st.integers(1, 5)), many * draw(st.integers(1, 4))
    kernel = draw(st.tuples(st.integers(1, 2), st.integers(1, 3)))
    hidden = draw(st.integers(1, 9))
    conv = nn.Conv2d(width, outputs, kernel, groups=many, bias=draw(st.booleans()))
    linear, last = (
        nn.Linear(outputs * (4 - kernel[0]) * (4 - kernel[1]), hidden),
        nn.Linear(hidden, 3),
    )
    seed = draw(st.integers(0, 99))
    with torch.no_grad():
        for at, layer in enumerate((conv, linear, last)):
            generator = torch.Generator().manual_seed(seed + at)
            layer.weight.copy_(torch.randint(-4, 5, layer.weight.shape, generator=generator) / 3)
    module = nn.Sequential(conv, nn.ReLU(), nn.Flatten(), linear, nn.ReLU(), last).eval()
    return explain.subject(module, torch.zeros(2, width, 3, 3))


def scored_by(what):
    return "magnitude" if misfit(criterion_of("l1-norm"), what) else "l1-norm"


OPTIONS = {
    "nm": st.integers(2, 5).flatmap(
        lambda m: st.fixed_dictionaries({"m": st.just(m), "n": st.integers(0, m - 1)})
    ),
    "block": st.fixed_dictionaries({"side": st.integers(1, 5)}),
}


@settings(max_examples=12)
@given(subject=networks(), data=st.data())
def test_entries_and_scores_are_what_loops_find(subject, data):
    fitting = [g for g in GRAINS if g.key not in OF_ITS_OWN and g.fits(subject) is None]
    for what in fitting:
        options = data.draw(OPTIONS.get(what.key, st.just({})))
        plan = PruningPlan(criterion=scored_by(what), granularity=what.key, options=options)
        for tensor in ranked(subject, plan):
            module = subject.network.get_submodule(tensor.layer)
            wanted = SLOW[what.key](module, options)
            assert owned(tensor) == [sorted(entry) for entry in wanted], what.key
            scores = np.empty(tensor.order.size)
            scores[tensor.order.ravel()] = tensor.ranked.ravel()
            sums = [math.fsum(abs(module.weight[p].item()) for p in entry) for entry in wanted]
            assert np.allclose(scores, sums, rtol=1e-5), what.key


def ranked(subject, plan):
    """Return what is ranked; nothing is where all that the plan could take is 0 already."""
    try:
        return explain.score(subject, plan).tensors
    except explain.Refused:
        return ()


def owned(tensor):
    """Return the places of the weights that each entry takes, in order."""
    numbers = np.r_[np.arange(tensor.order.size), -1]
    owner = np.broadcast_to(tensor.parts[0].spread(numbers), tensor.shape)
    return [
        [tuple(map(int, place)) for place in np.argwhere(owner == entry)]
        for entry in range(tensor.order.size)
    ]


class Attention(nn.Module):
    """One attention with heads of any size, and an answer."""

    def __init__(self, heads, width, *, bias):
        super().__init__()
        self.attention = nn.MultiheadAttention(heads * width, heads, bias=bias, batch_first=True)
        self.last = nn.Linear(heads * width, 2)

    def forward(self, x):
        return self.last(self.attention(x, x, x, need_weights=False)[0].mean(1))


@settings(max_examples=4)
@given(heads=st.integers(1, 4), width=st.integers(1, 3), bias=st.booleans())
def test_heads_are_the_rows_of_queries_keys_and_values_and_the_columns_that_read_them(
    heads, width, bias
):
    module = Attention(heads, width, bias=bias).eval()
    subject = explain.subject(module, torch.randn(3, 5, heads * width))
    plan = PruningPlan(criterion="l1-norm", granularity="head", amount=1.0)
    scores = explain.score(subject, plan)
    (tensor,) = scores.tensors
    features = heads * width
    packed, out = (
        module.attention.in_proj_weight.detach(),
        module.attention.out_proj.weight.detach(),
    )
    wanted = []
    for head in range(heads):
        units = [part * features + head * width + at for part in range(3) for at in range(width)]
        read = [head * width + at for at in range(width)]
        wanted.append(float(packed[units].abs().sum() + out[:, read].abs().sum()))
    assert np.allclose(tensor.values, wanted, rtol=1e-5)
    masks = explain.select(scores, plan)
    assert masks.weights_total - masks.weights_kept == 4 * features * features
    pruned = explain.prune(subject, masks).network
    assert not any(pruned.get_parameter(name).any() for name in tensor.weights + tensor.companions)
    assert len(tensor.companions) == (1 if bias else 0)


class Shared(nn.Module):
    """Queries that something else reads too, or that are mixed on their way to the heads."""

    def __init__(self, how):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(6, 6) for _ in range(3))
        self.last, self.how = nn.Linear(6, 2), how

    def forward(self, x):
        query = self.query(x)
        heads = [
            part.unflatten(-1, (2, 3)).transpose(1, 2)
            for part in (
                query.softmax(-1) if self.how == "mixed" else query,
                self.key(x),
                self.value(x),
            )
        ]
        found = nn.functional.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2)
        return self.last((found + query if self.how == "read" else found).mean(1))


@pytest.mark.parametrize(("how", "refused"), [("alone", False), ("read", True), ("mixed", True)])
def test_heads_whose_queries_serve_something_else_are_refused(how, refused):
    subject = explain.subject(Shared(how).eval(), torch.randn(3, 4, 6))
    plan = PruningPlan(criterion="l1-norm", granularity="head")
    if refused:
        with pytest.raises(explain.Refused, match="heads can be told apart"):
            explain.score(subject, plan)
    else:
        assert explain.score(subject, plan).entries == 2
