"""Numbers in words: one way to write shares, counts and other numbers everywhere."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

_THOUSAND, _MILLION = 1_000, 1_000_000


def share(value: float, digits: int = 1) -> str:
    """Return 0.8234 as "82.3 %"."""
    return f"{100 * value:.{digits}f} %"


def count(value: int) -> str:
    """Return 1164 as "1,164"."""
    return f"{value:,}"


def number(value: float) -> str:
    """Return a number to three significant digits, whole from 1,000 on, "–" for none."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    return f"{value:,.0f}" if _THOUSAND <= abs(value) < _MILLION else f"{value:.3g}"


FORMATS: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {"share": share, "whole_share": lambda value: share(value, 0), "number": number}
)
"""Formats of messages that Python does not have: `{kept:share}`."""
