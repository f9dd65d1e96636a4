"""The page Decisions says what `explain` counts, and a cell or a group narrows its table."""

import pytest

import explain
from explain.core.messages import say, share
from explain.figures import case_name
from pages._decisions.choices import WAY
from pages._decisions.markup import MATRIX
from pages._shell.state import MODEL, PLAN, START
from pages._shell.url import encode
from tests.laws.kinds import KINDS, subject
from tests.pages.test_downloads import PLAN_OF_ALL, pruned_by
from tests.pages.test_kinds_of_task import visit
from tests.pages.visiting import box, opened, table_of, text

WAYS, RATES = "data-decisions ways", "data-decisions rates"
GROUPS, CASES = "data-decisions groups", "data-decisions cases"


def test_a_cell_and_a_group_narrow_table_and_picker_until_they_are_taken_back(demo):
    heart = demo("heart-mlp")
    group = "hospital~VA Long Beach"
    link = encode(START.but(MODEL.to("heart-mlp"), PLAN.to(PLAN_OF_ALL), WAY.to((0, 1))))
    app = opened("decisions", **link, whose=group)
    before = explain.evaluate(heart)
    after = explain.evaluate(pruned_by(heart, PLAN_OF_ALL), reference=before)
    way = (before.decisions == 0) & (after.decisions == 1)

    def listed():
        return {row[0] for row in table_of(app, CASES)[1:]}

    def named(rows):
        return {case_name(heart.samples, int(row)) for row in rows}

    inside = [label == "VA Long Beach" for label in heart.samples.groups["hospital"]]
    assert listed() == named((way & inside).nonzero()[0]) != set()
    assert box(app, say("panels.case.group")).value == group
    app.button(key="chip-group").click().run()
    assert listed() == named(way.nonzero()[0])
    assert box(app, say("panels.case.group")).value == ""
    assert not {"whose", "group"} & set(app.query_params)
    app.button(key="chip-answers").click().run()
    assert listed() == named((before.decisions != after.decisions).nonzero()[0])
    assert not app.error


def test_the_same_answer_twice_is_a_cell_too(demo):
    app = opened("decisions", model="heart-mlp", amount="0.8", answers="1~1")
    dense = explain.evaluate(demo("heart-mlp")).decisions
    rows = table_of(app, CASES)[1:]
    assert {say("decisions.status", status="same")} == {row[6] for row in rows}
    assert 0 < len(rows) <= (dense == 1).sum()


def test_a_cell_or_a_group_that_is_not_there_is_left_out():
    app = opened("decisions", model="heart-mlp", amount="0.8", answers="7~1", group="sex~none")
    assert len(table_of(app, CASES)) == 1 + 14
    assert not {"answers", "group"} & set(app.query_params)


def test_of_many_labels_the_most_frequent_ways_are_listed_and_the_chosen_one():
    asked = {"model": "four-digits-taxed", "amount": "0.6"}
    app = opened("decisions", **asked)
    counts = [int(row[1].replace(",", "")) for row in table_of(app, WAYS)[1:]]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == MATRIX
    assert counts[-1] > 0
    rare = opened("decisions", **asked, answers="3~0")
    name = say("figures.decisions.label_way", label="first 3", said="0")
    assert name not in [row[0] for row in table_of(app, WAYS)]
    assert name in [row[0] for row in table_of(rare, WAYS)]


def test_where_nothing_is_pruned_one_sentence_says_so_and_who_changes_next(demo):
    app = opened("decisions", model="heart-mlp")
    nothing = say("figures.decisions.nobody_changed", pruned="nothing", total=230)
    sweep = explain.sweep(demo("heart-mlp"), explain.PruningPlan())
    first = sweep.amounts[(sweep.flips > 0).argmax()]
    assert nothing in text(app)
    assert share(float(first)) in text(app)
    assert table_of(app, WAYS) == table_of(app, CASES) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("known", [True, False])
def test_every_kind_of_task_has_its_ways(kind, known):
    name = kind if known else f"{kind}, bare"
    app = visit(name, subject(kind, known=known, calibrated=known), "decisions")
    assert len(table_of(app, WAYS)) > 1
    assert bool(table_of(app, RATES)) == (known and kind != "regression")
    assert ("✕" in str(table_of(app, GROUPS))) <= known
