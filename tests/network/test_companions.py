"""What belongs to one layer alone, and which units give exactly nothing once they are gone."""

import pytest
import torch
from torch import nn

import explain
from explain import PruningPlan
from explain.network import UNIT_LAYERS, batch_norm_after, lift
from explain.network.drawing.silence import silent_layers
from explain.pruning.units import companions_of, unit_weights


def subject_of(module, *shape):
    torch.manual_seed(0)
    return explain.subject(module, torch.randn(4, *shape))


class Tokens(nn.Module):
    """A layer on tokens, a BatchNorm over the positions, the mean over tokens, an answer."""

    def __init__(self, tokens):
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(5, 6), nn.BatchNorm1d(tokens), nn.Linear(6, 3)

    def forward(self, x):
        return self.last(torch.relu(self.norm(self.first(x))).mean(1))


@pytest.mark.parametrize("tokens", [4, 6])
def test_a_batch_norm_over_positions_is_no_companion_of_units(tokens):
    subject = subject_of(Tokens(tokens), tokens, 5)
    assert batch_norm_after(subject.network)["first"] is None
    plan = PruningPlan(criterion="l1-norm", granularity="unit", amount=0.5)
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    for part in ("norm.weight", "norm.bias"):
        wanted = subject.network.get_parameter(part)
        assert torch.equal(pruned.network.get_parameter(part), wanted)


@pytest.mark.parametrize(
    ("layer", "norm", "shape"),
    [
        (nn.Linear(5, 6), nn.BatchNorm1d(6), (5,)),
        (nn.Conv1d(5, 6, 1), nn.BatchNorm1d(6), (5, 6)),
        (nn.Conv2d(5, 6, 1), nn.BatchNorm2d(6), (5, 6, 6)),
    ],
)
def test_a_batch_norm_over_units_is_their_companion(layer, norm, shape):
    network = lift(nn.Sequential(layer, norm).eval(), torch.randn(4, *shape))
    assert batch_norm_after(network) == {"0": "1"}


class SharedNorm(nn.Module):
    """Two layers whose outputs go through the same BatchNorm."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(5, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.norm = nn.BatchNorm1d(6)

    def forward(self, x):
        h = torch.relu(self.norm(self.first(x)))
        return self.last(torch.relu(self.norm(self.second(h))))


def test_a_batch_norm_that_two_layers_use_goes_with_neither():
    subject = subject_of(SharedNorm(), 5)
    for layer in ("first", "second"):
        assert companions_of(subject, f"{layer}.weight") == (f"{layer}.bias",)
        assert layer not in silent_layers(subject.network)


def test_layers_that_share_a_bias_have_no_units_of_their_own():
    module = nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 3))
    module[2].bias = module[0].bias
    assert unit_weights(subject_of(module, 5), UNIT_LAYERS) == ()


SILENT = [
    nn.ReLU6(),
    nn.PReLU(8),
    nn.PReLU(),
    nn.GELU(),
    nn.Mish(),
    nn.Hardswish(),
    nn.ELU(0.5),
    nn.LeakyReLU(0.2),
    nn.Hardtanh(-1, 1),
    nn.Identity(),
]
LOUD = [
    nn.Hardtanh(0.5, 1),
    nn.Hardsigmoid(),
    nn.Softplus(),
    nn.LogSigmoid(),
    nn.Softmax(1),
    nn.BatchNorm1d(8, affine=False),
    nn.GLU(1),
]


def after(layer):
    width = 4 if isinstance(layer, nn.GLU) else 8
    module = nn.Sequential(nn.Linear(5, 8), layer, nn.Linear(width, 3))
    for name, tensor in module.named_buffers():
        if name.endswith("running_mean"):
            tensor.fill_(0.3)
    return module.eval()


@pytest.mark.parametrize(
    ("layer", "silent"), [(x, True) for x in SILENT] + [(x, False) for x in LOUD]
)
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_a_dead_unit_gives_nothing_exactly_where_the_layer_is_called_silent(layer, silent, kind):
    network = lift(after(layer).to(kind), torch.randn(4, 5, dtype=kind))
    assert ("0" in silent_layers(network)) == silent
    parameters = {n: p.detach().clone() for n, p in network.named_parameters() if n[0] == "0"}
    for tensor in parameters.values():
        tensor[4:] = 0
    values = network.with_parameters(parameters).record(torch.randn(4, 5, dtype=kind))
    into_last = network.steps[-2].arguments[0].name
    assert silent == (not values[into_last][:, -4:].any())
