"""Columns that answer one question are one player, and are told as one."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import explain
from explain import InputSpec, InvalidSubject
from explain.attribution import by_question, explain_rows
from explain.attribution.deletion import deletion
from explain.attribution.players import TILES, count_players
from explain.figures.parts import MOST
from models.loading.card.describing import card_of
from tests.pages.visiting import html, opened

ASKED = {"heart-mlp": 13, "credit-mlp": 13}
ROWS = [0, 1, 2]
SETTINGS = {TILES.key: TILES.default}


@pytest.mark.parametrize(("key", "count"), ASKED.items())
def test_a_demo_of_a_table_has_a_player_a_question(demo, key, count):
    subject = demo(key)
    spec = subject.spec
    assert len(spec.questions) == len(spec.names) > count
    assert len(spec.asked) == count_players(subject, SETTINGS) == count
    assert all(
        name.startswith(asked) for name, asked in zip(spec.names, spec.questions, strict=True)
    )
    alone = replace(subject, spec=replace(spec, questions=()))
    assert count_players(alone, SETTINGS) == len(spec.names)


def test_questions_need_not_stand_together_and_their_sums_lose_nothing():
    spec = InputSpec(kind="table", shape=(4,), names=("a", "b", "c", "d"), questions=tuple("xyxz"))
    values = np.array([[1.0, 2.0, 4.0, 8.0], [0.5, -1.0, -0.5, 3.0]])
    sums, names = by_question(values, spec)
    assert names == ("x", "y", "z")
    assert sums.tolist() == [[5.0, 2.0, 8.0], [0.0, -1.0, 3.0]]
    same, columns = by_question(values, replace(spec, questions=()))
    assert same is values
    assert columns == spec.names


@pytest.mark.parametrize("method", ["kernel-shap", "shapley-sampling"])
def test_shapley_values_of_three_questions_are_those_of_three_players(method):
    """A sum of products over columns: each question's value by all orders, written out."""
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(5, 6), torch.nn.Tanh(), torch.nn.Linear(6, 2))
    x, y = torch.randn(4, 5), torch.tensor([0, 1, 0, 1])
    spec = InputSpec(kind="table", shape=(5,), names=tuple("abcde"), questions=tuple("pqpqr"))
    subject = explain.subject(module, x, y, spec=spec)
    options = {"orders": 100} if method == "shapley-sampling" else {}
    found = explain_rows(subject, method, [0], targets=[1], baseline="zero", options=options).values
    sums, _ = by_question(found, spec)

    def worth(players):
        here = torch.zeros(5)
        for at, name in enumerate(spec.questions):
            if name in players:
                here[at] = x[0, at]
        return float(module(here[None])[0, 1].detach())

    for at, name in enumerate("pqr"):
        p, q = [other for other in "pqr" if other != name]
        value = (
            2 * (worth({name}) - worth(()))
            + (worth({name, p}) - worth({p}))
            + (worth({name, q}) - worth({q}))
            + 2 * (worth({"p", "q", "r"}) - worth({p, q}))
        ) / 6
        assert sums[0, at] == pytest.approx(value, abs=0.05 if options else 1e-4)


def test_deletion_takes_questions_away_whole(demo):
    subject = demo("heart-mlp")
    explanation = explain_rows(subject, "feature-ablation", ROWS)
    found = deletion(subject, explanation)
    alone = replace(subject, spec=replace(subject.spec, questions=()))
    assert not np.allclose(found.deletion, deletion(alone, explanation).deletion)


def test_questions_that_fit_no_table_are_refused():
    with pytest.raises(InvalidSubject, match="questions"):
        InputSpec(kind="table", shape=(3,), questions=("a", "b"))
    with pytest.raises(InvalidSubject, match="questions"):
        InputSpec(kind="image", shape=(3,), questions=("a", "b", "c"))


def test_a_card_says_the_questions_of_its_network(demo):
    spec = demo("heart-mlp").spec
    assert card_of(demo("heart-mlp")).input.questions == spec.questions


def test_the_page_tells_questions_and_no_columns(demo):
    spec = demo("heart-mlp").spec
    app = opened("inputs", model="heart-mlp", amount="0.8")
    assert not app.error
    found = html(app)
    assert sum(name in found for name in spec.asked) >= MOST
    assert not any(name in found for name in spec.names if name not in spec.asked)
