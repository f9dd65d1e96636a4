"""Results for people and for programs."""

import math
from typing import Any


def finite(value: float | None) -> float | None:
    """Return what JSON can say: a number, or null for none, infinity and NaN."""
    return value if value is not None and math.isfinite(value) else None


def indented_lines(result: Any, indent: str = "") -> str:
    """Return nested results as indented lines."""
    if isinstance(result, dict):
        lines = (_field(name, value, indent) for name, value in result.items())
        return "\n".join(lines)
    if isinstance(result, list | tuple):
        return "\n\n".join(indented_lines(item, indent) for item in result)
    return f"{indent}{result}"


def _field(name: str, value: Any, indent: str) -> str:
    if isinstance(value, dict):
        return f"{indent}{name}\n{indented_lines(value, indent + '  ')}"
    return f"{indent}{name}: {value}"
