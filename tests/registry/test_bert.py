"""Weights with the names of Transformers compute what its source says, written down once more."""

import math

import pytest
import torch
from torch.nn import functional

from explain.core.errors import ImportRefused
from models.registry import build_registered, candidates
from models.registry.attention import likely_heads

WIDTH, INNER, WORDS, PLACES, BLOCKS, HEADS, LENGTH = 12, 20, 30, 18, 2, 3, 9


def affine(state, name, shape):
    state[f"{name}.weight"] = torch.randn(shape) / 3
    state[f"{name}.bias"] = torch.randn(shape[0]) / 3


def embeddings(state, prefix, *, segments):
    names = ("word_embeddings", "position_embeddings", "token_type_embeddings")
    for name, count in zip(names, (WORDS, PLACES, segments), strict=True):
        if count:
            state[f"{prefix}embeddings.{name}.weight"] = torch.randn(count, WIDTH)
    affine(state, f"{prefix}embeddings.LayerNorm", (WIDTH,))


def weights_of_bert(prefix, head, *, segments, pooler):
    state = {}
    embeddings(state, prefix, segments=segments)
    for at in range(BLOCKS):
        block = f"{prefix}encoder.layer.{at}"
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            affine(state, f"{block}.attention.{name}", (WIDTH, WIDTH))
        affine(state, f"{block}.attention.output.LayerNorm", (WIDTH,))
        affine(state, f"{block}.intermediate.dense", (INNER, WIDTH))
        affine(state, f"{block}.output.dense", (WIDTH, INNER))
        affine(state, f"{block}.output.LayerNorm", (WIDTH,))
    affine(state, pooler, (WIDTH, WIDTH))
    affine(state, head, (3, WIDTH))
    return state


def weights_of_distilbert():
    state = {}
    embeddings(state, "distilbert.", segments=0)
    for at in range(BLOCKS):
        block = f"distilbert.transformer.layer.{at}"
        for name in ("q_lin", "k_lin", "v_lin", "out_lin"):
            affine(state, f"{block}.attention.{name}", (WIDTH, WIDTH))
        for name in ("sa_layer_norm", "output_layer_norm"):
            affine(state, f"{block}.{name}", (WIDTH,))
        affine(state, f"{block}.ffn.lin1", (INNER, WIDTH))
        affine(state, f"{block}.ffn.lin2", (WIDTH, INNER))
    affine(state, "pre_classifier", (WIDTH, WIDTH))
    affine(state, "classifier", (3, WIDTH))
    return state


def through(state, name, values):
    return functional.linear(values, state[f"{name}.weight"], state[f"{name}.bias"])


def normed(state, name, values, epsilon):
    weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
    return functional.layer_norm(values, (WIDTH,), weight, bias, epsilon)


def attention(state, names, values, present):
    """Row by row and head by head, over the places that are there."""
    query, key, value = (through(state, name, values) for name in names)
    found, size = torch.zeros_like(values), WIDTH // HEADS
    for row in range(len(values)):
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            scores = query[row, :, part] @ key[row, present[row], part].T / math.sqrt(size)
            found[row, :, part] = scores.softmax(-1) @ value[row, present[row], part]
    return found


def bert(state, ids, *, prefix, padding, epsilon, first, ending):
    values = state[f"{prefix}embeddings.word_embeddings.weight"][ids]
    values = values + state[f"{prefix}embeddings.token_type_embeddings.weight"][0]
    values = values + state[f"{prefix}embeddings.position_embeddings.weight"][first:][:LENGTH]
    values = normed(state, f"{prefix}embeddings.LayerNorm", values, epsilon)
    for at in range(BLOCKS):
        block = f"{prefix}encoder.layer.{at}"
        names = [f"{block}.attention.self.{name}" for name in ("query", "key", "value")]
        seen = attention(state, names, values, ids != padding)
        values = values + through(state, f"{block}.attention.output.dense", seen)
        values = normed(state, f"{block}.attention.output.LayerNorm", values, epsilon)
        wide = functional.gelu(through(state, f"{block}.intermediate.dense", values))
        values = values + through(state, f"{block}.output.dense", wide)
        values = normed(state, f"{block}.output.LayerNorm", values, epsilon)
    before, last = ending
    return through(state, last, torch.tanh(through(state, before, values[:, 0])))


def distilbert(state, ids):
    values = state["distilbert.embeddings.word_embeddings.weight"][ids]
    values = values + state["distilbert.embeddings.position_embeddings.weight"][:LENGTH]
    values = normed(state, "distilbert.embeddings.LayerNorm", values, 1e-12)
    for at in range(BLOCKS):
        block = f"distilbert.transformer.layer.{at}"
        names = [f"{block}.attention.{name}" for name in ("q_lin", "k_lin", "v_lin")]
        seen = attention(state, names, values, ids != 0)
        values = values + through(state, f"{block}.attention.out_lin", seen)
        values = normed(state, f"{block}.sa_layer_norm", values, 1e-12)
        wide = functional.gelu(through(state, f"{block}.ffn.lin1", values))
        values = values + through(state, f"{block}.ffn.lin2", wide)
        values = normed(state, f"{block}.output_layer_norm", values, 1e-12)
    return through(state, "classifier", torch.relu(through(state, "pre_classifier", values[:, 0])))


def texts(padding):
    ids = torch.randint(2, WORDS, (4, LENGTH))
    ids[0, -3:] = ids[1, -1:] = padding
    return ids


FAMILIES = {
    "bert": (
        lambda: weights_of_bert("bert.", "classifier", segments=2, pooler="bert.pooler.dense"),
        lambda state, ids: bert(
            state,
            ids,
            prefix="bert.",
            padding=0,
            epsilon=1e-12,
            first=0,
            ending=("bert.pooler.dense", "classifier"),
        ),
        0,
    ),
    "roberta": (
        lambda: weights_of_bert(
            "roberta.", "classifier.out_proj", segments=1, pooler="classifier.dense"
        ),
        lambda state, ids: bert(
            state,
            ids,
            prefix="roberta.",
            padding=1,
            epsilon=1e-5,
            first=2,
            ending=("classifier.dense", "classifier.out_proj"),
        ),
        1,
    ),
    "distilbert": (weights_of_distilbert, distilbert, 0),
}


@pytest.mark.parametrize("key", FAMILIES)
def test_weights_with_the_names_of_transformers_compute_what_its_source_says(key):
    make, literally, padding = FAMILIES[key]
    torch.manual_seed(0)
    state, ids = make(), texts(padding)
    best = candidates(state)[0]
    assert (best.name, best.match.exact) == (key, True)
    network = build_registered(key, {"heads": HEADS, "length": LENGTH}, dict(state))
    with torch.no_grad():
        assert torch.allclose(network(ids), literally(state, ids), rtol=0, atol=1e-5)
    assert set(network.prunable) <= set(state)  # as the file calls them
    assert len(network.prunable) > 6 * BLOCKS


def albert_of(state, widths):
    """Return weights of an ALBERT that goes twice through the first block of a BERT.

    What stands between embeddings and block multiplies by `widths`, the BERT's norm does so itself.
    """
    names = {
        "attention.self.": "attention.",
        "attention.output.": "attention.",
        "intermediate.dense": "ffn",
        "output.LayerNorm": "full_layer_layer_norm",
        "output.dense": "ffn_output",
    }
    found = {}
    for name, tensor in state.items():
        if name.startswith("bert.encoder.layer.0."):
            part = name.removeprefix("bert.encoder.layer.0.")
            old = next(old for old in names if part.startswith(old))
            group = "albert.encoder.albert_layer_groups.0.albert_layers.0."
            found[group + part.replace(old, names[old], 1)] = tensor
        elif ".layer." not in name:
            found[name.replace("bert.", "albert.").replace("pooler.dense", "pooler")] = tensor
    for kind in ("weight", "bias"):
        norm = f"embeddings.LayerNorm.{kind}"
        found[f"albert.{norm}"] = state[f"bert.{norm}"] / widths
    found["albert.encoder.embedding_hidden_mapping_in.weight"] = widths.diag()
    return found | {"albert.encoder.embedding_hidden_mapping_in.bias": torch.zeros(WIDTH)}


def test_an_albert_is_a_bert_whose_blocks_are_one():
    torch.manual_seed(0)
    make, literally, padding = FAMILIES["bert"]
    state, ids = make(), texts(padding)
    for name in list(state):
        if ".layer.1." in name:
            state[name] = state[name.replace(".layer.1.", ".layer.0.")]
    shared = albert_of(state, torch.rand(WIDTH) + 0.5)
    best = candidates(shared)[0]
    assert (best.name, best.match.exact) == ("albert", True)
    params = {"heads": HEADS, "length": LENGTH, "rounds": 2, "activation": "gelu"}
    network = build_registered("albert", params, dict(shared))
    with torch.no_grad():
        assert torch.allclose(network(ids), literally(state, ids), rtol=0, atol=1e-5)
    assert set(network.prunable) <= set(shared)
    deep = {
        name.replace("layers.0", f"layers.{at}"): w
        for name, w in shared.items()
        for at in (0, 1, 2)
    }
    with pytest.raises(ImportRefused, match="144 blocks"):
        build_registered("albert", params | {"rounds": 48}, deep)


def test_a_minilm_is_a_bert_with_narrow_heads():
    assert [likely_heads(width) for width in (384, 768, 128)] == [12, 12, 2]


def test_names_of_before_2019_are_known():
    torch.manual_seed(0)
    make, _, padding = FAMILIES["bert"]
    state, ids = make(), texts(padding)
    old = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): tensor
        for name, tensor in state.items()
    }
    params = {"heads": HEADS, "length": LENGTH}
    found = [build_registered("bert", params, dict(each))(ids) for each in (state, old)]
    assert torch.equal(*found)
