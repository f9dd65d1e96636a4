"""`tokenizer.json` of the WordPiece kind; what is not exactly that is refused by name."""

from collections.abc import Mapping
from typing import Any

from models.loading.card import Card
from models.loading.data.tokens.tokenizer import Tokenizer, vocabulary_refused
from models.loading.data.tokens.wordpiece import Rules, wordpiece
from models.loading.limits import Limits
from models.loading.strict_json import parse

__all__ = ["read_tokenizer_json"]

_WORDS = 1_000_000
_HINT = "Export a network with a WordPiece tokenizer (BERT, DistilBERT), or give an npz of ids."


def read_tokenizer_json(data: bytes, card: Card, limits: Limits) -> Tokenizer:
    """Return the tokenizer in a `tokenizer.json`, which a card must not contradict.

    Raises:
        ImportRefused: another kind than WordPiece with BERT's rules (BPE, Unigram ...), or a file
            that contradicts itself.
    """
    found = _object(parse(data, limits.json_bytes), "file")
    model = _object(found.get("model"), "model")
    kind = model.get("type", "WordPiece" if "continuing_subword_prefix" in model else None)
    if kind != "WordPiece":
        raise vocabulary_refused(
            f"is of the kind {str(kind)[:40]!r}; only WordPiece is read exactly here", _HINT
        )
    _expect(found, "pre_tokenizer", {"BertPreTokenizer"})
    normal = _expect(found, "normalizer", {"BertNormalizer"})
    before, after = _template(found.get("post_processor"))
    _check_case(normal, card)
    rules = Rules(
        lower=_flag(normal, "lowercase", usual=True),
        accents=_accents(normal),
        clean=_flag(normal, "clean_text", usual=True),
        ideographs=_flag(normal, "handle_chinese_chars", usual=True),
        prefix=_word(model, "continuing_subword_prefix", "##"),
        longest=_longest(model),
        unknown=_word(model, "unk_token", "[UNK]"),
        padding=_padding(found),
        before=before,
        after=after,
        special=_special(found),
    )
    return wordpiece(_names(found, model, limits), rules)


def _expect(found: Mapping[str, Any], field: str, kinds: set[str]) -> Mapping[str, Any]:
    """Return an object of the file, if it is of a kind that is known exactly."""
    inside = _object(found.get(field), field)
    if inside.get("type") not in kinds:
        raise vocabulary_refused(
            f"has the {field} {str(inside.get('type'))[:40]!r}, which is not read here", _HINT
        )
    return inside


def _check_case(normal: Mapping[str, Any], card: Card) -> None:
    own, lower = normal.get("lowercase", True), card.preprocess.lower
    if lower is not None and own is not lower:
        raise vocabulary_refused(
            f"says lowercase {str(own)[:10]}, the card says lower {lower}",
            "Leave `lower` out of the card: the file knows.",
        )


def _names(found: Mapping[str, Any], model: Mapping[str, Any], limits: Limits) -> tuple[str, ...]:
    """Return the words in the order of their ids, those that were added among them."""
    words = dict(_object(model.get("vocab"), "vocab"))
    for added in _added(found):
        words.setdefault(str(added.get("content")), added.get("id"))
    if len(words) > _WORDS or any(len(word) > limits.name_characters for word in words):
        raise vocabulary_refused("has too many or too long words")
    if not all(isinstance(place, int) for place in words.values()):
        raise vocabulary_refused("has ids that are no whole numbers")
    names = sorted(words, key=lambda word: words[word])
    if [words[name] for name in names] != list(range(len(names))):
        raise vocabulary_refused("has ids with gaps or twice the same")
    return tuple(names)


def _special(found: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that stand for themselves in a text."""
    for added in _added(found):
        odd = [name for name in ("lstrip", "rstrip", "single_word") if added.get(name)]
        if odd or (added.get("normalized") and not added.get("special")):
            raise vocabulary_refused("adds words with rules of their own, which are not read here")
    return tuple(str(added.get("content")) for added in _added(found) if added.get("content"))


def _added(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = found.get("added_tokens") or []
    if not isinstance(listed, list) or len(listed) > 1_000:
        raise vocabulary_refused("has a list of added words that is none")
    return [_object(added, "added word") for added in listed]


def _template(found: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the special words before and after a single text."""
    if found is None:
        return (), ()
    inside = _object(found, "post_processor")
    if inside.get("type") == "BertProcessing":
        return (_first(inside.get("cls")),), (_first(inside.get("sep")),)
    if inside.get("type") != "TemplateProcessing" or not isinstance(inside.get("single"), list):
        raise vocabulary_refused("puts special words round a text in a way not read here", _HINT)
    return _sides(inside["single"])


def _sides(single: list[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what stands before and after "the sequence A" of a template."""
    sides: tuple[list[str], list[str]] = ([], [])
    texts = 0
    for part in single:
        inside = _object(part, "template")
        if "Sequence" in inside:
            texts += 1
        else:
            special = _object(inside.get("SpecialToken"), "template")
            sides[min(texts, 1)].append(str(special.get("id")))
    if texts != 1:
        raise vocabulary_refused("has a template without a text")
    return tuple(sides[0]), tuple(sides[1])


def _first(pair: object) -> str:
    if not isinstance(pair, list) or not pair:
        raise vocabulary_refused("has a post_processor without words")
    return str(pair[0])


def _padding(found: Mapping[str, Any]) -> str:
    padding = found.get("padding")
    if padding is None:
        return "[PAD]"
    inside = _object(padding, "padding")
    if inside.get("direction", "Right") != "Right":
        raise vocabulary_refused("pads texts on the left, which is not read here", _HINT)
    return _word(inside, "pad_token", "[PAD]")


def _accents(normal: Mapping[str, Any]) -> bool | None:
    value = normal.get("strip_accents")
    if value is not None and not isinstance(value, bool):
        raise vocabulary_refused("has a strip_accents that is neither true nor false")
    return value


def _flag(found: Mapping[str, Any], name: str, *, usual: bool) -> bool:
    value = found.get(name, usual)
    if not isinstance(value, bool):
        raise vocabulary_refused(f"has a {name} that is neither true nor false")
    return value


def _word(found: Mapping[str, Any], name: str, usual: str) -> str:
    value = found.get(name, usual)
    if not isinstance(value, str):
        raise vocabulary_refused(f"has a {name} that is no text")
    return value


def _longest(model: Mapping[str, Any]) -> int:
    value = model.get("max_input_chars_per_word", 100)
    if not isinstance(value, int) or not 1 <= value <= 10_000:
        raise vocabulary_refused("has a max_input_chars_per_word out of range")
    return value


def _object(found: object, what: str) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise vocabulary_refused(f"has no {what} of the form that is read here", _HINT)
    return found
