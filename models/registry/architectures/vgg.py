"""Plain stacks of 3x3 convolutions with the tensor names of torchvision: Simonyan & Zisserman."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from types import MappingProxyType

from torch import Tensor, nn

from models.registry.layers import SIZE, at_size, of_imagenet, of_rank, two_pictures
from models.registry.record import Architecture, Settings, ShapeMatch, Shapes

_COUNTS = MappingProxyType(
    {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
)
"""Depth -> convolutions in each of the five stages."""

_GROWTH = (1, 2, 4, 8, 8)
_GRID = 7


class Vgg(nn.Module):
    """Five stages of convolutions, each halved by pooling; a 7x7 grid; three layers."""

    def __init__(self, counts: tuple[int, ...], settings: Settings, *, normalised: bool) -> None:
        super().__init__()
        width, channels = settings["width"], settings["channels"]
        widths = settings.get("widths") or _usual(counts, width)
        stages = _stages(counts, channels, widths, normalised=normalised)
        self.features = nn.Sequential(*stages)
        self.avgpool = nn.AdaptiveAvgPool2d(_GRID)
        self.flat = nn.Flatten()
        first, second = settings["layers"]
        self.classifier = nn.Sequential(
            nn.Linear(widths[-1] * _GRID * _GRID, first),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(first, second),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(second, settings["classes"]),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return one score per class."""
        maps = self.avgpool(self.features(images))
        scores: Tensor = self.classifier(self.flat(maps))
        return scores


def _usual(counts: tuple[int, ...], width: int) -> list[int]:
    """Return the channels behind each convolution where none were cut out."""
    pairs = zip(counts, _GROWTH, strict=True)
    return [width * growth for count, growth in pairs for _ in range(count)]


def _stages(
    counts: tuple[int, ...], channels: int, widths: Sequence[int], *, normalised: bool
) -> Iterator[nn.Module]:
    inputs, following = channels, iter(widths)
    for count in counts:
        for outputs in islice(following, count):
            yield nn.Conv2d(inputs, outputs, 3, padding=1)
            if normalised:
                yield nn.BatchNorm2d(outputs)
            yield nn.ReLU()
            inputs = outputs
        yield nn.MaxPool2d(2)


def _recognised(depth: int, *, normalised: bool) -> Callable[[Shapes], ShapeMatch | None]:
    def recognise(shapes: Shapes) -> ShapeMatch | None:
        first = shapes.get("features.0.weight", ())
        layers = [shapes.get(f"classifier.{place}.weight", ()) for place in (0, 3, 6)]
        if len(first) != 4 or any(len(layer) != 2 for layer in layers):
            return None
        widths = [shape[0] for shape in of_rank(shapes, 4).values()]
        if len(widths) != depth - 3 or ("features.1.weight" in shapes) != normalised:
            return None
        settings = {
            "channels": first[1],
            "width": first[0],
            "layers": [layers[0][0], layers[1][0]],
            "classes": layers[2][0],
        }
        narrower = {} if widths == _usual(_COUNTS[depth], first[0]) else {"widths": widths}
        return ShapeMatch(settings=MappingProxyType(settings | narrower))

    return recognise


def _record(depth: int, *, normalised: bool) -> Architecture:
    name = f"vgg{depth}{'_bn' if normalised else ''}"
    between = "BatchNorm and ReLU" if normalised else "ReLU"
    return Architecture(
        key=name.replace("_", "-"),
        title=f"VGG-{depth}{' with BatchNorm' if normalised else ''}",
        line=f"{depth - 3} convolutions with {between}, then three layers; torchvision's names.",
        needs=f"the names of torchvision's {name}: features.0.weight, ..., classifier.6.weight",
        source="Simonyan & Zisserman 2015",
        recognise=_recognised(depth, normalised=normalised),
        make=lambda settings: Vgg(_COUNTS[depth], settings, normalised=normalised),
        example=two_pictures,
        stretch=at_size,
        scaled=of_imagenet,
        parameters=(SIZE,),
    )


VGGS = tuple(_record(depth, normalised=normed) for depth in _COUNTS for normed in (False, True))
