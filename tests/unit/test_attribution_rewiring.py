"""The network that Captum sees: the same function, with nothing that its hooks fall over."""

from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import explain
from explain.attribution import attributor, explain_rows
from explain.attribution.entrance import entrance
from explain.attribution.layers import cuts, feature_layers
from explain.attribution.rewiring import AddZero, isolated, operations_as_modules, starting_at
from explain.core.subject import Samples, Task
from tests.network.zoo import ZOO

pytestmark = pytest.mark.filterwarnings("ignore:Setting")  # Captum tells of its hooks

NAMES = sorted(ZOO.keys() - {"attention-weights", "cells", "encoder-norm-first", "gru", "rnn"})


@cache
def subject_of(name):
    """Return a fixture network with six rows; it must not be changed."""
    fixture = ZOO[name]
    inputs, module = fixture.draw(6), fixture.build()
    with torch.no_grad():
        outputs = module(*inputs)
    task = Task(kind="classification", classes=tuple("abcdefgh"[: outputs.shape[1]]))
    return explain.subject(module, Samples(inputs=inputs), task=task)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", [isolated, operations_as_modules])
def test_a_rewired_network_gives_the_same_bits_and_leaves_its_source(name, change):
    subject = subject_of(name)
    network, inputs = subject.network, subject.samples.inputs
    steps, modules = network.steps, [n for n, _ in network.named_modules()]
    with torch.no_grad():
        assert torch.equal(change(network)(*inputs), network(*inputs))
    assert network.steps == steps
    assert [n for n, _ in network.named_modules()] == modules


@pytest.mark.parametrize("name", NAMES)
def test_no_two_non_linearities_touch_in_an_isolated_network(name):
    network = isolated(subject_of(name).network)
    modules = {step.name: step.module for step in network.steps}
    for step in network.steps:
        if step.module is None:
            continue
        module = network.get_submodule(step.module)
        if isinstance(module, (nn.ReLU, nn.Tanh, nn.GELU, nn.Sigmoid, nn.MaxPool2d)):
            for ref in step.arguments:
                before = modules[ref.name]
                assert isinstance(network.get_submodule(before), AddZero)


@pytest.mark.parametrize("name", ["lstm", "attention", "encoder", "hand-attention"])
def test_a_text_network_starts_at_what_its_embedding_puts_out(name):
    subject = subject_of(name)
    network, inputs = subject.network, subject.samples.inputs
    start = entrance(subject)
    with torch.no_grad():
        values = network.record(*inputs)[start]
        assert torch.equal(starting_at(network, start)(values, *inputs), network(*inputs))


SERVED_BY_DEEPLIFT = {
    "conv-norm-pool",
    "concat",
    "mlp",
    "named-mlp",
    "normalised",
    "residual",
    "reused-relu",
    "tied",
    "two-tables",
    "volume",
}
SERVED_BY_LRP = SERVED_BY_DEEPLIFT - {"two-tables", "volume"}


@pytest.mark.parametrize("name", NAMES)
def test_what_deeplift_accepts_it_explains_completely(name):
    subject = subject_of(name)
    reason = attributor("deeplift").fits(subject)
    assert (reason is None) == (name in SERVED_BY_DEEPLIFT), reason
    if reason is None:
        found = explain_rows(subject, "deeplift", range(6))
        change = found.outputs - found.baseline_outputs
        assert np.abs(found.values.reshape(6, -1).sum(1) - change).max() < 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_what_lrp_accepts_it_hands_back_as_input_times_gradient_when_epsilon_vanishes(name):
    """For networks of ReLUs the two are one (Ancona et al. 2018, arXiv:1711.06104)."""
    subject = subject_of(name)
    reason = attributor("lrp").fits(subject)
    assert (reason is None) == (name in SERVED_BY_LRP), reason
    if reason is None and name != "concat":
        options = {"epsilon": 1e-9}
        found = explain_rows(subject, "lrp", range(6), options=options).values
        wanted = explain_rows(subject, "input-x-gradient", range(6)).values
        assert np.allclose(found, wanted, rtol=1e-2, atol=1e-4 * np.abs(wanted).max())


class Variant(nn.Module):
    """One function written eight ways."""

    def __init__(self, way):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 6, 3, padding=1)
        self.fc1 = nn.Linear(6 * 4, 8)
        self.fc2 = nn.Linear(8, 3)
        self.way = way
        inplace = way == "in-place"
        self.relus = nn.ModuleList(nn.ReLU(inplace=inplace) for _ in range(3))
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def act(self, x: Tensor, place: int) -> Tensor:
        if self.way == "functional":
            return functional.relu(x)
        if self.way == "method":
            return x.relu()
        if self.way == "built inside":
            return nn.ReLU()(x)
        return self.relu(x) if self.way == "reused" else self.relus[place](x)

    def block(self, x: Tensor, place: int) -> Tensor:
        if self.way == "pool before":
            return self.act(self.pool(x), place)
        if self.way == "functional pool":
            return functional.max_pool2d(self.act(x, place), 2)
        return self.pool(self.act(x, place))

    def forward(self, x: Tensor) -> Tensor:
        x = self.block(self.conv1(x), 0)
        x = self.block(self.conv2(x), 1)
        return self.fc2(self.act(self.fc1(torch.flatten(x, 1)), 2))


WAYS = (
    "modules",
    "in-place",
    "functional",
    "method",
    "built inside",
    "reused",
    "pool before",
    "functional pool",
)


@cache
def variant(way):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        module = Variant(way)
    generator = torch.Generator().manual_seed(3)
    rows = torch.randn(6, 1, 8, 8, generator=generator)
    task = Task(kind="classification", classes=("a", "b", "c"))
    return explain.subject(module, Samples(inputs=(rows,)), task=task)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("key", ["integrated-gradients", "deeplift", "lrp", "guided-grad-cam"])
def test_one_function_written_eight_ways_gets_one_explanation(way, key):
    if (way, key) == ("pool before", "guided-grad-cam"):
        return  # guided backpropagation clips at each ReLU, wherever it stands
    found = explain_rows(variant(way), key, range(6)).values
    wanted = explain_rows(variant("modules"), key, range(6)).values
    assert np.allclose(found, wanted, atol=1e-6 * np.abs(wanted).max(), rtol=1e-4)


@pytest.mark.parametrize("way", WAYS)
def test_deeplift_adds_up_however_the_function_is_written(way):
    assert explain_rows(variant(way), "deeplift", range(6)).gaps.max() < 3e-6


class PreActivation(nn.Module):
    """A value that goes both into a ReLU and past it."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 5)
        self.inner = nn.Linear(5, 5)
        self.last = nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        stem = self.first(x)
        return self.last(stem + self.inner(functional.relu(stem)))


@pytest.mark.parametrize("key", ["deeplift", "lrp"])
def test_a_value_that_goes_into_a_relu_and_past_it_is_counted_once_each(key):
    with torch.random.fork_rng():
        torch.manual_seed(2)
        module, rows = PreActivation(), torch.randn(8, 6)
    subject = explain.subject(module, rows, torch.randint(0, 2, (8,)))
    if key == "deeplift":
        assert explain_rows(subject, key, range(8)).gaps.max() < 1e-5
        return
    found = explain_rows(subject, key, range(8), options={"epsilon": 1e-9}).values
    wanted = explain_rows(subject, "input-x-gradient", range(8)).values
    assert np.allclose(found, wanted, rtol=1e-2, atol=1e-4)


def test_cuts_are_the_layers_that_everything_passes(demo):
    assert cuts(demo("digits-mlp")) == ("hidden1", "relu1", "hidden2", "relu2")
    assert cuts(demo("digits-cnn")) == (
        "conv1",
        "norm1",
        "relu1",
        "relu3",
        "conv4",
        "norm4",
        "relu4",
    )


def test_feature_layers_are_activations_of_convolutions_or_the_norm_before_a_sum(demo):
    assert feature_layers(demo("digits-cnn").network) == ("relu1", "relu2", "norm3", "relu4")
    assert not feature_layers(demo("digits-mlp").network)
