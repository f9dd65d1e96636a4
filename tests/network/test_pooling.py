"""The fast max pool is the module, bit for bit, and steps aside where it cannot be."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explain.network.steps import _window, run_layer


@settings(deadline=None, max_examples=60)
@given(
    size=st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 9), st.integers(1, 9)),
    window=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    last=st.booleans(),
    hole=st.booleans(),
    seed=st.integers(0, 99),
)
def test_every_max_pool_gives_what_its_module_gives(size, window, last, hole, seed):
    rows, channels, high, wide = size
    picture = torch.randn(
        rows, channels, window[0] * high, window[1] * wide,
        generator=torch.Generator().manual_seed(seed),
    ).relu()  # fmt: skip
    if hole:
        picture[0, 0, 0, 0] = torch.nan
    if last:
        picture = picture.contiguous(memory_format=torch.channels_last)
    module = nn.MaxPool2d(window)
    with torch.no_grad():
        assert _window(module, picture) == window
        torch.testing.assert_close(
            run_layer(module, picture), module(picture), rtol=0, atol=0, equal_nan=True
        )


@pytest.mark.parametrize(
    "module",
    [
        nn.MaxPool2d(3, stride=2),
        nn.MaxPool2d(2, padding=1),
        nn.MaxPool2d(2, dilation=2),
        nn.MaxPool2d(5),
        nn.MaxPool2d(5, ceil_mode=True),
        nn.AvgPool2d(2),
        nn.MaxPool2d(2, return_indices=True),
    ],
    ids=repr,
)
def test_any_other_pool_runs_itself(module):
    picture = torch.randn(2, 3, 12, 12)
    with torch.no_grad():
        assert _window(module, picture) is None


def test_gradients_of_ties_are_those_of_the_module():
    picture = torch.zeros(1, 1, 4, 4, requires_grad=True)
    run_layer(nn.MaxPool2d(2), picture).sum().backward()
    assert sorted(picture.grad.flatten().tolist()) == [0.0] * 12 + [1.0] * 4


def test_hooks_still_fire():
    seen = []
    module = nn.MaxPool2d(2)
    module.register_forward_hook(lambda *_: seen.append("out"))
    module.register_forward_pre_hook(lambda *_: seen.append("in"))
    with torch.no_grad():
        run_layer(module, torch.randn(1, 1, 4, 4))
    assert seen == ["in", "out"]
