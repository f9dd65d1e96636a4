"""Every message that the code says exists, is filled with what it names, and none is left over."""

import ast
import re
from collections.abc import Iterator

import pytest

from explain.core import errors
from explain.core.messages import catalogue, fields, keys, languages

SAYING = frozenset({"say", "Message"})
"""What is called with a key and the values of its message."""
STEPS = ("node.refusal", "self.refusal", "node.training_refusal")
"""What is called with the reason why a step of a file is not read."""
PROBLEMS = ("fields.problem", "inside.problem", "self.problem")
"""What is called with a field's name, and what is wrong with that `field`."""
TREE = {error.__name__ for error in errors.ExplainError.__subclasses__()}
ERRORS = frozenset({"ExplainError", *TREE, "NotLoaded", "NotStarted"}) - {"Cancelled"}
"""What is called with the key of two messages, unless `hint=` is given as text."""
TEXTS = frozenset({"split", "partition", "rpartition", "startswith", "endswith", "find", "index"})
"""Methods that would read a sentence as data."""
KEY = re.compile(r"[a-z_0-9]+(\.[a-z_0-9]+)+")
"""What tells the key of an error with a shared hint from a text."""
JOINTS = frozenset({f"grammar.{name}" for name in ("separator", "both", "clauses", "sentences")})
"""What stands between the values of a list."""
OF_THE_PLAN = frozenset(
    {"features.claim.counts_only", "figures.localised.again", "figures.decisions.nobody_changed"}
    | {"figures.curve.measured", "glossary.word", "glossary.card"}
)
"""Messages that call a network pruned because it is that of the plan, whatever is compared."""
ELSEWHERE = frozenset({"grammar", "browser"})
"""Sections of lists, and of scripts, which a test of their own compares."""
FORWARDED = frozenset(
    {"errors.py", "messages/door.py", "messages/plain.py"}
    | {"models/loading/files/onnx/graph.py", "models/loading/card/json_fields.py"}
)
"""Files that hand on a key and values that somebody else gave."""


def spoken(tree) -> Iterator[tuple[ast.Call, list[str], tuple[str, ...]]]:
    """Yield every call with messages: the call, its keys, and what follows a key."""
    raising = ERRORS | ({"super().__init__", "cls"} if any(map(is_tree, tree.body)) else set())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = ast.unparse(node.func)
        names = list(literals(node.args[name in PROBLEMS]))
        hinted = any(keyword.arg == "hint" for keyword in node.keywords)
        if name in {*SAYING, *PROBLEMS} or name.endswith(STEPS):
            yield node, names, ("",)
        elif name in raising and not hinted:
            yield node, names, (".says", ".hint")
        elif name in raising and all(KEY.fullmatch(one) for one in names):
            yield node, names, ("",)


def is_tree(node) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == "ExplainError"


def called_pruned(said) -> Iterator[str]:
    """Yield what a message calls the network "pruned" in, whatever is compared; no amounts."""
    if isinstance(said, catalogue.Template):
        yield from re.findall(r"(?<!set\}) \b[Pp]runed\b.*|^[Pp]runed\b.*", said.source)
    elif said.chosen != catalogue.COMPARED:
        for form in said.forms.values():
            yield from called_pruned(form)


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
        for call, names, parts in spoken(tree)
        for key in names
        for why in complaints(call, [full(key, part) for part in parts])
    ]


def full(key, part) -> str:
    """Return the key of a message of what an error or a call names."""
    return catalogue.hint_of(key) if part == ".hint" else f"{key}{part}"


def complaints(call, parts) -> Iterator[str]:
    if not keys("en").issuperset(parts):
        yield "is no message"
        return
    given = {keyword.arg for keyword in call.keywords} - {"hint"}
    given |= {"field"} if ast.unparse(call.func) in PROBLEMS else set()
    named = frozenset().union(*(fields(part) for part in parts))
    if given != named:
        yield f"takes {sorted(named)}, not {sorted(map(str, given))}"


def unknown_forms(tree) -> list[str]:
    """Return what is named to the errors that say which kind of thing is missing or no number."""
    kinds = {"UnknownKey.among": "unknown_key.says", "NonFinite.inside": "non_finite.says"}
    kinds["record_of_key"] = kinds["UnknownKey.among"]
    kinds |= dict.fromkeys(("panel", "boundary"), "shell.broken")
    kinds |= dict.fromkeys(("with_data", "say_no_data"), "panels.no_data")
    found = []
    for node in ast.walk(tree):
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if called in kinds and node.args:
            texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            forms = catalogue.entry("en", kinds[called]).forms
            found += [f"{node.lineno}: {text}" for text in texts[:1] if text not in forms]
    return found


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
        full(key, part)
        for tree in product.values()
        for _, names, parts in spoken(tree)
        for key in names
        for part in parts
    }


def test_every_call_names_a_message_and_fills_it(product):
    found = [
        f"{path}:{one}"
        for path, tree in product.items()
        if path.removeprefix("explain/core/") not in FORWARDED
        for one in wrong(tree)
    ]
    assert not found, "\n".join(found)


def test_every_kind_of_thing_has_its_sentence(product):
    found = [f"{path}:{one}" for path, tree in product.items() for one in unknown_forms(tree)]
    assert not found, "\n".join(found)


def test_every_message_is_said_somewhere(product):
    left = keys("en") - said_in(product)
    assert not [key for key in left if key.partition(".")[0] not in ELSEWHERE]


def test_no_sentence_is_read_as_data(product):
    assert not [f"{path}:{at}" for path, tree in product.items() for at in read_as_data(tree)]


@pytest.mark.parametrize("language", languages())
def test_the_messages_of_a_language_name_the_values_of_the_english_ones(language):
    said = {key for key in keys(language) if not key.startswith("methods.")}
    assert said <= keys("en")
    for key in said:
        assert catalogue.entry(language, key).fields == fields(key), key


def test_what_is_said_of_both_networks_has_words_for_another_model():
    entries = {key: catalogue.entry("en", key) for key in keys("en") - OF_THE_PLAN}
    texts = catalogue._texts("en")
    both = {key for key in entries if re.search(r"[Oo]riginal", str(texts[key]))}
    assert {key: found for key in both if (found := [*called_pruned(entries[key])])} == {}


@pytest.mark.parametrize("language", languages())
def test_a_message_is_no_piece_of_a_sentence(language):
    texts = {k: v for k, v in catalogue._texts(language).items() if k not in JOINTS}
    assert [text for text in written(texts) if text != text.strip() or not text] == []


def written(said) -> Iterator[str]:
    """Yield every template of a table of messages."""
    for text in said.values():
        if isinstance(text, str | list):
            yield from [text] if isinstance(text, str) else text
        else:
            yield from written(text)


@pytest.mark.parametrize(
    "line",
    [
        "say('cancelled')",
        "say(key)",
        "say(f'cancelled.{part}')",
        "say('cancelled.says', n=1)",
        "Refused('absent')",
        "Refused('cancelled.absent', hint=AGAIN)",
        "Refused('cancelled.says', hint=AGAIN, n=1)",
        "Message('cancelled.says' if a else 'absent')",
        "say('cancelled.says', **values)",
    ],
)
def test_a_wrong_call_would_be_found(line):
    assert wrong(ast.parse(line))


@pytest.mark.parametrize(
    "line", ["say('cancelled.says')", "Refused('cancelled')", "Refused('A b.', hint='b')"]
)
def test_a_good_call_is_left_alone(line):
    assert not wrong(ast.parse(line))


@pytest.mark.parametrize(
    "line", ["UnknownKey.among('x', key, known)", "record_of_key(all, key, 'x')", "boundary('x')"]
)
def test_a_kind_without_a_sentence_would_be_found(line):
    assert unknown_forms(ast.parse(line))


@pytest.mark.parametrize("line", ["say('a')[0]", "say('a').split()", "say('a') == 'b'"])
def test_a_sentence_read_as_data_would_be_found(line):
    assert list(read_as_data(ast.parse(line)))
