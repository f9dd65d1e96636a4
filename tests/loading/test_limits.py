"""Limits are those of the dataclass, unless whoever starts the app says otherwise."""

import json
from dataclasses import fields

import pytest

from explain.core.errors import InvalidFile
from explain.core.messages import catalogue
from models.loading.limits import UNITS, Limits, configured


def test_every_limit_is_said_in_words():
    assert list(UNITS) == [one.name for one in fields(Limits)]
    assert set(UNITS) == set(catalogue.entry("en", "load.mine.limit").forms)
    assert {unit for _, unit in UNITS.values()} == set(
        catalogue.entry("en", "load.mine.most").forms
    )


def test_without_a_file_the_defaults_hold():
    assert configured(None) == configured("") == Limits()


def test_a_file_changes_the_limits_that_it_names_and_no_other(tmp_path):
    path = tmp_path / "limits.json"
    path.write_text(json.dumps({"csv_rows": 7}), encoding="utf-8")
    assert configured(str(path)) == Limits(csv_rows=7)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read"),
        ("[]", "no JSON object"),
        ('{"rows": 1}', "no limit 'rows'"),
        ('{"csv_rows": 0}', "above 0"),
        ('{"csv_rows": true}', "above 0"),
        ('{"csv_rows": 1.5}', "above 0"),
    ],
)
def test_a_wrong_file_is_refused_in_words(tmp_path, content, words):
    path = tmp_path / "limits.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidFile, match=words) as refused:
        configured(str(path))
    assert "csv_rows" in refused.value.hint


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidFile, match="cannot be read"):
        configured(str(tmp_path / "none.json"))
