"""Quotations inside sentences about data."""

_SHOWN = 40


def quoted(text: str) -> str:
    """Return a text of a file in quotation marks, printable and short."""
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
    return ascii(short) if not short.isprintable() else f"'{short}'"
