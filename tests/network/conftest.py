import pytest
import torch

from tests.network import zoo


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def lifted():
    """Return a function: fixture name -> its lifted network (do not change it)."""
    return zoo.lifted
