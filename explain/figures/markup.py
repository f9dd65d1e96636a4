"""Names as Plotly shows them: it reads some HTML, TeX between dollars, and fields in braces."""

_CODES = str.maketrans({sign: f"&#{ord(sign)};" for sign in "&<>${}"})


def literal(name: str) -> str:
    """Return a name so that Plotly shows it as it is, in a legend, a tick or on pointing at it."""
    return name.translate(_CODES)
