"""Which tokenizer a file holds, by its content."""

from models.data import sms
from models.loading.card import Card
from models.loading.data.decoding import decoded
from models.loading.data.tokens.hugging import read_tokenizer_json
from models.loading.data.tokens.tokenizer import Tokenizer, vocabulary_refused
from models.loading.data.tokens.wordpiece import Rules, wordpiece
from models.loading.limits import Limits
from models.text import PAD, UNKNOWN, tokens, word

__all__ = ["SHIPPED", "read_tokenizer"]

SHIPPED = "shipped"
"""The card's word for the vocabulary of the built-in text network."""

_WORDS = 1_000_000


def read_tokenizer(data: bytes | None, card: Card, limits: Limits) -> Tokenizer:
    """Return the tokenizer in a user's file, or the shipped one where the card asks for it.

    A `vocab.txt` with [UNK] among its lines is WordPiece; one that begins with <pad> and <unknown>
    lists words as the built-in text network reads them; `tokenizer.json` is WordPiece too.

    Raises:
        ImportRefused: there is no file and the card does not say "shipped"; none of the three.
    """
    if data is None:
        if card.preprocess.tokenizer != SHIPPED:
            raise vocabulary_refused("is missing: texts cannot be turned into ids without it")
        return _of_words(sms.read_vocabulary())
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return read_tokenizer_json(data, card, limits)
    names = _lines(data, limits)
    if names[:2] == (PAD, UNKNOWN):
        return _of_words(names)
    if "[UNK]" not in names:
        raise vocabulary_refused("has no line [UNK] and does not begin with <pad> and <unknown>")
    return wordpiece(names, Rules(lower=card.preprocess.lower is not False))


def _lines(data: bytes, limits: Limits) -> tuple[str, ...]:
    """Return one word per line; the place of a line is its word's id."""
    text, encoding = decoded(data, limits.csv_bytes)
    if not encoding.startswith("UTF-8"):
        raise vocabulary_refused(f"is {encoding}, not UTF-8")
    names = tuple(line.removesuffix("\r") for line in text.removesuffix("\n").split("\n"))
    if len(names) > _WORDS or any(len(name) > limits.name_characters for name in names):
        raise vocabulary_refused("has too many or too long lines")
    if len(set(names)) != len(names):
        raise vocabulary_refused("has the same line twice, so ids would not be known")
    return names


def _of_words(names: tuple[str, ...]) -> Tokenizer:
    """Return the tokenizer of whole words, as `models.text` reads them."""
    known = {name: place for place, name in enumerate(names)}
    unknown = known[UNKNOWN]
    return Tokenizer(
        kind="whole words, lower case",
        names=names,
        ids=lambda text: [known.get(word(token), unknown) for token in tokens(text)],
        padding=known[PAD],
        unknown=unknown,
    )
