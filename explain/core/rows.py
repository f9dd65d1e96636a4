"""Rows of samples: a fixed, bounded choice of them, and whether they are there."""

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidSubject, Refused
from explain.core.messages import Message
from explain.core.subject import Samples


def spread_rows(count: int, limit: int) -> NDArray[np.int64]:
    """Return at most `limit` of `count` rows, ascending and evenly spread; all where they fit."""
    if count <= limit:
        return np.arange(count, dtype=np.int64)
    return np.linspace(0, count - 1, limit).round().astype(np.int64)


def need_rows(samples: Samples) -> None:
    """Refuse what needs data where there are none.

    A network may stand without data: its samples then have no rows, but the shape of the inputs. It
    is drawn and pruned by what looks at weights alone, and everything else says this.

    Raises:
        Refused: there are no rows.
    """
    if no_rows(samples) is not None:
        raise Refused("samples.none")


def no_rows(samples: Samples) -> Message | None:
    """Return why nothing can be measured on these samples, or None: the one test for "no data"."""
    return None if samples.count else Message("samples.none.says")


def check_row(samples: Samples, sample: int) -> None:
    """Refuse a sample that is not there.

    Raises:
        InvalidSubject: there is no such sample.
        Refused: there are none at all.
    """
    need_rows(samples)
    if not 0 <= sample < samples.count:
        raise InvalidSubject("samples.no_sample", sample=sample, last=samples.count - 1)


def check_rows(samples: Samples, rows: NDArray[np.int64]) -> None:
    """Refuse rows that are not there, and a choice of none.

    Raises:
        InvalidSubject: there is no such row, or no row is chosen.
        Refused: there are none at all.
    """
    need_rows(samples)
    if not len(rows) or rows.min() < 0 or rows.max() >= samples.count:
        raise InvalidSubject("samples.no_rows", last=samples.count - 1)
