"""Networks as users write them, whose bare weights are recognised by name and shape."""

import torch
from torch import Tensor, nn


class LeNet(nn.Module):
    """Two convolutions, two layers, functions between them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5)
        self.conv2 = nn.Conv2d(4, 6, 5)
        self.fc1 = nn.Linear(6 * 16, 12)
        self.fc2 = nn.Linear(12, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = torch.max_pool2d(torch.relu(self.conv2(x)), 2)
        return self.fc2(torch.relu(self.fc1(x.flatten(1))))


class _Block(nn.Module):
    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or inputs != width:
            shortcut = nn.Conv2d(inputs, width, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class ResNet(nn.Module):
    """ResNet-18, thin, with the names of torchvision and one in-place ReLU a block."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        for stage in range(1, 5):
            first = _Block(widths[stage - 1], widths[stage], 1 if stage == 1 else 2)
            second = _Block(widths[stage], widths[stage], 1)
            self.add_module(f"layer{stage}", nn.Sequential(first, second))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8 * width, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


class LstmReader(nn.Module):
    """Ids, an LSTM in both directions, its last states."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 6)
        self.lstm = nn.LSTM(6, 5, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(10, 3)

    def forward(self, ids: Tensor) -> Tensor:
        _, (last, _) = self.lstm(self.embedding(ids))
        return self.fc(torch.cat([last[-2], last[-1]], dim=1))


class TextReader(nn.Module):
    """Ids, positions, PyTorch's own encoder, the first token's values."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 8)
        self.positions = nn.Parameter(torch.randn(1, 7, 8))
        layer = nn.TransformerEncoderLayer(8, 4, 16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.fc = nn.Linear(8, 3)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids) + self.positions[:, : ids.shape[1]]
        return self.fc(self.encoder(x, src_key_padding_mask=ids == 0)[:, 0])


def vgg() -> nn.Module:
    """Return VGG-11, thin, with the names of torchvision."""
    layers: list[nn.Module] = []
    inputs = 3
    for width in (2, "pool", 4, "pool", 8, 8, "pool", 16, 16, "pool", 16, 16, "pool"):
        if width == "pool":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(inputs, int(width), 3, padding=1), nn.ReLU(inplace=True)]
            inputs = int(width)
    network = nn.Sequential()
    network.add_module("features", nn.Sequential(*layers))
    network.add_module("avgpool", nn.AdaptiveAvgPool2d(7))
    network.add_module("flat", nn.Flatten())
    classifier = nn.Sequential(
        nn.Linear(16 * 49, 12),
        nn.ReLU(inplace=True),
        nn.Dropout(),
        nn.Linear(12, 12),
        nn.ReLU(inplace=True),
        nn.Dropout(),
        nn.Linear(12, 5),
    )
    network.add_module("classifier", classifier)
    return network
