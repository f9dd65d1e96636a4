"""What the pages take from inside Streamlit is known, named, and still there."""

import ast
import importlib

import pytest

PAGE = "docs/adr/0022-inside-streamlit.md"


def inner_names(tree):
    """Return what a file imports from modules below Streamlit's own."""
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("streamlit.")
        for alias in node.names
    }


@pytest.fixture(scope="module")
def inside(product):
    return set().union(*map(inner_names, product.values()))


def test_every_import_from_inside_streamlit_is_on_the_page_that_says_why(root, inside):
    told = (root / PAGE).read_text(encoding="utf-8")
    assert inside
    assert [name for name in inside if f"`{name}`" not in told] == []


def test_everything_of_it_is_still_there(inside):
    for name in inside:
        module, _, member = name.rpartition(".")
        found = getattr(importlib.import_module(module), member, None)
        assert found or importlib.import_module(name), name


def test_the_switch_between_the_two_kinds_of_pages_is_still_there():
    manager = importlib.import_module("streamlit.runtime.pages_manager").PagesManager
    assert hasattr(manager, "uses_pages_directory")


def test_an_import_from_inside_would_be_found():
    tree = ast.parse("def f():\n    from streamlit.runtime import caching\n")
    assert inner_names(tree) == {"streamlit.runtime.caching"}
