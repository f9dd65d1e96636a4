"""The contracts of import-linter exist, cover every room, hold, and would notice a breach."""

import ast
import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BREACHES = {
    "core imports network": ("explain/core/plan.py", "import explain.network"),
    "network imports pruning": ("explain/network/graph.py", "import explain.pruning"),
    "measure imports pruning": ("explain/measure/evaluation.py", "import explain.pruning"),
    "pruning imports measure": ("explain/pruning/selection.py", "import explain.measure"),
    "figures import study": ("explain/figures/chart.py", "import explain.study"),
    "explain imports models": ("explain/study/making.py", "import models"),
    "models import pages": ("models/demo.py", "import pages"),
    "models import pruning": ("models/demo.py", "import explain.pruning"),
    "explain imports streamlit": ("explain/pruning/selection.py", "import streamlit"),
    "pruning imports plotly": ("explain/pruning/selection.py", "import plotly"),
    "measure imports captum": ("explain/measure/evaluation.py", "import captum"),
    "the package imports pages": ("sparsight/__main__.py", "import pages"),
    "pages import torch": ("pages/explore.py", "import torch"),
    "explore imports modules": ("pages/_explore/tools.py", "import pages._modules"),
    "shell imports explore": ("pages/_shell/state.py", "import pages._explore.choices"),
    "panels import features": ("pages/_shell/current.py", "import pages._features.look"),
}


@pytest.fixture(scope="module")
def contracts(root):
    parser = configparser.ConfigParser()
    parser.read(root / ".importlinter", encoding="utf-8")
    return {name: dict(parser[name]) for name in parser.sections() if ":contract:" in name}


@pytest.fixture
def copied(root, tmp_path):
    """A copy of the houses and their contracts, without data and weights."""
    leave = shutil.ignore_patterns("__pycache__", "*.csv", "*.gz", "*.safetensors")
    for house in ("explain", "models", "pages", "sparsight"):
        shutil.copytree(root / house, tmp_path / house, ignore=leave)
    for file in ("app.py", ".importlinter"):
        shutil.copy(root / file, tmp_path / file)
    return tmp_path


def lint(folder):
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def words(contract, field):
    return contract.get(field, "").replace("|", " ").replace("(", " ").replace(")", " ").split()


def test_the_houses_import_downwards_only(contracts):
    layers = [words(c, "layers") for c in contracts.values() if c["type"] == "layers"]
    assert ["sparsight", "pages", "models", "explain"] in layers


def test_every_room_of_explain_stands_under_the_contract(root, contracts):
    rooms = {p.parent.name for p in (root / "explain").glob("*/__init__.py")}
    covered = {
        room
        for contract in contracts.values()
        if contract.get("containers") == "explain"
        for room in words(contract, "layers")
    }
    assert rooms - covered == set()


def test_all_contracts_hold(root):
    ended = lint(root)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_of_the_layers_would_be_noticed(copied, breach):
    path, line = BREACHES[breach]
    file = copied / path
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    ended = lint(copied)
    assert ended.returncode == 1
    assert "BROKEN" in ended.stdout, ended.stdout + ended.stderr


def test_nobody_imports_the_entry(product):
    found = [
        path
        for path, tree in product.items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        if "app" in {getattr(node, "module", None), *(alias.name for alias in node.names)}
    ]
    assert not found


def test_a_fragment_is_made_in_one_place_alone(product):
    makers = {
        path
        for path, tree in product.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "fragment"
    }
    assert makers == {"pages/_shell/panel.py"}
