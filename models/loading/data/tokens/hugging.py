"""`tokenizer.json`: checked part by part, then read by the library that wrote it.

The library runs in the process that reads files alone; it is never given a name to fetch.
"""

import json
from collections.abc import Mapping
from typing import Any

from explain.core.errors import ImportRefused, reason_of
from explain.core.messages import Message
from models.loading.card.model_card import Card
from models.loading.data.record import quoted
from models.loading.data.tokens.vocabulary import (
    Tokenizer,
    added_words,
    check_model,
    check_parts,
    letter_cost,
    object_of,
)
from models.loading.limits import Limits

_USUAL_PADDING = ("[PAD]", "<pad>")
_PROBES = ("a", "1", ".")


def made(found: Mapping[str, Any], card: Card, limits: Limits) -> Tokenizer:
    """Return the tokenizer that the content of a `tokenizer.json` describes.

    Raises:
        ImportRefused: a part that is not on our lists, a file that contradicts itself or the card.
    """
    model = object_of(found.get("model"), "model")
    check_model(model, limits)
    added = added_words(found, limits)
    lower = _lowers(check_parts(found))
    if card.preprocess.lower not in (None, lower):
        raise ImportRefused(
            "loading.tokens.other_case", lower=str(lower), said=str(card.preprocess.lower)
        )
    built = _built({**found, "truncation": None, "padding": None, "decoder": None})
    names = _names(built, added)
    before, after = _around(built)
    if max((0, *before, *after)) >= len(names):
        raise ImportRefused("loading.tokens.strange_words")
    unknown = model.get("unk_id", built.token_to_id(str(model.get("unk_token"))))
    return Tokenizer(
        kind=Message(
            "loading.tokens.kind_in_lower_case" if lower else "loading.tokens.kind_as_written",
            kind=str(model["type"]),
        ),
        names=names,
        ids=lambda text: list(_encoded(built, text, special=False).ids),
        padding=_padding(found, names),
        unknown=unknown,
        work=letter_cost(model),
        before=before,
        after=after,
    )


def _lowers(parts: tuple[Mapping[str, Any], ...]) -> bool:
    return any(
        part["type"] == "Lowercase"
        or (part["type"] == "BertNormalizer" and part.get("lowercase", True) is True)
        for part in parts
    )


def _built(found: Mapping[str, Any]) -> Any:
    from tokenizers import Tokenizer as Library  # noqa: PLC0415 - only texts need it

    try:
        return Library.from_str(json.dumps(found))
    except BaseException as error:
        raise _unreadable(error) from error


def _encoded(built: Any, text: str, *, special: bool) -> Any:
    try:
        return built.encode(text, add_special_tokens=special)
    except BaseException as error:
        raise _unreadable(error) from error


def _unreadable(error: BaseException) -> BaseException:
    """Return the refusal of what the library cannot read; its panics are no `Exception`."""
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        return ImportRefused("loading.tokens.unreadable", reason=reason_of(error))
    return error


def _names(built: Any, added: Mapping[str, int]) -> tuple[str, ...]:
    """Return the words in the order of their ids, those that were added among them."""
    words: Mapping[str, int] = built.get_vocab(with_added_tokens=True)
    names = sorted(words, key=lambda word: words[word])
    for place, name in enumerate(names):
        if words[name] != place:
            raise ImportRefused("loading.tokens.ids_with_gaps", word=quoted(name), place=place)
    for word, place in added.items():
        if words.get(word) != place:
            raise ImportRefused("loading.tokens.added_under_other_ids", word=quoted(word))
    return tuple(names)


def _around(built: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the ids before and after a single text, read off a letter's with and without them."""
    for letter in _PROBES:
        bare = _encoded(built, letter, special=False).ids
        whole = _encoded(built, letter, special=True)
        first = whole.special_tokens_mask.index(0) if 0 in whole.special_tokens_mask else 0
        if bare and whole.ids[first : first + len(bare)] == bare:
            return tuple(whole.ids[:first]), tuple(whole.ids[first + len(bare) :])
    raise ImportRefused("loading.tokens.special_words")


def _padding(found: Mapping[str, Any], names: tuple[str, ...]) -> int:
    """Return the id that fills short texts up: the file's own, or the usual word's."""
    if found.get("padding") is None:
        word = next((word for word in _USUAL_PADDING if word in names), None)
    else:
        inside = object_of(found["padding"], "padding")
        if inside.get("direction", "Right") != "Right":
            said = quoted(str(inside["direction"]))
            raise ImportRefused("loading.tokens.pads_left", direction=said)
        word = str(inside.get("pad_token", "[PAD]"))
    if word is None:
        raise ImportRefused("loading.tokens.no_padding", known=list(_USUAL_PADDING))
    if word not in names:
        raise ImportRefused("loading.tokens.no_such_padding", word=quoted(word))
    return names.index(word)
