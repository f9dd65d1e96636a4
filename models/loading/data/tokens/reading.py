"""Which tokenizer a file holds, by its content."""

from explain.core.errors import ImportRefused
from explain.core.messages import Message
from models.data import sms
from models.loading.card.model_card import Card
from models.loading.data.decoding import decode_text
from models.loading.data.record import quoted
from models.loading.data.tokens.hugging import made
from models.loading.data.tokens.vocabulary import (
    MOST_WORDS,
    Tokenizer,
    check_counts,
    object_of,
)
from models.loading.limits import Limits
from models.loading.strict_json import parse_json
from models.text import PAD, UNKNOWN, tokens, word

SHIPPED = "shipped"
"""The card's word for the vocabulary of the built-in text network."""


def read_tokenizer(data: bytes | None, card: Card, limits: Limits) -> Tokenizer:
    """Return the tokenizer in a user's file, or the shipped one where the card asks for it.

    A `vocab.txt` with [UNK] among its lines is WordPiece; one that begins with <pad> and <unknown>
    lists words as the built-in text network reads them; `tokenizer.json` says itself what it is.

    Raises:
        ImportRefused: there is no file and the card does not say "shipped"; none of the three.
    """
    if data is None:
        if card.preprocess.tokenizer != SHIPPED:
            raise ImportRefused("loading.tokens.missing")
        return _of_words(sms.read_vocabulary())
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        check_counts(data)
        return made(object_of(parse_json(data, limits.json_bytes), "file"), card, limits)
    names = _lines(data, limits)
    if names[:2] == (PAD, UNKNOWN):
        return _of_words(names)
    if "[UNK]" not in names:
        raise ImportRefused("loading.tokens.no_kind")
    return made(_berts(names, lower=card.preprocess.lower is not False), card, limits)


def _berts(names: tuple[str, ...], *, lower: bool) -> dict[str, object]:
    """Return the `tokenizer.json` of a `vocab.txt`: BERT's rules (Devlin et al. 2019)."""
    words = {name: place for place, name in enumerate(names)}
    if missing := sorted({"[CLS]", "[PAD]", "[SEP]"} - set(words)):
        raise ImportRefused("loading.tokens.missing_words", words=missing)
    return {
        "added_tokens": [
            {"id": words[name], "content": name, "special": True, **_PLAIN}
            for name in _SPECIAL
            if name in words
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": lower,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "BertProcessing",
            "cls": ["[CLS]", words["[CLS]"]],
            "sep": ["[SEP]", words["[SEP]"]],
        },
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": words,
        },
    }


_SPECIAL = ("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]")
"""Words that stand for themselves wherever they are written in a text."""
_PLAIN = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)


def _lines(data: bytes, limits: Limits) -> tuple[str, ...]:
    """Return one word per line; the place of a line is its word's id."""
    text, encoding = decode_text(data, limits.csv_bytes)
    if not encoding.startswith("UTF-8"):
        raise ImportRefused("loading.tokens.not_utf_8", encoding=encoding)
    names = tuple(line.removesuffix("\r") for line in text.removesuffix("\n").split("\n"))
    if len(names) > MOST_WORDS:
        raise ImportRefused("loading.tokens.too_many_words", most=MOST_WORDS)
    seen: set[str] = set()
    for line, name in enumerate(names, start=1):
        if len(name) > limits.name_characters:
            raise ImportRefused("loading.tokens.long_line", line=line, most=limits.name_characters)
        if name in seen:
            raise ImportRefused("loading.tokens.line_twice", line=line, word=quoted(name))
        seen.add(name)
    return names


def _of_words(names: tuple[str, ...]) -> Tokenizer:
    """Return the tokenizer of whole words, as `models.text` reads them."""
    known = {name: place for place, name in enumerate(names)}
    unknown = known[UNKNOWN]
    return Tokenizer(
        kind=Message("loading.tokens.kind_in_lower_case", kind="WordLevel"),
        names=names,
        ids=lambda text: [known.get(word(token), unknown) for token in tokens(text)],
        padding=known[PAD],
        unknown=unknown,
    )
