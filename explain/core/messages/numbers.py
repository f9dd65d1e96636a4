"""Numbers as people read them: one way to write each kind, everywhere."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

LEAST = 0.001
"""What is smaller is said to be so; three digits of it would tell nothing."""
_LEAST_SHARE = 0.1
"""The same of a share, in per cent."""
_WHOLE = 999.5
"""From here on three digits are the whole number and more."""
_NOTHING = 5e-13
"""What adding floats leaves of 0."""


def share(value: float) -> str:
    """Return 0.8234 as "82 %", with one digit below 10 and above 99 %, "–" for none.

    What is not quite nothing or everything is said as "< 0.1 %" or "> 99.9 %".
    """
    return _in_percent(value, _rounded)


def as_set(value: float) -> str:
    """Return a share as somebody set it: 0.8 as "80 %", 0.825 as "82.5 %"."""
    return _in_percent(value, _tenths)


def _in_percent(value: float, write: Callable[[float], str]) -> str:
    percent = 100 * value
    if not math.isfinite(percent):
        return number(value)
    size = abs(percent)
    sign = "−" if percent < 0 else ""
    if _NOTHING < size < _LEAST_SHARE / 2:
        return f"> −{_LEAST_SHARE} %" if sign else f"< {_LEAST_SHARE} %"
    if 100 - _LEAST_SHARE / 2 <= size < 100 - _NOTHING:
        return f"< −{100 - _LEAST_SHARE} %" if sign else f"> {100 - _LEAST_SHARE} %"
    text = write(size)
    return f"{text if text == '0' else sign + text} %"


def points(change: float) -> str:
    """Return a change of a share in points: 0.024 as "+2.4", "0" for none."""
    if math.isnan(change):
        return "–"
    text = _rounded(abs(100 * change))
    return "0" if text == "0" else f"{'−' if change < 0 else '+'}{text}"


def _rounded(size: float) -> str:
    fine = _tenths(size)
    if 10 <= float(fine) <= 99 or size > 100:
        return f"{math.floor(size + 0.5):,}"
    return fine if fine in {"0", "100"} else f"{float(fine):.1f}"


def _tenths(size: float) -> str:
    """Round halves up, as the browser does."""
    tenths = math.floor(10 * size + 0.5)
    return f"{tenths / 10:.1f}" if tenths % 10 else f"{tenths // 10}"


def count(value: int) -> str:
    """Return 1164 as "1,164"."""
    return f"{value:,}"


def number(value: float) -> str:
    """Return a number in three digits, at most three of them decimals; "–" for none.

    Between 0 and 0.001 it is "< 0.001", between −0.001 and 0 "> −0.001"; never with an exponent.
    From 1,000 on it is whole, and a whole number has no decimals.
    """
    return _written(value, "")


def signed(value: float) -> str:
    """Return the same with its sign; "0" for nothing."""
    return "0" if abs(value) < _NOTHING else _written(value, "+")


def fine(value: float) -> str:
    """Return a number in four decimals, where three would not tell two that are compared apart."""
    return f"{value:.4f}".replace("-", "−")


def _written(value: float, sign: str) -> str:
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if 0 < abs(value) < LEAST:
        return f"< {LEAST}" if value > 0 else f"> −{LEAST}"
    if abs(value) >= _WHOLE or value == round(value):
        how = ",.0f"
    else:
        how = ".3f" if abs(value) < 1 else "#.3g"
    return format(value + 0.0, f"{sign}{how}").rstrip(".").replace("-", "−")


FORMATS: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "as_set": as_set,
        "share": share,
        "points": points,
        "number": number,
        "fine": fine,
        "signed": signed,
    }
)
"""Formats of messages that Python does not have: `{kept:share}`."""
