import pytest
import torch
from hypothesis import HealthCheck, settings

from explain.core.resources import use_one_thread
from tests.demos import subject_of

use_one_thread()

for profile, examples in (("suite", 40), ("thorough", 200)):
    settings.register_profile(
        profile,
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _as_it_was():
    """Training makes torch deterministic for the process, and then some operations refuse."""
    before = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(before)


@pytest.fixture(scope="session")
def demo():
    """Return a loader of built-in subjects; each is loaded once and must not be changed."""
    return subject_of


def pytest_make_parametrize_id(val):
    """Name bytes by their number: what is in them may hold the time of day."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
