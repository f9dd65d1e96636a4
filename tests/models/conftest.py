from collections.abc import Iterator
from functools import cache

import pytest
import torch

from explain.core.subject import Subject
from models import catalog
from models.data.parts import DataSet
from models.demo import Demo
from tests.demos import subject_of


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def _data(key: str) -> DataSet:
    return catalog.demo(key).read()


@pytest.fixture(params=catalog.KEYS)
def demo(request: pytest.FixtureRequest) -> Demo:
    return catalog.demo(request.param)


@pytest.fixture
def data(demo: Demo) -> DataSet:
    return _data(demo.key)


@pytest.fixture
def subject(demo: Demo) -> Subject:
    return subject_of(demo.key)
