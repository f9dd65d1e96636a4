"""Recipes run in the environment of the libraries, what they write is read in ours."""

import os
import shlex
import subprocess
from functools import cache

import numpy as np
import pytest
import torch

from tests.recipes.blocks import AFTER, BEFORE, ROOT, recipe

PYTHON = ROOT / ".recipes" / "bin" / "python"


@pytest.fixture(scope="session")
def cooked(tmp_path_factory):
    """Return a function: recipe -> the folder in which it ran."""
    _installed()

    @cache
    def cook(name):
        folder = tmp_path_factory.mktemp(name)
        language, body = recipe(name)
        if language == "sh":
            _run(folder, BEFORE[name])
            _command(folder, body)
            _run(folder, AFTER[name])
        else:
            _run(folder, "\n".join([BEFORE[name], body, AFTER[name]]))
        return folder

    return cook


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Return a function: lines of Python -> the folder in which the libraries ran them."""
    _installed()

    def write(text):
        folder = tmp_path_factory.mktemp("written")
        _run(folder, text)
        return folder

    return write


def _installed():
    if not PYTHON.exists():
        pytest.skip("make recipes installs the libraries")


def _run(folder, text):
    script = folder / "script.py"
    script.write_text(text, encoding="utf-8")
    _start([str(PYTHON), script.name], folder)


def _command(folder, body):
    words = shlex.split(body)
    assert words[0] == "python"
    _start([str(PYTHON), str(ROOT / words[1]), *words[2:]], folder)


def _start(command, folder):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    ended = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.fixture(scope="session")
def expected():
    """Return a function: folder -> inputs, and what the library answers to them."""

    def read(folder):
        with np.load(folder / "expected.npz") as found:
            inputs = [torch.from_numpy(found[key]) for key in ("inputs", "mask") if key in found]
            return tuple(inputs), torch.from_numpy(found["outputs"])

    return read
