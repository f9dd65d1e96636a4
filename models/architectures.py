"""The plain PyTorch networks behind the demos."""

from torch import Tensor, nn

__all__ = ["ResidualCnn", "TwoLayerMlp"]


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
