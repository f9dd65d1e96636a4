"""What is saved here is read here: the same network, with its zeros."""

import json

import pytest
import torch
from safetensors.torch import load

from explain.core.errors import ImportRefused
from models.loading.files.saving import to_pt2, to_safetensors
from models.loading.limits import LIMITS
from models.loading.opening import open_model
from models.loading.processes.jobs import read_model, reading_from
from tests.demos import every_demo
from tests.network.zoo import ZOO, lifted

CARD = {"schema": 1, "title": "A network", "labels": ["<b>", "é"]}


def _pruned(network):
    zeroed = {}
    for name in network.prunable:
        weight = network.get_parameter(name).detach()
        zeroed[name] = torch.where(weight.abs() < weight.abs().median(), 0.0, weight)
    return network.with_parameters(zeroed)


def _read(data):
    """Read a file as the process does, without the process."""
    return reading_from(*read_model(data, {}, LIMITS), LIMITS)


def _zeros(network):
    return {name: int((network.get_parameter(name) == 0).sum()) for name in network.prunable}


USUAL = ("mlp", "residual", "lstm", "encoder", "tied", "gated")
"""Networks of every family; all of the others run in `make test-slow`."""


@pytest.mark.parametrize(
    "name", [n if n in USUAL else pytest.param(n, marks=pytest.mark.slow) for n in ZOO]
)
def test_a_saved_network_is_read_back_bit_for_bit_with_its_zeros(name):
    network = _pruned(lifted(name))
    reading = _read(to_safetensors(network, CARD))
    assert reading.format == "sparsight"
    assert reading.card == CARD
    assert reading.network.steps == network.steps
    assert reading.network.layers == network.layers
    assert _zeros(reading.network) == _zeros(network)
    inputs = ZOO[name].draw(3)
    with torch.no_grad():
        assert torch.equal(reading.network(*inputs), network(*inputs))


@pytest.mark.parametrize("key", every_demo())
def test_a_pruned_demo_survives_saving_and_opening(key, demo):
    network = _pruned(demo(key).network)
    opened = open_model(to_safetensors(network), name="demo.safetensors")
    inputs = [x[:16] for x in demo(key).samples.inputs]
    with torch.no_grad():
        assert torch.equal(opened.network(*inputs), network(*inputs))
    assert _zeros(opened.network) == _zeros(network)


def test_other_readers_find_the_tensors_under_their_names():
    network = lifted("residual")
    found = load(to_safetensors(network))
    counted = {name for name in found if name.startswith("source:")}  # of the code it came from
    assert set(found) - counted == set(network.weights())
    assert all(torch.equal(found[name], tensor) for name, tensor in network.weights().items())


@pytest.mark.parametrize("name", USUAL)
def test_a_pruned_network_saved_as_pt2_is_read_back_with_its_zeros(name):
    pytest.importorskip("models.loading.files.pt2")
    network = _pruned(lifted(name))
    reading = _read(to_pt2(network, CARD))
    assert reading.format == "pt2"
    assert reading.card == CARD
    assert _zeros(reading.network) == _zeros(network)
    inputs = ZOO[name].draw(5)
    with torch.no_grad():
        assert torch.equal(reading.network(*inputs), network(*inputs))


def _with_metadata(data, **changes):
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] |= changes
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "nonsense", '{"schema": 1}', '{"schema":1,"schema":1}', "[" * 5000],
)
def test_a_damaged_description_of_a_network_is_refused(text):
    data = _with_metadata(to_safetensors(lifted("mlp")), sparsight=text)
    with pytest.raises(ImportRefused):
        _read(data)


def test_a_saved_network_with_nan_is_refused_and_the_weight_named():
    network = lifted("mlp")
    broken = network.with_parameters({"2.weight": torch.full((4, 5), float("nan"))})
    with pytest.raises(ImportRefused, match=r"2\.weight"):
        _read(to_safetensors(broken))
