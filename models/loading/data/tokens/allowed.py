"""Which parts a `tokenizer.json` may be made of: what is not on the list is refused by its name."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from explain.core.errors import ImportRefused
from models.loading.data.tokens.tokenizer import vocabulary_refused

NORMALIZERS = frozenset(
    {
        *("BertNormalizer", "ByteLevel", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt"),
        *("Precompiled", "Prepend", "Replace", "Strip", "StripAccents"),
    }
)
SPLITTERS = frozenset(
    {
        *("BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Digits", "Metaspace"),
        *("Punctuation", "Split", "UnicodeScripts", "Whitespace", "WhitespaceSplit"),
    }
)
PROCESSORS = frozenset(("BertProcessing", "ByteLevel", "RobertaProcessing", "TemplateProcessing"))
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_CLIP = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]"
    r"|[^\s\p{L}\p{N}]+"
)
_QWEN2 = _LLAMA3.replace("{1,3}", "")
PATTERNS = frozenset((r" {2,}", r"\s+", _GPT2, _LLAMA3, _QWEN2, _CLIP))
"""Regular expressions of T5, CLIP, GPT-2, Llama 3 and Qwen 2; a stranger's may never end."""

_PARTS = 32
_LETTERS = 64
_CHARSMAP = 1_000_000
_LISTS: Mapping[str, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        "normalizer": ("normalizers", NORMALIZERS),
        "pre_tokenizer": ("pretokenizers", SPLITTERS),
        "post_processor": ("processors", PROCESSORS),
    }
)


def check_parts(found: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return all parts of a file that work before and after its vocabulary, the nested ones too.

    Raises:
        ImportRefused: a part that is not on the list, more than 32 of a kind, a pattern that is
            none of the known ones, or texts that are too long.
    """
    return tuple(part for field in _LISTS for part in _checked(found, field))


def _checked(found: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    inside, allowed = _LISTS[field]
    parts: list[Mapping[str, Any]] = []
    for part in _flat(found.get(field), field, inside):
        if len(parts) == _PARTS:
            raise vocabulary_refused(f"has more than {_PARTS} parts in its {field}")
        if part.get("type") not in allowed:
            raise unread(field, part.get("type"))
        _check_texts(part)
        _check_pattern(part)
        parts.append(part)
    if sum(part["type"] == "ByteLevel" for part in parts) > 1:
        raise vocabulary_refused(f"spells bytes twice in its {field}: texts would grow much longer")
    return parts


def _flat(part: object, field: str, inside: str) -> Iterator[Mapping[str, Any]]:
    """Yield a part, or those of a sequence in its place."""
    if part is None:
        return
    if not isinstance(part, dict):
        raise vocabulary_refused(f"has a {field} that is no object")
    if part.get("type") != "Sequence":
        yield part
        return
    listed = part.get(inside)
    if not isinstance(listed, list) or len(listed) > _PARTS:
        raise vocabulary_refused(f"has a sequence in its {field} that is none")
    for each in listed:
        yield from _flat(each, field, inside)


def _check_texts(part: Mapping[str, Any]) -> None:
    """Refuse a part with a long text."""
    for name, value in part.items():
        most = _CHARSMAP if name == "precompiled_charsmap" else _LETTERS
        if isinstance(value, str) and len(value) > most:
            raise vocabulary_refused(f"has a {name[:40]} of {len(value):,} letters")


def _check_pattern(part: Mapping[str, Any]) -> None:
    """Refuse a pattern that is not known, and one whose replacement makes texts grow."""
    pattern = part.get("pattern")
    if not isinstance(pattern, dict):
        return
    if "Regex" in pattern and pattern["Regex"] not in PATTERNS:
        raise vocabulary_refused(
            "has a pattern of its own, and a stranger's pattern may never end",
            "Patterns of GPT-2, Llama 3, Qwen 2, CLIP and T5 are read; else give an npz of ids.",
        )
    found, new = str(pattern.get("String", " ")), str(part.get("content", ""))
    if not 0 < len(found) <= _LETTERS or len(new) > len(found):
        raise vocabulary_refused("replaces letters in a way that makes texts longer")


def unread(field: str, kind: object) -> ImportRefused:
    """Return the error for a part that is not on the list."""
    return vocabulary_refused(
        f"has the {field} {str(kind)[:40]!r}, which is not read here", "Give an npz of ids."
    )
