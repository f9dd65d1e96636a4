"""Jobs inside jobs tell one rising share, which ends at exactly 1."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.core.errors import Cancelled
from explain.core.resources import counted, portions, span


@given(st.lists(st.integers(1, 7), min_size=1, max_size=9))
def test_jobs_of_many_items_tell_one_rising_share_that_ends_at_one(sizes):
    told = []
    for size, part in zip(sizes, portions(told.append, len(sizes)), strict=True):
        assert list(counted(range(size), part)) == list(range(size))
    assert all(before < after for before, after in pairwise(told))
    assert len(told) == sum(sizes)
    assert told[-1] == 1.0


def test_a_part_of_the_whole_hands_the_words_on():
    told = []
    span(lambda *heard: told.append(heard), 0.25, 0.75)(0.5, "reading")
    assert told == [(0.5, "reading")]


def test_an_item_is_told_only_after_it_was_worked_on():
    told, seen = [], []
    for item in counted("abcd", told.append):
        seen.append(len(told))
        assert item == "abcd"[len(told)]
    assert seen == [0, 1, 2, 3]


def test_cancelling_ends_the_work_before_the_next_item():
    def cancel(_share):
        raise Cancelled

    seen = []
    with pytest.raises(Cancelled):
        seen.extend(counted("abcd", cancel))
    assert seen == ["a"]


def test_nobody_need_listen():
    assert list(counted("ab", None)) == ["a", "b"]
    assert [part(0.5) for part in portions(None, 2)] == [None, None]
