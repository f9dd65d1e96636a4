"""Families by name answer as their libraries do: what those say of small networks lies beside this.

`make recipes` asks the libraries again (tests/recipes/test_by_name.py).
"""

import json
import re
from pathlib import Path

import pytest
import torch

from explain.core.errors import ImportRefused
from models.registry import architecture, build_registered, candidates
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


def test_a_network_of_groups_is_lifted_bit_for_bit():
    network, state = made("regnet")
    lifted = build_registered("regnet_y_400mf", {"size": SIDE}, dict(state))
    pictures = scattered((2, 3, SIDE, SIDE), 0)
    with torch.no_grad():
        assert torch.equal(lifted(pictures), network(pictures))
    assert len(lifted.prunable) == sum(tensor.dim() in {2, 4} for tensor in state.values())


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
