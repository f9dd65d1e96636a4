"""Every recipe of the how-to gives a file that answers as the library it came from."""

import pytest
import torch

import explain
import models
from models.loading.opening import open_model

pytestmark = pytest.mark.recipes

WHOLE = ("pt2", "onnx", "keras", "scikit-learn")


def _apart(network, found):
    inputs, wanted = found
    with torch.no_grad():
        return (network(*inputs) - wanted).abs().max().item()


@pytest.mark.parametrize("name", WHOLE)
def test_a_recipe_gives_the_network_back(name, cooked, expected):
    folder = cooked(name)
    (file,) = [path for path in folder.iterdir() if path.stem == "model"]
    network = open_model(file).network
    assert _apart(network, expected(folder)) <= (0.0 if name == "pt2" else 1e-6)


@pytest.mark.parametrize("name", ["safetensors", "state-dict"])
def test_bare_weights_find_their_architecture(name, cooked, expected):
    folder = cooked(name)
    (file,) = [path for path in folder.iterdir() if path.stem == "model"]
    subject = models.load(file, card={"schema": 1, "architecture": {"name": "mlp"}})
    assert _apart(subject.network, expected(folder)) == 0.0


def test_a_text_classifier_gives_the_same_logits_and_reads_texts(cooked, expected):
    folder = cooked("hugging-face") / "exported"
    network = open_model(folder / "model.pt2").network
    assert _apart(network, expected(folder.parent)) == 0.0
    subject = models.load(
        folder / "model.pt2",
        data=folder.parent / "data.csv",
        vocabulary=folder / "tokenizer.json",
    )
    assert subject.task.classes == ("ham", "spam")
    inputs, wanted = expected(folder.parent)
    with torch.no_grad():
        got = subject.network(*subject.samples.inputs)[::2]
    assert (got - wanted).abs().max() <= 1e-6
    assert len(inputs[0]) == len(got)


def test_a_pipeline_with_its_table_becomes_a_subject_that_prunes(cooked):
    folder = cooked("scikit-learn")
    subject = models.load(folder / "model.onnx", data=folder / "data.csv")
    assert explain.evaluate(subject).metric > 0.9
    plan = explain.PruningPlan(criterion="magnitude", amount=0.3)
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    assert explain.evaluate(pruned).n == subject.samples.count
