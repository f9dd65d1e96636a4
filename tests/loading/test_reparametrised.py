"""Weights that torch computes anew in each pass are read as evaluation computes them."""

import io

import pytest
import torch
import torch.nn.utils.prune as torch_prune
from safetensors.torch import save
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from explain.core.errors import ImportRefused
from explain.core.messages import say
from models.loading.files.checkpoint import read_checkpoint
from models.loading.files.safetensors import read_safetensors
from models.loading.limits import LIMITS
from models.loading.opening import open_model


def masked(layer):
    torch_prune.l1_unstructured(layer, "weight", 0.5)
    torch_prune.random_unstructured(layer, "bias", 1)
    return layer


def old_weight_norm(dim):
    return lambda layer: nn.utils.weight_norm(layer, dim=dim)


def masked_direction(layer):
    layer = nn.utils.weight_norm(layer)
    torch_prune.l1_unstructured(layer, "weight_v", 0.3)
    return layer


def with_mask_behind_it(layer):
    """Return what a parametrization of somebody's own leaves behind."""
    parametrize.register_parametrization(layer, "weight", nn.Softplus())
    return layer


FORMS = {
    "mask": (masked, "mask"),
    "weight norm 0": (old_weight_norm(0), "weight_norm"),
    "weight norm 1": (old_weight_norm(1), "weight_norm"),
    "weight norm of all": (old_weight_norm(None), "weight_norm"),
    "mask in a norm": (masked_direction, "weight_norm"),
    "weight norm today": (parametrizations.weight_norm, "weight_norm"),
    "spectral norm": (nn.utils.spectral_norm, "spectral_norm"),
    "spectral norm today": (parametrizations.spectral_norm, "spectral_norm"),
}
LAYERS = {
    "linear": lambda: nn.Linear(4, 6),
    "convolution": lambda: nn.Conv2d(2, 3, (2, 3)),
    "square transposed": lambda: nn.ConvTranspose2d(3, 3, 2),
}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("form", FORMS)
def test_a_kept_form_is_read_as_the_weight_of_evaluation(form, layer):
    torch.manual_seed(3)
    make, said = FORMS[form]
    module = nn.Sequential(make(LAYERS[layer]()), nn.ReLU())
    shape = (2, 4) if layer == "linear" else (2, module[0].in_channels, 5, 5)
    for _ in range(5):  # spectral norm looks for its vectors while it trains
        module(torch.randn(shape))
    module.eval()
    module(torch.randn(shape))
    file = io.BytesIO()
    torch.save({"state_dict": module.state_dict(), "epoch": 1}, file)
    reading = read_checkpoint(file.getvalue(), LIMITS)
    assert list(reading.tensors) in (["0.weight", "0.bias"], ["0.bias", "0.weight"])
    torch.testing.assert_close(reading.tensors["0.weight"], module[0].weight.detach())
    assert torch.equal(reading.tensors["0.bias"], module[0].bias.detach())
    names = repr("0.weight")
    assert any(
        str(one).startswith(say("loading.weights.folded", form=said, tensors=names)[:30])
        for one in reading.warnings
    )
    again = read_safetensors(save(module.state_dict()), LIMITS).tensors
    assert torch.equal(again["0.weight"], reading.tensors["0.weight"])


@pytest.mark.parametrize("make", [with_mask_behind_it, parametrizations.orthogonal])
def test_a_parametrization_that_is_not_known_is_refused_by_its_tensor(make):
    state = nn.Sequential(make(nn.Linear(4, 4))).state_dict()
    with pytest.raises(ImportRefused, match=r"0\.parametrizations\.weight"):
        read_safetensors(save({name: t.contiguous() for name, t in state.items()}), LIMITS)


def test_parts_that_only_have_the_names_stay_as_they_are():
    state = {"a_orig": torch.ones(3), "a_mask": torch.full((3,), 2.0)}
    state |= {"b_g": torch.ones(2, 2), "b_v": torch.ones(2, 2), "c_orig": torch.ones(2)}
    assert read_safetensors(save(state), LIMITS).tensors.keys() == state.keys()


def test_what_was_gone_on_arrival_is_counted_and_said():
    layer = masked(nn.Linear(8, 10))
    opened = open_model(save(nn.Sequential(layer).state_dict()))
    said = say("loading.weights.arrived", share=0.5, zeros=40, total=80)
    assert str(opened.warnings[-1]) == said
    assert not open_model(save(nn.Linear(8, 10).state_dict())).warnings
