"""DenseNet with the tensor names of torchvision: Huang, Liu, van der Maaten & Weinberger 2017."""

from types import MappingProxyType

import torch
from torch import Tensor, nn

from models.registry.convolutions import Stacked
from models.registry.layers import SIZE, at_size, of_imagenet, two_pictures
from models.registry.record import Architecture, Settings, ShapeMatch, Shapes, children, needed


class DenseLayer(nn.Module):
    """Convolutions 1x1 and 3x3 after their norms; the result stands beside the input."""

    def __init__(self, inputs: int, inner: int, outputs: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(inner)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(inner, outputs, 3, padding=1, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps with new ones behind them."""
        new = maps
        for part in self.children():
            new = part(new)
        return torch.cat([maps, new], dim=1)


def _make(settings: Settings) -> nn.Module:
    width = settings["width"]
    features = nn.Sequential()
    features.add_module(
        "conv0", nn.Conv2d(settings["channels"], width, 7, stride=2, padding=3, bias=False)
    )
    features.add_module("norm0", nn.BatchNorm2d(width))
    features.add_module("relu0", nn.ReLU())
    features.add_module("pool0", nn.MaxPool2d(3, stride=2, padding=1))
    for place, sizes in enumerate(settings["blocks"], start=1):
        block = nn.Sequential()
        for number, (inner, outputs) in enumerate(sizes, start=1):
            block.add_module(f"denselayer{number}", DenseLayer(width, inner, outputs))
            width += outputs
        features.add_module(f"denseblock{place}", block)
        if place < len(settings["blocks"]):
            narrow = settings["between"][place - 1]
            features.add_module(f"transition{place}", _transition(width, narrow))
            width = narrow
    features.add_module("norm5", nn.BatchNorm2d(width))
    features.add_module("relu5", nn.ReLU())
    return Stacked(features, nn.Linear(width, settings["classes"]))


def _transition(inputs: int, outputs: int) -> nn.Module:
    found = nn.Sequential()
    found.add_module("norm", nn.BatchNorm2d(inputs))
    found.add_module("relu", nn.ReLU())
    found.add_module("conv", nn.Conv2d(inputs, outputs, 1, bias=False))
    found.add_module("pool", nn.AvgPool2d(2))
    return found


def _recognise(shapes: Shapes) -> ShapeMatch | None:
    if "features.conv0.weight" not in shapes:
        return None
    names = _old_names(shapes)
    shapes = {**shapes, **{ours: shapes[file] for ours, file in names.items()}}
    first = needed(shapes, "features.conv0.weight", 4)
    blocks = [
        [
            [needed(shapes, f"{block}.denselayer{number}.conv{at}.weight", 4)[0] for at in (1, 2)]
            for number in range(1, len(children(shapes, block)) + 1)
        ]
        for block in (f"features.denseblock{place}" for place in range(1, 5))
    ]
    settings = {
        "channels": first[1],
        "width": first[0],
        "blocks": blocks,
        "between": [
            needed(shapes, f"features.transition{place}.conv.weight", 4)[0] for place in range(1, 4)
        ],
        "classes": needed(shapes, "classifier.weight", 2)[0],
    }
    return ShapeMatch(settings=MappingProxyType(settings), names=MappingProxyType(names))


def _old_names(shapes: Shapes) -> dict[str, str]:
    """Return ours -> the file's: torchvision's own files still say norm.1 for norm1."""
    found = {}
    for name in shapes:
        ours = name
        for kind in ("norm", "conv"):
            for at in (1, 2):
                ours = ours.replace(f".{kind}.{at}.", f".{kind}{at}.")
        if ours != name and ".denselayer" in name:
            found[ours] = name
    return found


DENSENET = Architecture(
    key="densenet",
    title="DenseNet",
    line="Four blocks in which each layer sees all before it; any growth, torchvision's names.",
    needs="the names of torchvision's densenet121: features.conv0.weight, "
    "features.denseblock1.denselayer1.norm1.weight, ..., classifier.weight",
    source="Huang, Liu, van der Maaten & Weinberger 2017",
    recognise=_recognise,
    make=_make,
    example=two_pictures,
    stretch=at_size,
    scaled=of_imagenet,
    parameters=(SIZE,),
    published=tuple(f"densenet{depth}" for depth in (121, 161, 169, 201)),
)
