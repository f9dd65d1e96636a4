"""A folder as Transformers saves it, plain and zipped: weights, config, tokenizer, labels."""

import contextlib
import json

import pytest
import torch

import models
from explain.core.errors import ImportRefused
from explain.core.messages import say
from models.loading.card.model_card import read_card
from models.loading.limits import LIMITS
from models.loading.loading import load_file
from models.loading.opening import open_model
from tests.loading.hub_folders import CONFIG, TEXTS, hub_folder, zipped


@pytest.fixture(scope="module")
def inside():
    return hub_folder()


def test_a_folder_and_its_zip_are_one_network_with_labels_and_texts(inside, tmp_path):
    for name, content in inside.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "rows.csv").write_text(TEXTS)
    plain = models.load(str(tmp_path), data=tmp_path / "rows.csv")
    packed = load_file(zipped(inside), data=TEXTS.encode())
    alone = load_file(tmp_path / "model.safetensors", data=TEXTS.encode(),
                      vocabulary=tmp_path / "vocab.txt")  # fmt: skip
    for subject in (plain, packed, alone):
        assert subject.task.classes == ("ham", "spam", "news")
        assert subject.samples.inputs[0][0, :4].tolist() == [2, 6, 7, 3]
        found = [each.network(*each.samples.inputs) for each in (plain, subject)]
        assert torch.equal(*found)
    old = inside | {"pytorch_model.bin": b"not read"}
    assert set(open_model(zipped(old)).tensors) == set(open_model(zipped(inside)).tensors)


def test_two_networks_in_a_folder_and_none_are_refused_with_their_names(inside, tmp_path):
    with pytest.raises(ImportRefused, match="is empty"):
        load_file(tmp_path)
    for name in ("a.safetensors", "b.safetensors"):
        (tmp_path / name).write_bytes(inside["model.safetensors"])
    with pytest.raises(ImportRefused, match=r"a\.safetensors.*b\.safetensors"):
        load_file(tmp_path)
    twice = zipped({"one/model.safetensors": b"", "two/model.safetensors": b""})
    with pytest.raises(ImportRefused, match=r"one/model\.safetensors"):
        open_model(twice)


@pytest.mark.parametrize(
    "weights",
    [b"", b"PK\x03\x04", b"\x80\x04cos\nsystem\n", zipped({"model.safetensors": b"x"})],
    ids=["nothing", "archive", "program", "folder in a folder"],
)
def test_what_is_called_weights_in_a_zip_is_read_as_weights_alone(inside, weights):
    with pytest.raises(ImportRefused):
        open_model(zipped(inside | {"model.safetensors": weights}))


@pytest.mark.parametrize(
    "change",
    [
        {"id2label": {"0": "a", "7": "b"}},
        {"id2label": ["a"]},
        {"id2label": {"0": ["a"], "1": 3}},
        {"num_attention_heads": "many"},
        {"hidden_act": {"a": 1}},
        {"layer_norm_eps": 1e9},
        {"model_type": ["bert"]},
        {"model_type": "gpt2"},
        {"problem_type": {"a": 1}},
        {"architectures": [[[]]]},
    ],
)
def test_a_config_of_any_content_is_a_card_or_a_refusal(inside, change):
    content = inside | {"config.json": json.dumps(CONFIG | change).encode()}
    with contextlib.suppress(ImportRefused):
        assert load_file(zipped(content)).network.prunable


def test_what_a_network_answers_is_read_off_its_config():
    many = read_card(CONFIG | {"problem_type": "multi_label_classification"}, LIMITS)
    one = read_card({"model_type": "roberta", "id2label": {"0": "LABEL_0"}}, LIMITS)
    other = read_card({"model_type": "gpt2"}, LIMITS)
    assert (many.output, many.labels) == ("multilabel", ("ham", "spam", "news"))
    assert (one.task, one.output, one.labels) == ("regression", "value", ())
    assert other.architecture is None
    assert other.notes == (say("loading.card.config_of_other", kind="gpt2"),)
