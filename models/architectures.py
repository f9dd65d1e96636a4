"""The plain PyTorch networks behind the demos."""

import torch
from torch import Tensor, nn
from torch.nn import functional

HIDDEN = -1e9
"""Added to the attention scores of padding: its share becomes exactly 0 wherever a word stands."""


class TwoLayerMlp(nn.Module):
    """Inputs, two hidden layers with ReLU, one output per class; images are flattened first."""

    def __init__(self, inputs: int, hidden: tuple[int, int], classes: int) -> None:
        super().__init__()
        self.hidden1 = nn.Linear(inputs, hidden[0])
        self.relu1 = nn.ReLU()
        self.hidden2 = nn.Linear(hidden[0], hidden[1])
        self.relu2 = nn.ReLU()
        self.output = nn.Linear(hidden[1], classes)

    def forward(self, rows: Tensor) -> Tensor:
        """Return one score per class."""
        first = self.relu1(self.hidden1(rows.flatten(1)))
        second = self.relu2(self.hidden2(first))
        scores: Tensor = self.output(second)
        return scores


class ResidualCnn(nn.Module):
    """A convolution, one residual block at full size, a convolution at half size, a mean, a layer.

    Every convolution is followed by BatchNorm, so none has a bias.
    """

    def __init__(self, width: int, wide: int, classes: int) -> None:
        super().__init__()
        self.conv1 = _conv(1, width)
        self.norm1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = _conv(width, width)
        self.norm2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.conv3 = _conv(width, width)
        self.norm3 = nn.BatchNorm2d(width)
        self.relu3 = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.conv4 = _conv(width, wide)
        self.norm4 = nn.BatchNorm2d(wide)
        self.relu4 = nn.ReLU()
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.output = nn.Linear(wide, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return one score per class."""
        stem = self.relu1(self.norm1(self.conv1(images)))
        inner = self.relu2(self.norm2(self.conv2(stem)))
        block = self.relu3(self.norm3(self.conv3(inner)) + stem)
        top = self.relu4(self.norm4(self.conv4(self.pool(block))))
        scores: Tensor = self.output(self.mean(top).flatten(1))
        return scores


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    """Return a 3x3 convolution that keeps the size of the picture."""
    return nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False)


class PatchCnn(nn.Module):
    """Three convolutions with BatchNorm and ReLU, halved twice, a mean over places, one layer."""

    def __init__(self, widths: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        self.conv1 = _conv(3, widths[0])
        self.norm1 = nn.BatchNorm2d(widths[0])
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = _conv(widths[0], widths[1])
        self.norm2 = nn.BatchNorm2d(widths[1])
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.conv3 = _conv(widths[1], widths[2])
        self.norm3 = nn.BatchNorm2d(widths[2])
        self.relu3 = nn.ReLU()
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.output = nn.Linear(widths[2], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return one score per class."""
        fine = self.pool1(self.relu1(self.norm1(self.conv1(images))))
        middle = self.pool2(self.relu2(self.norm2(self.conv2(fine))))
        coarse = self.relu3(self.norm3(self.conv3(middle)))
        scores: Tensor = self.output(self.mean(coarse).flatten(1))
        return scores


class TextTransformer(nn.Module):
    """Token ids, an embedding with positions, blocks of attention, a mean over tokens, a layer.

    Id 0 is padding: nothing attends to it and it is left out of the mean. The ids are used by the
    embedding and by that mask alone.
    """

    def __init__(
        self, words: int, length: int, width: int, heads: int, blocks: int, classes: int
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.positions = nn.Parameter(torch.randn(length, width) * 0.02)
        self.blocks = nn.ModuleList(_Block(width, heads) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, classes)

    def forward(self, ids: Tensor) -> Tensor:
        """Return one score per class for ids [n, length]."""
        present = (ids != 0).to(self.positions.dtype)
        mask = ((1 - present) * HIDDEN)[:, None, None, :]
        values = self.embedding(ids) + self.positions
        for block in self.blocks:
            values = block(values, mask)
        shares = present / present.sum(dim=1, keepdim=True).clamp_min(1)
        mean = (self.norm(values) * shares[:, :, None]).sum(dim=1)
        scores: Tensor = self.output(mean)
        return scores


class _Block(nn.Module):
    """Attention and two layers, each added to its input, with LayerNorm in front."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.join = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.expand = nn.Linear(width, 2 * width)
        self.gelu = nn.GELU()
        self.contract = nn.Linear(2 * width, width)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """Return values [n, length, width] that have looked at each other."""
        seen = self.norm1(values)
        query, key, value = (
            part(seen).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        heads = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        values = values + self.join(heads.transpose(1, 2).flatten(2))
        thought: Tensor = self.contract(self.gelu(self.expand(self.norm2(values))))
        return values + thought
