"""The built-in subjects, each loaded once in a process, and on which of them a law is tried.

A law that says the same of every demo is tried on one of each kind; on all in `make test-slow`.
"""

from functools import cache

import pytest

import models
from models.catalog import KEYS

KIND = ("digits-cnn", "heart-mlp", "sms-transformer")
"""A picture, a table and a text."""

subject_of = cache(models.load)
"""Return a built-in subject, which must not be changed."""


def of_each_kind():
    """Return the keys of all demos; what is no first of its kind is slow."""
    return [key if key in KIND else pytest.param(key, marks=pytest.mark.slow) for key in KEYS]


def pairs(records, served=lambda _key, _record: True):
    """Return each demo with each record: quick with a demo of each kind, or the first record."""
    return [
        pytest.param(key, record, id=f"{key}-{record.key}", marks=_marks(key, record, records))
        for key in KEYS
        for record in records
        if served(key, record)
    ]


def _marks(key, record, records):
    return () if key in KIND or record is records[0] else pytest.mark.slow
