"""EfficientNet with the tensor names of torchvision: Tan & Le 2019."""

from collections.abc import Mapping
from types import MappingProxyType

from torch import nn

from models.registry.convolutions import (
    Manner,
    Residual,
    Stacked,
    inverted_of,
    normed,
    read_inverted,
)
from models.registry.layers import SIZE, at_size, of_imagenet, two_pictures
from models.registry.record import (
    Architecture,
    Settings,
    ShapeMatch,
    Shapes,
    children,
    choice,
    needed,
)

_STRIDES = (1, 2, 2, 2, 1, 2, 1)
"""Of the first block of each stage."""

_DEEP = 3
"""Blocks in the first stage from which torchvision's BatchNorm has the larger epsilon: B5 to B7."""

_SIZES: Mapping[int, int] = MappingProxyType(
    {1280: 224, 1408: 288, 1536: 300, 1792: 380, 2048: 456, 2304: 528, 2560: 600}
)
"""Channels of the last convolution -> size of the pictures in training; of B1, which is as wide as
B0, it is 240.
"""


def _make(settings: Settings) -> nn.Module:
    manner = Manner(activation=nn.SiLU, inner=nn.SiLU, epsilon=float(settings["epsilon"]))
    inputs = settings["width"]
    features: list[nn.Module] = [normed(settings["channels"], inputs, 3, manner, stride=2)]
    for first, stage in zip(_STRIDES, settings["stages"], strict=True):
        blocks = []
        for place, block in enumerate(map(inverted_of, stage)):
            stride = 1 if place else first
            adds = stride == 1 and inputs == block.outputs
            blocks.append(Residual("block", block.layers(inputs, stride, manner), adds=adds))
            inputs = block.outputs
        features.append(nn.Sequential(*blocks))
    features.append(normed(inputs, settings["last"], 1, manner))
    head = nn.Sequential(nn.Dropout(), nn.Linear(settings["last"], settings["classes"]))
    return Stacked(nn.Sequential(*features), head)


def _recognise(shapes: Shapes) -> ShapeMatch | None:
    if len(shapes.get("features.1.0.block.0.0.weight", ())) != 4:
        return None
    first = needed(shapes, "features.0.0.weight", 4)
    stages = [
        [
            read_inverted(shapes, f"features.{stage}.{block}.block").plain
            for block in range(len(children(shapes, f"features.{stage}")) or 1)
        ]
        for stage in range(1, 8)
    ]
    last = needed(shapes, "features.8.0.weight", 4)[0]
    deep = len(stages[0])
    settings = {
        "channels": first[1],
        "width": first[0],
        "stages": stages,
        "last": last,
        "classes": needed(shapes, "classifier.1.weight", 2)[0],
        "epsilon": "0.001" if deep >= _DEEP else "1e-05",
        "size": 240 if (last, deep) == (1280, 2) else _SIZES.get(last, 224),
    }
    return ShapeMatch(settings=MappingProxyType(settings))


EFFICIENTNET = Architecture(
    key="efficientnet",
    title="EfficientNet",
    line="Inverted residuals in seven stages of any width and depth; torchvision's names.",
    needs="the names of torchvision's efficientnet_b0 to b7: features.0.0.weight, "
    "features.1.0.block.0.0.weight, ..., classifier.1.weight",
    source="Tan & Le 2019",
    recognise=_recognise,
    make=_make,
    example=two_pictures,
    stretch=at_size,
    scaled=of_imagenet,
    parameters=(SIZE, choice("epsilon", "Epsilon", "Of BatchNorm.", ("1e-05", "0.001"))),
    published=tuple(f"efficientnet-b{number}" for number in range(8)),
)
