"""Which files of an archive a network has learnt from, as folders called train and test say."""

from collections.abc import Sequence
from pathlib import PurePosixPath

_TRAINED = frozenset({"train", "training", "train_set", "training_set"})
_TESTED = frozenset({"test", "testing", "test_set", "holdout", "held-out", "held_out"})
_CHECKED = frozenset({"val", "valid", "validation", "dev", "eval", "validation_set"})
_PARTS = _TRAINED | _TESTED | _CHECKED


def learnt_from(paths: Sequence[str]) -> tuple[bool, ...]:
    """Return for each path whether it was learnt from; () where the folders do not say it.

    The innermost folder is a class and says nothing. Where there is a test part, the validation
    part counts as learnt from: settings were chosen on it.
    """
    parts = [_part(path) for path in paths]
    there = set(parts)
    held_out = _TESTED if there & _TESTED else _CHECKED
    if not (there & _TRAINED and there & held_out):
        return ()
    return tuple(part not in held_out for part in parts)


def without_part(path: str) -> str:
    """Return the folders above the class, without the one that names the part: "." for none."""
    return str(PurePosixPath(*(f for f in _above(path) if f.casefold() not in _PARTS)))


def _part(path: str) -> str:
    """Return train, test or validation as the outermost folder of that name is called, or ""."""
    return next((f.casefold() for f in _above(path) if f.casefold() in _PARTS), "")


def _above(path: str) -> tuple[str, ...]:
    return PurePosixPath(path).parent.parts[:-1]
