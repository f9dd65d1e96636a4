"""A number is written one way everywhere: three digits, one minus, never an exponent."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from explain.core.messages.catalogue import number, share
from explain.figures import signed

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


@given(st.floats(-1, 1), st.integers(0, 2))
@example(-0.0004, 1)
def test_a_share_has_one_minus_and_never_a_minus_before_nothing(value, digits):
    text = share(value, digits)
    assert "-" not in text
    assert not re.match(r"−0(\.0*)? ", text)
    assert abs(read(text) - 100 * value) <= 0.51 * 10**-digits
