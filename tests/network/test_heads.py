"""Heads are found however attention is written, by the steps and never by a length."""

import numpy as np
import pytest
import torch
from torch import nn

import explain
from explain.decompose.heads import attention_links
from explain.network import lift, separable_heads


class Attends(nn.Module):
    """One attention, `heads` queries over `groups` keys, written in one of `WAYS`."""

    def __init__(self, *, heads, groups, width, way):
        super().__init__()
        self.heads, self.groups, self.width, self.way = heads, groups, width, way
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
        y = WAYS[self.way](self, q, k, v)
        return self.last((x + self.out(y.transpose(1, 2).flatten(2))).mean(1))

    def _fused(self, q, k, v):
        shared = self.heads != self.groups
        return nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=shared)

    def _written_out(self, q, k, v):
        k, v = (x.repeat_interleave(self.heads // self.groups, 1) for x in (k, v))
        hidden = torch.triu(torch.ones(k.shape[2], k.shape[2], dtype=torch.bool), 1)
        scores = (q @ k.transpose(-1, -2) / self.width**0.5).masked_fill(hidden, -1e9)
        return scores.softmax(-1) @ v

    def _merged_with_rows(self, q, k, v):
        k, v = (x.repeat_interleave(self.heads // self.groups, 1) for x in (k, v))
        one, two, three = (x.flatten(0, 1) for x in (q, k, v))
        scores = torch.bmm(one, two.transpose(1, 2)).view(-1, self.heads, q.shape[2], q.shape[2])
        return torch.bmm(scores.softmax(-1).flatten(0, 1), three).view_as(q)

    def _with_keys_of_a_part(self, q, k, v):
        turned = torch.cat([k[..., 1:2].neg(), k[..., :1]], -1)
        k = torch.cat([k[..., :2] * 0.5 + turned, k[..., 2:]], -1)
        return self._fused(q, k, v)


WAYS = {
    "fused": Attends._fused,
    "as products": Attends._written_out,
    "merged with rows": Attends._merged_with_rows,
    "keys turned in part": Attends._with_keys_of_a_part,
}


SIZES = {
    "two": (2, 2, 3, 7),
    "as many heads as words and as wide": (3, 3, 3, 3),
    "keys shared by two": (4, 2, 3, 5),
}
CASES = [
    *((way, size) for way in ("fused", "as products") for size in SIZES),
    ("merged with rows", "keys shared by two"),
    ("keys turned in part", "two"),
]


@pytest.mark.parametrize(("way", "size"), CASES, ids=str)
def test_heads_are_found_however_attention_is_written(way, size):
    torch.manual_seed(0)
    heads, groups, width, words = SIZES[size]
    source = Attends(heads=heads, groups=groups, width=width, way=way).eval()
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
    source = Attends(heads=2, groups=2, width=3, way="as products")
    subject = explain.subject(source, torch.randint(0, 10, (6, 5)), torch.arange(6) % 3)
    plan = explain.PruningPlan(criterion="l1-norm", granularity="head", amount=0.5)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    rows = pruned.network.get_parameter("v.weight").detach().reshape(2, 3, 6)
    assert sorted((rows != 0).any(2).any(1).tolist()) == [False, True]


def test_keys_that_all_heads_share_leave_no_head_of_its_own():
    source = Attends(heads=4, groups=1, width=3, way="fused").eval()
    assert separable_heads(lift(source, torch.randint(0, 10, (6, 5)))) == ()


class Asks(nn.Module):
    """Attention as DeBERTa has it: scores of words, of words and positions, of positions."""

    def __init__(self):
        super().__init__()
        self.embedding, self.places = nn.Embedding(10, 6), nn.Parameter(torch.randn(5, 6))
        self.qkv, self.bias = nn.Linear(6, 18, bias=False), nn.Parameter(torch.randn(6))
        self.there, self.back, self.out = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, ids):
        rows, words = ids.shape
        parts = self.qkv(self.embedding(ids)).view(rows, words, 2, 9).transpose(1, 2)
        q, k, v = parts.chunk(3, -1)
        q = q + self.bias.view(1, 1, 2, 3).transpose(1, 2)
        there, back = (
            layer(self.places).view(1, 5, 2, 3).transpose(1, 2) for layer in (self.there, self.back)
        )
        apart = (torch.arange(words)[:, None] - torch.arange(words) + 2).clamp(0, 4)
        apart = apart.expand(rows, 2, words, words)
        scores = q @ k.transpose(2, 3) + (q @ there.transpose(2, 3)).gather(-1, apart)
        scores = scores + (k @ back.transpose(2, 3)).gather(-1, apart).transpose(2, 3)
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).flatten(2)).mean(1)


def test_heads_own_the_positions_that_are_asked_with_them():
    source, ids = Asks().eval(), torch.randint(0, 10, (4, 5))
    (found,) = separable_heads(lift(source, ids))
    assert found.count == 2
    assert found.rows["qkv"].tolist() == [0] * 9 + [1] * 9
    assert found.roles["qkv"].tolist() == ([0] * 3 + [1] * 3 + [2] * 3) * 2
    for layer in ("there", "back"):
        assert found.rows[layer].tolist() == [0, 0, 0, 1, 1, 1]


class Added(nn.Module):
    """A layer as GPT-2 writes it: a summand, and a product with inputs first."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(6, 4)), nn.Parameter(torch.randn(4))

    def forward(self, x):
        return torch.addmm(self.bias, x, self.weight)


def test_a_product_with_a_summand_is_a_layer_where_both_are_parameters():
    torch.manual_seed(0)
    source, rows = nn.Sequential(Added(), nn.ReLU(), nn.Linear(4, 3)).eval(), torch.randn(5, 6)
    network = lift(source, rows)
    assert len(network.prunable) == 2
    assert torch.equal(network(rows), source(rows))
    assert network.get_parameter(network.prunable[0]).shape == (4, 6)
