"""Changed copies of good files raise nothing but refusals."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.good import GOOD, taken

ROOT = Path(__file__).parents[2]
COUNT, MANY = 20, 1_500


def _fuzz(folder, count, seed):
    ended = subprocess.run(
        [sys.executable, "-m", "tests.hostile.fuzz", "--count", str(count), "--seed", str(seed)],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4_000:] + ended.stderr[-2_000:]
    assert json.loads(ended.stdout.splitlines()[-1])["tried"] == count * len(GOOD)


@pytest.mark.parametrize("name", GOOD)
def test_the_file_that_is_changed_is_a_good_one(name):
    good = GOOD[name]
    data = good.make()
    assert taken(good, data) == ""
    assert good.make() == data
    good.take(data)


def test_changed_files_are_read_or_refused(tmp_path):
    _fuzz(tmp_path, COUNT, seed=5)


@pytest.mark.slow
def test_many_changed_files_are_read_or_refused(tmp_path):
    _fuzz(tmp_path, MANY, seed=6)
