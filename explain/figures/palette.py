"""The colours of charts and tables: the tokens of `tokens.css`, which a page has to hold."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

TOKENS_CSS = Path(__file__).with_name("tokens.css")
"""The one place where colours and type sizes are written."""

POSITIVE = "var(--plus)"
"""What speaks for, and positive weights."""
NEGATIVE = "var(--minus)"
"""What speaks against, and negative weights."""
KEPT = "var(--pruned)"
"""The pruned network: what is kept, and the chosen criterion."""
REMOVED = "var(--removed)"
"""What pruning removed, noise and the random control."""
HERE = "var(--action)"
"""Where the slider stands, and what is chosen."""
AXIS = "var(--ink-2)"
"""Text along the axes of a chart."""
GRID = "var(--line)"
"""Lines behind a chart."""
OTHERS = tuple(f"var(--other-{at})" for at in range(1, 9))
"""Other criteria in menu order; modules in their order."""

SMALL = "font-size:var(--small)"
"""The smallest of the four type sizes."""
CHART_TEXT = 14
"""The same in pixels, as Plotly takes it."""


def of_module(number: int) -> str:
    """Return the colour of a module, 0 for the first; colours repeat, so its name stands by it."""
    return OTHERS[number % len(OTHERS)]


def shade(colour: str, opacity: float) -> str:
    """Return a colour that lets 1 - `opacity`, 0..1, of what lies below it through."""
    return f"color-mix(in srgb, {colour} {100 * opacity:g}%, transparent)"


@cache
def page_colours() -> Mapping[str, tuple[str, str]]:
    """Return "#rrggbb" on a light and on a dark page by the name of the token."""
    found = _TOKEN.findall(TOKENS_CSS.read_text(encoding="utf-8"))
    return MappingProxyType({name: (light, dark) for name, light, dark in found})


_TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);")


def pixel(name: str) -> tuple[int, ...]:
    """Return red, green and blue of a token that is the same on both pages, 0..255."""
    colour = page_colours()[name][0]
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


CATEGORICAL = (
    "pruned",
    "dense",
    "removed",
    "ink-2",
    "action",
    "plus",
    "minus",
    "line",
    "ink",
    "panel",
)
SEQUENTIAL = (*(f"other-{at}" for at in range(1, 9)), "broke", "fixed")
"""The tokens that `.streamlit/config.toml` gives charts as colours of the theme."""

_SLOTS = {name: f"#{at:06d}" for at, name in enumerate((*CATEGORICAL, *SEQUENTIAL), 1)}
"""What Streamlit replaces by the theme's colours in the browser, light or dark."""
_SHADED = re.compile(r"color-mix\(in srgb, (.+) ([\d.]+)%, transparent\)")


def for_plotly(part: Any) -> Any:
    """Return a part of a figure with its tokens as Streamlit's placeholders for theme colours."""
    if isinstance(part, str):
        return _slot(part)
    if isinstance(part, dict):
        return {name: for_plotly(value) for name, value in part.items()}
    if isinstance(part, list) and part and isinstance(part[0], str | dict):
        return [for_plotly(value) for value in part]
    return part


def _slot(text: str) -> str:
    shaded = _SHADED.fullmatch(text)
    if shaded is not None:
        return f"{_slot(shaded[1])}{round(2.55 * float(shaded[2])):02x}"
    return _SLOTS.get(text.removeprefix("var(--").removesuffix(")"), text)
