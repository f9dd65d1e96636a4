"""Which form of a plural a number takes, by the CLDR rules of each language."""

FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})
"""The names that CLDR gives to plural forms; every plural has `other`."""

_WITHOUT = frozenset({"ja", "ko", "th", "vi", "zh"})
"""Languages with one form for all numbers."""


def form(language: str, number: float) -> str:
    """Return the plural form of a number in a language, "one" or "other"."""
    if language in _WITHOUT:
        return "other"
    return "one" if isinstance(number, int) and number == 1 else "other"
