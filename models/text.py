"""From a message to numbers and back: tokens, a vocabulary, ids of a fixed length."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

import torch

from explain.core.errors import InvalidSubject
from explain.core.subject import InputSpec, Samples, Subject

PAD = "<pad>"
UNKNOWN = "<unknown>"
SPECIAL = (PAD, UNKNOWN)
LONGEST = 6
"""Numbers with so many digits or more are one word of the vocabulary."""
MOST = 5000
"""Characters that a typed text may have."""

_TOKEN = re.compile(
    r"""
    [^\W\d_]+(?:['\u2019][^\W\d_]+)*   # letters, with apostrophes inside
    | \d+                         # a whole number
    | ([^\w\s]|_)\1*              # one sign, once or repeated
    """,
    re.VERBOSE,
)


def tokens(text: str) -> tuple[str, ...]:
    """Return the pieces of a text as they stand in it: words, numbers, runs of one sign.

    Only white space is left out: their lengths add up to that of the text without it.
    """
    return tuple(found.group() for found in _TOKEN.finditer(text))


def word(token: str) -> str:
    """Return what the vocabulary calls a token.

    Words are lower case with a straight apostrophe; a number is the count of its digits ("<3
    digits>", "<6 or more digits>"), so no telephone number is ever a word; a repeated sign is
    written twice.
    """
    if token.isdecimal():
        return _number(len(token))
    if token[0].isalpha():
        return token.lower().replace("\u2019", "'")
    return token[:2]


def word_counts(texts: Iterable[str]) -> Counter[str]:
    """Return in how many texts every word stands."""
    return Counter(name for text in texts for name in {word(token) for token in tokens(text)})


def vocabulary(texts: Iterable[str], *, least: int) -> tuple[str, ...]:
    """Return padding, unknown, and all words that stand in `least` texts, the commonest first."""
    found = word_counts(texts)
    kept = [name for name, count in found.items() if count >= least]
    return (*SPECIAL, *sorted(kept, key=lambda name: (-found[name], name)))


def token_ids(text: str, names: tuple[str, ...], length: int) -> tuple[int, ...]:
    """Return the ids of the first `length` tokens, filled up with the id of the padding (0).

    Args:
        text: any text.
        names: the vocabulary, padding first and unknown second.
        length: number of ids.
    """
    known = _numbered(names)
    unknown = known[UNKNOWN]
    ids = [known.get(word(token), unknown) for token in tokens(text)[:length]]
    return (*ids, *[known[PAD]] * (length - len(ids)))


def typed_sample(subject: Subject, text: str) -> Samples:
    """Return a text as the one sample that a text network reads.

    `display` holds the "message", how many of the "tokens read" are "unknown words" (the network
    cannot tell them apart), and how many "tokens cut off" stand after the last that it reads.
    There are no targets and no groups.

    Raises:
        InvalidSubject: the network reads no text, there is no word in the text, or it is too long.
    """
    if subject.spec.kind != "text":
        raise InvalidSubject("models.no_text_model", name=subject.key)
    if subject.spec.names[: len(SPECIAL)] != SPECIAL or len(subject.samples.inputs) > 1:
        raise InvalidSubject("models.own_tokens", name=subject.key)
    if len(text) > MOST:
        raise InvalidSubject("models.text_too_long", count=len(text), most=MOST)
    found, names, length = tokens(text), subject.spec.names, subject.spec.shape[0]
    if not found:
        raise InvalidSubject("models.no_word")
    ids = token_ids(text, names, length)
    counts = {
        "tokens read": min(len(found), length),
        "unknown words": ids.count(names.index(UNKNOWN)),
        "tokens cut off": max(0, len(found) - length),
    }
    return Samples(
        inputs=(torch.tensor([ids]),),
        ids=("typed text",),
        display={"message": (text,), **{name: (str(n),) for name, n in counts.items()}},
    )


def words_read(spec: InputSpec, samples: Samples, row: int) -> tuple[str, ...]:
    """Return what a text network reads of a row, place by place, without padding at the end.

    The words of the message where the network splits it as we do, else the names of its ids.
    """
    message = samples.display.get("message")
    if message is not None:
        return tokens(message[row])[: spec.shape[0]]
    ids = samples.inputs[0][row].tolist()
    names = [spec.names[at] if at < len(spec.names) else str(at) for at in ids]
    while names and names[-1] in _PADDING:
        names.pop()
    return tuple(names)


_PADDING = frozenset({PAD, "[PAD]"})


@lru_cache(maxsize=4)
def _numbered(names: tuple[str, ...]) -> Mapping[str, int]:
    return MappingProxyType({name: number for number, name in enumerate(names)})


def _number(digits: int) -> str:
    if digits >= LONGEST:
        return f"<{LONGEST} or more digits>"
    return f"<{digits} digit{'s' if digits > 1 else ''}>"
