"""WordPiece, as BERT and its relatives read text: words in pieces, the longest first.

Wu et al. 2016, "Google's neural machine translation system"; Devlin et al. 2019 (BERT).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from models.loading.data.tokens.letters import (
    cleaned,
    is_punctuation,
    lowered,
    spaced_ideographs,
    without_accents,
)
from models.loading.data.tokens.tokenizer import Tokenizer, vocabulary_refused

__all__ = ["SPECIAL", "Rules", "wordpiece"]

SPECIAL = ("[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]")
"""Words that stand for themselves wherever they are written in a text."""


_REMEMBERED = 100_000
"""Runs of letters whose pieces are kept: most of a language's text is few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a WordPiece tokenizer differs from the usual one.

    `accents`: whether marks are taken off letters; None: where letters are put in lower case.
    `longest`: a word of more letters is unknown. `prefix` begins a piece inside a word.
    """

    lower: bool = True
    accents: bool | None = None
    clean: bool = True
    ideographs: bool = True
    prefix: str = "##"
    longest: int = 100
    unknown: str = "[UNK]"
    padding: str = "[PAD]"
    before: tuple[str, ...] = ("[CLS]",)
    after: tuple[str, ...] = ("[SEP]",)
    special: tuple[str, ...] = SPECIAL


def wordpiece(names: tuple[str, ...], rules: Rules) -> Tokenizer:
    """Return the tokenizer of a vocabulary in the order of its ids.

    Raises:
        ImportRefused: a special word is missing.
    """
    known = {name: place for place, name in enumerate(names)}
    needed = {rules.unknown, rules.padding, *rules.before, *rules.after}
    if missing := sorted(needed - set(known)):
        raise vocabulary_refused(f"has no {', '.join(missing)}")
    special = {name: known[name] for name in rules.special if name in known}
    apart = _splitter(special)

    @lru_cache(maxsize=_REMEMBERED)
    def of_run(run: str) -> tuple[int, ...]:
        return tuple(found for word in _words(run) for found in _word(word, known, rules))

    def ids(text: str) -> list[int]:
        found: list[int] = []
        for part in apart.split(text) if apart else [text]:
            runs = [] if part in special else _normal(part, rules).split()
            found.extend([special[part]] if part in special else ())
            found.extend(place for run in runs for place in of_run(run))
        return found

    return Tokenizer(
        kind=f"WordPiece, {'lower case' if rules.lower else 'letters as they are'}",
        names=names,
        ids=ids,
        padding=known[rules.padding],
        unknown=known[rules.unknown],
        before=tuple(known[name] for name in rules.before),
        after=tuple(known[name] for name in rules.after),
    )


def _splitter(special: Mapping[str, int]) -> re.Pattern[str] | None:
    """Return what finds special words in a text, the longest first."""
    if not special:
        return None
    return re.compile(f"({'|'.join(map(re.escape, sorted(special, key=len, reverse=True)))})")


def _normal(text: str, rules: Rules) -> str:
    text = cleaned(text) if rules.clean else text
    text = spaced_ideographs(text) if rules.ideographs else text
    bare = rules.lower if rules.accents is None else rules.accents
    text = without_accents(text) if bare else text
    return lowered(text) if rules.lower else text


def _words(run: str) -> list[str]:
    """Return the words of a run without white space, every sign of punctuation for itself."""
    found: list[str] = []
    word = ""
    for letter in run:
        if is_punctuation(letter):
            found.extend([word, letter] if word else [letter])
            word = ""
        else:
            word += letter
    return [*found, word] if word else found


def _word(word: str, known: Mapping[str, int], rules: Rules) -> list[int]:
    """Return the ids of the pieces of a word; of the unknown where one piece is not there."""
    unknown = [known[rules.unknown]]
    if len(word) > rules.longest:
        return unknown
    found: list[int] = []
    start = 0
    while start < len(word):
        prefix = rules.prefix if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if prefix + word[start:end] in known), None)
        if end is None:
            return unknown
        found.append(known[prefix + word[start:end]])
        start = end
    return found
