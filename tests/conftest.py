import pytest
from hypothesis import HealthCheck, settings

import models
from explain.core.resources import use_one_thread

use_one_thread()

settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def demo():
    """Return a loader of built-in subjects; each is loaded once and must not be changed."""
    loaded = {}

    def load(key):
        if key not in loaded:
            loaded[key] = models.load(key)
        return loaded[key]

    return load


def pytest_make_parametrize_id(val):
    """Name bytes by their number: what is in them may hold the time of day."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
