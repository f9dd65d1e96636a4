"""Every page serves every kind of task, and says what is missing where answers or data are."""

import pytest

from explain import PruningPlan
from explain.core.messages import say
from pages._modules.choices import ADDS, OVER
from pages._panels.choices import TARGET, UNIT
from pages._shell import loaded
from pages._shell.state import MODEL, PLAN, START
from pages._shell.url import encode
from tests.laws.kinds import KINDS, subject, without_data
from tests.pages.visiting import holding, notes, numbers, opened, ribbon, table_of, text

PAGES = ("", "inside", "inputs", "parts")


def key_of(name):
    return loaded.key_of("ab" * 32, name.encode())


def visit(name, found, page="", *settings):
    key = key_of(name)
    link = encode(START.but(MODEL.to(key), PLAN.to(PruningPlan(amount=0.5)), *settings))
    app = opened(holding(key, name, found), page, **link)
    assert not app.error, [error.value for error in app.error]
    assert not notes(app), notes(app)
    return app


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_page_serves_every_kind_of_task(kind, page):
    visit(kind, subject(kind), page)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", ["multilabel", "regression"])
def test_every_page_serves_what_has_no_answers_and_no_training_rows(kind, page):
    visit(f"{kind}, bare", subject(kind, known=False, calibrated=False), page)


@pytest.mark.parametrize("page", ["inside", "inputs"])
def test_a_label_of_its_own_can_be_looked_at(page):
    visit("multilabel", subject("multilabel"), page, TARGET.to(2))


def test_a_label_chooses_the_samples_that_modules_are_asked_about():
    app = visit(
        "multilabel", subject("multilabel"), "parts", OVER.to("class~1"), ADDS.to(value=True)
    )
    assert "round" in text(app)


def test_labels_are_told_together():
    app = visit("multilabel", subject("multilabel"), "decisions")
    heads, *rows = table_of(app, "data-decisions cases")
    before = heads.index(say("decisions.column", column="before"))
    assert any(", " in row[before] for row in rows)
    assert "all its labels" in text(visit("multilabel", subject("multilabel")))


def test_without_answers_the_page_says_why_there_is_no_accuracy():
    app = visit("unlabelled", subject("classification", known=False))
    assert "Nothing is known about the right answers" in text(app)
    assert ribbon(app)["metric_name"].startswith("Agreement")


def test_values_are_said_to_change_beyond_their_tolerance():
    app = visit("regression", subject("regression"))
    assert "within 0.200 of the truth" in text(app)


@pytest.mark.parametrize("page", PAGES)
def test_without_data_every_page_says_so_once_with_what_to_do(page):
    app = visit("no data", without_data(), page)
    said = [info.value for info in app.info if "no data" in info.value]
    assert len(said) == 1
    assert "CSV" in said[0]


@pytest.mark.parametrize("page", PAGES)
def test_without_data_the_amount_can_be_typed_on_every_page(page):
    app = visit("no data", without_data(), page)
    app.number_input(key="amount").set_value(40.0).run()
    assert not app.exception
    assert app.session_state["state"].plan.amount == 0.4


def test_without_data_the_first_page_prunes_and_draws():
    app = visit("no data", without_data())
    assert numbers(app) == ["57", "–", "–"]
    unit = visit("no data", without_data(), "", UNIT.to(("2", 1)))
    assert sum("no data" in info.value for info in unit.info) == 2
