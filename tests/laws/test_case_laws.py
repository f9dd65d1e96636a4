"""Laws of the cases that are picked: which, in what order, found by which words."""

import math
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import explain
from explain import InvalidOption, Pick, PruningPlan, Task
from explain.core import SHOWN
from explain.core.decisions import leads
from explain.figures import case_words
from explain.study import UNSURE
from tests.demos import of_each_kind
from tests.laws import kinds

AMOUNTS = (0.0, 0.5, 0.8, 0.9)
NOW = 0.8


@pytest.fixture(scope="module")
def asked(demo):
    """Return a function that picks cases of a demo or a kind of task, at an amount."""
    swept = {}

    def ask(key, pick=None, amount=NOW):
        if key not in swept:
            subject = kinds.SUBJECTS[key]() if key in kinds.SUBJECTS else demo(key)
            swept[key] = subject, explain.sweep(subject, PruningPlan(), AMOUNTS)
        subject, sweep = swept[key]
        run = sweep.run(AMOUNTS.index(amount))
        return subject, sweep, explain.cases(sweep, subject, run, pick, amount=amount)

    return ask


def rows(found):
    return [case.row for case in found[2]]


@pytest.mark.parametrize("key", [*of_each_kind(), *kinds.SUBJECTS])
def test_each_filter_holds_what_it_says_and_the_nearest_turns_stand_first(asked, key):
    parts = {show: asked(key, Pick(show=show)) for show in SHOWN}
    subject, sweep, everything = parts["all"]
    changed, following, never = (rows(parts[show]) for show in ("changed", "next", "never"))
    masks = explain.select(explain.score(subject, PruningPlan()), PruningPlan(amount=NOW))
    flips = explain.flips(subject, explain.prune(subject, masks))
    assert sorted(changed) == sweep.rows[flips.changed].tolist()
    assert len({*changed, *following, *never}) == len(changed) + len(following) + len(never)
    by_row = {case.row: case for case in everything}
    assert sorted(by_row) == sweep.rows.tolist()
    came_back = by_row.keys() - {*changed, *following, *never}
    assert all(by_row[row].first_amount <= NOW for row in came_back)
    firsts = [by_row[row].first_amount for row in following]
    assert firsts == sorted(firsts)
    assert all(first > NOW for first in firsts)
    assert all(by_row[row].first_amount is None for row in never)
    assert all(by_row[row].status == "same" for row in never)
    nearness = [(_distance(case), case.lead or 0.0) for case in everything]
    assert nearness == sorted(nearness)
    assert {row for row in by_row if by_row[row].right is False} == set(rows(parts["wrong"]))
    unsure = {row for row in by_row if by_row[row].lead is not None and by_row[row].lead < UNSURE}
    assert unsure == set(rows(parts["unsure"]))


def test_what_changes_between_the_amounts_of_the_sweep_only_is_not_said_never_to(asked):
    subject, sweep, _ = asked("classification")
    coarse = explain.sweep(subject, PruningPlan(), (0.0,))
    run = sweep.run(AMOUNTS.index(0.9))
    parts = {
        show: explain.cases(coarse, subject, run, Pick(show=show), amount=0.9) for show in SHOWN
    }
    changed = {case.row for case in parts["changed"]}
    assert len(changed) == sweep.flips[-1] > 0
    assert {case.first_amount for case in parts["changed"]} == {None}
    assert {case.row for case in parts["never"]} == set(sweep.rows.tolist()) - changed


def _distance(case):
    return math.inf if case.first_amount is None else abs(case.first_amount - NOW)


@pytest.mark.parametrize("key", [*of_each_kind(), *kinds.SUBJECTS])
def test_classes_and_groups_part_the_cases_and_words_find_what_they_name(asked, key):
    subject, _, everything = asked(key)
    by_row = sorted(case.row for case in everything)
    task, targets = subject.task, subject.samples.targets
    if targets is not None and task.kind in {"classification", "binary"}:
        found = [rows(asked(key, Pick(label=at))) for at in range(len(task.classes))]
        assert sorted(chain.from_iterable(found)) == by_row
        assert all(targets[row] == at for at, part in enumerate(found) for row in part)
    for name, labels in subject.samples.groups.items():
        found = {label: rows(asked(key, Pick(group=f"{name}~{label}"))) for label in set(labels)}
        assert sorted(chain.from_iterable(found.values())) == by_row
        assert all(labels[row] == label for label, part in found.items() for row in part)
    for case in everything[:3]:
        words = case_words(subject, case)
        for search in (words.name, str(case.row), words.line.replace("…", "")):
            assert case.row in rows(asked(key, Pick(search=f"  {search.upper()} ")))
    assert rows(asked(key, Pick(search="no such word .* anywhere"))) == []


def test_a_word_is_searched_from_its_beginning(asked):
    subject, _, _ = asked("heart-mlp")
    men = rows(asked("heart-mlp", Pick(search="MALE, hung")))
    sex, hospital = (subject.samples.groups[name] for name in ("sex", "hospital"))
    both = [at for at in range(len(sex)) if (sex[at], hospital[at]) == ("male", "Hungary")]
    assert sorted(men) == both
    assert both


@pytest.mark.parametrize(
    "pick",
    [{"show": "sideways"}, {"label": 99}, {"label": -1}, {"group": "sex~neither"}, {"group": "~"}],
)
def test_a_pick_of_what_is_not_there_is_refused(asked, pick):
    with pytest.raises(InvalidOption):
        asked("heart-mlp", Pick(**pick))


LOGITS = st.lists(
    st.lists(st.floats(width=32), min_size=3, max_size=3), min_size=1, max_size=6
).map(lambda found: np.array(found, np.float32))


@given(LOGITS, st.sampled_from(["classification", "multilabel", "binary"]))
def test_a_lead_is_a_share_whatever_the_outputs_are(outputs, kind):
    outputs = outputs[:, :1] if kind == "binary" else outputs
    found = leads(outputs, Task(kind=kind, classes=("a", "b", "c")))
    assert found.shape == (len(outputs),)
    assert ((found >= 0) & (found <= 1)).all()


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_two_outputs_and_their_difference_lead_alike(first, second):
    two = leads(np.array([[first, second]], np.float64), Task(kind="classification"))
    one = leads(np.array([second - first], np.float64), Task(kind="binary"))
    assert two == pytest.approx(one, abs=1e-9)
