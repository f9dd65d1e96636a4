"""Families by name answer as their libraries do: what those say of small networks lies beside this.

`make recipes` asks the libraries again (tests/recipes/test_by_name.py).
"""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

import explain
from explain import PruningPlan
from explain.core.errors import ImportRefused
from models.loading.card.describing import with_usual_scale
from models.loading.card.model_card import Card, Preprocess
from models.loading.loading import load_file
from models.registry import architecture, build_registered, candidates, usual_scale
from models.registry.layers import IMAGENET
from tests.registry.filling import filled, scattered

FOUND = json.loads(Path(__file__).with_name("answers.json").read_text(encoding="utf-8"))
SIDE = 96


def made(name):
    one = FOUND[name]
    network = architecture(one["key"]).make({**one["settings"]}).eval()
    state = filled(network.state_dict())
    network.load_state_dict(state)
    return network, state


@pytest.mark.parametrize("name", FOUND)
def test_bare_weights_are_recognised_and_answer_as_the_library(name):
    network, state = made(name)
    (guess,) = candidates(state)
    assert guess.match.exact
    assert (guess.name, dict(guess.params)) == (FOUND[name]["key"], FOUND[name]["settings"])
    wanted = torch.tensor(FOUND[name]["answers"])
    with torch.no_grad():
        found = network(scattered((2, 3, SIDE, SIDE), 0))
    assert (found - wanted).abs().max() <= 1e-5 * wanted.abs().max()


@pytest.mark.parametrize("name", FOUND)
def test_the_first_tensor_that_does_not_fit_is_named(name):
    _, state = made(name)
    weights = [each for each in state if state[each].dim() == 4]
    gone = weights[len(weights) // 2]
    lacking = {each: tensor for each, tensor in state.items() if each != gone}
    with pytest.raises(ImportRefused, match=re.escape(gone)):
        build_registered(FOUND[name]["key"], {}, lacking)
    flat = {**state, gone: state[gone].flatten()}
    with pytest.raises(ImportRefused, match=re.escape(f"{gone} is [{state[gone].numel()}]")):
        build_registered(FOUND[name]["key"], {}, flat)
    assert FOUND[name]["key"] in {guess.name for guess in candidates(lacking)}


def arrays(count):
    out = io.BytesIO()
    pixels = scattered((count, 3, SIDE, SIDE), 7).numpy()
    np.savez(out, x=pixels, y=np.arange(count) % 5)
    return out.getvalue()


@pytest.mark.parametrize(("name", "key"), [("regnet", "regnet_y_400mf"), ("vit", "vit_b_16")])
def test_a_file_of_bare_weights_opens_is_pruned_and_explained(name, key):
    network, state = made(name)
    params = {} if name == "vit" else {"size": SIDE}
    card = {"schema": 1, "architecture": {"name": key, "params": params}}
    subject = load_file(save(state), card=card, data=arrays(6))
    assert any("[0.485, 0.456, 0.406]" in note for note in subject.card.notes)
    pictures = subject.samples.inputs[0]
    with torch.no_grad():
        wanted, found = network(pictures), subject.network(pictures)
    assert (found - wanted).abs().max() <= 1e-6 * wanted.abs().max()
    prunable = sum(state[each].dim() in {2, 4} for each in state)
    assert len(subject.network.prunable) == prunable
    grain = {"regnet": "channel", "vit": "head"}[name]
    plan = PruningPlan(criterion="l1-norm", granularity=grain, amount=0.4)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    assert np.abs(explain.evaluate(pruned).outputs - explain.evaluate(subject).outputs).max() > 0
    values = explain.attribute(pruned, "saliency").values
    assert np.abs(values).max() > 0


def test_pictures_are_scaled_as_usual_in_a_family_unless_the_card_says_how():
    scales = {name: usual_scale(made(name)[1]) for name in FOUND}
    halves = {name for name, scale in scales.items() if scale == ((0.5,) * 3, (0.5,) * 3)}
    assert halves == {"vit of timm", "vit of transformers"}
    assert {scale for name, scale in scales.items() if name not in halves} == {IMAGENET}
    grey = made("regnet")[1]
    assert usual_scale({**grey, "stem.0.weight": grey["stem.0.weight"][:, :1]}) is None
    told = Card(preprocess=Preprocess(scale=1.0))
    assert with_usual_scale(told, IMAGENET) is told
    assert with_usual_scale(Card(), IMAGENET).preprocess.mean == IMAGENET[0]


OLD = {
    "densenet": {f"{kind}{at}.": f"{kind}.{at}." for kind in ("norm", "conv") for at in (1, 2)},
    "vit": {"mlp.0.": "mlp.linear_1.", "mlp.3.": "mlp.linear_2."},
}
"""Part of a name in a block now -> as files had it."""


@pytest.mark.parametrize("name", OLD)
def test_names_in_torchvisions_older_files_are_known(name):
    _, state = made(name)
    old = {each: each for each in state}
    for now, before in OLD[name].items():
        old = {
            each: file.replace(now, before) if "layer" in each else file
            for each, file in old.items()
        }
    (guess,) = candidates({old[each]: tensor for each, tensor in state.items()})
    assert guess.match.exact
    assert sum(each != file for each, file in guess.names.items()) == sum(
        each != file for each, file in old.items()
    )


def test_weights_that_claim_too_many_layers_are_counted_before_anything_is_built():
    _, state = made("regnet")
    block = "trunk_output.block3.block3-0."
    inside = {name[len(block) :]: value for name, value in state.items() if name.startswith(block)}
    more = {
        f"trunk_output.block3.block3-{place}.{name}": value
        for place in range(1, 90)
        for name, value in inside.items()
    }
    assert not candidates({**state, **more})
    with pytest.raises(ImportRefused, match="at most 2,000"):
        build_registered("regnet", {}, {**state, **more})
