"""RegNet X and Y with the tensor names of torchvision: Radosavovic et al. 2020."""

from types import MappingProxyType

from torch import Tensor, nn

from models.registry.convolutions import Manner, SqueezeExcite, normed, squeezed_at
from models.registry.layers import SIZE, at_size, of_imagenet, two_pictures
from models.registry.record import Architecture, Settings, ShapeMatch, Shapes, children, needed

_MANNER = Manner()
_STAGES = 4


class Grouped(nn.Module):
    """Convolutions 1x1, 3x3 in groups and 1x1 beside a shortcut; Y weighs channels before the last.

    `sizes`: channels behind each convolution, groups, channels inside the weighing (X: 0).
    """

    def __init__(self, inputs: int, sizes: list[int], stride: int) -> None:
        super().__init__()
        first, second, outputs, groups, squeezed = sizes
        self.proj = None
        if stride != 1 or inputs != outputs:
            self.proj = normed(inputs, outputs, 1, _MANNER, stride=stride, activated=False)
        self.f = nn.Sequential()
        self.f.add_module("a", normed(inputs, first, 1, _MANNER))
        self.f.add_module("b", normed(first, second, 3, _MANNER, stride=stride, groups=groups))
        if squeezed:
            self.f.add_module("se", SqueezeExcite(second, squeezed, _MANNER))
        self.f.add_module("c", normed(second, outputs, 1, _MANNER, activated=False))
        self.activation = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps behind the block."""
        short = maps if self.proj is None else self.proj(maps)
        result: Tensor = self.activation(short + self.f(maps))
        return result


class RegNet(nn.Sequential):
    """A convolution that halves, four stages whose first blocks halve, a mean, one layer."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        inputs = settings["width"]
        self.stem = normed(settings["channels"], inputs, 3, _MANNER, stride=2)
        self.trunk_output = nn.Sequential()
        for stage, blocks in enumerate(settings["stages"], start=1):
            made = nn.Sequential()
            for place, sizes in enumerate(blocks):
                made.add_module(f"block{stage}-{place}", Grouped(inputs, sizes, 1 if place else 2))
                inputs = sizes[2]
            self.trunk_output.add_module(f"block{stage}", made)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flat = nn.Flatten()
        self.fc = nn.Linear(inputs, settings["classes"])


def _recognise(shapes: Shapes) -> ShapeMatch | None:
    if "trunk_output.block1.block1-0.f.a.0.weight" not in shapes:
        return None
    first = needed(shapes, "stem.0.weight", 4)
    settings = {
        "channels": first[1],
        "width": first[0],
        "stages": [
            [
                _block(shapes, f"trunk_output.block{stage}.block{stage}-{place}.f")
                for place in range(len(children(shapes, f"trunk_output.block{stage}")) or 1)
            ]
            for stage in range(1, _STAGES + 1)
        ],
        "classes": needed(shapes, "fc.weight", 2)[0],
    }
    return ShapeMatch(settings=MappingProxyType(settings))


def _block(shapes: Shapes, prefix: str) -> list[int]:
    first, second, last = (needed(shapes, f"{prefix}.{part}.0.weight", 4) for part in "abc")
    squeezed = squeezed_at(shapes, f"{prefix}.se")
    return [first[0], second[0], last[0], first[0] // max(1, second[1]), squeezed]


_SIZES = ("400mf", "800mf", "1-6gf", "3-2gf", "8gf", "16gf", "32gf")

REGNET = Architecture(
    key="regnet",
    title="RegNet",
    line="Four stages of grouped convolutions, any width and depth, X and Y; torchvision's names.",
    needs="the names of torchvision's regnet_x_400mf: stem.0.weight, "
    "trunk_output.block1.block1-0.f.a.0.weight, ..., fc.weight",
    source="Radosavovic et al. 2020",
    recognise=_recognise,
    make=RegNet,
    example=two_pictures,
    stretch=at_size,
    scaled=of_imagenet,
    parameters=(SIZE,),
    published=(
        *(f"regnet-{kind}-{size}" for kind in "xy" for size in _SIZES),
        "regnet-y-128gf",
    ),
)
