"""What BERT's rules do with single letters before words are looked up."""

import unicodedata
from functools import lru_cache

__all__ = ["cleaned", "is_punctuation", "lowered", "spaced_ideographs", "without_accents"]

_SPACES = "\t\n\r"
_CONTROLS = frozenset({"Cc", "Cf", "Co", "Cs"})
"""Categories that are left out; code points without a letter yet (Cn) stay."""
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
_SIGNS = frozenset(r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~""")


def cleaned(text: str) -> str:
    """Return a text with plain spaces for white space and without control characters."""
    return "".join(map(_cleaned, text))


def spaced_ideographs(text: str) -> str:
    """Return a text with a space before and after every Chinese character."""
    if text.isascii():
        return text
    return "".join(f" {c} " if _is_ideograph(ord(c)) else c for c in text)


def without_accents(text: str) -> str:
    """Return a text without the marks over and under its letters."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text)
    return "".join(c for c in apart if unicodedata.category(c) != "Mn")


def lowered(text: str) -> str:
    """Return a text in lower case, each letter for itself (a last sigma is like any other)."""
    return text.lower() if text.isascii() else "".join(c.lower() for c in text)


def is_punctuation(letter: str) -> bool:
    """Return whether a letter stands for itself: any sign of ASCII, any punctuation of Unicode."""
    return letter in _SIGNS or unicodedata.category(letter).startswith("P")


@lru_cache(maxsize=4_096)
def _cleaned(letter: str) -> str:
    """Return a letter, a space in place of white space, or nothing."""
    if _is_control(letter):
        return ""
    return " " if _is_space(letter) else letter


def _is_space(letter: str) -> bool:
    return letter in _SPACES or unicodedata.category(letter).startswith("Z")


def _is_control(letter: str) -> bool:
    if letter in _SPACES:
        return False
    return letter == "\ufffd" or unicodedata.category(letter) in _CONTROLS


def _is_ideograph(code: int) -> bool:
    return any(low <= code <= high for low, high in _IDEOGRAPHS)
