"""Residual networks with the tensor names of torchvision: He et al. 2016."""

from collections.abc import Callable, Sequence
from itertools import islice, pairwise
from types import MappingProxyType

from torch import Tensor, nn

from models.registry.layers import SIZE, at_size, of_imagenet, two_pictures
from models.registry.record import Architecture, Settings, ShapeMatch, Shapes

_SMALL = 32


class Plain(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    widening = (1, 1)

    def __init__(self, inputs: int, widths: Sequence[int], stride: int) -> None:
        super().__init__()
        inner, outputs = widths
        self.conv1 = _conv(inputs, inner, 3, stride)
        self.bn1 = nn.BatchNorm2d(inner)
        self.relu1 = nn.ReLU()
        self.conv2 = _conv(inner, outputs, 3, 1)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = _shortcut(inputs, outputs, stride)
        self.relu2 = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps behind the block."""
        inner = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(maps)))))
        short = maps if self.downsample is None else self.downsample(maps)
        result: Tensor = self.relu2(inner + short)
        return result


class Bottleneck(nn.Module):
    """Convolutions 1x1, 3x3 and 1x1 beside a shortcut; the stride is that of the 3x3 one."""

    widening = (1, 1, 4)

    def __init__(self, inputs: int, widths: Sequence[int], stride: int) -> None:
        super().__init__()
        first, second, outputs = widths
        self.conv1 = _conv(inputs, first, 1, 1)
        self.bn1 = nn.BatchNorm2d(first)
        self.relu1 = nn.ReLU()
        self.conv2 = _conv(first, second, 3, stride)
        self.bn2 = nn.BatchNorm2d(second)
        self.relu2 = nn.ReLU()
        self.conv3 = _conv(second, outputs, 1, 1)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = _shortcut(inputs, outputs, stride)
        self.relu3 = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps behind the block."""
        narrow = self.relu1(self.bn1(self.conv1(maps)))
        inner = self.bn3(self.conv3(self.relu2(self.bn2(self.conv2(narrow)))))
        short = maps if self.downsample is None else self.downsample(maps)
        result: Tensor = self.relu3(inner + short)
        return result


_Block = type[Plain] | type[Bottleneck]


class ResNet(nn.Sequential):
    """A first convolution, four stages of blocks, a mean over places, one layer.

    A first convolution of 7x7 halves the picture and pools it; one of 3x3 leaves its size.
    """

    def __init__(self, block: _Block, counts: tuple[int, ...], settings: Settings) -> None:
        super().__init__()
        width, kernel = settings["width"], settings["kernel"]
        self.conv1 = _conv(settings["channels"], width, kernel, 2 if kernel == 7 else 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1) if kernel == 7 else nn.Identity()
        inputs = width
        widths = iter(settings.get("blocks") or _usual(block, counts, width))
        for stage, count in enumerate(counts):
            own = list(islice(widths, count))
            self.add_module(f"layer{stage + 1}", _stage(block, inputs, own, 2 if stage else 1))
            inputs = own[-1][-1]
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flat = nn.Flatten()
        self.fc = nn.Linear(inputs, settings["classes"])


def _usual(block: _Block, counts: tuple[int, ...], width: int) -> list[list[int]]:
    """Return the channels behind each convolution of each block, twice as many in each stage."""
    return [
        [(width << stage) * wider for wider in block.widening]
        for stage, count in enumerate(counts)
        for _ in range(count)
    ]


def _stage(block: _Block, inputs: int, widths: Sequence[Sequence[int]], stride: int) -> nn.Module:
    first = block(inputs, widths[0], stride)
    rest = (block(before[-1], own, 1) for before, own in pairwise(widths))
    return nn.Sequential(first, *rest)


def _conv(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module | None:
    """Return what brings a block's input to the shape of its output, None where it has it."""
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(_conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))


def _recognised(block: _Block, counts: tuple[int, ...]) -> Callable[[Shapes], ShapeMatch | None]:
    def recognise(shapes: Shapes) -> ShapeMatch | None:
        first, last = shapes.get("conv1.weight", ()), shapes.get("fc.weight", ())
        if len(first) != 4 or len(last) != 2 or first[2:] not in {(7, 7), (3, 3)}:
            return None
        deep = "layer1.0.conv3.weight" in shapes
        if deep != (block is Bottleneck) or _counted(shapes) != counts:
            return None
        settings = {
            "channels": first[1],
            "width": first[0],
            "kernel": first[2],
            "classes": last[0],
        }
        proposal = {"size": _SMALL} if first[2] == 3 else {}
        narrower = _narrower(shapes, block, counts)
        return ShapeMatch(settings=MappingProxyType(settings | proposal | narrower))

    return recognise


def _narrower(shapes: Shapes, block: _Block, counts: tuple[int, ...]) -> dict[str, list[list[int]]]:
    """Return the channels block by block where some were cut out, nothing where all are there."""
    found = [
        [
            (shapes.get(f"layer{stage}.{place}.conv{at}.weight") or (0,))[0]
            for at in range(1, len(block.widening) + 1)
        ]
        for stage, count in enumerate(counts, start=1)
        for place in range(count)
    ]
    whole = _usual(block, counts, shapes["conv1.weight"][0])
    return {} if found == whole or not all(map(all, found)) else {"blocks": found}


def _counted(shapes: Shapes) -> tuple[int, ...]:
    """Return the number of blocks in each of the four stages."""
    return tuple(
        len({name.split(".")[1] for name in shapes if name.startswith(f"layer{stage}.")})
        for stage in range(1, 5)
    )


def _record(depth: int, block: _Block, counts: tuple[int, ...]) -> Architecture:
    return Architecture(
        key=f"resnet{depth}",
        title=f"ResNet-{depth}",
        line=f"{sum(counts)} residual blocks in four stages, with the tensor names of torchvision.",
        needs=f"the names of torchvision's resnet{depth}: conv1.weight, layer1.0.conv1.weight, "
        "..., fc.weight",
        source="He, Zhang, Ren & Sun 2016",
        recognise=_recognised(block, counts),
        make=lambda settings: ResNet(block, counts, settings),
        example=two_pictures,
        stretch=at_size,
        scaled=lambda settings: of_imagenet(settings) if settings["kernel"] == 7 else None,
        parameters=(SIZE,),
    )


RESNETS = (
    _record(18, Plain, (2, 2, 2, 2)),
    _record(34, Plain, (3, 4, 6, 3)),
    _record(50, Bottleneck, (3, 4, 6, 3)),
)
