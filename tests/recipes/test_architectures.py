"""Networks of Transformers and timm are lifted bit for bit: every third here, all with EVERY=1."""

import json
import os
import subprocess
import sys

import pytest

from tests.recipes.architectures import TIMM, TRANSFORMERS, WITHOUT_HEADS
from tests.recipes.blocks import ROOT
from tests.recipes.conftest import PYTHON

pytestmark = pytest.mark.recipes

EVERY = os.environ.get("EVERY", "3")


@pytest.mark.parametrize("library", ["transformers", "timm"])
def test_networks_of_a_library_are_lifted_bit_for_bit(library):
    if not PYTHON.exists():
        pytest.skip("make recipes installs the libraries")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.recipes.architectures", library, "--every", EVERY],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    every = {"transformers": TRANSFORMERS, "timm": TIMM}[library]
    assert [one["name"] for one in found] == list(every)[:: int(EVERY)]
    assert not [one for one in found if one.get("apart") != 0.0]
    # What does not go back says which weights the source computes; all else does, pruned by half.
    assert not [one for one in found if str(one["back"]).startswith("Error")]
    assert all(one["back"] <= 1e-6 for one in found if isinstance(one["back"], float))
    if library == "transformers":
        without = {one["name"] for one in found if not one["heads"]}
        assert without == WITHOUT_HEADS & {one["name"] for one in found}
