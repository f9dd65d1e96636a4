"""Laws of changed decisions where decisions are values."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explain import Evaluation, Task
from explain.core.decisions import correct, differ
from explain.measure import decision_changes
from explain.measure.evaluation import status

VALUES = st.lists(
    st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=20
)
TASKS = st.sampled_from([Task(kind="regression", metric="r2", tolerance=t) for t in (0.0, 0.3, 1)])
CLASSES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=20
)


def evaluations(rows, task):
    """Return the evaluations before and after of (target, before, after) rows."""
    targets, *columns = np.array(rows, np.float64).T
    return tuple(
        Evaluation(
            outputs=None,
            decisions=column,
            correct=correct(column, targets, task),
            metric=0.0,
            loss=None,
            n=len(column),
        )
        for column in columns
    )


@given(rows=VALUES, task=TASKS)
def test_what_broke_or_was_fixed_is_among_what_changed(rows, task):
    before, after = evaluations(rows, task)
    found = decision_changes(before, after, task)
    parts = [found.broke, found.fixed, found.changed_wrong]
    for part in parts:
        assert set(part) <= set(found.changed)
    assert len(set(np.concatenate(parts))) == sum(map(len, parts))


@given(rows=VALUES, task=TASKS)
def test_the_status_of_a_value_says_what_the_flips_say(rows, task):
    before, after = evaluations(rows, task)
    found = decision_changes(before, after, task)
    changed = differ(before.decisions, after.decisions, task)
    words = np.array(status(changed, before.correct, after.correct))
    assert np.array_equal(np.flatnonzero(words == "broke"), found.broke)
    assert np.array_equal(np.flatnonzero(words == "fixed"), found.fixed)
    assert np.array_equal(np.flatnonzero(words == "changed wrong"), found.changed_wrong)
    assert np.array_equal(words == "changed", changed & before.correct & after.correct)
    assert np.array_equal(words == "same", ~changed)


@given(rows=CLASSES)
def test_for_classes_broken_minus_fixed_is_the_loss_of_right_answers(rows):
    task = Task(kind="classification", classes=("a", "b", "c"))
    before, after = evaluations(rows, task)
    found = decision_changes(before, after, task)
    lost = int(before.correct.sum()) - int(after.correct.sum())
    assert len(found.broke) - len(found.fixed) == lost
