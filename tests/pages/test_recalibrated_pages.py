"""Where BatchNorm is recalibrated, no page asks for anything of the network that is not."""

from dataclasses import fields, is_dataclass

import pytest

from explain.core import Masked
from pages._shell.kept import STORES
from tests.pages.test_switches import SWITCHED
from tests.pages.visiting import forget_everything, opened

PLAIN = {"_masked", "heard", "run_with_outputs", "severed"}
"""What the message reads that says what recalibration changed, and that a mask alone decides."""
AMOUNT = 0.6123
VISITS = [
    *(pytest.param(page, (), id=page) for page in ("inputs", "parts")),
    *(
        pytest.param(page, names, marks=pytest.mark.slow, id=f"{page or 'explore'} all on")
        for page, names in SWITCHED.items()
    ),
]


def ways(key):
    """Find every way to make another network in the key of a value that is kept."""
    if isinstance(key, Masked):
        yield key
    elif isinstance(key, tuple | list):
        for part in key:
            yield from ways(part)
    elif is_dataclass(key):
        for field in fields(key):
            yield from ways(getattr(key, field.name))


@pytest.mark.parametrize(("page", "on"), VISITS)
def test_no_page_asks_for_the_network_that_is_not_recalibrated(page, on):
    forget_everything()
    asked = dict.fromkeys(on, "yes")
    opened(page, model="digits-cnn", amount=str(AMOUNT), recalibrated="yes", **asked)
    found = {
        (store.__name__, how.recalibrated)
        for store in STORES
        for key in store.there()
        for how in ways(key)
        if how.plan.amount is None or how.plan.amount > 0
    }
    assert ("_masked", True) in found
    assert {name for name, recalibrated in found if not recalibrated} <= PLAIN
