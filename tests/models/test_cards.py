"""Every figure on a card is measured again from the shipped weights and data."""

import json

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as of_labels
from torch.nn.functional import cross_entropy

from explain.core.errors import InvalidFile
from explain.measure.catalog import meter
from models import catalog
from models import demo as demos
from models.baseline import figures
from models.catalog import WITH_MODULES
from models.demo import SEEDS, shipped_card, trained_module
from models.fitting import module_outputs
from models.train import cross_validated, rows_of
from tests.demos import RELATIVES, every_demo

COUNTED = {"accuracy", "balanced-accuracy", "macro-f1"}
LAST_DIGIT = 2e-6
TWIN = "four-digits-plain"


def card_of(demo):
    return json.loads((demos.CARDS / f"{demo.key}.json").read_text(encoding="utf-8"))


def same(found, stated):
    assert found.keys() == stated.keys()
    assert {k: found[k] for k in COUNTED & found.keys()} == {
        k: stated[k] for k in COUNTED & stated.keys()
    }
    assert found == pytest.approx(stated, abs=LAST_DIGIT)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_metric_on_a_card_is_what_the_shipped_weights_give(demo, data, seed):
    found = figures(
        module_outputs(trained_module(demo, seed=seed), data.test.inputs[0]), data.test.targets
    )
    same(found, card_of(demo)["metrics" if seed == SEEDS[0] else "second_seed"])


def test_the_subject_gives_the_headline_figure_of_its_card(subject):
    found = subject.network(*subject.samples.inputs).detach()
    headline = subject.task.metric
    value = meter(headline).function(found, subject.samples.targets, subject)
    assert value == pytest.approx(subject.card.metrics[headline], abs=LAST_DIGIT)


def test_the_demos_reach_what_they_promise(demo):
    promised = {
        "digits-mlp": 0.97,
        "digits-cnn": 0.99,
        "heart-mlp": 0.89,
        "credit-mlp": 0.83,
        "retina-cnn": 0.88,
        "sms-transformer": 0.98,
        "four-digits-taxed": 0.88,
        "four-digits-plain": 0.91,
        "one-digit-taxed": 0.96,
    }
    card = card_of(demo)
    for measured in (card["metrics"], card["second_seed"]):
        assert measured[card["headline"]] >= promised[demo.key]


@pytest.mark.parametrize("key", every_demo(but=[TWIN]))
def test_the_baseline_on_a_card_is_what_a_logistic_regression_gives(key):
    demo, data = catalog.demo(key), catalog.demo(key).read()
    baseline = demo.baseline
    fitted, tested = (baseline.table(data.train, part) for part in (data.train, data.test))
    outputs = logistic_regression(fitted, data.train.targets, baseline.strength)(tested)
    stated = card_of(demo)["baselines"][baseline.title]["metrics"]
    assert figures(outputs, data.test.targets) == pytest.approx(stated, abs=3e-3)
    assert shipped_card(demo.key).baselines == {baseline.title: stated[card_of(demo)["headline"]]}


def test_twins_of_the_same_rows_have_the_same_baseline():
    taxed, plain = (card_of(catalog.demo(key))["baselines"] for key in (WITH_MODULES, TWIN))
    assert plain == taxed


def logistic_regression(inputs, targets, strength):
    """Minimise 0.5 |W|^2 + strength times the sum of losses, written out, without scikit-learn."""
    sets = targets.dim() > 1
    binary = not sets and int(targets.max()) == 1
    width = targets.shape[1] if sets else 1 if binary else int(targets.max()) + 1
    weight = torch.zeros(inputs.shape[1], width, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(width, dtype=torch.float64, requires_grad=True)

    def logits(table):
        scores = table @ weight + bias
        return torch.cat([torch.zeros_like(scores), scores], dim=1) if binary else scores

    def loss():
        optimiser.zero_grad()
        score, truth = (of_labels, targets.double()) if sets else (cross_entropy, targets)
        value = score(logits(inputs), truth, reduction="sum")
        value = strength * value + 0.5 * weight.square().sum()
        value.backward()
        return value

    optimiser = torch.optim.LBFGS([weight, bias], max_iter=2000, line_search_fn="strong_wolfe")
    optimiser.step(loss)
    return lambda table: logits(table).detach()


@pytest.mark.parametrize(
    "key",
    [
        "heart-mlp",
        "credit-mlp",
        pytest.param("digits-mlp", marks=pytest.mark.slow),
        pytest.param("digits-cnn", marks=pytest.mark.slow),
        pytest.param("retina-cnn", marks=pytest.mark.slow),
        pytest.param("sms-transformer", marks=pytest.mark.slow),
        *(pytest.param(key, marks=pytest.mark.slow) for key in RELATIVES),
    ],
)
def test_the_cross_validation_on_a_card_can_be_repeated(key):
    demo = catalog.demo(key)
    found = cross_validated(demo, rows_of(demo.read().train))
    assert found == pytest.approx(card_of(demo)["cross_validation"]["metrics"], abs=5e-3)


def test_a_card_says_the_words_of_its_demo(demo):
    found = shipped_card(demo.key)
    for name in ("title", "purpose", "not_for", "source", "authors", "licence", "limits"):
        assert getattr(found, name) == getattr(demo.card, name)


def test_a_card_names_source_authors_licence_and_misuse(demo):
    card = shipped_card(demo.key)
    assert card.not_for.startswith("Teaching data, not for ")
    assert all((card.title, card.purpose, card.source, card.authors, card.licence, card.limits))


def test_a_card_states_rows_groups_and_task_of_its_data(demo, data):
    card = card_of(demo)
    assert card["n"] == data.test.count
    assert card["training"]["rows"] == data.train.count
    assert card["groups"] == list(data.test.groups)
    assert card["headline"] == data.task.metric
    assert card["task"]["classes"] == list(data.task.classes)


def test_a_card_admits_when_logistic_regression_is_as_good():
    for key in ("heart-mlp", "sms-transformer"):
        assert "as good: a network is not needed" in " ".join(shipped_card(key).notes)


def test_a_damaged_card_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(demos, "CARDS", tmp_path)
    (tmp_path / "x.json").write_text('{"title": "x"')
    with pytest.raises(InvalidFile, match=r"x\.json") as caught:
        shipped_card("x")
    assert caught.value.hint
