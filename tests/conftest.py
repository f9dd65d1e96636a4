import pytest

import models
from explain.core.threads import use_one_thread

use_one_thread()


@pytest.fixture(scope="session")
def demo():
    """Return a loader of built-in subjects; each is loaded once and must not be changed."""
    loaded = {}

    def load(key):
        if key not in loaded:
            loaded[key] = models.load(key)
        return loaded[key]

    return load
