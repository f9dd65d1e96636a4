"""Follow texts through a file: which are literals, numbers, or made safe by a call.

What cannot be followed counts as unsafe: attributes, other files, arguments of public functions.
"""

import ast
from string import Formatter

from explain.core.messages import catalogue
from explain.core.messages.catalogue import Template

NUMERIC = frozenset({"len", "int", "round", "sum", "float", "min", "max", "range"})
OURS = frozenset({"wording", "marks"})
PASSING = frozenset({"capital", "with_sign"})
"""Modules of `explain.figures` that write texts of ours, and what in them hands a text on."""
FORMATS = "bcdeEfFgGn%,"
"""Ends of a format that only numbers take."""
KEEPING = frozenset({"capitalize", "format", "get", "replace"})
"""Methods whose result is as safe as what it is made of."""


class Texts:
    """The texts of one file; `calls` are the functions that make a text safe."""

    def __init__(self, tree, calls):
        self.calls = NUMERIC | calls
        self.functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
        self.constants = dict(_constants(tree))
        self.sites = [(scope, node) for scope, node in scoped(tree) if _is_plain_call(node)]
        self.open = set()

    def safe(self, node, scope):
        """Return whether a text holds nothing but literals, numbers and what was made safe."""
        found = getattr(self, f"_{type(node).__name__.lower()}", None)
        return found is not None and found(node, scope)

    def _all(self, nodes, scope):
        return all(self.safe(node, scope) for node in nodes)

    def _constant(self, _node, _scope):
        return True

    def _joinedstr(self, node, scope):
        return self._all(node.values, scope)

    def _formattedvalue(self, node, scope):
        spec = ast.unparse(node.format_spec)[2:-1] if node.format_spec else ""
        return _of_numbers(spec) or self.safe(node.value, scope)

    def _ifexp(self, node, scope):
        return self._all((node.body, node.orelse), scope)

    def _boolop(self, node, scope):
        return self._all(node.values, scope)

    def _binop(self, node, scope):
        return self._all((node.left, node.right), scope)

    def _tuple(self, node, scope):
        return self._all(node.elts, scope)

    _list = _tuple

    def _dict(self, node, scope):
        return self._all(node.values, scope)

    def _starred(self, node, scope):
        return self.safe(node.value, scope)

    _subscript = _starred

    def _generatorexp(self, node, scope):
        return self.safe(node.elt, (node, *scope))

    _listcomp = _generatorexp

    def _lambda(self, node, scope):
        return self.safe(node.body, (node, *scope))

    def _attribute(self, node, scope):
        return node.attr == "__getitem__" and self.safe(node.value, scope)

    def _call(self, node, scope):
        function = node.func
        if isinstance(function, ast.Name):
            if function.id == "say":
                return self._all(_written(node), scope)
            known = function.id in self.calls or self._returns(function.id)
            return known or (function.id == "str" and self._all(node.args, scope))
        if not isinstance(function, ast.Attribute):
            return False
        if ast.unparse(function.value) in OURS:
            return function.attr not in PASSING or self._all(node.args, scope)
        if function.attr == "join":
            return self._all((function.value, *node.args), scope)
        return function.attr in KEEPING and self._all((function.value, *node.args[1:]), scope)

    def _returns(self, name):
        function = self.functions.get(name)
        if function is None or name in self.open:
            return name in self.open
        self.open.add(name)
        values = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
        found = bool(values) and self._all(values, (function,))
        self.open.discard(name)
        return found

    def _name(self, node, scope):
        key = (node.id, id(scope[0]) if scope else 0)
        if key in self.open:
            return True
        self.open.add(key)
        found = self._known(node.id, scope)
        self.open.discard(key)
        return found

    def _known(self, name, scope):
        """Return whether everything that a name can stand for is safe."""
        values = [(scope, value) for area in scope for value in _given(area, name)]
        values += [given for area in scope for given in self._passed(area, name)]
        if values:
            return all(value is not None and self.safe(value, area) for area, value in values)
        if name in self.constants:
            return self.safe(self.constants[name], scope)
        return name.isupper() or self._returns(name)

    def _passed(self, area, name):
        """Yield what an argument can be; None for what is not known."""
        names = [argument.arg for argument in _arguments(area)]
        if name not in names:
            return
        argument = _arguments(area)[names.index(name)]
        called = getattr(area, "name", "")
        sites = [site for site in self.sites if site[1].func.id == called]
        if isinstance(argument.annotation, ast.Name) and argument.annotation.id in {"int", "float"}:
            yield (), ast.Constant(0)
        elif called.startswith("_") and sites:
            yield from ((s, _argument(call, name, names.index(name))) for s, call in sites)
        else:
            yield (), None


def _written(call):
    """Return the values that a message writes, not those that only choose its form."""
    texts = {node.value for node in ast.walk(call.args[0]) if isinstance(node, ast.Constant)}
    entries = [catalogue.entry("en", key) for key in texts & catalogue.keys("en")]
    names = {name for entry in entries for name in _holes(entry)}
    return [keyword.value for keyword in call.keywords if keyword.arg in names]


def _holes(said):
    """Yield the fields that text can fill: a format of numbers takes nothing else."""
    if isinstance(said, Template):
        found = Formatter().parse(said.source)
        yield from (f for _, f, how, _ in found if f and "@" not in f and not _of_numbers(how))
    else:
        for form in said.forms.values():
            yield from _holes(form)


def _of_numbers(how):
    return how != "" and how[-1] in FORMATS


def scoped(node, scope=()):
    """Yield every node with the functions around it, the innermost first."""
    inner = (node, *scope) if isinstance(node, ast.FunctionDef | ast.Lambda) else scope
    yield inner, node
    for child in ast.iter_child_nodes(node):
        yield from scoped(child, inner)


def _constants(tree):
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from ((t.id, node.value) for t in node.targets if isinstance(t, ast.Name))


def _is_plain_call(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _arguments(area):
    if not isinstance(area, ast.FunctionDef | ast.Lambda):
        return []
    return [*area.args.args, *area.args.kwonlyargs]


def _argument(call, name, at):
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return call.args[at] if at < len(call.args) else next(iter(named), None)


def _given(area, name):
    """Yield every value that a name gets by assignment or in a loop."""
    for node in ast.walk(area):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _unpacked(target, node.value, name)
        elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.NamedExpr):
            yield from _unpacked(node.target, node.value, name)
        elif isinstance(node, ast.For | ast.comprehension):
            yield from _unpacked(node.target, node.iter, name, each=True)


def _unpacked(target, value, name, *, each=False):
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Tuple):
        parts = _parts(value, each=each)
        for at, one in enumerate(target.elts):
            pair = len(parts) == len(target.elts)
            yield from _unpacked(one, parts[at] if pair else value, name)


def _parts(value, *, each):
    """Return what the parts of an unpacked value are, nothing where that is not known."""
    if each:
        zipped = isinstance(value, ast.Call) and ast.unparse(value.func) == "zip"
        return value.args if zipped else []
    return value.elts if isinstance(value, ast.Tuple) else []
