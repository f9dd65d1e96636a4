"""Every public name of the product stands once: who searches for it finds one thing."""

import ast

import pytest

from tools.house import names, twice

TWICE = {
    "attribute": "the verb, and its command",
    "cases": "the verb, and its command",
    "main": "what runs when a file is started as a program",
    "metric_change": "the verb, and its result as sessions share it",
    "prune": "the verb, and its command",
    "run": "the verb, and its command",
    "size": "the verb, and its result as sessions share it",
    "subject": "the verb, and its result as sessions share it",
    "sweep": "the verb, and its result as sessions share it",
}
"""Functions that stand in several files because they are one thing to a reader, and why."""


@pytest.fixture(scope="module")
def texts(root, product):
    return {path: (root / path).read_text(encoding="utf-8") for path in product}


def test_no_public_class_stands_twice(texts):
    assert not twice(names(texts, ast.ClassDef))


def test_no_public_function_stands_twice_without_a_reason(texts):
    found = twice(names(texts, ast.FunctionDef))
    assert not {name: files for name, files in found.items() if name not in TWICE}
    assert found.keys() >= TWICE.keys(), "a reason that is not needed any more"
    assert len(TWICE) <= 20


def test_a_name_that_stands_twice_would_be_found():
    texts = {"a.py": "def f(): ...\ndef _g(): ...", "b.py": "def f(): ...\ndef _g(): ..."}
    assert twice(names(texts, ast.FunctionDef)) == {"f": ["a.py", "b.py"]}
