"""What may never stand in the product, because it runs code from data or shares state."""

import ast

import pytest

NAMES = frozenset({"eval", "exec", "compile", "__import__"})
CALLS = frozenset(
    {
        "pickle.load",
        "pickle.loads",
        "pd.read_pickle",
        "pandas.read_pickle",
        "torch.load",
        "torch.jit.load",
        "torch.export.load",
        "torch.hub.load",
        "yaml.load",
        "torch.func.functional_call",
        "functional_call",
        "os.system",
    }
)
MODULES = frozenset(
    {
        "cloudpickle",
        "dill",
        "joblib",
        "marshal",
        "pickle",
        "shelve",
        "torch.nn.utils.prune",
        "torch.nn.utils.stateless",
        "yaml",
    }
)
KEYWORDS = frozenset(
    {("weights_only", False), ("allow_pickle", True), ("unsafe_allow_html", True), ("shell", True)}
)
ALLOWED = {
    "models/data/build.py": ["pd.read_pickle"],
    "models/pretrained.py": ["torch.load"],
}
"""Both read bytes of a known SHA-256 alone.

One table exists only as a pickle and is read once, on a developer's machine. The weights of the
optional network exist only as a file of `torch.save`: `weights_only=True` lets tensors out of it
and nothing else.
"""

FIRES = "tests/hostile/firing.py"
"""Shows in throwaway processes what hostile files do to the trusting; nothing imports it."""
HARMLESS = frozenset({"torch.nn.utils.prune", "pickle"})
"""Tests and benches compare ours with the one and write files with the other; reading is found."""


def ruled_out(tree):
    """Return what a syntax tree must not contain, in order."""
    return [found for node in ast.walk(tree) for found in _of_node(node)]


def _of_node(node):
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in MODULES)
    if isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from (name for name in names if name in MODULES | CALLS)
    if isinstance(node, ast.Call):
        name = _dotted(node.func)
        if name in NAMES or name in CALLS:
            yield name
        for keyword in node.keywords:
            value = getattr(keyword.value, "value", None)
            if (keyword.arg, value) in KEYWORDS:
                yield f"{keyword.arg}={value}"
    if isinstance(node, ast.Attribute) and _dotted(node) in MODULES:
        yield _dotted(node)


def _dotted(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return "?"


def test_the_product_never_runs_code_from_data(product):
    found = {path: ruled_out(tree) for path, tree in product.items()}
    assert {path: names for path, names in found.items() if names} == ALLOWED


def test_tests_and_benches_run_no_code_from_data_but_where_attacks_are_shown(checks):
    found = {path: set(ruled_out(tree)) - HARMLESS for path, tree in checks.items()}
    assert [path for path, names in found.items() if names] == [FIRES]


def test_nothing_imports_the_file_in_which_attacks_are_shown(checks, product):
    found = [
        path
        for path, tree in {**checks, **product}.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import) and "firing" in ast.unparse(node)
    ]
    assert not found


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "eval(text)",
        "exec(text)",
        "torch.load(path)",
        "np.load(path, allow_pickle=True)",
        "torch.load(path, weights_only=False)",
        "torch.jit.load(path)",
        "torch.export.load(path)",
        "yaml.load(text)",
        "st.markdown(text, unsafe_allow_html=True)",
        "from torch.func import functional_call",
        "torch.func.functional_call(module, weights, x)",
        "import torch.nn.utils.prune",
        "from torch.nn.utils import prune",
        "torch.nn.utils.prune.l1_unstructured(layer, 'weight', 0.5)",
    ],
)
def test_a_ruled_out_call_would_be_found(line):
    assert ruled_out(ast.parse(line))


@pytest.mark.parametrize(
    "line", ["network.eval()", "explain.prune(subject, masks)", "re.compile(pattern)"]
)
def test_an_innocent_call_is_left_alone(line):
    assert not ruled_out(ast.parse(line))


def test_nothing_is_validated_by_assert(product):
    """Asserts vanish under `python -O`."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in product.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
    ]
    assert not found
