"""Opening a model file gives what is inside, or one clear refusal."""

import hashlib
import io
import os

import pytest
import torch
from safetensors.torch import save

from explain.core.errors import Cancelled, ImportRefused
from explain.network import lift
from models.loading.files.saving import to_safetensors
from models.loading.limits import LIMITS
from models.loading.opening import open_model, shown_name
from models.loading.processes.jobs import reading_from
from tests.loading.exporting import to_onnx
from tests.network.fixing import OneByOne, fixed
from tests.network.zoo import ZOO


def _file():
    return to_safetensors(lift(ZOO["mlp"].build(), ZOO["mlp"].draw(2)), {"title": "x"})


def _pt2(module, inputs):
    file = io.BytesIO()
    torch.export.save(torch.export.export(module, inputs), file)
    return file.getvalue()


def _onnx(module, inputs):
    return to_onnx(module, inputs, dynamo=True, free=None)


def test_a_network_comes_with_where_it_comes_from():
    data = _file()
    opened = open_model(data, name="../../a<b>.safetensors")
    assert opened.sha256 == hashlib.sha256(data).hexdigest()
    assert (opened.bytes, opened.name) == (len(data), "a<b>.safetensors")
    assert (opened.format, opened.card) == ("sparsight", {"title": "x"})
    assert opened.network is not None
    assert opened.tensors == {}
    assert opened.preflight.macs >= 6 * 5 + 5 * 4 + 4 * 3
    assert opened.seconds > 0


def test_bare_weights_keep_their_names_and_come_without_a_network():
    tensors = {"b.weight": torch.randn(2, 3), "a.<img>": torch.randn(4)}
    opened = open_model(save(tensors))
    assert opened.network is None
    assert opened.preflight is None
    assert set(opened.tensors) == set(tensors)
    assert all(torch.equal(opened.tensors[name], tensors[name]) for name in tensors)


def test_a_path_is_opened_like_its_bytes(tmp_path):
    path = tmp_path / "network.safetensors"
    path.write_bytes(_file())
    opened = open_model(path)
    assert opened.name == "network.safetensors"
    assert opened.sha256 == open_model(path.read_bytes()).sha256


def test_what_is_no_regular_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "missing"):
        with pytest.raises(ImportRefused):
            open_model(path)


@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize("write", [_pt2, _onnx], ids=["pt2", "onnx"])
def test_a_file_made_for_one_number_of_rows_takes_any(write, rows):
    fixture = ZOO["functional-cnn"]
    module = fixture.build()
    opened = open_model(write(module, fixture.draw(rows)))
    assert opened.network.piece is None
    assert any(f"made for {rows} rows" in said for said in map(str, opened.warnings))
    more = fixture.draw(2 * rows + 3, seed=5)
    with torch.no_grad():
        assert torch.allclose(opened.network(*more), module(*more), atol=1e-6)


def test_a_file_whose_rows_cannot_be_told_apart_runs_in_pieces():
    module = OneByOne().eval()
    opened = open_model(to_safetensors(fixed(module, (torch.randn(1, 6),)), {}))
    assert opened.network.piece == 1
    assert "runs in pieces" in str(opened.warnings[-1])
    inputs = torch.randn(5, 6)
    with torch.no_grad():
        wanted = torch.cat([module(row[None]) for row in inputs])
        assert torch.equal(opened.network(inputs), wanted)


@pytest.mark.parametrize("data", [b"", b"x", b"PK\x03\x04", b"\x80\x04K\x01.", b"\0" * 1000])
def test_what_is_no_model_is_refused(data):
    with pytest.raises(ImportRefused):
        open_model(data)


def test_opening_can_be_cancelled_while_it_checks():
    def cancel(_share, phase):
        if phase == "checking":
            raise Cancelled

    with pytest.raises(Cancelled):
        open_model(_file(), progress=cancel)


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"format": 3},
        {"format": "x", "network": {}},
        {"format": "x", "network": None, "warnings": [3]},
        {"format": "x" * 3_000},
    ],
)
def test_an_answer_that_is_none_is_refused(found):
    with pytest.raises(ImportRefused):
        reading_from(found, {}, LIMITS)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.pt2", "a.pt2"),
        ("../../etc/passwd", "passwd"),
        ("C:\\models\\a.pt2", "a.pt2"),
        ("a\nb\0c\u202ed", "abcd"),
        ("", ""),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_name_of_an_upload_is_its_last_part_as_it_prints(name, shown):
    assert shown_name(name) == shown
