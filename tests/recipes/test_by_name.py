"""Bare weights of torchvision's families answer as the library: every third, all with EVERY=1."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.recipes.blocks import ROOT
from tests.recipes.by_name import PUBLISHED, SMALL
from tests.recipes.conftest import PYTHON

pytestmark = pytest.mark.recipes

EVERY = os.environ.get("EVERY", "3")
STORED = Path(__file__).parents[1] / "registry" / "answers.json"


def said(*arguments):
    if not PYTHON.exists():
        pytest.skip("make recipes installs the libraries")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.recipes.by_name", *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_published_sizes_answer_as_the_library():
    found = said("published", "--every", EVERY)
    assert [one["name"] for one in found] == list(PUBLISHED)[:: int(EVERY)]
    assert not [one for one in found if not one["apart"] <= 1e-5]


def test_what_is_stored_of_small_networks_is_what_the_library_says():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    found = {one["name"]: one for one in said("small")}
    assert list(found) == list(SMALL) == list(stored)
    for name, one in found.items():
        assert one["apart"] <= 1e-5
        assert (one["key"], one["settings"]) == (stored[name]["key"], stored[name]["settings"])
        np.testing.assert_allclose(one["answers"], stored[name]["answers"], rtol=1e-4, atol=1e-5)
