"""A network written down and built again is the same network."""

import dataclasses
import json
import math
from types import MappingProxyType

import pytest
import torch
from torch import nn

from explain.core.errors import ImportRefused
from explain.core.network import Ref, Step
from explain.network import lift
from explain.network.blueprint.as_json import from_json, stored_tensors, to_json
from explain.network.blueprint.blueprint import Bounds, LayerSpec, build, describe
from explain.network.blueprint.encoding import decoded, encoded
from explain.network.blueprint.settings import KINDS
from explain.network.lifting.building import BUILDERS
from tests.demos import every_demo
from tests.network.zoo import ZOO


def _again(network):
    blueprint = describe(network)
    plain = json.loads(json.dumps(to_json(blueprint), allow_nan=False))
    return build(from_json(plain, stored_tensors(blueprint)))


def _ties(network):
    named = [*network.named_parameters(remove_duplicate=False)]
    return {(a, b) for a, x in named for b, y in named if x is y}


def _assert_same(network, again, inputs):
    assert again.steps == network.steps
    assert again.layers == network.layers
    assert again.prunable == network.prunable
    assert _ties(again) == _ties(network)
    assert [n for n, _ in again.named_modules()] == [n for n, _ in network.named_modules()]
    assert {n: (t.dtype, t.stride()) for n, t in again.named_parameters()} == {
        n: (t.dtype, t.stride()) for n, t in network.named_parameters()
    }
    with torch.no_grad():
        assert torch.equal(again(*inputs), network(*inputs))


def _pruned(network):
    """Return a copy in which the smaller half of every weight is zero."""
    zeroed = {}
    for name in network.prunable:
        weight = network.get_parameter(name).detach()
        zeroed[name] = torch.where(weight.abs() < weight.abs().median(), 0.0, weight)
    return network.with_parameters(zeroed)


def _damaged(network, **changes):
    return dataclasses.replace(describe(network), **changes)


@pytest.mark.parametrize("name", ZOO)
def test_a_network_built_from_its_blueprint_is_the_same(name, lifted):
    _assert_same(lifted(name), _again(lifted(name)), ZOO[name].draw(3))


@pytest.mark.parametrize("name", ZOO)
def test_a_pruned_network_keeps_its_zeros_through_a_blueprint(name, lifted):
    pruned = _pruned(lifted(name))
    _assert_same(pruned, _again(pruned), ZOO[name].draw(3))


@pytest.mark.parametrize("key", every_demo())
def test_a_demo_survives_its_blueprint(key, demo):
    subject = demo(key)
    inputs = [x[:8] for x in subject.samples.inputs]
    for network in (subject.network, _pruned(subject.network)):
        _assert_same(network, _again(network), inputs)


def test_float64_networks_and_unusual_layouts_come_back_as_they_were():
    fixture = ZOO["residual"]
    source = fixture.build().double().to(memory_format=torch.channels_last)
    inputs = tuple(x.double() for x in fixture.draw(3))
    network = lift(source, inputs)
    _assert_same(network, _again(network), inputs)


def test_a_frozen_parameter_stays_frozen():
    source = ZOO["mlp"].build()
    source[0].weight.requires_grad = False
    again = _again(lift(source, ZOO["mlp"].draw(2)))
    assert [n for n, p in again.named_parameters() if not p.requires_grad] == ["0.weight"]


def test_every_layer_that_files_can_ask_for_can_be_written_down():
    """The classes that builders name in their closures are on the allow-list."""
    named = set()
    for builder in BUILDERS.values():
        for cell in builder.__closure__ or ():
            if isinstance(cell.cell_contents, type) and issubclass(cell.cell_contents, nn.Module):
                named.add(cell.cell_contents.__name__)
    assert named
    assert named <= set(KINDS)


@pytest.mark.parametrize(
    "value",
    [
        (),
        (1, -2.5, True, None, "mean"),
        (Ref("conv1"), (Ref("a"), (1, 2))),
        (torch.float64, torch.bool, torch.channels_last),
        (math.inf, -math.inf),
        2**63,
    ],
)
def test_plain_values_come_back_from_json(value):
    assert decoded(json.loads(json.dumps(encoded(value), allow_nan=False))) == value


@pytest.mark.parametrize(
    "plain",
    [
        {"call": "os.system"},
        {"ref": 3},
        {"dtype": "complex64"},
        {"dtype": "float32", "ref": "a"},
        {"format": "anything"},
        2**80,
        [[[[[[[[[[[1]]]]]]]]]]],
        b"bytes",
    ],
)
def test_what_is_no_plain_value_is_refused(plain):
    with pytest.raises(ValueError, match=r"\w"):
        decoded(plain)


def _steps_with(network, place, **changes):
    steps = list(network.steps)
    steps[place] = dataclasses.replace(steps[place], **changes)
    return tuple(steps)


_STEPS = {
    "an unknown operation": lambda n: _steps_with(n, 1, operation="from_file", module=None),
    "a forward reference": lambda n: _steps_with(n, 1, arguments=(Ref("4"),)),
    "a reference to nothing": lambda n: _steps_with(n, 1, arguments=(Ref("nowhere"),)),
    "itself": lambda n: _steps_with(n, 1, arguments=(Ref(n.steps[1].name),)),
    "a layer that is not there": lambda n: _steps_with(n, 1, name="x", module="x"),
    "a layer run twice": lambda n: (*n.steps[:2], n.steps[1], *n.steps[2:]),
    "no output": lambda n: n.steps[:-1],
    "two outputs": lambda n: (*n.steps, dataclasses.replace(n.steps[-1], name="output:1")),
    "no input": lambda n: n.steps[1:],
    "nothing": lambda n: n.steps[:0],
    "an unsafe name": lambda n: _steps_with(n, -1, name='x");import os;("'),
    "an object": lambda n: _steps_with(n, 1, arguments=(object(),)),
    "a number for a layer": lambda n: _steps_with(n, 1, arguments=(3,)),
    "endless sizes": lambda n: _steps_with(n, 0, shape=(2**50,)),
    "a negative size": lambda n: _steps_with(n, 0, shape=(-1,)),
    "another width": lambda n: _steps_with(
        n, 0, shape=(7,), keywords=(("dtype", torch.float32), ("sizes", ((1, None), (7, 7))))
    ),
    "a device": lambda n: (
        *n.steps[:-1],
        _step("zeros:0", "zeros", ((1,),), (("device", "cuda"),)),
        n.steps[-1],
    ),
    "a file as result": lambda n: (
        *n.steps[:-1],
        _step("zeros:0", "zeros", ((1,),), (("out", Ref(n.steps[1].name)),)),
        n.steps[-1],
    ),
}


def _step(name, operation, arguments, keywords=()):
    return Step(name=name, operation=operation, module=None, arguments=arguments, keywords=keywords)


@pytest.mark.parametrize("change", _STEPS)
def test_steps_that_are_not_as_they_should_be_are_refused(change, lifted):
    network = lifted("mlp")
    with pytest.raises(ImportRefused):
        build(_damaged(network, steps=_STEPS[change](network)))


_LAYER = {
    "an unknown kind": LayerSpec(kind="os"),
    "a setting too many": LayerSpec(kind="ReLU", settings={"inplace": True}),
    "a setting too few": LayerSpec(kind="Linear", settings={"in_features": 6}),
    "a text as size": LayerSpec(
        kind="Linear", settings={"in_features": "6", "out_features": 5, "bias": True}
    ),
    "a flag as size": LayerSpec(
        kind="Linear", settings={"in_features": True, "out_features": 5, "bias": True}
    ),
    "an endless size": LayerSpec(
        kind="Linear", settings={"in_features": 10**30, "out_features": 5, "bias": True}
    ),
    "another size": LayerSpec(
        kind="Linear", settings={"in_features": 7, "out_features": 5, "bias": True}
    ),
    "a bias less": LayerSpec(
        kind="Linear", settings={"in_features": 6, "out_features": 5, "bias": False}
    ),
    "hostile equations": LayerSpec(kind="Einsum", settings={"equation": "__import__('os')"}),
    "many layers in one": LayerSpec(
        kind="GRU",
        settings={
            "input_size": 6,
            "hidden_size": 5,
            "num_layers": 10**9,
            "bias": True,
            "batch_first": True,
            "bidirectional": False,
        },
    ),
}


@pytest.mark.parametrize("change", _LAYER)
def test_layers_that_are_not_as_they_should_be_are_refused(change, lifted):
    network = lifted("mlp")
    modules = {**describe(network).modules, "0": _LAYER[change]}
    with pytest.raises(ImportRefused):
        build(_damaged(network, modules=modules))


_TENSORS = {
    "missing": lambda tensors: {n: t for n, t in tensors.items() if n != "0.weight"},
    "one too many": lambda tensors: {**tensors, "spare": torch.zeros(1)},
    "another shape": lambda tensors: {**tensors, "0.weight": torch.zeros(5, 7)},
    "whole numbers": lambda tensors: {**tensors, "0.weight": torch.zeros(5, 6, dtype=torch.int64)},
    "complex": lambda tensors: {**tensors, "0.weight": torch.zeros(5, 6, dtype=torch.complex64)},
    "sparse": lambda tensors: {**tensors, "0.weight": torch.zeros(5, 6).to_sparse()},
    "a layer's name": lambda tensors: {**tensors, "0": torch.zeros(1)},
    "a reserved name": lambda tensors: {**tensors, "forward": torch.zeros(1)},
    "markup": lambda tensors: {**tensors, "<img src=x>": torch.zeros(1)},
}


@pytest.mark.parametrize("change", _TENSORS)
def test_tensors_that_do_not_belong_are_refused(change, lifted):
    network = lifted("mlp")
    tensors = _TENSORS[change](dict(describe(network).tensors))
    with pytest.raises(ImportRefused):
        build(_damaged(network, tensors=tensors))


@pytest.mark.parametrize(
    "bounds", [Bounds(steps=3), Bounds(tensors=3), Bounds(elements=10), Bounds(name_characters=3)]
)
def test_a_blueprint_beyond_its_bounds_is_refused(bounds, lifted):
    with pytest.raises(ImportRefused):
        build(describe(lifted("mlp")), bounds)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"modules": {}},
        {"steps": [1]},
        {"steps": 1},
        {"ties": []},
        {"orders": {"0.weight": [0, 0]}},
        {"orders": {"0.weight": [1, "0"]}},
        {"orders": {"nowhere": [0]}},
        {"more": 1},
        {"trainable": {"nowhere": True}},
        {"ties": {"0.bias2": "nowhere"}},
        {"displays": {"nowhere": "x"}},
        {"displays": {"0": 3}},
    ],
)
def test_a_damaged_description_is_refused(change, lifted):
    blueprint = describe(lifted("mlp"))
    with pytest.raises(ImportRefused):
        build(from_json({**to_json(blueprint), **change}, stored_tensors(blueprint)))


def test_names_of_layers_are_kept_beside_safe_ones():
    source = nn.Sequential()
    source.add_module('a" b', nn.Linear(6, 3))
    again = _again(lift(source, torch.randn(2, 6)))
    assert [(info.name, info.display) for info in again.layers] == [("a__b", 'a" b')]


def test_a_network_without_layers_can_be_written_down():
    blueprint = dataclasses.replace(
        describe(lift(nn.Sequential(nn.Linear(2, 2)), torch.randn(2, 2))),
        modules=MappingProxyType({}),
        tensors={},
        trainable={},
        source=None,
        steps=(
            Step(
                name="input:0",
                operation="input",
                module=None,
                arguments=(0,),
                keywords=(("dtype", torch.float32), ("sizes", ((1, None), (2, 2)))),
                shape=(2,),
            ),
            _step("neg:0", "neg", (Ref("input:0"),)),
            _step("output:0", "output", (Ref("neg:0"),)),
        ),
    )
    x = torch.randn(3, 2)
    assert torch.equal(build(blueprint)(x), -x)
