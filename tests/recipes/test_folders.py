"""Folders as Transformers saves them answer as the library does, and read their own texts."""

import numpy as np
import pytest
import torch

import models

pytestmark = pytest.mark.recipes

MADE = """
import sys
import numpy
import torch
from transformers import (
    AlbertConfig, AutoModelForSequenceClassification, BertConfig, BertTokenizerFast,
    DistilBertConfig, RobertaConfig, ViTConfig, ViTForImageClassification,
)
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "win", "money", "hello", "friend", "##s"]
names = {"id2label": {0: "ham", 1: "spam", 2: "news"}, "label2id": {"ham": 0, "spam": 1, "news": 2}}
usual = {"vocab_size": len(words), "pad_token_id": 0, **names}
sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
         "intermediate_size": 40, "max_position_embeddings": 40}
configs = {
    "bert": BertConfig(**usual, **sizes, hidden_act="gelu_new"),
    "roberta": RobertaConfig(**usual, **sizes, type_vocab_size=1, layer_norm_eps=1e-5),
    "distilbert": DistilBertConfig(**usual, dim=32, n_layers=2, n_heads=4, hidden_dim=40,
                                   max_position_embeddings=40, activation="relu"),
    "minilm": BertConfig(**usual, **{**sizes, "hidden_size": 48, "num_attention_heads": 12}),
    "albert": AlbertConfig(**usual, **{**sizes, "num_hidden_layers": 5}, embedding_size=16,
                           num_hidden_groups=2, inner_group_num=2),
}
tokenizer = BertTokenizerFast(vocab={word: place for place, word in enumerate(words)})
texts = ["hello friend", "win money", "friends win hello moneys now", "hello"]
torch.manual_seed(0)
for key, config in configs.items():
    model = AutoModelForSequenceClassification.from_config(config).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(key)
    tokenizer.save_pretrained(key)
    found = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        outputs = model(found["input_ids"], attention_mask=found["attention_mask"]).logits
    numpy.save(f"{key}.npy", outputs.numpy())
picture = ViTForImageClassification(ViTConfig(
    image_size=32, patch_size=8, hidden_size=48, num_hidden_layers=2, num_attention_heads=6,
    intermediate_size=40, hidden_act="gelu_new", **names,
)).eval()
picture.save_pretrained("vit")
pixels = torch.randn(3, 3, 32, 32)
with torch.no_grad():
    numpy.savez("vit.npz", inputs=pixels, outputs=picture(pixels).logits)
with open("data.csv", "w") as file:
    file.write("text,label\\n" + "".join(f"{text},ham\\n" for text in texts))
"""


@pytest.fixture(scope="module")
def folders(written):
    return written(MADE)


@pytest.mark.parametrize("key", ["bert", "roberta", "distilbert", "minilm", "albert"])
def test_a_folder_of_transformers_answers_as_the_library(folders, key):
    subject = models.load(folders / key, data=folders / "data.csv")
    wanted = torch.from_numpy(np.load(folders / f"{key}.npy"))
    with torch.no_grad():
        found = subject.network(*subject.samples.inputs)
    assert (found - wanted).abs().max() <= 1e-6
    assert subject.task.classes == ("ham", "spam", "news")
    assert subject.network.prunable


def test_a_folder_of_a_vision_transformer_answers_as_the_library(folders):
    subject = models.load(folders / "vit")
    found = np.load(folders / "vit.npz")
    with torch.no_grad():
        outputs = subject.network(torch.from_numpy(found["inputs"]))
    wanted = torch.from_numpy(found["outputs"])
    assert (outputs - wanted).abs().max() <= 1e-5 * wanted.abs().max()
    assert subject.task.classes == ("ham", "spam", "news")
