"""Safetensors files: a header pass of our own, before any tensor is made."""

import contextlib
import json
import struct

import pytest
import torch
from safetensors.torch import save

from explain.core.errors import ImportRefused
from explain.network import lift
from explain.network.blueprint.as_json import stored_tensors, to_json
from explain.network.blueprint.blueprint import describe
from models.loading.files.safetensors import read_safetensors
from models.loading.limits import LIMITS, Limits
from tests.loading.mutation import mutations

PLACED = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3)).state_dict()


def written(header, values=b"\0" * 8, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + values


def test_weights_read_as_the_safetensors_library_wrote_them():
    reading = read_safetensors(save(network()), LIMITS)
    assert reading.format == "safetensors"
    assert reading.network is None
    assert reading.card is None
    assert reading.warnings == ()
    assert reading.tensors.keys() == network().keys()
    for name, tensor in network().items():
        assert torch.equal(reading.tensors[name], tensor)
        assert reading.tensors[name].dtype == tensor.dtype


def test_the_embedded_card_comes_along_unchecked():
    card = {"schema": 1, "title": "mine"}
    data = save(network(), metadata={"model_card": json.dumps(card), "format": "pt"})
    assert read_safetensors(data, LIMITS).card == card


def whole():
    """Return a network and the file into which this project exports it."""
    torch.manual_seed(0)
    source = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    network = lift(source, torch.ones(2, 4))
    blueprint = describe(network)
    plain = {"sparsight": json.dumps(to_json(blueprint)), "model_card": '{"title": "mine"}'}
    return network, save(stored_tensors(blueprint), metadata=plain)


def test_our_own_export_comes_back_as_the_network():
    network, data = whole()
    reading = read_safetensors(data, LIMITS)
    assert reading.format == "sparsight"
    assert (reading.tensors, reading.card) == ({}, {"title": "mine"})
    rows = torch.linspace(-1, 1, 12).reshape(3, 4)
    assert torch.equal(reading.network(rows), network(rows))


def test_a_mutated_export_raises_only_import_refused():
    _, good = whole()
    header = 8 + struct.unpack_from("<Q", good)[0]
    for data in mutations(good, 500, seed=4, until=header):
        with contextlib.suppress(ImportRefused):
            read_safetensors(data, LIMITS)


@pytest.mark.parametrize(
    ("dtype", "sentence"),
    [
        (torch.float16, "widened to float32 without loss: 'w'"),
        (torch.bfloat16, "widened to float32 without loss: 'w'"),
        (torch.float64, "rounded to float32: 'w'"),
    ],
)
def test_other_floating_types_become_float32_with_a_warning(dtype, sentence):
    weights = {"w": torch.tensor([0.5, -2.0], dtype=dtype)}
    reading = read_safetensors(save(weights), LIMITS)
    assert reading.tensors["w"].tolist() == [0.5, -2.0]
    assert reading.tensors["w"].dtype == torch.float32
    assert sentence in str(reading.warnings[0])


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "fewer than 8"),
        (written({}, b""), "no tensors"),
        (written({"w": PLACED}, length=2**60), "too long"),
        (written({"w": PLACED}, length=9_000_000), "too long"),
        (written(b"[]"), "no JSON object"),
        (written(b"[" * 500_000), "deep"),
        (written(b'{"w": 1, "w": 2}'), "key 'w' twice"),
        (written({"w": PLACED}, b"\0" * 7), "cut off"),
        (written({"w": PLACED}, b"\0" * 9), "belong to no tensor"),
        (written({"w": PLACED, "v": PLACED}), "overlaps"),
        (written({"w": PLACED | {"data_offsets": [4, 12]}}, b"\0" * 12), "hole"),
        (written({"w": PLACED | {"data_offsets": [-8, 0]}}), "no place"),
        (written({"w": PLACED | {"data_offsets": [8, 0]}}), "no place"),
        (written({"w": PLACED | {"shape": [0, 2**60], "data_offsets": [0, 0]}}), "no values"),
        (written({"w": PLACED | {"shape": [-2]}}), "no values"),
        (written({"w": PLACED | {"shape": [3]}}), "do not fill"),
        (written({"w": PLACED | {"shape": [2**40, 2**40]}}), "more than 100,000,000"),
        (written({"w": PLACED | {"shape": [True]}}), "whole numbers"),
        (written({"w": PLACED | {"shape": [2.0]}}), "whole numbers"),
        (written({"w": PLACED | {"shape": "22"}}), "whole numbers"),
        (written({"w": PLACED | {"dtype": "F8_E4M3"}}), "F8_E4M3"),
        (written({"w": PLACED | {"dtype": ["F32"]}}), "known are"),
        (written({"w": PLACED | {"more": 1}}), "type, shape and place"),
        (written({"w": 3}), "type, shape and place"),
        (written({"": PLACED}), "1 to 200 printable"),
        (written({"n" * 201: PLACED}), "1 to 200 printable"),
        (written({"a\u202eb": PLACED}), "1 to 200 printable"),
        (written({"a." * 40: PLACED}), "more than 32 parts"),
        (written({"w": PLACED, "__metadata__": {"a": 1}}), "plain texts"),
        (written({"w": PLACED, "__metadata__": {"model_card": "[]"}}), "embedded card"),
        (written({"w": PLACED, "__metadata__": {"model_card": "\ud800"}}), "half a letter"),
        (written({"w": PLACED}, struct.pack("<2f", 1, float("nan"))), "NaN or infinity .* 'w'"),
        (written({"w": PLACED}, struct.pack("<2f", 1, float("-inf"))), "NaN or infinity .* 'w'"),
    ],
)
def test_a_header_that_is_not_plain_is_refused_with_the_cause(data, cause):
    with pytest.raises(ImportRefused, match=cause) as refusal:
        read_safetensors(data, LIMITS)
    assert refusal.value.hint


def test_numbers_and_sizes_are_bounded():
    data = save(network())
    for limits in (Limits(file_bytes=100), Limits(tensors=6), Limits(elements=20)):
        with pytest.raises(ImportRefused, match="more than"):
            read_safetensors(data, limits)


def test_a_mutated_file_raises_only_import_refused():
    good = save(network(), metadata={"model_card": '{"schema": 1}'})
    header = 8 + struct.unpack_from("<Q", good)[0]
    for data in mutations(good, 3_000, seed=3, until=header):
        with contextlib.suppress(ImportRefused):
            read_safetensors(data, LIMITS)
