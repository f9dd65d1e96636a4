"""A lifted network says what its source says."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explain.core.network import Network
from explain.network import lift
from tests.network.zoo import ZOO


def _scale(tensor):
    return float(tensor.abs().max())


@pytest.mark.parametrize("rows", [1, 3, 7])
@pytest.mark.parametrize("name", [name for name, fixture in ZOO.items() if fixture.exact])
def test_outputs_are_bit_identical_to_the_source(name, rows, lifted):
    fixture = ZOO[name]
    inputs = fixture.draw(rows, seed=rows)
    with torch.no_grad():
        wanted = fixture.build()(*inputs)
        assert torch.equal(lifted(name)(*inputs), wanted)
    assert wanted.shape[0] == rows


@pytest.mark.parametrize("rows", [1, 3, 7])
@pytest.mark.parametrize("name", [name for name, fixture in ZOO.items() if not fixture.exact])
def test_outputs_are_within_a_millionth_where_the_source_fuses_attention(name, rows, lifted):
    fixture = ZOO[name]
    inputs = fixture.draw(rows, seed=rows)
    with torch.no_grad():
        wanted = fixture.build()(*inputs)
        got = lifted(name)(*inputs)
    assert (got - wanted).abs().max() <= 1e-6 * max(1.0, _scale(wanted))


@pytest.mark.parametrize("name", ["attention", "cross-attention", "encoder", "encoder-norm-first"])
def test_other_sequence_lengths_work_where_the_source_allows_them(name, lifted):
    fixture = ZOO[name]
    inputs = tuple(torch.cat([x, x[:, :4]], 1) for x in fixture.draw(3))
    with torch.no_grad():
        wanted = fixture.build()(*inputs)
        got = lifted(name)(*inputs)
    assert (got - wanted).abs().max() <= 1e-6 * max(1.0, _scale(wanted))


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_the_number_of_rows_in_the_example_does_not_matter(rows):
    fixture = ZOO["residual"]
    network = lift(fixture.build(), fixture.draw(rows))
    inputs = fixture.draw(4)
    with torch.no_grad():
        assert torch.equal(network(*inputs), fixture.build()(*inputs))


def test_a_batch_as_large_as_another_dimension_is_told_apart():
    source = nn.Sequential(nn.Conv1d(2, 2, 2, padding=1), nn.Flatten(), nn.Linear(6, 2)).eval()
    network = lift(source, torch.randn(2, 2, 2))
    assert network.layers[0].output_shape == (2, 3)
    inputs = torch.randn(5, 2, 2)
    assert torch.equal(network(inputs), source(inputs))


def test_float64_networks_are_exact_too():
    fixture = ZOO["residual"]
    source = fixture.build().double()
    inputs = tuple(x.double() for x in fixture.draw(3))
    assert torch.equal(lift(source, inputs)(*inputs), source(*inputs))


def test_channels_last_weights_keep_their_layout_and_the_last_bit():
    fixture = ZOO["residual"]
    source = fixture.build().to(memory_format=torch.channels_last)
    (inputs,) = fixture.draw(3)
    network = lift(source, inputs)
    assert network.get_parameter("conv1.weight").stride() == source.conv1.weight.stride()
    assert torch.equal(network(inputs), source(inputs))


@pytest.mark.parametrize("name", ZOO)
def test_a_lifted_network_is_what_the_back_end_calls_a_network(name, lifted):
    network = lifted(name)
    assert isinstance(network, Network)
    assert not network.training


def test_nothing_generated_survives(lifted):
    for name in ZOO:
        for module in lifted(name).modules():
            assert not isinstance(module, torch.fx.GraphModule)
            assert type(module).__module__.startswith(("torch.nn.modules", "explain.network"))


def test_two_lifts_of_one_module_have_equal_steps():
    fixture = ZOO["encoder"]
    source = fixture.build()
    first, second = lift(source, fixture.draw(4)), lift(source, fixture.draw(3, seed=9))
    assert first.steps == second.steps
    assert first.layers == second.layers


_widths = st.lists(st.integers(1, 9), min_size=2, max_size=5)
_activations = st.sampled_from([nn.ReLU, nn.Tanh, nn.GELU, nn.Sigmoid, nn.SiLU])


@settings(max_examples=8, deadline=None)
@given(widths=_widths, activation=_activations, bias=st.booleans(), rows=st.integers(1, 6))
def test_any_mlp_is_lifted_exactly(widths, activation, bias, rows):
    layers = [
        part
        for a, b in itertools.pairwise(widths)
        for part in (nn.Linear(a, b, bias=bias), activation())
    ]
    source = nn.Sequential(*layers).eval()
    inputs = torch.randn(rows, widths[0])
    network = lift(source, inputs)
    assert torch.equal(network(inputs), source(inputs))
    assert [info.output_shape for info in network.layers if info.kind == "linear"] == [
        (width,) for width in widths[1:]
    ]


@settings(max_examples=8, deadline=None)
@given(
    channels=st.lists(st.integers(1, 4), min_size=2, max_size=4),
    kernel=st.sampled_from([1, 3]),
    stride=st.integers(1, 2),
    groups=st.booleans(),
    norm=st.booleans(),
)
def test_any_cnn_is_lifted_exactly(channels, kernel, stride, groups, norm):
    parts = []
    for a, b in itertools.pairwise(channels):
        parts.append(
            nn.Conv2d(a, a * b, kernel, stride=stride, padding=1, groups=a if groups else 1)
        )
        parts.append(nn.BatchNorm2d(a * b) if norm else nn.Identity())
        parts.append(nn.ReLU(inplace=True))
        parts.append(nn.Conv2d(a * b, b, 1))
    source = nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    inputs = torch.randn(3, channels[0], 8, 8)
    assert torch.equal(lift(source, inputs)(inputs), source(inputs))


class _Joined(nn.Module):
    def forward(self, x):
        return x * (((x > 0) & (x < 1)) | (x > 2))


def test_masks_joined_by_signs_are_the_same():
    inputs = torch.linspace(-3, 3, 24).reshape(4, 6)
    source = nn.Sequential(nn.Linear(6, 6), _Joined()).eval()
    assert torch.equal(lift(source, inputs)(inputs), source(inputs))
