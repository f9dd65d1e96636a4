"""Laws of axes: rows, tokens and units are told apart by the steps, also where all are as many."""

from functools import cache

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import explain
from explain.decompose.activations import unit_activations
from explain.decompose.unit_graph import weigh
from explain.decompose.units import trace_units
from explain.features import arithmetic, top_samples, unit_values
from explain.network import batch_norm_after, lift


class Tokens(nn.Module):
    """A layer on each token, a mean over the tokens, an answer."""

    def __init__(self, size, *, tokens_first):
        super().__init__()
        self.each, self.answer = nn.Linear(size, size), nn.Linear(size, 2)
        self.axis = 0 if tokens_first else 1

    def forward(self, x):
        x = x.transpose(0, 1) if self.axis == 0 else x
        return self.answer(torch.relu(self.each(x)).mean(self.axis))


@cache
def subject_of(size, *, tokens_first):
    with torch.random.fork_rng():
        torch.manual_seed(size)
        x, y = torch.randn(size, size, size), torch.arange(size) % 2
        module = Tokens(size, tokens_first=tokens_first)
    return explain.subject(module, x, y, calibration=(x, y))


def said(subject):
    """Return what the units say [rows, tokens, units], by hand."""
    layer = subject.network.get_submodule("each")
    with torch.no_grad():
        return torch.relu(layer(subject.samples.inputs[0])).numpy()


SIZES = given(size=st.integers(2, 3), tokens_first=st.booleans())
FEW = settings(max_examples=3, deadline=None)


@SIZES
@FEW
def test_units_are_looked_at_along_their_own_axis(size, tokens_first):
    subject = subject_of(size, tokens_first=tokens_first)
    wanted = said(subject)
    for row in (0, size - 1):
        found = explain.feature_maps(subject, "each", row)
        np.testing.assert_allclose(found.maps, wanted[row].T, atol=1e-6)
        np.testing.assert_allclose(
            unit_values(subject, row)["each"], wanted[row].mean(0), atol=1e-6
        )
        one = arithmetic(subject, "each", 1, row, at=(size - 1,))
        np.testing.assert_allclose(one.value, wanted[row, size - 1, 1], atol=1e-6)
    for unit in range(size):
        best = top_samples(subject, "each", unit, 1)[0]
        assert (best.row, *best.at) == np.unravel_index(wanted[:, :, unit].argmax(), (size, size))
    heard = unit_activations(weigh(subject, trace_units(subject.network)))
    np.testing.assert_allclose(heard, wanted.mean(1), atol=1e-6)


@given(size=st.integers(2, 3))
@FEW
def test_conductances_are_summed_over_the_units_of_a_module(size):
    subject = subject_of(size, tokens_first=False)
    parts = explain.partition(subject, "manual", modules={"first": {"each": [0]}})
    (found,) = [
        one
        for one in explain.conductances(subject, parts, sample=0, baseline="zero", steps=20)
        if one.layer == "each"
    ]
    layer, answer = (subject.network.get_submodule(name) for name in ("each", "answer"))
    start = torch.relu(layer.bias.detach()).numpy()
    target = subject.network(subject.samples.inputs[0][:1]).argmax()
    each = (said(subject)[0].mean(0) - start) * answer.weight.detach()[target].numpy()
    owners = parts.labels["each"]
    wanted = [each[owners == module].sum() for module in range(parts.count)]
    np.testing.assert_allclose(found.sums[0], wanted, rtol=0.03, atol=1e-3)


class Merged(nn.Module):
    """Tokens laid out as rows go through a BatchNorm of the units."""

    def __init__(self, size):
        super().__init__()
        self.each, self.norm = nn.Linear(size, size), nn.BatchNorm1d(size)
        self.answer = nn.Linear(size, 2)

    def forward(self, x):
        return self.answer(self.norm(self.each(x.flatten(0, 1))).unflatten(0, x.shape[:2]).mean(1))


def test_a_norm_over_units_goes_with_them_where_tokens_are_as_many():
    network = lift(Merged(3).eval(), torch.randn(2, 3, 3))
    assert batch_norm_after(network)["each"] == "norm"
