"""Preprocessing: fitted on training rows only, shipped, and applied as stated."""

import math
import statistics

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explain.core.errors import InvalidFile
from models.data import credit, heart, table
from models.data.parts import shipped_rows
from models.data.table import (
    Category,
    Quantity,
    Schema,
    band_names,
    cells,
    encode_rows,
    feature_names,
    fit_columns,
    read_fitted,
)

READERS = {credit: credit.read_credit, heart: heart.read_heart}
tables = pytest.mark.parametrize("source", [heart, credit], ids=["heart", "credit"])

SCHEMA = Schema(
    quantities=(
        Quantity(column="age", title="age"),
        Quantity(column="chol", title="cholesterol", gaps=(0.0,)),
    ),
    categories=(Category(column="cp", title="pain", titles={"asymptomatic": "none"}),),
)
ROWS = [
    {"age": "40", "chol": "200", "cp": "asymptomatic"},
    {"age": "60", "chol": "0", "cp": "typical"},
    {"age": "50", "chol": "", "cp": "asymptomatic"},
    {"age": "50", "chol": "300", "cp": ""},
]


def training_rows(source):
    return [row for row in shipped_rows(source.FILE) if row["part"] == "train"]


def cell(quantity, row):
    """Return a cell as the network reads it, or None for a gap, written out."""
    text = row[quantity.column]
    if not text or float(text) in quantity.gaps:
        return None
    return math.log(1 + float(text)) if quantity.logarithm else float(text)


@tables
def test_shipped_statistics_are_those_of_the_training_rows_alone(source):
    shipped, rows = read_fitted(source.FITTED), training_rows(source)
    for quantity in source.SCHEMA.quantities:
        found = [cell(quantity, row) for row in rows]
        median = statistics.median(value for value in found if value is not None)
        full = [median if value is None else value for value in found]
        name = quantity.column
        assert shipped.medians[name] == pytest.approx(median, rel=1e-12)
        assert shipped.means[name] == pytest.approx(statistics.fmean(full), rel=1e-12)
        assert shipped.deviations[name] == pytest.approx(statistics.pstdev(full), rel=1e-12)
        assert (name in shipped.gaps) == (None in found)


@tables
def test_shipped_preprocessing_is_what_fit_returns_today(source):
    assert read_fitted(source.FITTED) == fit_columns(source.SCHEMA, training_rows(source))


@tables
def test_shipped_levels_are_those_of_the_training_rows(source):
    shipped, rows = read_fitted(source.FITTED), training_rows(source)
    for category in source.SCHEMA.categories:
        raw = {row[category.column] for row in rows}
        expected = {category.titles.get(name, name) if name else "unknown" for name in raw}
        assert set(shipped.levels[category.column]) == expected


@tables
def test_numbers_of_the_training_rows_have_mean_zero_and_deviation_one(source):
    data = READERS[source]()
    numeric = [q.title for q in source.SCHEMA.quantities]
    at = [data.spec.names.index(title) for title in numeric]
    columns = data.train.inputs[0][:, at].double()
    assert columns.mean(dim=0) == pytest.approx(0, abs=1e-5)
    assert columns.std(dim=0, correction=0) == pytest.approx(1, abs=1e-5)


@tables
def test_every_category_of_a_row_has_at_most_one_level_on(source):
    data = READERS[source]()
    for category in source.SCHEMA.categories:
        prefix = f"{category.title}: "
        at = [i for i, name in enumerate(data.spec.names) if name.startswith(prefix)]
        assert (data.train.inputs[0][:, at].sum(dim=1) == 1).all()
        assert (data.test.inputs[0][:, at].sum(dim=1) <= 1).all()


def test_the_hospital_is_a_group_and_no_input():
    data = heart.read_heart()
    assert set(data.test.groups["hospital"]) == {
        "Cleveland",
        "Hungary",
        "Switzerland",
        "VA Long Beach",
    }
    assert not any("hospital" in name or "Cleveland" in name for name in data.spec.names)


def test_a_table_is_encoded_as_worked_out_by_hand():
    fitted = fit_columns(SCHEMA, ROWS)
    assert feature_names(SCHEMA, fitted) == (
        "age",
        "cholesterol",
        "cholesterol: missing",
        "pain: none",
        "pain: typical",
        "pain: unknown",
    )
    assert fitted.medians == {"age": 50, "chol": 250}
    root = 2**0.5  # ages 40 60 50 50: deviation sqrt(50); cholesterol 200 250 250 300: sqrt(1250)
    expected = [
        [-root, -root, 0, 1, 0, 0],
        [root, 0, 1, 0, 1, 0],
        [0, 0, 1, 1, 0, 0],
        [0, root, 0, 0, 0, 1],
    ]
    assert torch.allclose(encode_rows(SCHEMA, fitted, ROWS), torch.tensor(expected))


def test_a_level_never_seen_in_training_counts_as_unknown():
    fitted = fit_columns(SCHEMA, ROWS)
    row = {"age": "50", "chol": "250", "cp": "brand new"}
    assert encode_rows(SCHEMA, fitted, [row])[0].tolist() == [0, 0, 0, 0, 0, 1]


def test_a_level_never_seen_is_none_of_them_where_training_had_no_unknown():
    fitted = fit_columns(SCHEMA, ROWS[:3])
    row = {"age": "50", "chol": "250", "cp": "brand new"}
    assert encode_rows(SCHEMA, fitted, [row])[0, -2:].tolist() == [0, 0]


def test_readable_cells_keep_the_original_values_and_name_the_gaps():
    assert cells(SCHEMA, ROWS) == {
        "age": ("40", "60", "50", "50"),
        "cholesterol": ("200", "missing", "missing", "300"),
        "pain": ("none", "typical", "none", "unknown"),
    }


@given(st.permutations(ROWS))
def test_encoding_a_row_does_not_depend_on_the_rows_around_it(rows):
    fitted = fit_columns(SCHEMA, ROWS)
    whole = encode_rows(SCHEMA, fitted, rows)
    alone = torch.cat([encode_rows(SCHEMA, fitted, [row]) for row in rows])
    assert torch.equal(whole, alone)


@given(st.lists(st.integers(0, 120), min_size=1))
def test_every_age_falls_into_the_band_that_says_so(ages):
    for age, name in zip(ages, band_names(ages, (45, 55, 65)), strict=True):
        limits = {
            "under 45": (0, 44),
            "45 to 54": (45, 54),
            "55 to 64": (55, 64),
            "65 and over": (65, 120),
        }
        low, high = limits[name]
        assert low <= age <= high


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"medians": 3}'])
def test_damaged_preprocessing_is_refused_with_a_hint(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(table, "FOLDER", tmp_path)
    (tmp_path / "x.json").write_text(damage)
    with pytest.raises(InvalidFile, match=r"x\.json") as caught:
        read_fitted("x.json")
    assert caught.value.hint
