"""Copies of a lifted network: deep, sharing, with other parameters, through a file."""

import copy
import itertools
import weakref

import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from explain.core.errors import InvalidSubject, UnknownKey
from explain.network import lift
from tests.network.zoo import ZOO


def _tensors(network):
    return [*network.parameters(), *network.buffers()]


@pytest.mark.parametrize("name", ZOO)
def test_a_deep_copy_computes_the_same_and_shares_nothing(name, lifted):
    network, inputs = lifted(name), ZOO[name].draw(3)
    copied = copy.deepcopy(network)
    assert torch.equal(copied(*inputs), network(*inputs))
    addresses = {t.data_ptr() for t in _tensors(copied) if t.numel()}
    assert addresses.isdisjoint(t.data_ptr() for t in _tensors(network) if t.numel())


@pytest.mark.parametrize("name", ZOO)
def test_a_sharing_copy_has_its_own_modules_and_the_same_tensors(name, lifted):
    network, inputs = lifted(name), ZOO[name].draw(3)
    copied = network.sharing_copy()
    assert torch.equal(copied(*inputs), network(*inputs))
    assert {id(m) for m in copied.modules()}.isdisjoint(id(m) for m in network.modules())
    assert [id(t) for t in _tensors(copied)] == [id(t) for t in _tensors(network)]
    assert copied.steps is network.steps


def test_hooks_stay_with_the_copy_they_were_put_on(lifted):
    network = lifted("residual")
    copied = network.sharing_copy()
    fired = []
    for module in copied.modules():
        module.register_forward_hook(lambda *_: fired.append(1))
        module.register_forward_pre_hook(lambda *_: fired.append(1))
        module.register_full_backward_hook(lambda *_: fired.append(1))
    inputs = ZOO["residual"].draw(2)
    network(*inputs)
    copied.sharing_copy()(*inputs).sum().backward()
    assert not fired
    copied(*inputs)
    assert fired


@pytest.mark.parametrize("name", ZOO)
def test_replaced_parameters_take_effect_and_the_original_keeps_its_own(name, lifted):
    network, inputs = lifted(name), ZOO[name].draw(3)
    before, wanted = network(*inputs), copy.deepcopy(network)
    for weight in network.prunable:
        with torch.no_grad():
            wanted.get_parameter(weight).mul_(0.5)
    halved = network.with_parameters(
        {weight: network.get_parameter(weight).detach() * 0.5 for weight in network.prunable}
    )
    assert torch.equal(halved(*inputs), wanted(*inputs))
    assert torch.equal(network(*inputs), before)


def test_a_replaced_tied_weight_is_replaced_everywhere_under_any_of_its_names(lifted):
    network = lifted("tied")
    for name in ("first.weight", "second.weight"):
        zeroed = network.with_parameters({name: torch.zeros(6, 6)})
        assert not zeroed.get_parameter("first.weight").any()
        assert zeroed.get_parameter("first.weight") is zeroed.get_parameter("second.weight")


def test_a_tied_weight_is_prunable_once(lifted):
    assert lifted("tied").prunable == ("first.weight", "again.weight", "fc.weight")


def test_prunable_are_the_weights_that_multiply_and_nothing_else(lifted):
    places = itertools.product((0, 1), ("", "_reverse"), ("ih", "hh"))
    recurrent = [f"rnn.weight_{part}_l{layer}{way}" for layer, way, part in places]
    assert lifted("lstm").prunable == (*recurrent, "fc.weight")
    assert lifted("norms").prunable == ("conv.weight", "fc.weight")


def test_a_replaced_parameter_keeps_its_gradient_flag_and_shares_what_was_given():
    source = ZOO["mlp"].build()
    source[0].weight.requires_grad_(requires_grad=False)
    network = lift(source, ZOO["mlp"].draw(3))
    given = torch.zeros(5, 6, requires_grad=True)
    replaced = network.with_parameters({"0.weight": given, "0.bias": torch.ones(5)})
    assert replaced.get_parameter("0.weight").data_ptr() == given.data_ptr()
    assert not replaced.get_parameter("0.weight").requires_grad
    assert replaced.get_parameter("0.bias").requires_grad


def test_a_buffer_can_be_replaced_too(lifted):
    replaced = lifted("residual").with_parameters({"bn1.running_mean": torch.full((4,), 9.0)})
    assert bool((replaced.get_submodule("bn1").running_mean == 9).all())


def test_unknown_names_and_other_shapes_are_refused(lifted):
    with pytest.raises(UnknownKey, match=r"hidden1\.weigth") as error:
        lifted("named-mlp").with_parameters({"hidden1.weigth": torch.zeros(5, 6)})
    assert "hidden1.weight" in error.value.hint
    with pytest.raises(InvalidSubject, match="shape"):
        lifted("named-mlp").with_parameters({"hidden1.weight": torch.zeros(6, 5)})
    with pytest.raises(UnknownKey):
        lifted("mlp").get_submodule("7")
    with pytest.raises(UnknownKey):
        lifted("mlp").get_parameter("0.running_mean")


@pytest.mark.parametrize("name", ZOO)
def test_weights_survive_a_file(name, lifted):
    fixture, network = ZOO[name], lifted(name)
    file = save(network.weights())
    halved = {name: (t * 0.5).to(t.dtype) for name, t in network.weights().items()}
    inputs = fixture.draw(4)
    assert not torch.equal(network.with_parameters(halved)(*inputs), network(*inputs))
    other = network.with_parameters(halved).with_parameters(load(file))
    assert torch.equal(other(*inputs), network(*inputs))


def test_tied_weights_stand_in_the_file_once_and_come_back_tied(lifted):
    network = lifted("tied")
    weights = network.weights()
    assert sum(t.numel() for t in weights.values()) == sum(p.numel() for p in network.parameters())
    copied = network.with_parameters({name: tensor * 2 for name, tensor in weights.items()})
    assert copied.get_parameter("first.weight") is copied.get_parameter("second.weight")
    assert torch.equal(
        copied.get_parameter("second.weight"), network.get_parameter("first.weight") * 2
    )


def test_gradients_flow_to_the_input(lifted):
    (inputs,) = ZOO["residual"].draw(2)
    inputs.requires_grad_()
    lifted("residual")(inputs).sum().backward()
    assert bool(inputs.grad.abs().sum() > 0)


def test_values_of_all_steps_can_be_recorded(lifted):
    network, inputs = lifted("residual"), ZOO["residual"].draw(3)
    values = network.record(*inputs)
    assert list(values) == [step.name for step in network.steps]
    assert torch.equal(values[network.steps[-1].name], network(*inputs))


def test_values_are_freed_as_soon_as_nothing_needs_them():
    alive, most = set(), []

    source = nn.Sequential(*(nn.Sequential(nn.Linear(4, 4), nn.Tanh()) for _ in range(20)))
    network = lift(source, torch.randn(2, 4))

    def watch(module, _inputs, output):
        alive.add(id(module))
        weakref.finalize(output, alive.discard, id(module))
        most.append(len(alive))

    for info in network.layers:
        network.get_submodule(info.name).register_forward_hook(watch)
    with torch.no_grad():
        network(torch.randn(2, 4))
    assert max(most) <= 2
    assert len(most) == 40
