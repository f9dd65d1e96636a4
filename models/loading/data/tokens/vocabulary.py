"""What turns texts into ids, and the parts and words of a `tokenizer.json`, checked before use."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from explain.core.errors import ImportRefused
from explain.core.messages import Message
from models.loading.data.record import quoted
from models.loading.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenizer:
    """A vocabulary and the function that finds its words in a text.

    `names`: the words in the order of their ids. `ids(text)` gives the ids of all pieces of a text;
    `before` and `after` are put round them. `padding` fills short texts up, `unknown` stands for
    pieces outside the vocabulary, None where there is none. `work` is how much more a letter may
    cost than with usual words. `kind` says which rules those are, for people.
    """

    kind: Message
    names: tuple[str, ...]
    ids: Callable[[str], list[int]]
    padding: int
    unknown: int | None
    work: int = 1
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


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
            raise ImportRefused("loading.tokens.too_many_parts", most=_PARTS, field=field)
        kind = part.get("type")
        if not isinstance(kind, str) or kind not in allowed:
            raise unread(field, kind)
        _check_texts(part)
        _check_pattern(part)
        parts.append(part)
    if sum(part["type"] == "ByteLevel" for part in parts) > 1:
        raise ImportRefused("loading.tokens.bytes_twice", field=field)
    return parts


def _flat(part: object, field: str, inside: str) -> Iterator[Mapping[str, Any]]:
    """Yield a part, or those of a sequence in its place."""
    if part is None:
        return
    if not isinstance(part, dict):
        raise ImportRefused("loading.tokens.no_object", field=field)
    if part.get("type") != "Sequence":
        yield part
        return
    listed = part.get(inside)
    if not isinstance(listed, list) or len(listed) > _PARTS:
        raise ImportRefused("loading.tokens.no_sequence", field=field)
    for each in listed:
        yield from _flat(each, field, inside)


def _check_texts(part: Mapping[str, Any]) -> None:
    for name, value in part.items():
        most = _CHARSMAP if name == "precompiled_charsmap" else _LETTERS
        if isinstance(value, str) and len(value) > most:
            raise ImportRefused("loading.tokens.long_text", name=name[:40], count=len(value))


def _check_pattern(part: Mapping[str, Any]) -> None:
    """Refuse a pattern that is not known, and one whose replacement makes texts grow."""
    pattern = part.get("pattern")
    if not isinstance(pattern, dict):
        return
    if "Regex" in pattern and pattern["Regex"] not in PATTERNS:
        raise ImportRefused("loading.tokens.own_pattern", pattern=quoted(str(pattern)))
    found, new = str(pattern.get("String", " ")), str(part.get("content", ""))
    if not 0 < len(found) <= _LETTERS or len(new) > len(found):
        raise ImportRefused(
            "loading.tokens.longer_texts", found=quoted(found), replacement=quoted(new)
        )


def unread(field: str, kind: object) -> ImportRefused:
    """Return the error for a part that is not on the list."""
    return ImportRefused("loading.tokens.unread_part", field=field, kind=str(kind)[:40])


MOST_WORDS, _MOST_MERGES = 300_000, 600_000
_ADDED = 10_000
_LONGEST = 1_000
"""Letters of a word up to which WordPiece may look for pieces: its work grows with the square."""


def check_counts(data: bytes) -> None:
    """Refuse a `tokenizer.json` with too many words before it is parsed.

    Every word is followed by a colon or preceded by a bracket, every merge may be by one.

    Raises:
        ImportRefused: it has twice as many colons as words may be there, or more brackets than
            words and merges.
    """
    if data.count(b":") > 2 * MOST_WORDS or data.count(b"[") > MOST_WORDS + _MOST_MERGES + _ADDED:
        raise _too_many()
    if data.count(b'"') > 2 * (MOST_WORDS + 2 * _MOST_MERGES + _STRINGS * _ADDED):
        raise ImportRefused("loading.tokens.no_merges", most=_MOST_MERGES)


def _too_many() -> ImportRefused:
    return ImportRefused("loading.tokens.too_many_words", most=MOST_WORDS)


_STRINGS = 10
"""Texts of an added word, the names of its fields among them."""


_USUAL_WORD, _USUAL_PIECE = 100, 16


def letter_cost(model: Mapping[str, Any]) -> int:
    """Return how much more a letter may cost than usual: with long words it grows by the square.

    WordPiece tries every piece of a word, Unigram every piece that begins at a letter.
    """
    if model["type"] == "WordPiece":
        longest = int(model.get("max_input_chars_per_word", _USUAL_WORD))
        return max(1, longest**2 // _USUAL_WORD**2)
    if model["type"] == "Unigram":
        return max(1, max(len(word) for word, _ in model["vocab"]) // _USUAL_PIECE)
    return 1


def check_model(model: Mapping[str, Any], limits: Limits) -> None:
    """Refuse a model of another kind, with too many or too long words, or one that draws lots.

    Raises:
        ImportRefused: with the reason.
    """
    kind = model.get("type")
    if not isinstance(kind, str) or kind not in _CHECKS:
        raise unread("model", kind)
    _CHECKS[kind](model)
    words = [word if isinstance(word, str) else word[0] for word in model["vocab"]]
    most = limits.name_characters
    if len(words) > MOST_WORDS:
        raise _too_many()
    for place, word in enumerate(words):
        if not isinstance(word, str) or len(word) > most:
            raise ImportRefused("loading.tokens.long_words", place=place, most=most)


def _check_pieces(model: Mapping[str, Any]) -> None:
    longest = model.get("max_input_chars_per_word", 100)
    if type(longest) is not int or not 1 <= longest <= _LONGEST:
        raise ImportRefused("loading.tokens.letters_of_a_word", most=_LONGEST)
    _check_vocab(model)


def _check_vocab(model: Mapping[str, Any]) -> None:
    """Refuse words whose ids are no whole numbers, and an unknown word that is none of them."""
    words = object_of(model.get("vocab"), "vocab")
    for word, place in words.items():
        if type(place) is not int or place < 0:
            raise ImportRefused("loading.tokens.ids_not_whole", word=quoted(word))
    unknown = model.get("unk_token")
    if unknown is None and model.get("type") == "BPE":
        return
    if not isinstance(unknown, str) or unknown not in words:
        raise ImportRefused("loading.tokens.no_unknown", word=quoted(str(unknown)))


def _check_merges(model: Mapping[str, Any]) -> None:
    if model.get("dropout"):
        raise ImportRefused("loading.tokens.random_merges", share=str(model["dropout"])[:20])
    merges = model.get("merges")
    if not isinstance(merges, list) or len(merges) > _MOST_MERGES:
        raise ImportRefused("loading.tokens.no_merges", most=_MOST_MERGES)
    _check_vocab(model)


def _check_unigram(model: Mapping[str, Any]) -> None:
    listed, unknown = model.get("vocab"), model.get("unk_id")
    pairs = isinstance(listed, list) and all(
        isinstance(pair, list) and len(pair) == len(("word", "score")) for pair in listed
    )
    if not isinstance(listed, list) or not pairs:
        raise ImportRefused("loading.tokens.no_scores")
    if unknown is not None and (type(unknown) is not int or not 0 <= unknown < len(listed)):
        raise ImportRefused(
            "loading.tokens.unknown_out_of_range", value=str(unknown)[:20], words=len(listed)
        )


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], None]] = MappingProxyType(
    {
        "WordPiece": _check_pieces,
        "BPE": _check_merges,
        "Unigram": _check_unigram,
        "WordLevel": _check_vocab,
    }
)


def added_words(found: Mapping[str, Any], limits: Limits) -> Mapping[str, int]:
    """Return the words that a file adds to its model: word -> id.

    Raises:
        ImportRefused: too many, empty or too long ones, ids that are no whole numbers.
    """
    listed = found.get("added_tokens") or []
    if not isinstance(listed, list) or len(listed) > _ADDED:
        raise ImportRefused("loading.tokens.no_added_list", most=_ADDED)
    words: dict[str, int] = {}
    for each in listed:
        added = object_of(each, "added_word")
        word, place = added.get("content"), added.get("id")
        if not isinstance(word, str) or not 0 < len(word) <= limits.name_characters:
            at, most = len(words), limits.name_characters
            raise ImportRefused("loading.tokens.bad_added_words", place=at, most=most)
        if type(place) is not int or words.setdefault(word, place) != place:
            raise ImportRefused("loading.tokens.bad_added_ids", word=quoted(word))
    return words


def object_of(found: object, what: str) -> Mapping[str, Any]:
    """Return a part of a file that must be an object."""
    if not isinstance(found, dict):
        raise ImportRefused("loading.tokens.other_form", what=what)
    return found
