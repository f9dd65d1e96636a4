"""One Chromium for all browser tests: Playwright starts once in a process."""

import pytest

from bench.frames.harness import chromium


@pytest.fixture(scope="session")
def one_browser():
    with chromium() as browser:
        yield browser
