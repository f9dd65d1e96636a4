"""The built-in subjects, each loaded once in a process, and on which of them a law is tried.

A law that says the same of every demo is tried on one of each kind; on all in `make test-slow`.
"""

from functools import cache

import pytest

import models
from models.catalog import KEYS

KIND = ("digits-cnn", "heart-mlp", "sms-transformer")
"""A picture, a table and a text."""

RELATIVES = ("four-digits-taxed", "four-digits-plain", "one-digit-taxed")
"""What is built as `digits-mlp`: a law that is tried on that one is slow on them.

Laws of classes, or of networks without zeros, leave them out: two answer with sets of labels.
"""

subject_of = cache(models.load)
"""Return a built-in subject, which must not be changed."""


def classes_in(targets):
    """Return the classes, or labels, that stand in targets [n] or [n, labels], ascending."""
    found = targets.unique() if targets.dim() == 1 else targets.any(dim=0).nonzero().flatten()
    return found.tolist()


def of_each_kind(but=()):
    """Return the keys of all demos, `but` some; what is no first of its kind is slow."""
    return [
        key if key in KIND else pytest.param(key, marks=pytest.mark.slow)
        for key in KEYS
        if key not in but
    ]


def every_demo(but=()):
    """Return the keys of all demos, `but` some; the relatives of `digits-mlp` are slow."""
    return [
        pytest.param(key, marks=pytest.mark.slow) if key in RELATIVES else key
        for key in KEYS
        if key not in but
    ]


def pairs(records, served=lambda _key, _record: True):
    """Return each demo with each record: quick with a demo of each kind, or the first record."""
    return [
        pytest.param(key, record, id=f"{key}-{record.key}", marks=_marks(key, record, records))
        for key in KEYS
        for record in records
        if served(key, record)
    ]


def _marks(key, record, records):
    quick = key in KIND or (record is records[0] and key not in RELATIVES)
    return () if quick else pytest.mark.slow
