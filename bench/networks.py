"""Two eager networks of a size that people bring: a ResNet-18 and a transformer encoder."""

import torch
from torch import Tensor, nn


class _Block(nn.Module):
    """Two 3x3 convolutions and what goes past them."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, out, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU()
        self.past: nn.Module = nn.Identity()
        if stride != 1 or width != out:
            shortcut = nn.Conv2d(width, out, 1, stride, bias=False)
            self.past = nn.Sequential(shortcut, nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        """Add the block's own answer to what goes past it."""
        inner = self.relu(self.bn1(self.conv1(x)))
        answer: Tensor = self.relu(self.bn2(self.conv2(inner)) + self.past(x))
        return answer


class ResNet18(nn.Module):
    """The network of He et al. 2016 (arXiv:1512.03385): 11.7 million weights, 1,000 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, padding=3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding=1),
        )
        blocks: list[nn.Module] = []
        width = 64
        for stage, out in enumerate((64, 128, 256, 512)):
            blocks += [_Block(width, out, 2 if stage else 1), _Block(out, out, 1)]
            width = out
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(width, 1000)

    def forward(self, x: Tensor) -> Tensor:
        """Return one logit per class for images [n, 3, height, width]."""
        answer: Tensor = self.head(self.pool(self.blocks(self.stem(x))).flatten(1))
        return answer


class Classifier(nn.Module):
    """Six encoder layers of width 512 over word vectors, then ten classes: 18.9 million weights."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(512, 8, 2048, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
        self.head = nn.Linear(512, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return one logit per class for word vectors [n, words, 512]."""
        mean: Tensor = torch.mean(self.encoder(x), dim=1)
        answer: Tensor = self.head(mean)
        return answer
