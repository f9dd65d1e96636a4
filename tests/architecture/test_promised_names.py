"""What pages and commands take from `explain` is what a room promises in its `__init__`."""

import ast
import importlib

CALLERS = ("pages/", "explain/command/", "explain/__main__.py", "sparsight/")


def taken(tree):
    """Return pairs (module, name) of everything that a file imports from `explain`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "explain":
            yield from ((node.module, alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.name, "*") for alias in node.names if "explain." in alias.name)


def is_promised(module, name):
    """Return whether a module is a room, and lists the name; the command line is one room."""
    if module.startswith(("explain.command", "explain.__main__")):
        return True
    room = importlib.import_module(module)
    return hasattr(room, "__path__") and (name == "*" or name in room.__all__)


def test_pages_and_commands_import_what_a_room_promises(product):
    callers = {path: tree for path, tree in product.items() if path.startswith(CALLERS)}
    assert len(callers) > 50
    broken = {
        path: [f"{module}.{name}" for module, name in taken(tree) if not is_promised(module, name)]
        for path, tree in callers.items()
    }
    assert {path: names for path, names in broken.items() if names} == {}


def test_what_a_room_does_not_promise_would_be_found():
    tree = ast.parse(
        "from explain.core.plan import PruningPlan\nfrom explain.figures import heat\n"
    )
    assert [is_promised(module, name) for module, name in taken(tree)] == [False, False]
