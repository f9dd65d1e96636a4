import ast
import inspect
from dataclasses import is_dataclass

import explain
from explain import study
from explain.core import errors

VERBS = {
    *("subject", "score", "select", "prune", "sweep", "evaluate", "measure", "flips", "ledger_of"),
    *("attribute", "drift", "feature_maps", "localised", "recalibrate", "repair"),
    *("contributions", "interactions", "partition"),
}
BEFORE_A_VERB = {"askable", "can_be_passed_by", "group_of", "most_rows", "samples_of"}
"""What is asked to know what may be asked."""
VALUES = {
    "Subject",
    "Samples",
    "PruningPlan",
    "ScoreSet",
    "MaskSet",
    "Sweep",
    "NetworkView",
    "Explanation",
    "Drift",
    "FeatureMaps",
    "Measurement",
    "Provenance",
}


def test_the_verbs_are_functions_of_explain():
    for verb in VERBS:
        assert verb in explain.__all__
        assert inspect.isfunction(getattr(explain, verb))


def test_every_verb_of_the_composition_root_is_a_verb_of_explain():
    offered = {name for name in study.__all__ if inspect.isfunction(getattr(study, name))}
    assert offered >= {"sweep", "drift", "localised"}
    assert offered - BEFORE_A_VERB <= set(explain.__all__)


def test_the_values_of_explain_are_frozen():
    for name in explain.__all__:
        value = getattr(explain, name)
        if is_dataclass(value):
            assert value.__dataclass_params__.frozen, name
            assert hasattr(value, "__slots__"), name


def test_the_values_are_exported():
    assert set(explain.__all__) >= VALUES


def test_every_exported_name_exists_and_stands_in_order():
    assert list(explain.__all__) == sorted(explain.__all__)
    assert all(hasattr(explain, name) for name in explain.__all__)


def test_every_error_of_the_tree_is_exported_and_says_what_to_do_next():
    kinds = [kind for kind in vars(errors).values() if inspect.isclass(kind)]
    tree = [kind for kind in kinds if issubclass(kind, explain.ExplainError)]
    assert len(tree) > 9
    assert all(getattr(explain, kind.__name__) is kind for kind in tree)
    assert "hint" in inspect.signature(explain.ExplainError).parameters


def undocumented(tree, path):
    """Yield public modules, classes, functions and methods without a docstring."""
    if not ast.get_docstring(tree):
        yield path
    classes = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name[0] != "_"]
    for node in [tree, *classes]:
        for child in node.body:
            named = isinstance(child, (ast.ClassDef, ast.FunctionDef))
            if named and child.name[0] != "_" and not ast.get_docstring(child):
                yield f"{path}:{child.lineno} {child.name}"


def test_every_public_function_and_class_has_a_docstring(product):
    missing = [place for path, tree in product.items() for place in undocumented(tree, path)]
    assert not missing


def test_a_missing_docstring_would_be_found():
    tree = ast.parse('"""Module."""\nclass A:\n    """Class."""\n    def b(self): pass\n')
    assert list(undocumented(tree, "x.py")) == ["x.py:4 b"]


def test_no_folder_is_called_by_what_says_nothing(product):
    empty = {"utils", "util", "helpers", "helper", "manager", "misc", "common", "tools_"}
    words = {part for path in product for part in path.removesuffix(".py").split("/")}
    assert not words & empty
