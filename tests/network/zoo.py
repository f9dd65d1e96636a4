"""Small networks of every family, each with an example: what the laws are tried on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from explain.network import Lifted, lift


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """A network and the inputs it takes: `inputs(rows)` draws that many."""

    make: Callable[[], nn.Module]
    inputs: Callable[[int], tuple[Tensor, ...]]
    exact: bool = True
    """False where the source runs a fused attention path: equal to the last places only."""

    def build(self, seed: int = 0) -> nn.Module:
        """Return the network with random weights and lived-in BatchNorm statistics."""
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            module = self.make().eval()
            for part in module.modules():
                if isinstance(part, nn.modules.batchnorm._BatchNorm):
                    part.running_mean.normal_()
                    part.running_var.uniform_(0.5, 2)
                    if part.affine:
                        nn.init.normal_(part.weight)
                        nn.init.normal_(part.bias)
        return module

    def draw(self, rows: int, seed: int = 1) -> tuple[Tensor, ...]:
        """Return that many random rows."""
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self.inputs(rows)


def images(channels: int = 1, side: int = 8) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a source of random images."""
    return lambda rows: (torch.randn(rows, channels, side, side),)


def table(features: int = 6) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a source of random rows."""
    return lambda rows: (torch.randn(rows, features),)


def series(channels: int = 3, length: int = 12) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a source of random series, channels first."""
    return lambda rows: (torch.randn(rows, channels, length),)


def tokens(length: int = 7) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a source of random token ids below 10."""
    return lambda rows: (torch.randint(0, 10, (rows, length)),)


def masked_tokens(length: int = 7) -> Callable[[int], tuple[Tensor, ...]]:
    """Return a source of token ids with a padding mask that never hides everything."""

    def draw(rows: int) -> tuple[Tensor, ...]:
        mask = torch.rand(rows, length) > 0.7
        mask[:, 0] = False
        return (torch.randint(0, 10, (rows, length)), mask)

    return draw


def mlp() -> nn.Module:
    """Three layers, two ReLUs."""
    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))


class NamedMlp(nn.Module):
    """An MLP with readable names, dropout and an in-place ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden1 = nn.Linear(6, 5)
        self.relu1 = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout()
        self.hidden2 = nn.Linear(5, 4)
        self.relu2 = nn.ReLU(inplace=True)
        self.output = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.dropout(self.relu1(self.hidden1(x)))
        return self.output(self.relu2(self.hidden2(x)))


class ReusedRelu(nn.Module):
    """One in-place ReLU for all layers, a residual around it."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(6, 6)
        self.b = nn.Linear(6, 6)
        self.c = nn.Linear(6, 2)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.a(x))
        return self.c(self.relu(self.b(x) + x))


class FunctionalCnn(nn.Module):
    """Functions instead of modules."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 6, 3)
        self.fc = nn.Linear(6 * 9, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.conv1(x))
        x = functional.relu(self.conv2(x))
        x = functional.max_pool2d(x, 2)
        return functional.log_softmax(self.fc(torch.flatten(x, 1)), dim=1)


class ConvNormPool(nn.Module):
    """conv - bn - relu - pool - flatten - linear."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(3)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(4)
        self.fc = nn.Linear(3 * 4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.pool(self.relu(self.bn(self.conv(x)))).flatten(1))


class Residual(nn.Module):
    """A ResNet block with one shared in-place ReLU, a strided shortcut and a global mean."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1, stride=2, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(4)
        self.shortcut = nn.Sequential(nn.Conv2d(4, 4, 1, stride=2), nn.BatchNorm2d(4))
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.stem(x))
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += self.shortcut(x)
        return self.fc(self.relu(y).mean((2, 3)))


class Concat(nn.Module):
    """Two branches side by side, as in a DenseNet or an inception block."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(1, 3, 3, padding=1)
        self.b = nn.Conv2d(3, 2, 1)
        self.c = nn.Conv2d(5, 4, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        a = torch.tanh(self.a(x))
        y = self.c(torch.cat([self.b(a), a], dim=1))
        return self.fc(self.pool(y).view(x.size(0), -1))


class Grouped(nn.Module):
    """A grouped, a depthwise and a dilated convolution, circular padding, a transposed one."""

    def __init__(self) -> None:
        super().__init__()
        self.grouped = nn.Conv2d(2, 4, 3, padding="same", groups=2)
        self.depthwise = nn.Conv2d(4, 8, 3, padding=1, groups=4, padding_mode="circular")
        self.pointwise = nn.Conv2d(8, 4, 1)
        self.dilated = nn.Conv2d(4, 4, 3, dilation=2, stride=2)
        self.up = nn.ConvTranspose2d(4, 2, 2, stride=2, output_padding=1)
        self.act = nn.Hardswish()

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.pointwise(self.depthwise(self.grouped(x))))
        return self.up(self.dilated(x)).amax((2, 3))


class Series(nn.Module):
    """1-d convolutions, every 1-d pool."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(3, 4, 3, padding=1)
        self.bn = nn.BatchNorm1d(4)
        self.act = nn.ELU(inplace=True)
        self.pool = nn.MaxPool1d(2)
        self.conv2 = nn.Conv1d(4, 5, 3)
        self.average = nn.AvgPool1d(2)
        self.last = nn.AdaptiveMaxPool1d(1)
        self.fc = nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.act(self.bn(self.conv1(x))))
        return self.fc(self.last(self.average(self.conv2(x))).squeeze(-1))


class Volume(nn.Module):
    """3-d layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(1, 3, 3, padding=1)
        self.bn = nn.BatchNorm3d(3)
        self.pool = nn.AvgPool3d(2)
        self.fc = nn.Linear(3 * 8, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.leaky_relu(self.bn(self.conv(x)), 0.2)
        return self.fc(self.pool(x).reshape(x.shape[0], -1))


class Norms(nn.Module):
    """GroupNorm, InstanceNorm, LayerNorm, RMSNorm and a spread of activations."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.group = nn.GroupNorm(2, 4)
        self.prelu = nn.PReLU(4)
        self.instance = nn.InstanceNorm2d(4, affine=True)
        self.layer = nn.LayerNorm([4, 8, 8])
        self.fc = nn.Linear(4 * 64, 6)
        self.rms = nn.RMSNorm(6)
        self.gelu = nn.GELU("tanh")
        self.glu = nn.GLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.instance(self.prelu(self.group(self.conv(x))))
        x = self.fc(functional.silu(self.layer(x)).flatten(1))
        return self.glu(self.gelu(self.rms(x)))


class Recurrent(nn.Module):
    """An embedding, a two-layer bidirectional LSTM or GRU, the last step and the last state."""

    def __init__(self, kind: type[nn.RNNBase]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 6, padding_idx=0)
        self.rnn = kind(6, 5, num_layers=2, bidirectional=True, batch_first=True, dropout=0.5)
        self.fc = nn.Linear(10, 3)

    def forward(self, ids: Tensor) -> Tensor:
        sequence, state = self.rnn(self.embedding(ids))
        hidden = state[0] if isinstance(state, tuple) else state
        return self.fc(sequence[:, -1]) + hidden[-1][:, :3]


class SeriesRecurrent(nn.Module):
    """A plain RNN over time-first input with a state that is handed in."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.RNN(3, 4, nonlinearity="relu")
        self.start = nn.Parameter(torch.randn(1, 1, 4))
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(2, 0, 1)
        start = self.start.expand(-1, x.shape[1], -1).contiguous()
        return self.fc(self.rnn(x, start)[0].mean(0))


class Attention(nn.Module):
    """nn.MultiheadAttention on itself, with the explicit path (weights asked for)."""

    def __init__(self, *, need_weights: bool) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.fc = nn.Linear(8, 3)
        self.need_weights = need_weights

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        y, _ = self.attention(x, x, x, need_weights=self.need_weights)
        return self.fc(self.norm(x + y).mean(1))


class CrossAttention(nn.Module):
    """nn.MultiheadAttention from a learned query: its packed weight is used in slices."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.query = nn.Parameter(torch.randn(1, 1, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.fc = nn.Linear(8, 3)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        query = self.query.expand(x.shape[0], -1, -1)
        return self.fc(self.attention(query, x, x, need_weights=False)[0].squeeze(1))


class Encoder(nn.Module):
    """nn.TransformerEncoder over ids and a padding mask, learned positions."""

    def __init__(self, *, norm_first: bool = False) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.position = nn.Parameter(torch.randn(1, 20, 8))
        layer = nn.TransformerEncoderLayer(
            8, 2, 16, batch_first=True, activation="gelu", norm_first=norm_first
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.fc = nn.Linear(8, 3)

    def forward(self, ids: Tensor, padding: Tensor) -> Tensor:
        x = self.embedding(ids) + self.position[:, : ids.shape[1]]
        x = self.encoder(x, src_key_padding_mask=padding)
        seen = (~padding).unsqueeze(-1).float()
        return self.fc((x * seen).sum(1) / seen.sum(1))


class HandAttention(nn.Module):
    """Attention written out: matrix products, a softmax, einsum and a causal mask."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.qkv = nn.Linear(8, 24, bias=False)
        self.out = nn.Linear(8, 8)
        self.fc = nn.Linear(8, 3)
        self.register_buffer("causal", torch.triu(torch.ones(7, 7, dtype=torch.bool), 1))

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        scores = (q @ k.transpose(-1, -2) / 8**0.5).masked_fill(self.causal, float("-inf"))
        y = torch.einsum("bts,bsd->btd", scores.softmax(-1), v)
        return self.fc((x + self.out(y))[:, -1])


class Tied(nn.Module):
    """One weight in two layers, and one layer used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 6)
        self.second = nn.Linear(6, 6)
        self.second.weight = self.first.weight
        self.again = nn.Linear(6, 6)
        self.fc = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.second(torch.relu(self.first(x))))
        return self.fc(self.again(torch.relu(self.again(x))))


class TwoTables(nn.Module):
    """Two inputs of different width that meet."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Linear(6, 4)
        self.right = nn.Linear(3, 4)
        self.fc = nn.Linear(8, 2)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        joint = torch.cat([self.left(left).sigmoid(), self.right(right).tanh()], -1)
        return self.fc(joint)


class Normalised(nn.Module):
    """Weights that are computed: weight norm and a mask multiplied in."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.utils.parametrizations.weight_norm(nn.Linear(6, 5))
        self.b = nn.Linear(5, 3)
        self.register_buffer("mask", (torch.rand(3, 5) > 0.5).float())

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(torch.relu(self.a(x)), self.b.weight * self.mask, self.b.bias)


class Gated(nn.Module):
    """Squeeze and excitation, upsampling, a learned scale, constants."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.squeeze = nn.Linear(4, 2)
        self.excite = nn.Linear(2, 4)
        self.scale = nn.Parameter(torch.randn(4, 1, 1))
        self.last = nn.Conv2d(4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.pad(functional.relu6(self.conv(x)), (1, 1))
        gate = self.excite(functional.relu(self.squeeze(x.mean((2, 3))))).sigmoid()
        x = x * gate[:, :, None, None] * self.scale + torch.tensor(0.5)
        return self.last(functional.interpolate(x, scale_factor=2)).sum((2, 3))


class Cells(nn.Module):
    """An LSTM written as a loop over its cell."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        state = self.cell(x[:, :, 0])
        state = self.cell(x[:, :, 1], state)
        return self.fc(state[0])


def _volumes(rows: int) -> tuple[Tensor, ...]:
    return (torch.randn(rows, 1, 4, 4, 4),)


def _two_tables(rows: int) -> tuple[Tensor, ...]:
    return (torch.randn(rows, 6), torch.randn(rows, 3))


ZOO: Mapping[str, Fixture] = {
    "mlp": Fixture(make=mlp, inputs=table()),
    "named-mlp": Fixture(make=NamedMlp, inputs=table()),
    "reused-relu": Fixture(make=ReusedRelu, inputs=table()),
    "functional-cnn": Fixture(make=FunctionalCnn, inputs=images()),
    "conv-norm-pool": Fixture(make=ConvNormPool, inputs=images(2)),
    "residual": Fixture(make=Residual, inputs=images()),
    "concat": Fixture(make=Concat, inputs=images()),
    "grouped": Fixture(make=Grouped, inputs=images(2, 9)),
    "series": Fixture(make=Series, inputs=series()),
    "volume": Fixture(make=Volume, inputs=_volumes),
    "norms": Fixture(make=Norms, inputs=images()),
    "lstm": Fixture(make=lambda: Recurrent(nn.LSTM), inputs=tokens()),
    "gru": Fixture(make=lambda: Recurrent(nn.GRU), inputs=tokens()),
    "rnn": Fixture(make=SeriesRecurrent, inputs=series()),
    "cells": Fixture(make=Cells, inputs=series()),
    "attention": Fixture(make=lambda: Attention(need_weights=False), inputs=tokens(), exact=False),
    "attention-weights": Fixture(
        make=lambda: Attention(need_weights=True), inputs=tokens(), exact=False
    ),
    "cross-attention": Fixture(make=CrossAttention, inputs=tokens(), exact=False),
    "encoder": Fixture(make=Encoder, inputs=masked_tokens(), exact=False),
    "encoder-norm-first": Fixture(
        make=lambda: Encoder(norm_first=True), inputs=masked_tokens(), exact=False
    ),
    "hand-attention": Fixture(make=HandAttention, inputs=tokens()),
    "tied": Fixture(make=Tied, inputs=table()),
    "two-tables": Fixture(make=TwoTables, inputs=_two_tables),
    "normalised": Fixture(make=Normalised, inputs=table()),
    "gated": Fixture(make=Gated, inputs=images()),
}


@cache
def lifted(name: str) -> Lifted:
    """Return the lifted network of a fixture, lifted once in a process: it must not be changed."""
    return lift(ZOO[name].build(), ZOO[name].draw(4))
