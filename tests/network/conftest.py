"""Every lifted fixture network, made once."""

from functools import cache

import pytest
import torch

from explain.network import Lifted, lift
from tests.network.zoo import ZOO


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@cache
def _lifted(name: str) -> Lifted:
    fixture = ZOO[name]
    return lift(fixture.build(), fixture.draw(4))


@pytest.fixture(scope="session")
def lifted():
    """Return a function: fixture name -> its lifted network (do not change it)."""
    return _lifted
