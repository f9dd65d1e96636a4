"""The shipped data files: what is in them and how they are split."""

import csv
import gzip
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explain.core.errors import InvalidFile
from models.data import credit, digits, heart, parts
from models.data.build import TEST_SHARE, train_or_test
from models.data.parts import FOLDER, shipped_rows
from tests.demos import classes_in

FILES = {digits.FILE: 1797, heart.FILE: 920, credit.FILE: 4454}
STRATUM = {
    digits.FILE: lambda row: row["digit"],
    heart.FILE: lambda row: (row["dataset"], row["num"] != "0"),
    credit.FILE: lambda row: row["Status"],
}
TARGET = {digits.FILE: "digit", heart.FILE: "num", credit.FILE: "Status"}
files = pytest.mark.parametrize("name", FILES)


@files
def test_a_data_file_has_all_its_rows_in_their_original_order(name):
    ids = [int(row["id"]) for row in shipped_rows(name)]
    first = 0 if name == digits.FILE else 1
    assert ids == list(range(first, first + FILES[name]))


@files
def test_every_stratum_gives_a_quarter_of_its_rows_to_the_test_part(name):
    rows = shipped_rows(name)
    whole = Counter(STRATUM[name](row) for row in rows)
    tested = Counter(STRATUM[name](row) for row in rows if row["part"] == "test")
    for stratum, count in whole.items():
        assert abs(tested[stratum] - TEST_SHARE * count) <= 3


@files
def test_equal_rows_never_stand_in_two_parts(name):
    seen: dict[tuple[str, ...], str] = {}
    for row in shipped_rows(name):
        ignored = {"id", "part", TARGET[name]}
        key = tuple(value for column, value in row.items() if column not in ignored)
        assert seen.setdefault(key, row["part"]) == row["part"]


@files
def test_the_licence_page_names_every_data_file(name):
    assert f"## {name}" in (FOLDER / "LICENSES.md").read_text(encoding="utf-8")


def test_shipped_files_are_small():
    shipped = [*FOLDER.iterdir(), *(FOLDER.parent / "weights").iterdir()]
    assert max(path.stat().st_size for path in shipped if path.is_file()) < 1_000_000


def test_the_whole_heart_file_keeps_every_column_of_its_source():
    source = (
        "id age sex dataset cp trestbps chol fbs restecg thalch exang oldpeak slope ca thal num"
    )
    assert list(shipped_rows(heart.FILE)[0]) == ["part", *source.split()]


def test_hospitals_and_outcomes_are_those_of_the_source():
    rows = shipped_rows(heart.FILE)
    assert Counter(row["dataset"] for row in rows) == {
        "Cleveland": 304,
        "Hungary": 293,
        "VA Long Beach": 200,
        "Switzerland": 123,
    }
    assert sum(row["num"] != "0" for row in rows) == 509


def test_good_and_bad_loans_are_those_of_the_source():
    counts = Counter(row["Status"] for row in shipped_rows(credit.FILE))
    assert counts == {"good": 3200, "bad": 1254}


def test_digit_pictures_are_the_stored_grey_values_over_16():
    data = digits.read_digits()
    row = next(row for row in shipped_rows(digits.FILE) if row["part"] == "test")
    stored = np.array([int(value) for value in row["pixels"].split()]).reshape(1, 8, 8)
    assert torch.equal(data.test.inputs[0][0] * 16, torch.from_numpy(stored).float())
    assert data.test.ids[0] == f"image {row['id']}"
    assert int(data.test.targets[0]) == int(row["digit"])


def test_parts_share_no_row_and_miss_none(data, demo):
    train, test = set(data.train.ids), set(data.test.ids)
    assert not train & test
    assert len(train) + len(test) == data.train.count + data.test.count
    sizes = {
        "digits-mlp": 1797,
        "digits-cnn": 1797,
        "heart-mlp": 920,
        "credit-mlp": 4454,
        "retina-cnn": 2047,
        "sms-transformer": 4513,
        "four-digits-taxed": 7000,
        "four-digits-plain": 7000,
        "one-digit-taxed": 1797,
    }
    assert data.train.count + data.test.count == sizes[demo.key]


def test_inputs_are_finite_and_have_the_stated_shape(data):
    for part in (data.train, data.test):
        assert torch.isfinite(part.inputs[0]).all()
        assert part.inputs[0].dtype == (torch.int64 if data.spec.kind == "text" else torch.float32)
        assert part.inputs[0].shape[1:] == data.spec.shape


def test_the_names_of_a_text_are_its_words_and_any_others_those_of_its_inputs(data):
    named = len(data.spec.names)
    assert named == len(set(data.spec.names))
    if data.spec.kind == "text":
        assert max(int(part.inputs[0].max()) for part in (data.train, data.test)) == named - 1
    else:
        assert named in {0, int(np.prod(data.spec.shape))}


def test_every_class_stands_in_both_parts(data):
    for part in (data.train, data.test):
        assert classes_in(part.targets) == list(range(len(data.task.classes)))


def test_groups_have_one_label_per_row_and_are_the_agreed_ones(data, demo):
    agreed = {
        "digits-mlp": ["digit", "ink"],
        "digits-cnn": ["digit", "ink"],
        "heart-mlp": ["hospital", "sex", "age band"],
        "credit-mlp": ["age band", "marital status", "home"],
        "retina-cnn": ["height", "brightness", "vessel area"],
        "sms-transformer": ["length", "digits"],
        "four-digits-taxed": ["first digit", "second digit", "third digit", "fourth digit"],
        "four-digits-plain": ["first digit", "second digit", "third digit", "fourth digit"],
        "one-digit-taxed": ["digit", "ink"],
    }
    for part in (data.train, data.test):
        assert list(part.groups) == agreed[demo.key]
        assert {len(column) for column in part.groups.values()} == {part.count}


@pytest.mark.parametrize("damage", ["", "part,id\nelsewhere,1\n", "id\n1\n"])
def test_a_damaged_data_file_is_refused_with_a_hint(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(parts, "FOLDER", tmp_path)
    (tmp_path / "x.csv").write_text(damage)
    with pytest.raises(InvalidFile, match=r"x\.csv") as caught:
        shipped_rows("x.csv")
    assert caught.value.hint


def test_a_truncated_gzip_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "FOLDER", tmp_path)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"part,id\ntest,1\n")[:-9])
    with pytest.raises(InvalidFile):
        shipped_rows("x.csv.gz")


def test_a_missing_data_file_is_refused():
    with pytest.raises(InvalidFile, match="missing"):
        shipped_rows("nowhere.csv")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=80))
def test_a_split_keeps_equal_rows_together_and_gives_each_stratum_its_share(rows):
    strata = [row[0] for row in rows]
    found = train_or_test(strata, rows)
    for part in ("train", "test"):
        others = {row for row, label in zip(rows, found, strict=True) if label != part}
        assert not others & {row for row, label in zip(rows, found, strict=True) if label == part}
    heads = dict(zip(rows, found, strict=True))
    for stratum in "abc":
        labels = [label for row, label in heads.items() if row[0] == stratum]
        assert abs(labels.count("test") - TEST_SHARE * len(labels)) <= 1


@files
def test_the_stored_split_is_the_one_the_build_script_makes(name):
    rows = shipped_rows(name)
    ignored = {"id", "part", TARGET[name]}
    keys = [tuple(v for column, v in row.items() if column not in ignored) for row in rows]
    strata = {
        digits.FILE: lambda row: row["digit"],
        heart.FILE: lambda row: f"{row['dataset']} {row['num'] != '0'}",
        credit.FILE: lambda row: row["Status"],
    }
    assert train_or_test([strata[name](row) for row in rows], keys) == tuple(
        row["part"] for row in rows
    )


@files
def test_data_files_are_plain_csv_that_any_reader_reads(name):
    raw = (FOLDER / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("ascii")
    widths = {len(row) for row in csv.reader(text.splitlines())}
    assert len(widths) == 1
