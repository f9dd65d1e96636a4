import ast
import re
import sys
import tomllib

import pytest

PIN = re.compile(r"([A-Za-z0-9._-]+)==(\d[\w.]*)")
PACKAGES = {"PIL": "pillow"}
"""What is imported under another name than it is installed."""
FILES = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-train.txt",
    "requirements-pretrained.txt",
    "requirements-recipes.txt",
    "requirements-architectures.txt",
)


def requirement_lines(text):
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("-r ")]


@pytest.fixture(scope="module")
def pinned(root):
    """Package -> version of what the app needs at run time."""
    text = (root / "requirements.txt").read_text(encoding="utf-8")
    return dict(PIN.fullmatch(line).groups() for line in requirement_lines(text))


@pytest.fixture(scope="module")
def imported(product):
    """Every outside package that the product imports when it runs."""
    names = set()
    for path, tree in product.items():
        if path == "models/data/build.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    own = {"app", "explain", "models", "pages", "docs", "sparsight"}
    return {PACKAGES.get(name, name) for name in names - own - set(sys.stdlib_module_names)}


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_exactly(root, name):
    lines = requirement_lines((root / name).read_text(encoding="utf-8"))
    assert lines
    assert [line for line in lines if not PIN.fullmatch(line)] == []


def test_everything_imported_is_pinned(imported, pinned):
    assert imported - set(pinned) == set()


def test_everything_pinned_is_imported_or_said_to_be_for_later(root, imported, pinned):
    text = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    later = set(re.findall(r"^\| `([a-z]+)` \|.*not imported yet", text, re.MULTILINE))
    assert set(pinned) - imported == later


def test_architecture_says_what_every_pinned_package_is_for(root, pinned):
    text = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [name for name in pinned if f"| `{name}` |" not in text] == []


def test_the_licence_is_the_one_that_the_project_states(root):
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    licence = (root / "LICENSE").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
