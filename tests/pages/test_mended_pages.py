"""Where the copy is repaired and recalibrated, no page asks for anything of one that is not."""

from dataclasses import fields, is_dataclass

import pytest

from explain.core import Masked
from pages._shell.kept import STORES
from tests.pages.test_switches import SWITCHED
from tests.pages.visiting import forget_everything, opened

PLAIN = {"_masked", "heard", "run_with_outputs", "severed"}
"""What the messages read that say what each changed, and what a mask alone decides."""
AMOUNT = 0.6123
MENDS = ("repaired", "recalibrated")
VISITS = [
    pytest.param("inputs", ("recalibrated",), id="inputs"),
    pytest.param("parts", ("repaired",), id="parts"),
    *(
        pytest.param(
            page, (*names, *MENDS), marks=pytest.mark.slow, id=f"{page or 'explore'} all on"
        )
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
def test_no_page_asks_for_the_network_that_is_not_mended(page, on):
    forget_everything()
    asked = dict.fromkeys(on, "yes")
    opened(
        page,
        model="digits-cnn" if "recalibrated" in on else "digits-mlp",
        amount=str(AMOUNT),
        **asked,
    )
    found = {
        (store.__name__, how.mends == tuple(mend for mend in MENDS if mend in on))
        for store in STORES
        for key in store.there()
        for how in ways(key)
        if how.plan.amount is None or how.plan.amount > 0
    }
    assert ("_masked", True) in found
    assert {name for name, mended in found if not mended} <= PLAIN
