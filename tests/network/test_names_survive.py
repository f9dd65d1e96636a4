"""What leaves goes back: the state dict of a pruned network into the code that it came from."""

import pytest
import torch
from safetensors.torch import load
from torch import nn
from torch.nn.utils import parametrize, prune

from explain.network import lift, state_for_source, weights_as_bytes
from explain.network.blueprint.as_json import from_json, stored_tensors, to_json
from explain.network.blueprint.blueprint import build, describe
from tests.network.zoo import ZOO, lifted


def _pruned(network):
    """Return a network without half of each of its weights."""
    zeroed = {}
    for name in network.prunable:
        weight = network.get_parameter(name).detach()
        zeroed[name] = torch.where(weight.abs() < weight.abs().median(), 0.0, weight)
    return network.with_parameters(zeroed)


def _differs(module, network, inputs):
    with torch.no_grad():
        wanted, got = network(*inputs), module(*inputs)
    assert bool((wanted != 0).any())
    return float((wanted - got).abs().max()) / max(1.0, float(wanted.abs().max()))


def _through_a_file(network):
    """Return a network as another process, or a file, hands it on."""
    blueprint = describe(network)
    return build(from_json(to_json(blueprint), stored_tensors(blueprint)))


@pytest.mark.parametrize("name", ZOO)
def test_a_pruned_network_goes_back_into_its_source_and_computes_the_same(name):
    fixture, network = ZOO[name], _pruned(_through_a_file(lifted(name)))
    fresh = fixture.build(seed=5)
    if name == "normalised":  # its weight norm cannot be told from what it makes
        parametrize.remove_parametrizations(fresh.a, "weight")
    fresh.load_state_dict(load(weights_as_bytes(network)), strict=True)
    assert _differs(fresh, network, fixture.draw(4)) <= 1e-6


class OwnWeights(nn.Module):
    """Plain parameters: turned, cut, put together, cast, masked, in part unused; a buffer."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(6, 8))
        self.packed = nn.Parameter(torch.randn(12, 8))
        self.first_bias = nn.Parameter(torch.randn(3))
        self.last_bias = nn.Parameter(torch.randn(5))
        self.low = nn.Parameter(torch.randn(4, 8).half())
        self.wide = nn.Parameter(torch.randn(10, 4))
        self.unused = nn.Parameter(torch.randn(2))
        self.norm = nn.BatchNorm1d(8)
        self.norm.num_batches_tracked.fill_(17)
        self.register_buffer("shift", torch.randn(8), persistent=False)

    def forward(self, x):
        x = self.norm(x @ self.w + self.shift)
        left, right = self.packed.split([8, 4])
        bias = torch.cat([self.first_bias, torch.zeros(0), self.last_bias])
        x = nn.functional.linear(x, left, bias).relu()
        x = nn.functional.linear(x, right.contiguous()) + nn.functional.linear(x, self.low.float())
        return nn.functional.linear(x, self.wide[2:7])


def test_weights_that_the_source_cuts_turns_and_casts_go_back_whole():
    source, x = OwnWeights().eval(), torch.randn(5, 6)
    network = _pruned(_through_a_file(lift(source, x)))
    found = state_for_source(network)
    assert found.notes == ()
    fresh = OwnWeights().eval()
    fresh.shift.copy_(source.shift)
    fresh.load_state_dict(found.tensors, strict=True)
    assert _differs(fresh, network, (x,)) <= 1e-6
    assert int(fresh.norm.num_batches_tracked) == 17
    assert torch.equal(fresh.unused, source.unused)
    assert torch.equal(fresh.wide[7:], source.wide[7:])
    assert {name: tensor.dtype for name, tensor in found.tensors.items()} == {
        name: tensor.dtype for name, tensor in source.state_dict().items()
    }


def test_a_source_with_a_living_mask_takes_its_weights_back_and_keeps_the_mask():
    source, x = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)), torch.randn(4, 6)
    prune.l1_unstructured(source[0], "weight", amount=0.3)
    network = _pruned(lift(source, x))
    state = state_for_source(network).tensors
    assert list(state) == list(source.state_dict())
    fresh = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
    prune.identity(fresh[0], "weight")
    fresh.load_state_dict(state, strict=True)
    assert _differs(fresh, network, (x,)) <= 1e-6


def test_folded_norms_are_named_and_stand_as_they_are_computed():
    network = _pruned(lifted("normalised"))
    found = state_for_source(network)
    (note,) = found.notes
    assert torch.equal(found.tensors["a.weight"], network.tensor("a.weight"))
    assert "a.parametrizations.weight.original0" in str(note)
    assert "b.weight" not in str(note)  # a mask of ones and zeros is no norm


class Twice(nn.Module):
    """One tensor that is cut anew in each of two passes."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(4, 8))

    def forward(self, x):
        x = nn.functional.linear(x, self.w[:, :4])
        return nn.functional.linear(x.relu(), self.w[:, :4])


def test_copies_that_pruning_made_unlike_are_named():
    network = lift(Twice().eval(), torch.randn(3, 4))
    assert state_for_source(network).notes == ()
    first = network.prunable[0]
    other = network.with_parameters({first: torch.zeros(4, 4)})
    assert "w" in str(state_for_source(other).notes[0].values)


def test_tied_weights_stand_under_all_their_names_once_in_memory():
    state = ZOO["tied"].build().state_dict()
    found = state_for_source(_pruned(lifted("tied"))).tensors
    assert _ties(found) == _ties(state)
    assert len(_ties(state)) < len(state)


def _ties(tensors):
    """Return the sets of names under which one tensor stands."""
    places = {name: tensor.data_ptr() for name, tensor in tensors.items()}
    return {frozenset(n for n, at in places.items() if at == place) for place in places.values()}
