"""What people do to modules by hand, as texts that fit into a link, and done again from them."""

from collections.abc import Mapping, Sequence

import numpy as np

from explain import InvalidOption, Partition, Subject
from explain.decompose import carve_module, merge_modules, split_module

LONGEST_NAME = 40
_BETWEEN, _AMONG = "~", "."
_MOST_UNITS = 1_000_000


def merged(pair: tuple[int, int] | None = None) -> str:
    """Return the step that makes two modules one; None for the closest two."""
    return "merge" if pair is None else f"merge~{pair[0]}~{pair[1]}"


def split(module: int) -> str:
    """Return the step that splits a module in two."""
    return f"split~{module}"


def carved(name: str, units: Mapping[str, Sequence[int]]) -> str:
    """Return the step that makes some units a module of their own."""
    parts = [part for layer, which in units.items() for part in (layer, _told(which))]
    return _BETWEEN.join(("carve", name.replace(_BETWEEN, "-")[:LONGEST_NAME], *parts))


def _told(units: Sequence[int]) -> str:
    """Return numbers as runs: "0-5.9" for 0 to 5 and 9."""
    runs: list[list[int]] = []
    for unit in sorted(set(units)):
        if runs and unit == runs[-1][-1] + 1:
            runs[-1][1:] = [unit]
        else:
            runs.append([unit])
    return _AMONG.join("-".join(map(str, run)) for run in runs)


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
    if kind == "carve" and len(rest) % 2 == 1 and len(rest[0]) <= LONGEST_NAME:
        return carve_module(subject, parts, rest[0], _units(rest[1:]))
    raise InvalidOption("modules.step.unknown", step=step[:80])


def _units(rest: Sequence[str]) -> dict[str, np.ndarray]:
    return {
        layer: np.concatenate([_run(text) for text in which.split(_AMONG)])
        for layer, which in zip(rest[::2], rest[1::2], strict=True)
    }


def _run(text: str) -> np.ndarray:
    first, _, last = text.partition("-")
    end = _whole(last or first)
    if end - _whole(first) >= _MOST_UNITS:
        raise InvalidOption("modules.step.too_many", units=text[:20])
    return np.arange(_whole(first), end + 1)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidOption("modules.step.no_number", number=text[:20])
    return int(text)
