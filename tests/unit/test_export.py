"""What leaves the app: CSV that no spreadsheet runs, plain text, small pictures."""

import base64
import csv
import html
import io

import numpy as np
import pytest
from PIL import Image

from explain.figures import thumbnail
from explain.figures.chart import literal
from pages._shell import loaded
from pages._shell.charts import plain, to_csv


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\uff1d1"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted(evil):
    rows = list(csv.reader(io.StringIO(to_csv({"name": [evil], "value": [-1.5]}), newline="")))
    assert rows[1][0].startswith("'")
    assert rows[1][1] == "-1.5"


def test_csv_reads_back_as_it_was():
    columns = {"a": ["x,y", 'say "hi"', "two\nlines"], "b": [1, 2, 3]}
    rows = list(csv.reader(io.StringIO(to_csv(columns), newline="")))
    assert rows == [["a", "b"], ["x,y", "1"], ['say "hi"', "2"], ["two\nlines", "3"]]


@pytest.mark.parametrize("text", ["![a](http://x)", "*b*", "$x$", ":red[x]", "<b>", "`c`", "a\nb"])
def test_plain_text_has_no_markup_left(text):
    for mark in "![]()*$:<>`":
        assert all(plain(text)[at - 1] == "\\" for at, c in enumerate(plain(text)) if c == mark)
    assert "\n" not in plain(text)


def test_plain_text_has_one_line_and_nothing_that_turns_it_around():
    assert plain("a\r\n# b\u2028c\u202ed\x00e") == "a \\# b cde"


@pytest.mark.parametrize(
    "name", ["<b>x</b>", "$x$", "%{y}", "&lt;", '<a href="javascript:x">a</a>', "<br>"]
)
def test_plotly_finds_no_markup_in_a_name(name):
    assert not set("<>${}") & set(literal(name))
    assert html.unescape(literal(name)) == name


def decoded(uri):
    data = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data), formats=["PNG"]))


def test_a_thumbnail_is_the_image_enlarged():
    image = np.linspace(0, 1, 64).reshape(1, 8, 8)
    pixels = decoded(thumbnail(image, 0, 1))
    assert pixels.shape == (40, 40)
    assert np.array_equal(pixels[::5, ::5], np.rint(255 * image[0]).astype(np.uint8))


def test_a_thumbnail_of_a_flat_or_foreign_range_does_not_fail():
    assert thumbnail(np.full((1, 4, 4), 7.0), 7, 7).startswith("data:image/png;base64,")
    assert decoded(thumbnail(np.full((3, 4, 4), 99.0), 0, 1)).max() == 255


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("My shapes, v2 (pruned)", "my-shapes-v2-pruned"),
        ("../../etc/passwd\u202e", "etc-passwd"),
        ("<&>", "model-aaaaaaaa"),
        ("x" * 99, "x" * 40),
    ],
)
def test_a_file_is_named_after_the_title_of_its_model_by_letters_alone(monkeypatch, title, name):
    key = f"file-{'a' * 64}-{'b' * 32}"
    monkeypatch.setattr(loaded, "mine", lambda: {key: title})
    assert loaded.short(key) == name
    assert loaded.short("digits-mlp") == "digits-mlp"
