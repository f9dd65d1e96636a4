"""What people do to modules by hand, as texts that fit into a link, and done again from them."""

from collections.abc import Mapping, Sequence

import numpy as np

from explain import InvalidOption, Partition, Subject
from explain.decompose import carve_module, merge_modules, split_module

__all__ = ["carved", "merged", "redone", "split"]

_BETWEEN, _AMONG = "~", "."


def merged(pair: tuple[int, int] | None = None) -> str:
    """Return the step that makes two modules one; None for the closest two."""
    return "merge" if pair is None else f"merge~{pair[0]}~{pair[1]}"


def split(module: int) -> str:
    """Return the step that splits a module in two."""
    return f"split~{module}"


def carved(name: str, units: Mapping[str, Sequence[int]]) -> str:
    """Return the step that makes some units a module of their own."""
    parts = [
        part for layer, which in units.items() for part in (layer, _AMONG.join(map(str, which)))
    ]
    return _BETWEEN.join(("carve", name.replace(_BETWEEN, "-"), *parts))


def redone(subject: Subject, parts: Partition, steps: Sequence[str]) -> Partition:
    """Return the modules after all steps.

    Raises:
        ExplainError: a step that is none, or that these modules do not allow.
    """
    for step in steps:
        parts = _done(subject, parts, step)
    return parts


def _done(subject: Subject, parts: Partition, step: str) -> Partition:
    kind, *rest = step.split(_BETWEEN)
    if kind == "merge" and len(rest) in {0, 2}:
        return merge_modules(subject, parts, (_whole(rest[0]), _whole(rest[1])) if rest else None)
    if kind == "split" and len(rest) == 1:
        return split_module(subject, parts, _whole(rest[0]))
    if kind == "carve" and len(rest) % 2 == 1:
        return carve_module(subject, parts, rest[0], _units(rest[1:]))
    raise InvalidOption(f"{step[:80]!r} is nothing that can be done to modules.", hint=_HINT)


_HINT = "Steps are merge~1~2, split~1 and carve~name~layer~0.1.2."


def _units(rest: Sequence[str]) -> dict[str, np.ndarray]:
    return {
        layer: np.array([_whole(number) for number in which.split(_AMONG)], np.int64)
        for layer, which in zip(rest[::2], rest[1::2], strict=True)
    }


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidOption(f"{text[:20]!r} is no number of a module or unit.", hint=_HINT)
    return int(text)
