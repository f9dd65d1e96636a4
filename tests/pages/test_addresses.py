"""Old addresses lead to what took their place."""

from pathlib import Path

import pytest

from pages._choices.addresses import MOVED
from pages._reasons.choices import TABS

PAGES = Path(__file__).parents[2] / "pages"


@pytest.mark.parametrize("old", MOVED)
def test_an_address_that_moved_leads_to_a_page_and_a_tab_that_are_there(old):
    page, settings = MOVED[old]
    assert (PAGES / f"{page}.py").is_file()
    assert not (PAGES / f"{old}.py").exists()
    assert all(one.value in TABS for one in settings)
