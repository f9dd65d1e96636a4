"""One Chromium for all browser tests, and windows of it that keep what they have fetched."""

from functools import cache

import pytest

from bench.frames.harness import chromium


@pytest.fixture(scope="session")
def one_browser():
    """Start Chromium once in a process."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def window(one_browser):
    """Return a function: number of a person -> the window of this person.

    All tests share the windows, one after the other: to open one and to fetch and compile the
    app's scripts for it anew costs more than most tests do. They share nothing with each other.
    """

    @cache
    def opened(_person):
        context = one_browser.new_context()
        context.new_page()
        return context

    return opened
