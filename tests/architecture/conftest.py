import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSES = ("explain", "models", "pages", "sparsight")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def product():
    """Every Python file of the product, parsed: path relative to the root -> syntax tree."""
    files = [ROOT / "app.py", *(ROOT / "docs").rglob("*.py")]
    for house in HOUSES:
        files += sorted((ROOT / house).rglob("*.py"))
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in files
    }


@pytest.fixture(scope="session")
def checks():
    """Every Python file of the tests and benches, parsed: path relative to the root -> tree."""
    files = [
        file for folder in ("tests", "bench") for file in sorted((ROOT / folder).rglob("*.py"))
    ]
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in files
    }


@pytest.fixture
def run_python(root, tmp_path):
    """Run Python in an empty folder, as somebody who has the project on the path."""

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run
