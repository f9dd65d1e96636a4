"""What the bench's students read is on the pages, and a wrong number does not pass."""

import pytest
from streamlit.proto.Element_pb2 import Element

import models
from bench.students.reading import numbers_on
from bench.students.right import NEEDED, Right
from bench.students.student import Shown, Student
from tests.pages.visiting import opened


def read_on(page):
    """Return what a student reads of the small digits at 90 %."""
    app = opened("" if page == "explore" else page, model="digits-mlp", amount="0.9")
    student = Student(socket=None, address="")
    for at, node in enumerate(app._tree):
        if node.type in {"html", "markdown", "bidi_component"}:
            what = Element(**{node.type: node.proto})
            student.shown[(at,)] = Shown(what=what, fragment="", run="", at=at)
    return numbers_on(student, page)


@pytest.fixture(scope="module")
def right():
    return Right(models.load("digits-mlp"), models.load_demo("digits-mlp", seed=2))


@pytest.mark.parametrize("page", NEEDED)
def test_what_students_read_is_what_python_says_and_nothing_else_passes(page, right):
    read = read_on(page)
    assert not [*right.wrong(page, 0.9, read)]
    for name, values in read.items():
        wrong = {**read, name: (*values[:-1], f"{values[-1]}0")}
        assert len([*right.wrong(page, 0.9, wrong)]) == 1
    assert [*right.wrong(page, 0.9, {"ribbon": read["ribbon"]})] == [
        f"{name} is missing" for name in NEEDED[page]
    ]
