"""The optional pretrained network: run where requirements-pretrained.txt is installed."""

import hashlib

import pytest
import torch

import explain
import models
from explain.core.errors import InvalidFile, Refused
from models import pretrained
from models.catalog import CATALOG, DEMOS
from models.pretrained import KEY, network

pytestmark = pytest.mark.pretrained

CATS = ("tabby", "tiger cat", "Persian cat", "Siamese cat", "Egyptian cat")


@pytest.fixture(scope="module")
def subject():
    return models.load(KEY)


@pytest.fixture(scope="module")
def chances(subject):
    with torch.no_grad():
        scores = subject.network(*subject.samples.inputs)
    return dict(zip(subject.samples.ids, scores.softmax(dim=1), strict=True))


def best(subject, chances, name):
    return subject.task.classes[int(chances[name].argmax())]


def test_the_packages_are_installed_in_the_pinned_versions():
    assert pretrained.installed()


def test_the_menu_offers_it_last(subject):
    assert [entry.key for entry in CATALOG] == [*(demo.key for demo in DEMOS), KEY]
    assert CATALOG[-1].load().fingerprint == subject.fingerprint


def test_a_cat_is_a_cat_and_a_coffee_is_an_espresso(subject, chances):
    assert best(subject, chances, "chelsea") == "Egyptian cat"
    assert best(subject, chances, "coffee") == "espresso"
    at = [subject.task.classes.index(name) for name in CATS]
    assert chances["chelsea"][at].sum() > 0.7
    assert chances["coffee"].max() > 0.8


def test_what_no_class_names_is_answered_with_less_confidence(chances):
    sure = max(float(chances[name].max()) for name in ("astronaut", "rocket"))
    assert sure < float(chances["coffee"].max())


def test_the_lifted_network_answers_like_the_plain_one(subject):
    inputs = subject.samples.inputs[0]
    with torch.no_grad():
        assert torch.equal(subject.network(inputs), network()(inputs))


def test_inputs_are_pictures_from_0_to_1_and_scaled_inside(subject):
    inputs = subject.samples.inputs[0]
    assert (float(inputs.min()), float(inputs.max())) == (0.0, 1.0)
    with torch.no_grad():
        expected = network().network((inputs * 255 - 127) / 128)
        assert torch.allclose(subject.network(inputs), expected, atol=1e-3)


def test_all_weights_are_there(subject):
    assert sum(p.numel() for _, p in subject.network.named_parameters()) == 4_652_008
    assert len(subject.task.classes) == len(set(subject.task.classes)) == 1000


def test_more_pruning_changes_more_and_none_changes_nothing(subject):
    same, half = (pruned(subject, amount) for amount in (0.0, 0.5))
    inputs = subject.samples.inputs[0]
    with torch.no_grad():
        assert torch.equal(same.network(inputs), subject.network(inputs))
        assert not torch.equal(half.network(inputs), subject.network(inputs))


def pruned(subject, amount):
    plan = explain.PruningPlan(criterion="magnitude", amount=amount)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


def test_a_second_training_is_refused_with_a_hint():
    with pytest.raises(Refused, match="not trained here") as caught:
        models.load(KEY, seed=2)
    assert caught.value.hint


def test_criteria_that_need_data_are_refused(subject):
    plan = explain.PruningPlan(criterion="wanda", amount=0.5)
    with pytest.raises(explain.ExplainError) as caught:
        explain.score(subject, plan)
    assert caught.value.hint


def test_other_bytes_than_the_known_ones_are_never_read(tmp_path, monkeypatch):
    other = tmp_path / "weights.pth"
    other.write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    assert hashlib.sha256(other.read_bytes()).hexdigest() != pretrained.DIGEST
    monkeypatch.setattr(pretrained, "_path", lambda _file: other)
    with pytest.raises(InvalidFile, match=r"weights\.pth") as caught:
        pretrained.weights()
    assert caught.value.hint
