"""Lifting reads a module and leaves it, and the process, as they were."""

import contextlib
import copy
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from explain.core.errors import ExplainError
from explain.network import lift
from tests.network.zoo import ZOO


class _Breaks(nn.Module):
    """Uses something random, which is refused after tracing."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
        self.bn = nn.BatchNorm1d(2)

    def forward(self, x):
        return torch.rand_like(self.bn(self.fc(x)))


class _Counts(nn.Module):
    """Writes to a buffer of its own on every call."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return self.fc(x)


def _state(module):
    return {
        "tensors": {k: (v.data_ptr(), v.clone()) for k, v in module.state_dict().items()},
        "flags": {k: (v.requires_grad, v.grad is None) for k, v in module.named_parameters()},
        "training": [part.training for part in module.modules()],
        "classes": [type(part) for part in module.modules()],
        "hooks": [
            len(hooks)
            for part in module.modules()
            for name, hooks in vars(part).items()
            if name.endswith("_hooks")
        ],
        "names": [name for name, _ in module.named_modules()],
        "dicts": [type(vars(part)["_modules"]) for part in module.modules()],
    }


def _same(left, right):
    for key in left:
        if key != "tensors":
            assert left[key] == right[key], key
    for name, (address, values) in left["tensors"].items():
        assert right["tensors"][name][0] == address
        assert torch.equal(right["tensors"][name][1], values)


@pytest.mark.parametrize(
    ("name", "training"),
    [("residual", True), ("lstm", True), ("encoder", True), ("lstm", False), ("normalised", False),
     ("tied", False)],
)  # fmt: skip
def test_the_source_is_untouched_and_nothing_is_said(name, training):
    fixture = ZOO[name]
    source = fixture.build().train(training)
    next(source.parameters()).requires_grad_(requires_grad=False)
    before = _state(source)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        network = lift(source, fixture.draw(3))
    assert not said
    _same(before, _state(source))
    network(*fixture.draw(3)).sum().backward()
    _same(before, _state(source))


@pytest.mark.parametrize("source", [_Breaks(), _Counts()], ids=["random", "counts"])
def test_the_source_is_untouched_after_a_failure(source):
    before = _state(source)
    with pytest.raises(ExplainError):
        lift(source, torch.randn(3, 3))
    _same(before, _state(source))


def test_the_example_is_untouched():
    class Overwrites(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 2)

        def forward(self, x):
            return self.fc(x.mul_(2))

    inputs = torch.randn(4, 3)
    before = inputs.clone()
    source = Overwrites()
    network = lift(source, inputs)
    output = network(inputs)
    assert torch.equal(inputs, before)
    assert torch.equal(output, source(inputs.clone()))


def test_a_lifted_network_owns_its_weights():
    source = ZOO["mlp"].build()
    network = lift(source, ZOO["mlp"].draw(3))
    own = {t.data_ptr() for t in network.weights().values()}
    assert own.isdisjoint(p.data_ptr() for p in source.parameters())


def test_share_uses_the_tensors_of_the_source():
    source = ZOO["residual"].build()
    network = lift(source, ZOO["residual"].draw(3), share=True)
    for name, parameter in source.named_parameters():
        assert network.get_parameter(name) is parameter


def test_frozen_parameters_stay_frozen():
    source = ZOO["mlp"].build()
    source[0].weight.requires_grad_(requires_grad=False)
    network = lift(source, ZOO["mlp"].draw(3))
    assert not network.get_parameter("0.weight").requires_grad
    assert network.get_parameter("0.bias").requires_grad


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("source", [ZOO["attention"].build(), _Breaks()], ids=["lifts", "fails"])
def test_settings_of_the_process_are_put_back(fast, source):
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(fast)
    filters = list(warnings.filters)
    example = torch.randn(3, 3) if isinstance(source, _Breaks) else ZOO["attention"].draw(3)
    random = torch.get_rng_state()
    try:
        with contextlib.suppress(ExplainError):
            lift(source, example)
        assert torch.backends.mha.get_fastpath_enabled() == fast
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
    assert torch.equal(torch.get_rng_state(), random)
    assert torch.is_grad_enabled()
    assert warnings.filters == filters


def test_a_lifted_network_can_be_lifted_again(lifted):
    for name in ("residual", "lstm", "hand-attention"):
        network, fixture = lifted(name), ZOO[name]
        again = lift(network, fixture.draw(3))
        assert torch.equal(again(*fixture.draw(5)), network(*fixture.draw(5)))
        assert [i.name for i in again.layers] == [i.name for i in network.layers]


def test_threads_that_lift_at_once_get_the_same_as_alone():
    names = ["mlp", "residual", "attention", "concat"]
    sources = [(ZOO[name].build(), ZOO[name].draw(3)) for name in names]
    with ThreadPoolExecutor(4) as pool:
        networks = list(pool.map(lambda given: lift(*given), sources))
    for (source, inputs), network in zip(sources, networks, strict=True):
        assert torch.equal(network(*inputs), source(*inputs))


def test_threads_that_run_one_network_at_once_get_the_same_as_alone(lifted):
    network = lifted("residual")
    batches = [ZOO["residual"].draw(3, seed=seed) for seed in range(24)]
    wanted = [network(*batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda batch: network(*batch), batches))
    assert all(torch.equal(a, b) for a, b in zip(wanted, got, strict=True))


def test_a_deep_copy_of_the_source_lifts_to_the_same(lifted):
    inputs = ZOO["lstm"].draw(3)
    copied = lift(copy.deepcopy(ZOO["lstm"].build()), inputs)
    assert torch.equal(copied(*inputs), lifted("lstm")(*inputs))
