"""A .pt2 file is read into the network that lifting its source gives."""

from functools import cache

import pytest
import torch
from torch import nn
from torch.nn import functional

from explain.network import state_for_source
from explain.network.operations import Einsum, MatMul, ScaledDotProductAttention
from models import catalog
from models.demo import trained_module
from models.loading.files.pt2 import read_pt2
from models.loading.files.signatures import reader_of
from models.loading.limits import LIMITS
from tests.demos import every_demo
from tests.loading.pt2_files import edited, mlp, older, program, pt2, saved
from tests.network.zoo import ZOO, lifted

OWN = (Einsum, MatMul, ScaledDotProductAttention)
NAMES = [name for name in ZOO if name != "two-tables"]
TAKEN_APART = [
    "named-mlp",
    "residual",
    "grouped",
    "encoder",
    "cross-attention",
    "normalised",
    "lstm",
]


def read(data, **settings):
    return read_pt2(data, LIMITS, **settings)


@cache
def pair(name):
    """Return what the file of a fixture gives, and what its source gives."""
    fixture = ZOO[name]
    reading = read(pt2(fixture.build(), fixture.draw(3)))
    return reading, lifted(name)


def largest_difference(one, other, inputs):
    with torch.no_grad():
        return float((one(*inputs) - other(*inputs)).abs().max())


@pytest.mark.parametrize("rows", [1, 2, 7])
@pytest.mark.parametrize("name", NAMES)
def test_a_file_gives_what_lifting_its_source_gives_to_the_last_bit(name, rows):
    reading, wanted = pair(name)
    assert largest_difference(reading.network, wanted, ZOO[name].draw(rows, seed=rows)) == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_layers_names_and_prunable_weights_are_those_of_lifting(name):
    reading, wanted = pair(name)
    assert reading.network.layers == wanted.layers
    assert reading.network.prunable == wanted.prunable
    assert reading.warnings == ()
    back = state_for_source(reading.network).tensors
    whole = state_for_source(wanted).tensors
    assert set(back) == set(whole)
    assert all(torch.equal(back[name], tensor) for name, tensor in whole.items())


@pytest.mark.parametrize("key", every_demo())
def test_every_demo_survives_its_file(key, demo):
    source = trained_module(catalog.demo(key))
    inputs = tuple(x[:5] for x in demo(key).samples.inputs)
    network = read(pt2(source, inputs)).network
    rows = tuple(x[:40] for x in demo(key).samples.inputs)
    assert largest_difference(network, demo(key).network, rows) == 0.0
    assert network.layers == demo(key).network.layers
    assert network.prunable == demo(key).network.prunable


@pytest.mark.parametrize(
    "name", [*TAKEN_APART[:2], *(pytest.param(n, marks=pytest.mark.slow) for n in TAKEN_APART[2:])]
)
def test_programs_taken_apart_before_saving_give_the_same_numbers(name):
    fixture = ZOO[name]
    exported = program(fixture.build(), fixture.draw(3)).run_decompositions()
    network = read(saved(exported)).network
    _, wanted = pair(name)
    assert largest_difference(network, wanted, fixture.draw(5)) <= 1e-6
    if name != "lstm":
        assert network.prunable == wanted.prunable


@pytest.mark.parametrize("name", ["attention", "encoder"])
def test_lengths_that_were_free_stay_free(name):
    fixture = ZOO[name]
    network = read(pt2(fixture.build(), fixture.draw(3), lengths=True)).network
    wanted = lifted(name)
    for length in (1, 4, 11):
        inputs = tuple(torch.cat([x, x], 1)[:, :length] for x in fixture.draw(2))
        assert largest_difference(network, wanted, inputs) == 0.0
    (first, *_) = (step for step in network.steps if step.operation == "input")
    assert dict(first.keywords)["sizes"][1] == (1, LIMITS.sequence if name == "attention" else 20)


def test_a_length_with_a_condition_stays_as_in_the_example():
    class Even(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(10, 4)

        def forward(self, ids):
            x = self.embedding(ids)
            return x.sum(1) if ids.shape[1] % 2 == 0 else x.mean(1)

    source, ids = Even().eval(), torch.randint(0, 10, (3, 6))
    reading = read(pt2(source, (ids,), lengths=True))
    assert torch.equal(reading.network(ids), source(ids))
    assert len(reading.warnings) == 1
    (step,) = (step for step in reading.network.steps if step.operation == "input")
    assert dict(step.keywords)["sizes"] == ((1, None), (6, 6))


def test_a_file_goes_to_this_reader_by_its_content():
    assert reader_of(pt2(*mlp())) is read_pt2


def test_an_embedded_card_comes_along():
    exported = program(*mlp())
    reading = read(saved(exported, **{"model_card.json": '{"title": "Mine"}'}))
    assert reading.format == "pt2"
    assert reading.card == {"title": "Mine"}
    assert read(saved(exported)).card is None


def test_tied_weights_stay_one_tensor():
    network = pair("tied")[0].network
    assert network.get_parameter("first.weight") is network.get_parameter("second.weight")


def test_the_weights_are_the_networks_own():
    source, inputs = mlp()
    data = pt2(source, inputs)
    one, two = read(data).network, read(data).network
    with torch.no_grad():
        one.get_parameter("0.weight").zero_()
    assert torch.equal(two(*inputs), source(*inputs))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_floats_become_float32_and_a_warning_says_so(dtype):
    source, (x,) = mlp()
    reading = read(pt2(source.to(dtype), (x.to(dtype),)))
    assert {p.dtype for p in reading.network.parameters()} == {torch.float32}
    with torch.no_grad():
        assert torch.equal(reading.network(x), source.float()(x))
    assert str(dtype).removeprefix("torch.") in str(reading.warnings[0])


def test_weights_in_another_memory_order_keep_it_and_the_last_bit():
    fixture = ZOO["residual"]
    source = fixture.build().to(memory_format=torch.channels_last)
    network = read(pt2(source, fixture.draw(3))).network
    assert network.get_parameter("conv1.weight").stride() == source.conv1.weight.stride()
    with torch.no_grad():
        assert torch.equal(network(*fixture.draw(4)), source(*fixture.draw(4)))


def test_tensors_cut_from_one_larger_tensor_are_read_apart():
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            whole = torch.randn(40)
            self.a = nn.Parameter(whole[:20].view(5, 4))
            self.b = nn.Parameter(whole[20:].view(5, 4).t())

        def forward(self, x):
            return functional.linear(x, self.a) @ self.b.t()

    source, x = Cut().eval(), torch.randn(3, 4)
    with torch.no_grad():
        assert torch.equal(read(pt2(source, (x,))).network(x), source(x))


class _Views(nn.Module):
    """Everything that torch writes down as a view of its own kind."""

    def forward(self, x):
        x = x.flatten(1, 2).unflatten(1, (3, 2)).movedim(1, 3).swapaxes(1, 2)
        a, b = x.chunk(2, dim=1)
        a = a.narrow(1, 0, 1).expand_as(b).contiguous().view_as(b)
        return (a.mT.mT.detach() + b.reshape_as(a)).type_as(b).to(torch.float64).float().flatten(1)


def test_every_kind_of_view_is_read():
    x = torch.randn(3, 3, 2, 4)
    assert torch.equal(read(pt2(_Views(), (x,))).network(x), _Views()(x))


class _InPlace(nn.Module):
    """Writes in place where nothing else looks."""

    def forward(self, x):
        x = x * 2
        y = x.view(-1, 2, 2)
        y.relu_().add_(1).mul_(y)
        z = functional.dropout(y, training=False)
        z += torch.ones(2, 2)
        functional.elu_(z)
        return z.clamp_(max=3).masked_fill_(z > 2, 0.5).flatten(1) + y.flatten(1)


def test_writing_in_place_is_read_as_a_new_value_under_every_name():
    x = torch.randn(6, 4)
    assert torch.equal(read(pt2(_InPlace(), (x,))).network(x), _InPlace()(x.clone()))


def _columns(y):
    y[:, 0], y[:, -1] = y[:, 2] * 3, 5.0
    y[:, 1:3] += 1
    return y


def _shifted(y):
    fresh = torch.zeros_like(y)
    fresh[:, 1:] = y[:, :-1]
    fresh[:, torch.tensor([0, 2])] = y[:, torch.tensor([3, 1])]
    return fresh


def _inside(y):
    part = y[:, 1:4]
    part[:, ::2].relu_()
    part[:, 1].mul_(3.0)
    return torch.cat([y, part], 1)[:, 3:7]


def _deep(y):
    cube = y.reshape(-1, 2, 2) * 1
    cube[:, 0, 1] = 5
    cube[:, 1, :1] = cube[:, 0, 1:]
    return cube.flatten(1)


@pytest.mark.parametrize("write", [_columns, _shifted, _inside, _deep])
def test_what_is_written_to_a_slice_is_in_all_that_it_is_a_slice_of(write):
    class Writes(nn.Module):
        def forward(self, x):
            return write(x * 2)

    x = torch.randn(6, 4)
    assert torch.equal(read(pt2(Writes(), (x,))).network(x), Writes()(x))


def test_an_input_that_the_source_writes_to_is_left_alone():
    class Writes(nn.Module):
        def forward(self, x):
            return functional.relu_(x) + x

    x = torch.randn(3, 4)
    before = x.clone()
    network = read(pt2(Writes(), (torch.randn(3, 4),))).network
    assert torch.equal(network(x), 2 * before.relu())
    assert torch.equal(x, before)


def test_the_mask_of_a_hand_written_transformer_may_be_infinite():
    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mask", torch.full((4, 4), float("-inf")).triu(1))

        def forward(self, x):
            return (x.unsqueeze(1) + self.mask).softmax(-1).sum(1)

    x = torch.randn(3, 4)
    assert torch.equal(read(pt2(Masked(), (x,))).network(x), Masked()(x))


def test_names_are_made_safe_and_still_shown_as_they_were():
    evil = 'a");__import__("os")'
    source = nn.Sequential()
    source.add_module(evil, nn.Linear(4, 2))
    source.add_module("in the end", nn.Linear(2, 2))
    network = read(pt2(source.eval(), (torch.randn(3, 4),))).network
    assert [layer.display for layer in network.layers] == [evil, "in the end"]
    assert all(layer.name.replace("_", "").isalnum() for layer in network.layers)


def test_a_layer_of_a_class_derived_from_a_layer_is_called_after_it():
    class Mine(nn.Linear):
        pass

    source = nn.Sequential(Mine(4, 3), nn.ReLU(), Mine(3, 2)).eval()
    network = read(pt2(source, (torch.randn(3, 4),))).network
    assert [layer.name for layer in network.layers] == ["0", "1", "2"]


def test_nothing_but_layers_of_torch_and_our_own_comes_out():
    for name in NAMES:
        for module in pair(name)[0].network.modules():
            inside = type(module).__module__.startswith(("torch.nn.modules", "explain.network"))
            assert inside or isinstance(module, OWN)


def test_what_is_not_read_may_be_anything():
    """Example inputs, guards and formulas behind sizes of inner values are never opened."""
    source, inputs = mlp()

    def change(value):
        value["guards_code"] = ["__import__('os').system('true') == 0"]
        for meta in value["graph_module"]["graph"]["tensor_values"].values():
            meta["strides"] = "nonsense"

    data = edited(pt2(source, inputs), change)
    with torch.no_grad():
        assert torch.equal(read(data).network(*inputs), source(*inputs))


def test_nan_may_be_looked_at_on_request():
    source, inputs = mlp()
    with torch.no_grad():
        source[2].bias[1] = float("nan")
    reading = read(pt2(source, inputs), finite=False)
    assert "2.bias" in str(reading.warnings[0])
    assert reading.network(*inputs)[:, 1].isnan().all()


def test_a_fixed_number_of_rows_is_in_the_sizes_of_the_input():
    source, inputs = mlp()
    network = read(pt2(source, inputs, batch=False)).network
    (step,) = (step for step in network.steps if step.operation == "input")
    assert dict(step.keywords)["sizes"] == ((3, 3), (4, 4))
    with torch.no_grad():
        assert torch.equal(network(*inputs), source(*inputs))


@pytest.mark.parametrize("flat", [True, False], ids=["2.7 and before", "2.8"])
@pytest.mark.parametrize("name", ["residual", "tied", "gated"])
def test_files_of_older_torch_are_read_without_unpickling_their_weights(name, flat):
    fixture = ZOO[name]
    exported = program(fixture.build(), fixture.draw(3))
    reading = read(older(exported, flat=flat, card='{"title": "Old"}'))
    _, wanted = pair(name)
    assert largest_difference(reading.network, wanted, fixture.draw(5)) == 0.0
    assert reading.network.prunable == wanted.prunable
    assert reading.card == {"title": "Old"}
