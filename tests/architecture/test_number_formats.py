"""Numbers that people read are written by one file; nothing else has a format of its own."""

import ast
import re

import pytest

from explain.core.messages import catalogue, keys, languages

OWN = re.compile(r"\{\w+:[-+#0-9,]*(\.\d+)?[eEfFgG%]\}")
"""A hole of a template with a float format of Python."""
DECIMALS = re.compile(r"[eEfFgGn%]$|\.\d")
PLOTLY = re.compile(r"%\{[^}]*:[^}]*\}|^\.\d[eEfFgG%]$|^tickformat$")
ALLOWED = {"explain/figures/chart.py": {"css"}}
"""Functions whose numbers nobody reads."""


def own_formats(tree, allowed=frozenset()):
    """Yield the line of every number that is written without the one file."""
    inside = {
        id(node)
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef) and one.name in allowed
        for node in ast.walk(one)
    }
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            if DECIMALS.search(ast.unparse(node.format_spec)[2:-1]):
                yield node.lineno
        elif isinstance(node, ast.Constant) and PLOTLY.search(str(node.value)):
            yield node.lineno


def test_no_page_and_no_figure_writes_a_number_its_own_way(product):
    found = [
        f"{path}:{at}"
        for path, tree in product.items()
        if path.startswith(("pages/", "explain/figures/"))
        for at in own_formats(tree, ALLOWED.get(path, frozenset()))
    ]
    assert not found, found


@pytest.mark.parametrize("language", languages())
def test_no_message_writes_a_number_its_own_way(language):
    texts = {key: str(catalogue._texts(language)[key]) for key in keys(language)}
    assert [key for key, text in texts.items() if OWN.search(text)] == []


@pytest.mark.parametrize("hole", ["{a:.2f}", "{a:+.1f}", "{a:g}", "{a:,.0f}", "{a:.0%}"])
def test_a_format_of_its_own_would_be_found(hole):
    assert OWN.search(f"At {hole}.")
    assert list(own_formats(ast.parse(f"x = f'{hole}'")))
    assert list(own_formats(ast.parse("x = {'hovertemplate': '%{y:.2f}', 'tickformat': '.0%'}")))


@pytest.mark.parametrize("hole", ["{a:,}", "{a:share}", "{a:signed}", "{a:clauses}", "{a!r}"])
def test_a_format_of_the_one_file_is_left_alone(hole):
    assert not OWN.search(f"At {hole}.")
