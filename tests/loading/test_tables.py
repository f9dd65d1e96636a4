import csv
import io
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explain.core.errors import ImportRefused
from explain.core.messages import say
from models.loading.card.model_card import read_card
from models.loading.data.record import packed, unpacked
from models.loading.data.tables import read_table
from models.loading.limits import LIMITS, Limits

AB = {"input": {"features": ["a", "b"]}}


def read(data, limits=LIMITS, **card):
    return read_table(
        data if isinstance(data, bytes) else data.encode(), read_card(card, LIMITS), limits
    )


def values(data):
    return data.samples.inputs[0].tolist()


def told(data):
    return " ".join(map(str, data.report))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("codec", "word"),
    [
        ("utf-8", "UTF-8."),
        ("utf-8-sig", "UTF-8 with a byte order mark."),
        ("utf-16", "UTF-16."),
        ("utf-16-le", "UTF-16 without"),
        ("cp1252", "Latin-1"),
    ],
)
def test_separator_and_encoding_are_found_and_told(separator, codec, word):
    text = "größe,b,label\n1.5,2,ja\n3,4,nein\n".replace(",", separator)
    found = read(text.encode(codec))
    assert values(found) == [[1.5, 2], [3, 4]]
    assert found.names == ("größe", "b")
    assert word in str(found.report[0])
    assert "2 rows and 3 columns" in str(found.report[0])


@pytest.mark.parametrize("header", ["a,b,label", "label,b,a", "b,extra,label,a"])
def test_columns_are_found_by_name_whatever_their_order(header):
    row = {"a": "1", "b": "2", "label": "yes", "extra": "9"}
    names = header.split(",")
    found = read(header + "\n" + ",".join(row[name] for name in names), **AB, labels=["no", "yes"])
    assert values(found) == [[1, 2]]
    assert found.samples.targets.tolist() == [1]
    assert ("1 column not used: 'extra'." in told(found)) == ("extra" in names)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "The file is empty"),
        ("a,b\n", "no rows"),
        ("\n\n\n", "no rows"),
        ("a,b\n1,2,3,4\n", "Line 2 is a row of 4 cells, but the first line names 2 columns"),
        ("a,b\n1,2\n1\n3,4,5\n", "Line 3 is a row of 1 cell, .*so have 1 other line"),
        ('a,b\n"x\ny",2\n1,2,3\n', "Line 4 is a row of 3 cells"),
        ("a,a\n1,2\n", "1 column twice or more: 'a'"),
        ("a,,b\n1,2,3\n", "Column 2 has no name"),
        ("1,2\n3,4\n", "holds only numbers"),
        ("a,b\n1,red\n2,blue\n3,red\n", "column 'b' holds words.*3 rows: 'red', 'blue'"),
        ("a,b\n1,2_000\n", "column 'b' holds words"),
        ("a,B\n1,2\n", "1 feature column of the card not in the table: 'b'"),
        ("a;b\n1,234;2\n5,678;1\n", "2 cells like '1,234' may mean a decimal comma or thousands"),
        ("a,b\nnan,1\n2,\n", "None of 2 rows is complete"),
        ('a,b\n1,"2\n', "Line 2 cannot be read as cells"),
        ("a,b\n1,2\x00\n", "control character 0"),
        (b"PK\x03\x04rest", "zip archive or an Excel workbook"),
        (b"\x1f\x8b\x08rest", "compressed with gzip"),
        (b"BZh91AY", "compressed with bzip2"),
        (b"\x93NUMPY\x01", "a NumPy array"),
        (b"\xff\xfea\x00,", "looks like UTF-16"),
        (b"a,b\n\x80\x04\x95\x81,1\n", "looks like Latin-1"),
        ("a" * 201 + ",b\n1,2\n", "name of column 1 is too long"),
        ("a,b\u202e\n1,2\n", "cannot be printed"),
    ],
)
def test_a_table_that_cannot_be_read_exactly_is_refused_with_the_cause(data, reason):
    with pytest.raises(ImportRefused, match=reason) as caught:
        read(data, **AB)
    assert caught.value.hint


def test_a_missing_column_names_the_nearest():
    with pytest.raises(ImportRefused) as caught:
        read("a,B\n1,2\n", **AB)
    assert "Did you mean 'B'?" in caught.value.hint


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"csv_bytes": 10}, "has 22 bytes"),
        ({"csv_columns": 1}, "more than 1 columns"),
        ({"csv_rows": 2}, "more than 2 rows"),
        ({"classes": 2}, "3 different values"),
        ({"label_characters": 0}, "The class 'x'"),
    ],
)
def test_limits_of_a_table_are_kept(changes, reason):
    with pytest.raises(ImportRefused, match=reason):
        read("a,label\n1,x\n2,y\n3,zzz\n", Limits(**changes))


def test_gaps_and_infinities_are_counted_by_column_and_their_rows_left_out():
    found = read("a,b\n1,2\n,3\nNaN,4\n5,inf\n6,-inf\n7,8\n", **AB)
    assert values(found) == [[1, 2], [7, 8]]
    assert found.samples.ids == ("line 2", "line 7")
    assert "2 rows left out for empty cells: 'a' 2." in map(str, found.report)
    assert "2 rows left out for infinite cells: 'b' 2." in map(str, found.report)


def test_rows_without_an_answer_are_counted_and_left_out():
    found = read("a,b,label\n1,2,x\n3,4,\n5,6,y\n", **AB)
    assert values(found) == [[1, 2], [5, 6]]
    assert "1 row left out without an answer." in map(str, found.report)


def test_a_column_of_answers_without_any_counts_as_unlabelled():
    found = read("a,b,label\n1,2,\n3,4,NA\n", **AB)
    assert found.samples.count == 2
    assert found.samples.targets is None
    assert say("loading.data.no_answer_known", name="'label'") in map(str, found.report)


def test_decimal_commas_are_read_and_counted():
    found = read("a;b\n1,5;2\n-0,25;3\n", **AB)
    assert values(found) == [[1.5, 2], [-0.25, 3]]
    assert "Decimal commas read as points: 2 cells in 1 column, 'a'." in map(str, found.report)


def test_an_index_column_and_an_empty_last_column_are_left_out_and_told():
    found = read(",a,b,\n0,1,2,\n1,3,4,\n\n")
    assert values(found) == [[1, 2], [3, 4]]
    assert "1 empty column at the end" in told(found)
    assert "1 column without a name that only numbers the rows" in told(found)
    assert "1 empty line left out." in told(found)


def test_a_numbering_column_called_unnamed_is_no_feature():
    assert read("Unnamed: 0,a\n0,5\n1,6\n").names == ("a",)


def test_true_and_false_are_one_and_zero():
    found = read("a,b\nTrue,1\nfalse,2\n", **AB)
    assert values(found) == [[1, 1], [0, 2]]
    assert "True and false are 1 and 0 in 1 column: 'a'." in map(str, found.report)


@pytest.mark.parametrize(
    ("cells", "labels", "targets", "names"),
    [
        ("x y x", [], [0, 1, 0], ("x", "y")),
        ("y x", ["y", "x"], [0, 1], ("y", "x")),
        ("0 1 1", ["no", "yes"], [0, 1, 1], ("no", "yes")),
        ("1.0 0.0", ["no", "yes"], [1, 0], ("no", "yes")),
        ("2 1", ["1", "2", "3"], [1, 0], ("1", "2", "3")),
        ("0 2", [], [0, 2], ("0", "1", "2")),
        ("3 7 3", [], [0, 1, 0], ("3", "7")),
        ("10 9", [], [1, 0], ("9", "10")),
        ("ham spam", ["0", "1"], [0, 1], ("ham", "spam")),
    ],
)
def test_answers_are_matched_to_labels_by_name_or_by_counting(cells, labels, targets, names):
    rows = "\n".join(f"{i},{cell}" for i, cell in enumerate(cells.split()))
    found = read(f"a,label\n{rows}\n", task="classification", labels=labels)
    assert found.samples.targets.tolist() == targets
    assert found.labels == names


@pytest.mark.parametrize(
    ("cells", "labels"), [("no maybe", ["no", "yes"]), ("1 2", ["no", "yes"]), ("1 2", ["0", "1"])]
)
def test_an_answer_that_is_no_label_is_refused_with_both_lists(cells, labels):
    rows = "\n".join(f"{i},{cell}" for i, cell in enumerate(cells.split()))
    with pytest.raises(ImportRefused, match=r"no labels of the network.*Its labels are"):
        read(f"a,label\n{rows}\n", task="classification", labels=labels)


def test_alphabetical_order_of_classes_is_told():
    assert "in alphabetical order: 0 = 'x', 1 = 'y'" in told(read("a,label\n1,y\n2,x\n"))


def test_values_are_a_regression_where_the_card_says_so_or_they_have_fractions():
    assert read("a,y\n1,2\n3,4\n", task="regression").task == "regression"
    assert read("a,y\n1,2.5\n3,4\n").samples.targets.tolist() == [2.5, 4]
    assert read("a,y\n1,2\n3,4\n").task == "classification"


def test_several_labels_a_row_stand_in_columns_or_in_lists():
    columns = read("a,q,p\n1,0,1\n2,1,1\n", task="multilabel", labels=["p", "q"])
    lists = read("a,label\n1,p\n2,q|p\n", task="multilabel", labels=["p", "q"])
    assert columns.samples.targets.tolist() == lists.samples.targets.tolist() == [[1, 0], [1, 1]]
    assert columns.names == ("a",)


@pytest.mark.parametrize("cell", ["2", "0.5", "-1"])
def test_flags_are_zero_or_one(cell):
    with pytest.raises(ImportRefused, match="1 cell of the label columns"):
        read(f"a,p,q\n1,0,{cell}\n", task="multilabel", labels=["p", "q"])


def test_group_columns_keep_their_words_and_are_counted():
    gaps = ("", "NaN", "NA", "None", "?")
    rows = "".join(f"3,4,{gap}\n" for gap in gaps)
    found = read(f"a,b,site\n1,2,A\n{rows}5,6,B\n", **AB, groups=["site"])
    assert found.samples.groups == {"site": ("A", *["(unknown)"] * len(gaps), "B")}
    assert "The group 'site' has 3 values." in map(str, found.report)


def test_a_table_without_answers_is_unlabelled_and_says_so():
    found = read("a,b\n1,2\n", **AB)
    assert (found.samples.targets, found.task) == (None, "")
    assert "No column with answers" in told(found)


def test_formulas_and_markup_stay_plain_cells():
    found = read('a,label\n1,"=HYPERLINK(""x"")"\n2,<b>![](http://x)</b>\n')
    assert found.labels == ("<b>![](http://x)</b>", '=HYPERLINK("x")')


numbers = st.floats(allow_nan=False, allow_infinity=False)
cells = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@given(
    rows=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8),
    separator=st.sampled_from(",;\t|"),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_numbers_written_as_csv_come_back_bit_for_bit(rows, separator, codec):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerows([("a", "b"), *rows])
    assert values(read(out.getvalue().encode(codec), **AB)) == [list(row) for row in rows]


@given(st.lists(cells.filter(lambda c: c.lower() not in {"na", "?", "-"}), min_size=1, max_size=6))
def test_words_of_a_group_come_back_as_they_were(words):
    out = io.StringIO()
    csv.writer(out).writerows([("a", "site"), *((1, word) for word in words)])
    found = read(out.getvalue(), groups=["site"], input={"features": ["a"]})
    assert list(found.samples.groups["site"]) == words


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_raise_anything_but_import_refused(data):
    try:
        found = read(data)
    except ImportRefused as refused:
        assert refused.hint  # noqa: PT017 - both ways out are fine
        return
    assert torch.isfinite(found.samples.inputs[0]).all()


@given(st.integers(0, 40), st.binary(max_size=3))
def test_a_mutated_table_raises_only_import_refused(place, patch):
    good = b"a,b,label\n1,2.5,x\n3,4,y\n5,6,x\n"
    try:
        read(good[:place] + patch + good[place + len(patch) :])
    except ImportRefused as refused:
        assert refused.reason  # noqa: PT017 - both ways out are fine


def test_data_survives_the_way_between_processes():
    found = read("a,b,label,site\n1,2,x,A\n3,4,y,B\n", **AB, groups=["site"])
    back = unpacked(*packed(found))
    assert (back.labels, back.names, back.report) == (found.labels, found.names, found.report)
    assert (back.samples.groups, back.samples.ids) == (found.samples.groups, found.samples.ids)
    assert torch.equal(back.samples.targets, found.samples.targets)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "sound"},
        {"ids": ["one"]},
        {"ids": [1, 2]},
        {"labels": ["x"]},
        {"labels": "xy"},
        {"groups": {"site": ["A"]}},
        {"groups": []},
        {"task": ""},
    ],
)
def test_what_comes_back_from_the_other_process_is_checked(change):
    plain, tensors = packed(read("a,b,label\n1,2,x\n3,4,y\n", **AB))
    with pytest.raises(ImportRefused, match="came back"):
        unpacked({**plain, **change}, tensors)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_numbers_that_are_not_finite_do_not_come_back(value):
    plain, tensors = packed(read("a,b\n1,2\n", **AB))
    with pytest.raises(ImportRefused, match="came back"):
        unpacked(plain, {"input0": tensors["input0"] * value})


def test_what_names_every_row_is_no_group_and_all_groups_together_stay_few():
    rows = "".join(f"{n},{n % 2},site {n % 3},who {n},day {n % 4}\n" for n in range(40))
    card = {"input": {"features": ["a"]}, "target": "y", "groups": ["site", "who", "day"]}
    found = read("a,y,site,who,day\n" + rows, Limits(groups=8), **card)
    assert list(found.samples.groups) == ["site", "day"]
    assert say("loading.data.no_groups", names=["'who'"], most=8) in told(found)
