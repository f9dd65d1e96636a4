"""Files are told apart by their content, whatever they are called."""

import contextlib
import gzip
import io
import pickle
import tarfile
import zipfile
import zlib

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from PIL import Image
from safetensors.torch import save
from torch import nn

from explain.core.errors import ImportRefused
from explain.core.messages import catalogue
from models.loading.files.checkpoint import read_checkpoint
from models.loading.files.safetensors import read_safetensors
from models.loading.files.signatures import format_of, reader_of, role_of, signature_of
from tests.loading.mutation import mutations

SAYS = catalogue.entry("en", "loading.foreign.says").forms


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return file.getvalue()


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


def old(value, **options):
    return saved(value, _use_new_zipfile_serialization=False, **options)


def exported():
    file = io.BytesIO()
    torch.export.save(torch.export.export(nn.Linear(3, 2).eval(), (torch.ones(1, 3),)), file)
    return file.getvalue()


def graph():
    node = helper.make_node("Relu", ["x"], ["y"])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3]) for name in "xy"]
    return onnx.helper.make_model(helper.make_graph([node], "g", ends[:1], ends[1:]))


def arrays():
    file = io.BytesIO()
    np.savez(file, x=np.ones(3), y=np.ones(2))
    return file.getvalue()


def tarred(name):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return file.getvalue()


def picture(kind):
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, kind)
    return file.getvalue()


def scripted():
    return zipped("net/data.pkl", "net/code/__torch__.py", "net/constants.pkl")


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (exported, "pt2"),
        (lambda: graph().SerializeToString(), "onnx"),
        (lambda: save({"w": torch.ones(2)}), "safetensors"),
        (lambda: saved(nn.Linear(2, 2).state_dict()), "checkpoint"),
        (lambda: saved(nn.Linear(2, 2)), "checkpoint"),
        (lambda: old({"w": torch.ones(2)}), "old-checkpoint"),
        (lambda: old({"w": torch.ones(2)}, pickle_protocol=4), "old-checkpoint"),
    ],
)
def test_files_that_have_a_reader_are_known_by_content(make, kind):
    assert format_of(make()) == kind


def test_the_reader_is_the_one_of_the_format():
    assert reader_of(save({"w": torch.ones(2)})) is read_safetensors
    assert reader_of(saved({"w": torch.ones(2)})) is read_checkpoint


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "empty"),
        (scripted(), "torchscript"),
        (zipped("a/data.pkl", "a/code/a.py"), "torchscript"),
        (zipped("a/data.pkl", "a/bytecode.pkl", "a/constants.pkl"), "torch-mobile"),
        (b"\x1c\0\0\0PTMF" + b"\0" * 40, "torch-mobile"),
        (zipped("n/archive_format", "n/data/aotinductor/model/a.so"), "compiled"),
        (b"\x1c\0\0\0ET12" + b"\0" * 40, "compiled"),
        (zipped("metadata.json", "config.json", "model.weights.h5"), "keras"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 99, "hdf5"),
        (pickle.dumps({"a": 1}), "pickle"),
        (pickle.dumps({"a": 1}, protocol=0), "pickle"),
        (b"cposix\nsystem\n(S'true'\ntR.", "pickle"),
        (b"\x80\x04\x95" + b"\0" * 8 + b"\x8c\x22sklearn.neural_network", "sklearn"),
        (zlib.compress(b"joblib"), "sklearn"),
        (zipped("schema.json", "1.npy"), "skops"),
        (zipped("m/saved_model.pb", "m/variables/v"), "savedmodel"),
        (b"\x08\x01\x12\x04abcd", "savedmodel"),
        (b"\x0a\x04abcd\x22\x02ab", "savedmodel"),
        (b"\x1c\0\0\0TFL3" + b"\0" * 40, "tflite"),
        (b"GGUF\x03\0\0\0", "gguf"),
        (gzip.compress(b"x"), "gzip"),
        (tarred("a"), "tar"),
        (tarred("sys_info"), "torch-tar"),
        (b"Rar!\x1a\x07\x01\x00", "rar"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "7z"),
        (b"\xfd7zXZ\x00\0", "xz"),
        (b"\x28\xb5\x2f\xfd\0", "zstd"),
        (b"BZh91AY", "bzip2"),
        (zipped("readme.txt"), "zip"),
        (zipped(), "zip"),
        (arrays(), "arrays"),
        (b"\x93NUMPY\x01\x00", "arrays"),
        (zipped("cats/1.png", "dogs/2.JPG"), "pictures"),
        (picture("PNG"), "pictures"),
        (picture("JPEG"), "pictures"),
        (picture("WEBP"), "pictures"),
        (picture("BMP"), "pictures"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "columns"),
        (b"PAR1\x15\x04", "columns"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 3\n", "lfs-pointer"),
        (b"<!DOCTYPE html><html>", "web-page"),
        (b"\n<?xml version='1.0'?>", "web-page"),
        (b'{"schema": 1}', "json"),
        (b"  [1, 2]", "json"),
        (b"age,label\n3,yes\n", "text"),
        ("größe;label\n3;ja\n".encode("latin-1"), "text"),
        ("größe;label\n".encode("utf-16"), "text"),
        (b"import torch\n\nclass Net(torch.nn.Module):\n    pass\n", "text"),
        (b"\x7fELF\x02", "program"),
        (b"MZ\x90\x00", "program"),
        (b"#!/bin/sh\n", "program"),
        (b"%PDF-1.7", "document"),
        (b"\xff\x00\xff\x00\x13\x37", "unknown"),
        (np.random.default_rng(0).bytes(1_000), "unknown"),
    ],
)
def test_every_other_file_is_refused_as_what_it_is(data, key):
    with pytest.raises(ImportRefused) as refusal:
        reader_of(data)
    assert key in SAYS or f"packed with {key}" in str(refusal.value)
    wanted = ImportRefused("loading.foreign", kind=key)
    assert (str(refusal.value), refusal.value.hint) == (str(wanted), wanted.hint)


def test_every_kind_says_what_it_is_and_what_to_do():
    assert SAYS.keys() == catalogue.entry("en", "loading.foreign.hint").forms.keys()


def test_a_safetensors_file_with_a_wrong_length_goes_to_its_reader():
    good = save({"w": torch.ones(2)})
    for length in (b"\xff" * 8, b"\0" * 8):
        assert format_of(length + good[8:]) == "safetensors"


def test_a_pickle_called_safetensors_and_a_cut_archive_are_not_mistaken():
    assert signature_of(pickle.dumps({"w": [1.0] * 99})) == "pickle"
    with pytest.raises(ImportRefused, match="cut off"):
        reader_of(saved({"w": torch.ones(2)})[:-30])


def test_mutated_files_raise_only_import_refused():
    for seed, good in enumerate((exported(), graph().SerializeToString(), scripted())):
        for data in mutations(good, 500, seed=seed):
            with contextlib.suppress(ImportRefused):
                format_of(data)


@pytest.mark.parametrize(
    ("data", "role"),
    [
        (b"a,b\n1,2\n", "data"),
        (zipped("cat/1.png"), "data"),
        (zipped("x.npy", "y.npy"), "data"),
        (b"\x89PNG\r\n\x1a\n", "data"),
        (b'{"schema": 1, "preprocess": {"tokenizer": "vocab.txt"}}', "card"),
        (b'{"model": {"vocab": {"a": 0}}}', "words"),
        (b"[PAD]\n[UNK]\n[CLS]\na\n", "words"),
        (b"<pad>\n<unknown>\na\n", "words"),
        (save({"w": torch.ones(2)}), "model"),
        (zipped("m/data.pkl", "m/version"), "model"),
        (b"\x80\x04K\x01.", "model"),
        (b"", "model"),
    ],
)
def test_what_a_file_is_for_is_told_by_its_content(data, role):
    assert role_of(data) == role
