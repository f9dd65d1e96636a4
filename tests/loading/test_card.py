import dataclasses
import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explain.core.errors import ImportRefused
from explain.network import lift
from models.architectures import TextTransformer
from models.loading.card.describing import completed, guessed, unknown_fields
from models.loading.card.model_card import (
    Card,
    CardInput,
    NamedArchitecture,
    Preprocess,
    card_bytes,
    read_card,
)
from models.loading.limits import LIMITS

FULL = Card(
    title="Breast tumours",
    task="classification",
    modality="tabular",
    input=CardInput(names=("rows",), shape=(2,), dtype="float32", features=("radius", "texture")),
    preprocess=Preprocess(scale=0.5, mean=(1.0, 2.0), std=(3.0, 4.0), lower=False),
    labels=("benign", "malignant"),
    output="logits",
    baseline="mean",
    target="diagnosis",
    groups=("site",),
    metric="balanced-accuracy",
    cut=0.25,
    architecture=NamedArchitecture(name="mlp", params={"hidden": [64, 32]}),
    purpose="Teaching.",
    limits=("Small.",),
    sha256="ab" * 32,
)


def test_a_card_comes_back_from_its_json_as_it_was():
    assert read_card(card_bytes(FULL), LIMITS) == FULL


def test_an_empty_card_is_a_card_on_which_everything_is_unknown():
    assert read_card(b"{}", LIMITS) == Card()
    assert json.loads(card_bytes(Card())) == {"schema": 1}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", 3, "title must be a text"),
        ("title", "x" * 201, "title has 201 characters"),
        ("title", "a\x00b", "title holds characters"),
        ("title", "left\u202eright", "title holds characters"),
        ("metric", "luck", "metric is 'luck'; known are accuracy"),
        ("task", "guessing", "task is 'guessing'; known are classification"),
        ("task", ["regression"], "task is no text"),
        ("labels", "ab", "labels must be a list"),
        ("labels", ["a", "a"], "labels names 'a' twice"),
        ("labels", ["a", 4], r"labels\[1\] must be a text"),
        ("labels", [str(i) for i in range(1001)], "labels has 1,001 entries"),
        ("input", [], "input must be an object"),
        ("input", {"shape": [3, -1]}, r"input.shape\[1\] must be a whole number from 1"),
        ("input", {"shape": [3, 1.5]}, r"input.shape\[1\] must be a whole number"),
        ("input", {"shape": [True]}, r"input.shape\[0\] must be a whole number"),
        ("input", {"shape": [10**400]}, r"input.shape\[0\] must be a whole number"),
        ("input", {"shape": [1] * 9}, "input.shape has 9 entries"),
        ("input", {"features": ["a", "a"]}, "input.features names 'a' twice"),
        ("preprocess", {"mean": ["1"]}, r"preprocess.mean\[0\] must be a number"),
        ("preprocess", {"mean": 10**400}, "preprocess.mean must be finite"),
        ("preprocess", {"std": [0.0]}, "preprocess.std must be above 0"),
        ("preprocess", {"length": 5000}, r"preprocess.length\[0\] must be a whole number"),
        ("preprocess", {"lower": "yes"}, "preprocess.lower must be true or false"),
        ("preprocess", {"scale": 0}, "preprocess.scale must not be 0"),
        ("cut", float("nan"), "cut must be finite"),
        ("tolerance", -1, "tolerance must not be below 0"),
        ("architecture", {"params": {}}, "architecture.name is missing"),
        ("architecture", {"name": "mlp", "params": 4}, "architecture.params must be an object"),
        ("schema", 2, "schema must be 1"),
    ],
)
def test_a_wrong_field_is_refused_with_its_path(field, value, told):
    with pytest.raises(ImportRefused, match=told) as caught:
        read_card({field: value}, LIMITS)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"task": "regression", "output": "logits"}, "a regression has the output 'value'"),
        ({"task": "regression", "output": "logit1"}, "which is no regression"),
        ({"task": "classification", "output": "multilabel"}, "which is no classification"),
        ({"output": "logit1", "labels": ["a", "b", "c"]}, "one logit decides between 2"),
        ({"target": "a", "groups": ["a"]}, "target is also a feature or a group"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(fields, told):
    with pytest.raises(ImportRefused, match=told):
        read_card(fields, LIMITS)


def test_all_problems_are_told_at_once():
    with pytest.raises(ImportRefused) as caught:
        read_card({"title": 1, "labels": 2, "input": {"shape": "x"}}, LIMITS)
    assert all(path in caught.value.reason for path in ("title", "labels", "input.shape"))


def test_unknown_fields_are_named_and_not_used():
    card = read_card({"titel": "x", "input": {"shap": [3]}}, LIMITS)
    assert tuple(map(str, card.warnings)) == (
        "The model card has 2 unknown fields, not used: titel, input.shap.",
    )
    assert dataclasses.replace(card, warnings=()) == Card()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"3",
        b"\xff\xfe",
        b"{",
        b'{"title": "a", "title": "b"}',
        b"[" * 100_000,
        b" " * 256_001,
        b'{"cut": 1e999}',
        b'{"cut": NaN}',
    ],
)
def test_what_is_no_card_is_refused_in_words(data):
    with pytest.raises(ImportRefused) as caught:
        read_card(data, LIMITS)
    assert caught.value.hint


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
names = st.sampled_from([f.name for f in dataclasses.fields(Card)] + ["schema", "x"])


@given(st.dictionaries(names, json_values))
def test_no_json_object_raises_anything_but_import_refused(found):
    try:
        card = read_card(found, LIMITS)
    except ImportRefused:
        return
    assert read_card(card_bytes(card), LIMITS) == dataclasses.replace(card, warnings=())


def linear(inputs, outputs, *more):
    return lift(nn.Sequential(nn.Linear(inputs, outputs), *more), torch.zeros(2, inputs))


def test_a_network_over_columns_is_a_table_with_numbered_classes():
    found = guessed(linear(4, 3))
    assert (found.modality, found.task, found.output) == ("tabular", "classification", "logits")
    assert (found.labels, found.input.shape) == (("0", "1", "2"), (4,))


def test_a_network_that_ends_in_softmax_gives_probabilities():
    assert guessed(linear(4, 3, nn.Softmax(1))).output == "probabilities"


def test_one_output_leaves_the_task_open_unless_it_is_a_sigmoid():
    assert guessed(linear(4, 1)).output == ""
    assert guessed(linear(4, 1, nn.Sigmoid())).output == "logit1"


@pytest.mark.parametrize(
    ("shape", "layout"), [((3, 8, 8), "NCHW"), ((8, 8, 3), "NHWC"), ((1, 8, 1), "NCHW")]
)
def test_three_dimensions_are_an_image_with_colours_where_they_are_few(shape, layout):
    module = nn.Sequential(nn.Flatten(), nn.Linear(torch.Size(shape).numel(), 2))
    found = guessed(lift(module, torch.zeros(2, *shape)))
    assert (found.modality, found.input.layout) == ("image", layout)


def test_integer_ids_are_text():
    network = lift(TextTransformer(11, 6, 4, 2, 1, 2), torch.zeros(2, 6, dtype=torch.int64))
    found = guessed(network)
    assert (found.modality, found.input.names) == ("text", ("input_ids",))
    assert unknown_fields(found) == ("preprocess.tokenizer",)


def test_what_the_card_says_is_kept_and_only_gaps_are_filled():
    card = Card(labels=("a", "b", "c"), input=CardInput(features=("w", "x", "y", "z")))
    found = completed(card, guessed(linear(4, 3)))
    assert found.labels == card.labels
    assert found.input == CardInput(shape=(4,), dtype="float32", features=card.input.features)
    assert unknown_fields(found) == ()


def test_a_form_asks_for_what_neither_card_nor_network_says():
    assert unknown_fields(completed(Card(), guessed(linear(4, 1)))) == ("task", "output", "labels")
