"""Convolutions with their norm, channels weighed by what all of them see, inverted residuals.

The families of MobileNet, EfficientNet, DenseNet, RegNet and ConvNeXt are made of these; numbers in
the names of tensors count as torchvision counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from models.registry.record import Shapes, children, needed

Make = Callable[[], nn.Module]
"""Makes a new activation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one family builds its blocks.

    `activation` behind a convolution, `inner` and `gate` of the weighing of channels, `epsilon` of
    BatchNorm.
    """

    activation: Make = nn.ReLU
    inner: Make = nn.ReLU
    gate: Make = nn.Sigmoid
    epsilon: float = 1e-5


class Stacked(nn.Module):
    """Feature maps, their mean over places, and what classifies it."""

    def __init__(self, features: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flat = nn.Flatten()
        self.classifier = classifier

    def forward(self, images: Tensor) -> Tensor:
        """Return one score per class."""
        scores: Tensor = self.classifier(self.flat(self.avgpool(self.features(images))))
        return scores


class SqueezeExcite(nn.Module):
    """Each channel times a share that is computed from the means of all: Hu et al. 2018."""

    def __init__(self, width: int, inner: int, manner: Manner) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(width, inner, 1)
        self.activation = manner.inner()
        self.fc2 = nn.Conv2d(inner, width, 1)
        self.gate = manner.gate()

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps of the same shape."""
        shares: Tensor = self.gate(self.fc2(self.activation(self.fc1(self.avgpool(maps)))))
        return shares * maps


class Residual(nn.Module):
    """Layers under the name that the file has for them; their input is added where `adds`."""

    def __init__(self, name: str, layers: Sequence[nn.Module], *, adds: bool) -> None:
        super().__init__()
        self.name, self.adds = name, adds
        self.add_module(name, nn.Sequential(*layers))

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps behind the block."""
        found: Tensor = self.get_submodule(self.name)(maps)
        return found + maps if self.adds else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverted:
    """The sizes of an inverted residual (Sandler et al. 2018), as its tensors say them.

    `wide`: channels that a first 1x1 convolution makes, 0 where there is none; `squeezed`: channels
    inside the weighing, 0 where there is none.
    """

    outputs: int
    kernel: int
    wide: int
    squeezed: int

    def layers(self, inputs: int, stride: int, manner: Manner) -> list[nn.Module]:
        """Return widening, depthwise convolution, weighing of channels, narrowing."""
        wide = self.wide or inputs
        found: list[nn.Module] = []
        if self.wide:
            found.append(normed(inputs, wide, 1, manner))
        found.append(normed(wide, wide, self.kernel, manner, stride=stride, groups=wide))
        if self.squeezed:
            found.append(SqueezeExcite(wide, self.squeezed, manner))
        return [*found, normed(wide, self.outputs, 1, manner, activated=False)]

    @property
    def plain(self) -> list[int]:
        """Return the sizes as they stand in settings."""
        return [self.outputs, self.kernel, self.wide, self.squeezed]


def inverted_of(plain: Sequence[int]) -> Inverted:
    """Return the sizes that stand in settings."""
    outputs, kernel, wide, squeezed = plain
    return Inverted(outputs=outputs, kernel=kernel, wide=wide, squeezed=squeezed)


def read_inverted(shapes: Shapes, prefix: str, *, last: str = "0.weight") -> Inverted:
    """Return the sizes of the block whose layers are `prefix`.0, `prefix`.1, ...

    `last`: the tensor of the narrowing convolution, behind the number of its layer.

    Raises:
        Lacking: a tensor that every such block has is not there.
    """
    first = needed(shapes, f"{prefix}.0.0.weight", 4)
    widens = first[2] == 1
    depthwise = needed(shapes, f"{prefix}.1.0.weight", 4) if widens else first
    place = 2 if widens else 1
    squeezed = squeezed_at(shapes, f"{prefix}.{place}")
    narrow = needed(shapes, f"{prefix}.{place + 1 if squeezed else place}.{last}", 4)
    wide = first[0] if widens else 0
    return Inverted(outputs=narrow[0], kernel=depthwise[2], wide=wide, squeezed=squeezed)


def squeezed_at(shapes: Shapes, place: str) -> int:
    """Return the channels inside the weighing of channels there, 0 where there is none.

    Raises:
        Lacking: its first tensor is not there, but its second is.
    """
    weighs = not children(shapes, place).isdisjoint({"fc1", "fc2"})
    return needed(shapes, f"{place}.fc1.weight", 4)[0] if weighs else 0


def normed(
    inputs: int,
    outputs: int,
    kernel: int,
    manner: Manner,
    *,
    stride: int = 1,
    groups: int = 1,
    activated: bool = True,
) -> nn.Sequential:
    """Return a convolution without bias that keeps the size, BatchNorm, perhaps an activation."""
    padding = kernel // 2
    layers: list[nn.Module] = [
        nn.Conv2d(
            inputs, outputs, kernel, stride=stride, padding=padding, groups=groups, bias=False
        ),
        nn.BatchNorm2d(outputs, eps=manner.epsilon),
    ]
    return nn.Sequential(*layers, *([manner.activation()] if activated else []))
