"""The network that Captum sees: the same function, with nothing that its hooks fall over."""

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

import explain
from explain.attribution import attributor, explain_rows
from explain.attribution.places import cuts, entrance, feature_layers
from explain.attribution.rewiring import (
    AddZero,
    ending_at,
    operations_as_modules,
    pooling_first,
    starting_at,
    straight_until,
    with_isolated_activations,
)
from explain.core.subject import ModelCard, Samples, Subject, Task
from explain.study.making import _spec
from tests.network.zoo import ZOO, lifted

pytestmark = pytest.mark.filterwarnings("ignore:Setting")  # Captum tells of its hooks

NAMES = sorted(ZOO.keys() - {"attention-weights", "cells", "encoder-norm-first", "gru", "rnn"})


@cache
def subject_of(name):
    """Return a fixture network with six rows; it must not be changed."""
    network, inputs = lifted(name), ZOO[name].draw(6)
    with torch.no_grad():
        outputs = network(*inputs)
    return Subject(
        key=name,
        network=network,
        samples=Samples(inputs=inputs),
        calibration=None,
        spec=_spec(inputs[0]),
        task=Task(kind="classification", classes=tuple("abcdefgh"[: outputs.shape[1]])),
        card=ModelCard(title=name, purpose="laws"),
        fingerprint=name,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change", [with_isolated_activations, operations_as_modules, pooling_first]
)
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
    network = with_isolated_activations(subject_of(name).network)
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


@pytest.mark.parametrize("name", NAMES)
def test_a_network_cut_in_two_gives_the_same_bits(name):
    subject = subject_of(name)
    network, inputs = subject.network, subject.samples.inputs
    middle = straight_until(network)
    with torch.no_grad():
        value = ending_at(network, middle)(*inputs)
        assert torch.equal(value, network.record(*inputs)[middle])
        if network.steps[0].name != middle:
            assert torch.equal(starting_at(network, middle)(value, *inputs), network(*inputs))


@pytest.mark.parametrize("name", NAMES)
def test_a_straight_line_of_inputs_is_one_at_the_end_of_the_affine_beginning(name):
    subject = subject_of(name)
    inputs = subject.samples.inputs
    if not inputs[0].is_floating_point():
        return
    beginning = ending_at(subject.network, straight_until(subject.network))
    with torch.no_grad():
        one, other = beginning(*inputs), beginning(inputs[0].flip(0), *inputs[1:])
        between = beginning(torch.lerp(inputs[0], inputs[0].flip(0), 0.3), *inputs[1:])
    torch.testing.assert_close(torch.lerp(one, other, 0.3), between, atol=1e-5, rtol=1e-5)


def test_the_affine_beginning_ends_where_a_value_is_read_twice_or_bent():
    class Skipping(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two, self.three = (nn.Linear(4, 4) for _ in range(3))

        def forward(self, rows):
            begun = self.two(self.one(rows))
            return self.three(begun).relu() + begun

    network = explain.subject(Skipping(), torch.randn(3, 4), torch.tensor([0, 1, 0])).network
    assert straight_until(network) == "two"


@cache
def pooled(window, padding):
    class Pooled(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.ReLU()
            self.pool = nn.MaxPool2d(window, 2, padding=padding)

        def forward(self, pictures):
            return self.pool(self.relu(pictures)).flatten(1)

    return explain.subject(Pooled(), torch.zeros(2, 2, 7, 6), targets=None).network


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 999), window=st.integers(2, 3), padding=st.integers(0, 1))
def test_pooling_first_moves_no_gradient_even_at_ties_and_holes(seed, window, padding):
    network = pooled(window, padding)
    random = torch.Generator().manual_seed(seed)
    pictures = torch.randint(-2, 3, (2, 2, 7, 6), generator=random).float()
    pictures[0, 0, 0, 0] = torch.nan
    swapped = pooling_first(network)
    assert [s.module for s in swapped.steps if s.module] == ["pool", "relu"]
    found = []
    for asked in (network, swapped):
        leaf = pictures.clone().requires_grad_()
        outputs = asked(leaf)
        weights = torch.arange(outputs.numel()).reshape(outputs.shape)
        found.append((outputs.detach(), *torch.autograd.grad((outputs * weights).sum(), leaf)))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


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


def test_feature_layers_are_activations_of_convolutions_or_of_the_sum_that_they_end_in(demo):
    assert feature_layers(demo("digits-cnn").network) == ("relu1", "relu2", "relu3", "relu4")
    assert not feature_layers(demo("digits-mlp").network)


class Sums(nn.Module):
    """A sum of a convolution and one of the means of the same maps, normalised, and one more."""

    def __init__(self):
        super().__init__()
        self.first, self.wide = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)
        self.means, self.last = nn.Conv2d(2, 2, 1), nn.Conv2d(2, 2, 1)
        self.norm, self.relu = nn.BatchNorm2d(2), nn.ReLU()
        self.elu, self.norm2, self.relu2 = nn.ELU(), nn.BatchNorm2d(2), nn.ReLU()

    def forward(self, x):
        first = self.first(x)
        both = self.wide(first) + self.means(first.mean((2, 3), keepdim=True))
        maps = self.elu(self.last(self.relu(self.norm(both))))
        return self.relu2(self.norm2(maps)).mean((2, 3))


def test_feature_layers_lie_behind_the_norm_of_a_sum_only_and_have_the_places_of_their_own():
    network = explain.subject(Sums(), torch.randn(2, 1, 4, 4)).network
    assert feature_layers(network) == ("first", "relu", "means", "elu")
