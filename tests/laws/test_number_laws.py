"""A number is written one way everywhere: three digits, one minus, never an exponent."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from explain.core.messages import as_set, number, points, share, signed

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)


def read(text):
    """Return the number that a person reads; what is only bounded counts as its bound."""
    return float(re.sub(r"[<> ,%+]", "", text).replace("−", "-"))


@given(NUMBERS)
@example(999.7)
@example(4.08704e-11)
@example(-0.0)
@example(-0.0004)
def test_a_number_has_one_minus_and_no_exponent_and_is_read_to_three_digits(value):
    for text in (number(value), signed(value)):
        assert not re.search(r"[-e]|−0(\.0*)?$", text)
        assert abs(read(text) - value) <= max(0.005 * abs(value), 0.001)


@given(NUMBERS)
def test_a_number_near_nothing_is_said_to_be_so_on_its_side(value):
    near = 0 < abs(value) < 0.001
    assert number(value).startswith("< " if value > 0 else "> −") == near


@given(st.integers(-100_000, 100_000))
@example(-40)
@example(99_990)
@example(12_500)
def test_a_share_has_a_digit_only_near_its_ends_and_is_never_nothing_or_all_by_rounding(part):
    text, percent = share(part / 100_000), part / 1000
    fine = 0 < abs(percent) < 9.95 or 99.05 <= abs(percent) < 100
    assert "-" not in text
    assert abs(read(text) - percent) <= (0.1 if fine else 0.501)
    assert ("." in text) == fine
    assert (text in {"0 %", "100 %", "−100 %"}) == (abs(part) in {0, 100_000})


@given(st.floats(-1, 1))
def test_changes_have_a_sign_or_are_nothing(value):
    for text in (points(value), signed(value)):
        assert text == "0" or text[0] in "+−<>"
    assert abs(read(signed(value)) - value) <= 0.001
    assert abs(read(points(value)) - 100 * value) <= 0.51
    assert abs(read(number(value)) - value) <= 0.001


@given(st.integers(0, 1000))
def test_an_amount_is_said_as_the_slider_sets_it(step):
    assert read(as_set(step / 1000)) == step / 10
    assert as_set(step / 1000).endswith(".0 %") is False
