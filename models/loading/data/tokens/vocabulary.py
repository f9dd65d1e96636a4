"""The words in a `tokenizer.json`, counted and checked before anything is built of them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from models.loading.data.tokens.allowed import unread
from models.loading.data.tokens.tokenizer import vocabulary_refused
from models.loading.limits import Limits

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "WordPiece": "WordPiece",
        "BPE": "byte-pair",
        "Unigram": "Unigram",
        "WordLevel": "whole words",
    }
)
"""Kind of model -> what people call it."""

MOST_WORDS = 1_000_000
_ADDED = 10_000
_LONGEST = 1_000
"""Letters of a word up to which WordPiece may look for pieces: its work grows with the square."""


def check_model(model: Mapping[str, Any], limits: Limits) -> None:
    """Refuse a model of another kind, with too many or too long words, or one that draws lots.

    Raises:
        ImportRefused: with the reason.
    """
    kind = model.get("type")
    if kind not in KINDS:
        raise unread("model", kind)
    _CHECKS[str(kind)](model)
    words = [word if isinstance(word, str) else word[0] for word in model["vocab"]]
    if len(words) > MOST_WORDS:
        raise vocabulary_refused("has too many words")
    if any(not isinstance(word, str) or len(word) > limits.name_characters for word in words):
        raise vocabulary_refused("has words that are too long or no texts")


def _check_pieces(model: Mapping[str, Any]) -> None:
    longest = model.get("max_input_chars_per_word", 100)
    if type(longest) is not int or not 1 <= longest <= _LONGEST:
        raise vocabulary_refused("has a max_input_chars_per_word out of range")
    _check_vocab(model)


def _check_vocab(model: Mapping[str, Any]) -> None:
    """Refuse words whose ids are no whole numbers, and an unknown word that is none of them."""
    words = object_of(model.get("vocab"), "vocab")
    if any(type(place) is not int or place < 0 for place in words.values()):
        raise vocabulary_refused("has ids that are no whole numbers")
    unknown = model.get("unk_token")
    if unknown is None and model.get("type") == "BPE":
        return
    if not isinstance(unknown, str) or unknown not in words:
        raise vocabulary_refused(f"has no {str(unknown)[:40]}")


def _check_merges(model: Mapping[str, Any]) -> None:
    if model.get("dropout"):
        raise vocabulary_refused("leaves merges out at random: texts would read differently")
    merges = model.get("merges")
    if not isinstance(merges, list) or len(merges) > MOST_WORDS:
        raise vocabulary_refused("has no merges, or too many")
    _check_vocab(model)


def _check_unigram(model: Mapping[str, Any]) -> None:
    listed, unknown = model.get("vocab"), model.get("unk_id")
    pairs = isinstance(listed, list) and all(
        isinstance(pair, list) and len(pair) == len(("word", "score")) for pair in listed
    )
    if not isinstance(listed, list) or not pairs:
        raise vocabulary_refused("has no vocab of words and their scores")
    if unknown is not None and (type(unknown) is not int or not 0 <= unknown < len(listed)):
        raise vocabulary_refused("has an unk_id out of range")


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
        raise vocabulary_refused("has a list of added words that is none")
    words: dict[str, int] = {}
    for each in listed:
        added = object_of(each, "added word")
        word, place = added.get("content"), added.get("id")
        if not isinstance(word, str) or not 0 < len(word) <= limits.name_characters:
            raise vocabulary_refused("adds words that are empty, too long or no texts")
        if type(place) is not int or words.setdefault(word, place) != place:
            raise vocabulary_refused("adds words whose ids are no whole numbers, or two")
    return words


def object_of(found: object, what: str) -> Mapping[str, Any]:
    """Return a part of a file that must be an object."""
    if not isinstance(found, dict):
        raise vocabulary_refused(f"has no {what} of the form that is read here")
    return found
