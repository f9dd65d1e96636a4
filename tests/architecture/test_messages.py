"""Every message that the code says exists, is filled with what it names, and none is left over."""

import ast
from collections.abc import Iterator

import pytest

from explain.core import errors
from explain.core.messages import catalogue, fields, keys, languages

SAYING = frozenset({"say", "Message"})
"""What is called with a key and the values of its message."""
ERRORS = frozenset(errors.__all__) - {"Cancelled", "UnsupportedOperation"}
"""What is called with the key of two messages, unless `hint=` is given as text."""
TEXTS = frozenset({"split", "partition", "rpartition", "startswith", "endswith", "find", "index"})
"""Methods that would read a sentence as data."""
FORWARDED = frozenset({"explain/core/errors.py", "explain/core/messages/door.py"})
"""Files that hand on a key and values that somebody else gave."""


def spoken(tree) -> Iterator[tuple[ast.Call, list[str], bool]]:
    """Yield every call with a message: the call, its keys, and whether it is an error."""
    raising = ERRORS | {"super().__init__" for node in tree.body if is_tree(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            error = name in raising and not any(k.arg == "hint" for k in node.keywords)
            if node.args and (name in SAYING or error):
                yield node, list(literals(node.args[0])), error


def is_tree(node) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == "ExplainError"


def literals(node) -> Iterator[str]:
    """Yield the literal keys that an argument can be, an empty one where it can be another."""
    if isinstance(node, ast.IfExp):
        yield from (*literals(node.body), *literals(node.orelse))
    else:
        known = isinstance(node, ast.Constant) and isinstance(node.value, str)
        yield node.value if known else ""


def wrong(tree) -> list[str]:
    """Return every call whose key or values are not those of a message, and why."""
    return [
        f"{call.lineno}: {key or 'no literal key'} {why}"
        for call, names, error in spoken(tree)
        for key in names
        for why in complaints(call, key, error=error)
    ]


def complaints(call, key, *, error) -> Iterator[str]:
    parts = [f"{key}.says", f"{key}.hint"] if error else [key]
    if not keys("en").issuperset(parts):
        yield "is no message"
        return
    given = {keyword.arg for keyword in call.keywords}
    named = frozenset().union(*(fields(part) for part in parts))
    if given != named:
        yield f"takes {sorted(named)}, not {sorted(map(str, given))}"


def read_as_data(tree) -> Iterator[int]:
    """Yield the line of every sentence that is cut, compared or searched."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript | ast.Attribute):
            cut = isinstance(node, ast.Subscript) or node.attr in TEXTS
            inside = [node.value] if cut else []
        else:
            inside = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        if any(isinstance(one, ast.Call) and is_say(one.func) for one in inside):
            yield node.lineno


def is_say(function) -> bool:
    return isinstance(function, ast.Name) and function.id == "say"


def said_in(product) -> set[str]:
    """Return the keys of all messages that the code says."""
    return {
        f"{key}{part}"
        for tree in product.values()
        for _, names, error in spoken(tree)
        for key in names
        for part in ((".says", ".hint") if error else ("",))
    }


def test_every_call_names_a_message_and_fills_it(product):
    found = [
        f"{path}:{one}"
        for path, tree in product.items()
        if path not in FORWARDED
        for one in wrong(tree)
    ]
    assert not found, "\n".join(found)


def test_every_message_is_said_somewhere(product):
    assert not keys("en") - said_in(product)


def test_no_sentence_is_read_as_data(product):
    assert not [f"{path}:{at}" for path, tree in product.items() for at in read_as_data(tree)]


@pytest.mark.parametrize("language", languages())
def test_the_messages_of_a_language_name_the_values_of_the_english_ones(language):
    assert keys(language) <= keys("en")
    for key in keys(language):
        assert catalogue.entry(language, key).fields == fields(key), key


@pytest.mark.parametrize("language", languages())
def test_a_message_is_no_piece_of_a_sentence(language):
    texts = {k: v for k, v in catalogue._texts(language).items() if k != "grammar.separator"}
    assert [text for text in written(texts) if text != text.strip() or not text] == []


def written(said) -> Iterator[str]:
    """Yield every template of a table of messages."""
    for text in said.values():
        yield from [text] if isinstance(text, str) else written(text)


@pytest.mark.parametrize(
    "line",
    [
        "say('cancelled')",
        "say(key)",
        "say(f'cancelled.{part}')",
        "say('cancelled.says', n=1)",
        "Refused('absent')",
        "Message('cancelled.says' if a else 'absent')",
        "say('cancelled.says', **values)",
    ],
)
def test_a_wrong_call_would_be_found(line):
    assert wrong(ast.parse(line))


@pytest.mark.parametrize(
    "line", ["say('cancelled.says')", "Refused('cancelled')", "Refused('a', hint='b')"]
)
def test_a_good_call_is_left_alone(line):
    assert not wrong(ast.parse(line))


@pytest.mark.parametrize("line", ["say('a')[0]", "say('a').split()", "say('a') == 'b'"])
def test_a_sentence_read_as_data_would_be_found(line):
    assert list(read_as_data(ast.parse(line)))
