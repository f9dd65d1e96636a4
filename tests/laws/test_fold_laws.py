"""Laws of folding: what removed units still say goes into the layers that hear it, exactly."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import explain
from explain.pruning import fold_constants, heard_units, unfolded


class Joined(nn.Module):
    """Two ways into one grouped layer, and a picture laid out in a row."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(2, 4, 3), nn.Conv2d(2, 4, 3)
        self.far, self.out = nn.Conv2d(8, 4, 2, groups=2), nn.Linear(36, 3)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x):
        both = torch.cat([torch.sigmoid(self.one(x)), torch.cos(self.two(x))], 1)
        return self.out(torch.sigmoid(self.norm(self.far(both))).flatten(1))


def normed(*reader):
    """A norm behind its activation, and a layer that reads it."""
    first = [nn.Conv2d(2, 6, 3), nn.ReLU(), nn.BatchNorm2d(6)]
    return nn.Sequential(*first, *reader, nn.ReLU(), nn.Flatten(), nn.LazyLinear(3))


def table(*between):
    return nn.Sequential(nn.Linear(5, 8), *between, nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 3))


PLAN = explain.PruningPlan(criterion="l1-norm", granularity="unit", amount=0.5)
FOLDS = {
    "½ of a sigmoid": (table(nn.Sigmoid()), (5,)),
    "a norm behind the activation": (table(nn.ReLU(), nn.BatchNorm1d(8)), (5,)),
    "one layer after the other": (
        nn.Sequential(
            nn.Linear(5, 8), nn.Sigmoid(), nn.Linear(8, 6), nn.Sigmoid(), nn.Linear(6, 3)
        ),
        (5,),
    ),
    "a convolution without padding": (normed(nn.Conv2d(6, 4, 3)), (2, 6, 6)),
    "padding that repeats, and a norm in place of a bias": (
        normed(
            nn.Conv2d(6, 4, 3, padding=1, padding_mode="reflect", bias=False), nn.BatchNorm2d(4)
        ),
        (2, 6, 6),
    ),
    "groups, and a picture in a row": (Joined(), (2, 6, 6)),
}
STAYS = {
    "zeros at the edges": (normed(nn.Conv2d(6, 4, 3, padding=1)), (2, 6, 6), "pads with zeros"),
    "no place for it": (normed(nn.Conv2d(6, 4, 3, bias=False)), (2, 6, 6), "neither a bias"),
    "a norm over units": (table(nn.Sigmoid(), nn.LayerNorm(8)), (5,), None),
}


def halved(module, shape):
    """Return the masks of half of the units of each layer, and the copy; norms are as trained."""
    torch.manual_seed(0)
    x, y = torch.randn(12, *shape), torch.arange(12) % 3
    module(x)
    for norm in module.modules():
        if hasattr(norm, "reset_parameters"):
            norm.reset_parameters()
        if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 2)
            nn.init.uniform_(norm.bias, -1, 1)
            nn.init.uniform_(norm.running_mean, 0.5, 1)
    subject = explain.subject(module, x, y, calibration=(x, y))
    masks = explain.select(explain.score(subject, PLAN), PLAN)
    return masks, explain.prune(subject, masks)


def outputs(subject):
    with torch.no_grad():
        return subject.network(*subject.samples.inputs)


def saying_else(subject, masks, layers):
    """Return the copy in which every removed unit of these layers says something else."""
    changed = {}
    for tensor, counts in zip(masks.scores.tensors, masks.pruned, strict=True):
        if tensor.layer not in layers:
            continue
        bias = subject.network.get_parameter(f"{tensor.layer}.bias").detach()
        gone = torch.from_numpy(tensor.gone(counts)[:-1])
        changed[f"{tensor.layer}.bias"] = torch.where(gone, torch.randn_like(bias), bias)
    return replace(subject, network=subject.network.with_parameters(changed))


@pytest.mark.parametrize(("module", "shape"), FOLDS.values(), ids=FOLDS)
def test_a_folded_network_answers_as_the_one_whose_units_hand_their_constant_on(module, shape):
    masks, pruned = halved(module, shape)
    folded, heard = fold_constants(pruned), heard_units(pruned, masks)
    assert heard
    assert heard_units(folded, masks) == {}
    assert not unfolded(pruned)
    assert torch.allclose(outputs(folded), outputs(pruned), atol=1e-5)
    other = [outputs(saying_else(one, masks, heard)) for one in (folded, pruned)]
    assert torch.equal(other[0], outputs(folded))
    assert not torch.equal(other[1], outputs(pruned))


@pytest.mark.parametrize(("module", "shape", "why"), STAYS.values(), ids=STAYS)
def test_what_cannot_be_folded_stays_and_is_said(module, shape, why):
    masks, pruned = halved(module, shape)
    folded = fold_constants(pruned)
    assert torch.equal(outputs(folded), outputs(pruned))
    assert "0" in heard_units(folded, masks)
    assert [why in str(reason) for reason in unfolded(pruned).values()] == ([True] if why else [])
