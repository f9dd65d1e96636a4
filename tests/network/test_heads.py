"""Heads are found however attention is written, by the steps and never by a length."""

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain.decompose.heads import attention_links
from explain.network import lift, separable_heads


class Attends(nn.Module):
    """One attention, `heads` queries over `groups` keys, fused or as two products."""

    def __init__(self, *, heads, groups, width, fused):
        super().__init__()
        self.heads, self.groups, self.width, self.fused = heads, groups, width, fused
        self.embedding = nn.Embedding(10, 6)
        self.q = nn.Linear(6, heads * width)
        self.k, self.v = nn.Linear(6, groups * width), nn.Linear(6, groups * width)
        self.out, self.last = nn.Linear(heads * width, 6), nn.Linear(6, 3)

    def _split(self, x, heads):
        return x.view(x.shape[0], x.shape[1], heads, self.width).transpose(1, 2)

    def forward(self, ids):
        x = self.embedding(ids)
        q = self._split(self.q(x), self.heads)
        k, v = self._split(self.k(x), self.groups), self._split(self.v(x), self.groups)
        y = (self._fused if self.fused else self._written_out)(q, k, v)
        return self.last((x + self.out(y.transpose(1, 2).flatten(2))).mean(1))

    def _fused(self, q, k, v):
        shared = self.heads != self.groups
        return nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=shared)

    def _written_out(self, q, k, v):
        k, v = (x.repeat_interleave(self.heads // self.groups, 1) for x in (k, v))
        hidden = torch.triu(torch.ones(k.shape[2], k.shape[2], dtype=torch.bool), 1)
        scores = (q @ k.transpose(-1, -2) / self.width**0.5).masked_fill(hidden, -1e9)
        return scores.softmax(-1) @ v


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(
    ("heads", "groups", "width", "words"),
    [(2, 2, 3, 7), (3, 3, 3, 3), (4, 2, 3, 5)],
    ids=["two", "as many heads as words and as wide", "keys shared by two"],
)
def test_heads_are_found_however_attention_is_written(fused, heads, groups, width, words):
    torch.manual_seed(0)
    source = Attends(heads=heads, groups=groups, width=width, fused=fused).eval()
    network = lift(source, torch.randint(0, 10, (6, words)))
    (found,) = separable_heads(network)
    each, together = np.arange(groups).repeat(width), heads // groups
    wide = np.arange(groups).repeat(width * together)
    assert found.count == groups
    assert {name: row.tolist() for name, row in found.rows.items()} == {
        "q": wide.tolist(),
        "k": each.tolist(),
        "v": each.tolist(),
    }
    assert found.columns["out"].tolist() == wide.tolist()
    (values, *steering) = attention_links(network, "out")
    assert (values.source, {link.source for link in steering}) == ("v", {"q", "k"})
    assert (
        values.units.tolist()
        == np.concatenate(
            [np.tile(np.arange(g * width, g * width + width), together) for g in range(groups)]
        ).tolist()
    )
    for link in steering:
        shares = np.bincount(link.features) * link.share
        assert np.allclose(shares, 1)


def test_heads_are_pruned_where_attention_is_written_out():
    source = Attends(heads=2, groups=2, width=3, fused=False)
    subject = explain.subject(source, torch.randint(0, 10, (6, 5)), torch.arange(6) % 3)
    plan = explain.PruningPlan(criterion="l1-norm", granularity="head", amount=0.5)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    rows = pruned.network.get_parameter("v.weight").detach().reshape(2, 3, 6)
    assert sorted((rows != 0).any(2).any(1).tolist()) == [False, True]


def test_keys_that_all_heads_share_leave_no_head_of_its_own():
    source = Attends(heads=4, groups=1, width=3, fused=True).eval()
    assert separable_heads(lift(source, torch.randint(0, 10, (6, 5)))) == ()
