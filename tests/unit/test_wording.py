"""Numbers are written one way everywhere, and keep their room."""

import math

import pytest

from explain.core.messages import number
from explain.figures import Bar, Bars, wording
from pages._shell.charts import bar_table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.012345, "0.012"),
        (12.34, "12.3"),
        (999.4, "999"),
        (1030.4, "1,030"),
        (-56789.0, "−56,789"),
        (2.5e7, "25,000,000"),
        (math.inf, "∞"),
        (math.nan, "–"),
    ],
)
def test_a_number_has_three_digits_or_is_whole(value, text):
    assert number(value) == text


def test_counts_from_a_million_on_are_short_enough_for_a_big_number():
    assert wording.of(1164, 6464) == "1,164 of 6,464"
    assert wording.of(3_687_194, 4_608_992) == "3.69 of 4.61 M"


def test_a_long_name_of_a_layer_ends_in_its_last_parts_and_is_whole_on_demand():
    name = "network._blocks.11._depthwise_conv"
    drawn = bar_table(Bars(rows=(Bar(name=name, text="1", value=1.0),), sentence="", data={}))
    assert f'title="{name}"' in drawn
    assert drawn.count("network") == 1


def test_many_rows_scroll_by_themselves_and_with_the_keyboard():
    rows = tuple(Bar(name=f"layer {at}", text="1", value=1.0) for at in range(60))
    drawn = bar_table(Bars(rows=rows, sentence="", data={}))
    assert drawn.startswith('<div tabindex="0"')
    assert drawn.count("<tr") == 60
