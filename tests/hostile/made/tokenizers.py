"""Hostile tokenizer.json files: what a text network reads its words with."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.hostile.record import Hostile

_WORDS = ("[UNK]", "[PAD]", *map(chr, range(97, 123)))
_MODEL = {
    "type": "WordPiece",
    "unk_token": "[UNK]",
    "continuing_subword_prefix": "##",
    "max_input_chars_per_word": 100,
    "vocab": {word: place for place, word in enumerate(_WORDS)},
}
_PAIRS = {"type": "BPE", "unk_token": "[UNK]", "vocab": _MODEL["vocab"], "merges": []}
_PLAIN = dict.fromkeys(("normalized", "single_word", "lstrip", "rstrip"), False)


def _file(**parts: object) -> Callable[[Path], bytes]:
    blank = dict.fromkeys(("normalizer", "pre_tokenizer", "post_processor", "decoder"))
    return lambda _: json.dumps({**blank, "added_tokens": [], "model": _MODEL, **parts}).encode()


def _split(pattern: str) -> dict[str, object]:
    return {
        "type": "Split",
        "pattern": {"Regex": pattern},
        "behavior": "Isolated",
        "invert": False,
    }


def _nested(depth: int) -> dict[str, object]:
    found: dict[str, object] = {"type": "NFC"}
    for _ in range(depth):
        found = {"type": "Sequence", "normalizers": [found]}
    return found


def _doubling(times: int) -> dict[str, object]:
    twice = {"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaa"}
    return {"type": "Sequence", "normalizers": [twice] * times}


def _added(**changes: object) -> list[dict[str, object]]:
    return [{"id": 1, "content": "[PAD]", "special": True, **_PLAIN, **changes}]


_TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [
        {"SpecialToken": {"id": "x", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
    ],
    "pair": [],
    "special_tokens": {"x": {"id": "x", "ids": [2**31], "tokens": ["x"]}},
}


def good_tokenizer() -> bytes:
    """Return one that puts letters in lower case, knows letters, and begins every text."""
    around = {**_TEMPLATE, "special_tokens": {"x": {"id": "x", "ids": [0], "tokens": ["[UNK]"]}}}
    return _file(
        normalizer={"type": "Lowercase"},
        pre_tokenizer={"type": "Whitespace"},
        post_processor=around,
        added_tokens=_added(),
    )(Path())


def _many_merges(_: Path) -> bytes:
    return _file(model={**_PAIRS, "merges": ["a b"] * 1_000_001})(_)


def _square(_: Path) -> bytes:
    words = {"[UNK]": 0, "[PAD]": 1, "a": 2, **{"##" + "a" * n: n + 2 for n in range(1, 190)}}
    return _file(model={**_MODEL, "vocab": words, "max_input_chars_per_word": 10_000})(_)


TOKENIZERS: tuple[Hostile, ...] = (
    Hostile(
        key="tokenizer-pattern",
        row="tokenizer-parts",
        door="tokenizer",
        attack="a pattern that tries every way to read a text",
        make=_file(pre_tokenizer=_split("(a+)+$")),
        says=("pattern of its own", "npz"),
    ),
    Hostile(
        key="tokenizer-pattern-in-a-normalizer",
        row="tokenizer-parts",
        door="tokenizer",
        attack="the same pattern where texts are made plain",
        make=_file(normalizer={"type": "Replace", "pattern": {"Regex": "(a|aa)+$"}, "content": ""}),
        says=("pattern of its own",),
    ),
    Hostile(
        key="tokenizer-nested",
        row="tokenizer-parts",
        door="tokenizer",
        attack="normalizers within normalizers, 400 deep",
        make=_file(normalizer=_nested(400)),
        says=("nested",),
    ),
    Hostile(
        key="tokenizer-nested-a-little",
        row="tokenizer-parts",
        door="tokenizer",
        attack="normalizers within normalizers, as deep as JSON may be",
        make=_file(normalizer=_nested(45)),
    ),
    Hostile(
        key="tokenizer-many-parts",
        row="tokenizer-parts",
        door="tokenizer",
        attack="a thousand normalizers",
        make=_file(normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}] * 1_000}),
        says=("sequence in its normalizer",),
    ),
    Hostile(
        key="tokenizer-growing-text",
        row="tokenizer-work",
        door="tokenizer",
        attack="normalizers that make a text eight times as long, 30 of them",
        make=_file(normalizer=_doubling(30)),
        says=("longer",),
    ),
    Hostile(
        key="tokenizer-growing-bytes",
        row="tokenizer-work",
        door="tokenizer",
        attack="the bytes of bytes of bytes of a text, spelled 30 times",
        make=_file(
            pre_tokenizer={
                "type": "Sequence",
                "pretokenizers": [
                    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
                ]
                * 30,
            }
        ),
        says=("twice",),
    ),
    Hostile(
        key="tokenizer-python",
        row="tokenizer-parts",
        door="tokenizer",
        attack="a part that is code of its program",
        make=_file(pre_tokenizer={"type": "Custom", "module": "os", "function": "system"}),
        says=("pre_tokenizer 'custom'",),
    ),
    Hostile(
        key="tokenizer-charsmap",
        row="tokenizer-parts",
        door="tokenizer",
        attack="a table of letters that says it has 4 GB",
        make=_file(normalizer={"type": "Precompiled", "precompiled_charsmap": "/////w=="}),
        says=("memory",),
    ),
    Hostile(
        key="tokenizer-many-merges",
        row="tokenizer-work",
        door="tokenizer",
        attack="a million merges",
        make=_many_merges,
        says=("more than 600,000",),
    ),
    Hostile(
        key="tokenizer-square",
        row="tokenizer-work",
        door="tokenizer",
        attack="a vocabulary and words whose pieces cost the square of their letters",
        make=_square,
        says=("max_input_chars_per_word",),
    ),
    Hostile(
        key="tokenizer-long-words",
        row="tokenizer-work",
        door="tokenizer",
        attack="a word of a megabyte in the vocabulary",
        make=_file(model={**_MODEL, "vocab": {"[UNK]": 0, "[PAD]": 1, "a" * 1_000_000: 2}}),
        says=("at place 2",),
    ),
    Hostile(
        key="tokenizer-added-empty",
        row="tokenizer-words",
        door="tokenizer",
        attack="an added word that is found everywhere",
        make=_file(added_tokens=_added(content="")),
        says=("at place 0",),
    ),
    Hostile(
        key="tokenizer-added-elsewhere",
        row="tokenizer-words",
        door="tokenizer",
        attack="an added word with the id of another",
        make=_file(added_tokens=_added(id=7)),
        says=("another id",),
    ),
    Hostile(
        key="tokenizer-template",
        row="tokenizer-words",
        door="tokenizer",
        attack="special words whose ids are beyond the vocabulary",
        make=_file(post_processor=_TEMPLATE),
        says=("does not have",),
    ),
    Hostile(
        key="tokenizer-kind",
        row="tokenizer-parts",
        door="tokenizer",
        attack="a model whose kind is a list",
        make=_file(model={**_MODEL, "type": ["WordPiece"]}),
        says=("not read here",),
        counted=True,
    ),
    Hostile(
        key="tokenizer-part-kind",
        row="tokenizer-parts",
        door="tokenizer",
        attack="a part whose kind is an object",
        make=_file(normalizer={"type": {"type": "NFC"}}),
        says=("not read here",),
        counted=True,
    ),
    Hostile(
        key="tokenizer-markup",
        row="markup",
        door="tokenizer",
        attack="words that a page would render",
        make=_file(
            model={
                **_MODEL,
                "vocab": {"[UNK]": 0, "[PAD]": 1, "<img src=x onerror=alert(1)>": 2},
            }
        ),
    ),
)
