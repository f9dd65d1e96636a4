"""Results for people and for programs."""

import math
from typing import Any

import numpy as np


def json_value(value: Any) -> Any:
    """Return what JSON can say: arrays as lists, null for infinity and NaN."""
    if isinstance(value, np.ndarray):
        return [json_value(part) for part in value.tolist()]
    if isinstance(value, list):
        return [json_value(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_fields(record: object, *names: str) -> dict[str, Any]:
    """Return these fields of a record as JSON can say them."""
    return {name: json_value(getattr(record, name)) for name in names}


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
