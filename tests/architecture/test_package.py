"""What `pip install .` gives, in a place of its own: the checkout is not on its path."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request

import pytest

import explain
import models
import sparsight
from models.catalog import KEYS

STRANGERS = ("explain", "models", "pages", "app")
PRUNE = """
import json, sparsight
from importlib.util import find_spec
from sparsight.models.example import example_model
subject = sparsight.load("digits-mlp")
plan = sparsight.PruningPlan(criterion="magnitude", amount=0.9)
masks = sparsight.select(sparsight.score(subject, plan), plan)
metric = sparsight.evaluate(sparsight.prune(subject, masks)).metric
open("model.pt2", "wb").write(example_model("pt2"))
pages = [find_spec(f"sparsight.{name}") for name in ("pages", "app", "web_app")]
print(json.dumps([masks.kept, metric, sparsight.load("model.pt2").card.title, pages]))
"""
PAGE = """
import json
from pathlib import Path
import sparsight
from streamlit.testing.v1 import AppTest
entry = Path(sparsight.__file__).parent / "web-app" / "app.py"
app = AppTest.from_file(entry, default_timeout=120).run()
assert not app.exception and not app.error
assert (entry.parent / "docs" / "how-to" / "bring-your-own-model.md").is_file()
shown = [one.proto.json for one in app.get("bidi_component") if "kept" in one.proto.json]
print(json.loads(shown[0])["kept_of"])
"""


def run(*command, **options):
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, **options
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def installed(root, tmp_path_factory):
    """A folder with the built package alone."""
    wheels, site = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("site")
    pip = (sys.executable, "-m", "pip", "--quiet")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", wheels, root, cwd=wheels)
    run(*pip, "install", "--no-deps", "--target", site, *wheels.glob("*.whl"), cwd=wheels)
    return site


@pytest.fixture
def elsewhere(installed, tmp_path):
    """Where and how a person works: in a folder whose modules have the names of ours."""
    for name in STRANGERS:
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('a module of somebody else')\n")
    return {
        "cwd": tmp_path,
        "env": {**os.environ, "PYTHONPATH": str(installed), "OMP_NUM_THREADS": "1"},
    }


def test_the_package_puts_one_name_beside_others(installed):
    assert {path.name.partition("-")[0] for path in installed.iterdir()} == {"bin", "sparsight"}


def test_the_package_holds_every_file_that_is_no_code(root, installed):
    def others(folder):
        found = (path for path in folder.rglob("*") if path.is_file())
        return {
            path.relative_to(folder).as_posix()
            for path in found
            if path.suffix not in {".py", ".pyc"}
        }

    for house, place in (("explain", ""), ("models", ""), ("pages", "web-app/")):
        assert others(root / house) <= others(installed / "sparsight" / f"{place}{house}")
    assert (installed / "sparsight" / "py.typed").is_file()


def test_the_package_prunes_and_reads_files_as_the_checkout_does(elsewhere):
    subject = models.load("digits-mlp")
    plan = explain.PruningPlan(criterion="magnitude", amount=0.9)
    masks = explain.select(explain.score(subject, plan), plan)
    metric = explain.evaluate(explain.prune(subject, masks)).metric
    kept, found, title, pages = json.loads(run(sys.executable, "-c", PRUNE, **elsewhere))
    assert (kept, found) == (masks.kept, metric)
    assert title.endswith("(example)")
    assert not any(pages), "pages are no part of the library"


def test_the_command_says_what_it_can_do_and_does_it(installed, elsewhere):
    command = installed / "bin" / "sparsight"
    assert "sparsight app" in run(command, "--help", **elsewhere)
    listed = json.loads(run(sys.executable, "-m", "sparsight", "models", "--json", **elsewhere))
    assert [entry["key"] for entry in listed] == list(KEYS)


def test_the_pages_of_the_package_run(elsewhere):
    assert run(sys.executable, "-c", PAGE, **elsewhere).split() == ["of", "6,464", "weights"]


def test_the_command_app_answers_on_this_machine_alone(installed, elsewhere):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [installed / "bin" / "sparsight", "app", "--server.port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **elsewhere) as server:
        try:
            assert answer(f"http://127.0.0.1:{port}/_stcore/health") == "ok"
        finally:
            server.terminate()
        said = server.stdout.read()
    assert "127.0.0.1" in said
    assert "External URL" not in said


def answer(address, seconds=60):
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as found:  # noqa: S310 - our own
                return found.read().decode()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def test_the_package_needs_what_the_requirements_pin(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("#")[0].strip() for line in lines} - {""}
    assert {*project["dependencies"], *project["optional-dependencies"]["app"]} == pinned


def test_the_library_needs_nothing_of_the_extra(root, elsewhere):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = [line.partition("==")[0] for line in project["optional-dependencies"]["app"]]
    hidden = f"import sys; sys.modules.update(dict.fromkeys({extra})); "
    run(sys.executable, "-c", hidden + "import sparsight.explain.__main__", **elsewhere)


def test_the_package_promises_what_explain_promises():
    assert set(sparsight.__all__) == {*explain.__all__, "load"}
    assert all(getattr(sparsight, name) is getattr(explain, name) for name in explain.__all__)
    assert sparsight.load is models.load


@pytest.mark.parametrize("line", ["import explain.core", "import json, models"])
def test_an_import_that_cannot_be_renamed_in_its_place_is_refused(root, line):
    spec = importlib.util.spec_from_file_location("packing", root / "tools" / "packing.py")
    packing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(packing)
    assert packing.renamed("  \nimport json\n") == "  \nimport json\n"
    with pytest.raises(ValueError, match="write"):
        packing.renamed(line)
