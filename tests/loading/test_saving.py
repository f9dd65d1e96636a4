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


def _entry(**changes):
    part = ["0.weight", [0, 0], [5, 6], [6, 1], 0]
    plain = {"names": ["w"], "shape": [5, 6], "dtype": "float32", "parts": [part], "rest": None}
    return {"tensors": [plain | changes], "folded": []}


HOSTILE_SOURCES = {
    "no object": [],
    "a name that the network has not": {"tensors": ["3.weight"], "folded": []},
    "no name": _entry(names=[]),
    "a name that does not print": _entry(names=["w\x1b[2J"]),
    "a name of no text": _entry(names=[7]),
    "a part of another tensor": _entry(parts=[["no.weight", [0, 0], [5, 6], [6, 1], 0]]),
    "a box beyond its tensor": _entry(parts=[["0.weight", [1, 0], [5, 6], [6, 1], 0]]),
    "another number of dimensions": _entry(parts=[["0.weight", [0], [5], [6], 0]]),
    "a place beyond the source": _entry(parts=[["0.weight", [0, 0], [5, 6], [6, 1], 1]]),
    "a place before the source": _entry(parts=[["0.weight", [0, 0], [5, 6], [6, 1], -1]]),
    "all at one place": _entry(parts=[["0.weight", [0, 0], [5, 6], [0, 0], 0]]),
    "huge": _entry(shape=[2**40, 2**20]),
    "many times over": _entry(parts=[_entry()["tensors"][0]["parts"][0]] * 20_001),
    "a type that is none": _entry(dtype="complex64"),
    "values of another tensor": _entry(rest="0.weight"),
    "nothing of it": _entry(parts=[]),
    "a fold of nothing": {"tensors": [], "folded": [["no.weight", "w", ["g"]]]},
    "a fold by no name": {"tensors": [], "folded": [["0.weight", "", ["g"]]]},
}


@pytest.mark.parametrize("case", HOSTILE_SOURCES)
def test_a_description_of_where_a_network_came_from_is_not_trusted(case):
    data = to_safetensors(lifted("mlp"))
    _read(_with_metadata(data, sparsight=_with_source(data, _entry())))
    hostile = _with_source(data, HOSTILE_SOURCES[case])
    with pytest.raises(ImportRefused):
        _read(_with_metadata(data, sparsight=hostile))


def _with_source(data, source):
    length = int.from_bytes(data[:8], "little")
    told = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["sparsight"])
    return json.dumps(told | {"source": source})
