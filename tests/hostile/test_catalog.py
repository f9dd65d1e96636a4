"""The catalog of hostile files is as large as promised, and its files are always the same."""

from collections import Counter

import pytest

from tests.hostile.catalog import HOSTILE
from tests.hostile.made.names import FILE_NAMES
from tests.hostile.made.paths import TRAPS
from tests.hostile.rows import ROWS

FEWEST, FEWEST_A_ROW = 120, 3


def test_there_are_at_least_120_hostile_files():
    assert len(HOSTILE) >= FEWEST


def test_no_two_have_one_key():
    assert len({record.key for record in HOSTILE}) == len(HOSTILE)


def test_every_way_to_attack_is_tried_three_times():
    tried = Counter(record.row for record in (*HOSTILE, *TRAPS))
    tried["file-names"] = len(FILE_NAMES)
    assert set(tried) == set(ROWS)
    assert {row: count for row, count in tried.items() if count < FEWEST_A_ROW} == {}


def _assert_the_same(record, marker):
    assert record.make(marker) == record.make(marker)
    assert not marker.exists()


@pytest.mark.parametrize("record", HOSTILE[::12], ids=lambda record: record.key)
def test_a_file_is_made_from_the_same_bytes_every_time(record, tmp_path):
    _assert_the_same(record, tmp_path / "marker")


@pytest.mark.slow
@pytest.mark.parametrize("record", HOSTILE, ids=lambda record: record.key)
def test_every_file_is_made_from_the_same_bytes_every_time(record, tmp_path):
    _assert_the_same(record, tmp_path / "marker")
