"""ConvNeXt with the tensor names of four libraries: Liu et al. 2022."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import torch
from torch import Tensor, nn

from models.registry.layers import EPSILONS, SIZE, at_size, of_imagenet, two_pictures
from models.registry.named import Named
from models.registry.record import (
    Architecture,
    Settings,
    ShapeMatch,
    Shapes,
    children,
    choice,
    needed,
)

_STAGES = 4
_INNER = 1e-6
"""Epsilon of every LayerNorm but the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Naming:
    """What one library calls its tensors.

    `stem` and `down`: LayerNorm and convolution between stages, in the order of the file; {stage},
    {down} and {blocks} count from 0, 2 s and 2 s + 1. `blocks`: what stands in front of the number
    of a block; `layers`: depthwise convolution, norm, widening, narrowing; `scale`: one number per
    channel. `places`: whether the file has two sizes of 1 behind it.
    """

    stem: tuple[str, str]
    down: tuple[str, str]
    blocks: str
    layers: tuple[str, str, str, str]
    scale: str
    last: tuple[str, str]
    places: bool = False
    epsilon: str = "1e-06"

    def before(self, stage: int) -> str:
        """Return what the blocks of a stage have in front of their numbers."""
        return self.blocks.format(stage=stage, place=2 * stage + 1)

    def between(self, stage: int) -> tuple[str, str]:
        """Return norm and convolution in front of a stage that is not the first."""
        norm, convolution = (part.format(stage=stage, place=2 * stage) for part in self.down)
        return norm, convolution


_NAMINGS = MappingProxyType(
    {
        "torchvision": _Naming(
            stem=("features.0.0", "features.0.1"),
            down=("features.{place}.0", "features.{place}.1"),
            blocks="features.{place}",
            layers=("block.0", "block.2", "block.3", "block.5"),
            scale="layer_scale",
            last=("classifier.0", "classifier.2"),
            places=True,
        ),
        "transformers": _Naming(
            stem=("convnext.embeddings.patch_embeddings", "convnext.embeddings.layernorm"),
            down=(
                "convnext.encoder.stages.{stage}.downsampling_layer.0",
                "convnext.encoder.stages.{stage}.downsampling_layer.1",
            ),
            blocks="convnext.encoder.stages.{stage}.layers",
            layers=("dwconv", "layernorm", "pwconv1", "pwconv2"),
            scale="layer_scale_parameter",
            last=("convnext.layernorm", "classifier"),
            epsilon="1e-12",
        ),
        "timm": _Naming(
            stem=("stem.0", "stem.1"),
            down=("stages.{stage}.downsample.0", "stages.{stage}.downsample.1"),
            blocks="stages.{stage}.blocks",
            layers=("conv_dw", "norm", "mlp.fc1", "mlp.fc2"),
            scale="gamma",
            last=("head.norm", "head.fc"),
        ),
        "paper": _Naming(
            stem=("downsample_layers.0.0", "downsample_layers.0.1"),
            down=("downsample_layers.{stage}.0", "downsample_layers.{stage}.1"),
            blocks="stages.{stage}",
            layers=("dwconv", "norm", "pwconv1", "pwconv2"),
            scale="gamma",
            last=("norm", "head"),
        ),
    }
)


class ConvNeXt(Named):
    """Patches, four stages of blocks with LayerNorm over channels, a mean, one layer."""

    def __init__(self, settings: Settings) -> None:
        naming = _NAMINGS[settings["names"]]
        super().__init__(dict(_parts(naming, settings)))
        self.naming, self.counts = naming, [len(stage) for stage in settings["stages"]]
        self.avgpool, self.flat = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        self.activation = nn.GELU()

    def forward(self, images: Tensor) -> Tensor:
        """Return one score per class."""
        patches, norm = self.naming.stem
        maps = self._normed(norm, self.of(patches, images))
        for stage, count in enumerate(self.counts):
            if stage:
                norm, convolution = self.naming.between(stage)
                maps = self.of(convolution, self._normed(norm, maps))
            for block in range(count):
                maps = maps + self._block(f"{self.naming.before(stage)}.{block}.", maps)
        norm, head = self.naming.last
        return self.of(head, self.of(norm, self.flat(self.avgpool(maps))))

    def _normed(self, norm: str, maps: Tensor) -> Tensor:
        return self.of(norm, maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    def _block(self, block: str, maps: Tensor) -> Tensor:
        depthwise, norm, widening, narrowing = self.naming.layers
        values = self.of(block + depthwise, maps).permute(0, 2, 3, 1)
        wide = self.activation(self.of(block + widening, self.of(block + norm, values)))
        values, scale = self.of(block + narrowing, wide), self.tensor(block + self.naming.scale)
        if self.naming.places:
            return scale * values.permute(0, 3, 1, 2)
        return (scale * values).permute(0, 3, 1, 2)


def _parts(naming: _Naming, settings: Settings) -> Iterator[tuple[str, nn.Module | nn.Parameter]]:
    """Yield every layer with the name that the file has for it."""
    norm = partial(nn.LayerNorm, eps=_INNER)
    widths, patch = settings["widths"], settings["patch"]
    yield naming.stem[0], nn.Conv2d(settings["channels"], widths[0], patch, stride=patch)
    yield naming.stem[1], norm(widths[0])
    for stage, (width, inner) in enumerate(zip(widths, settings["stages"], strict=True)):
        if stage:
            before, convolution = naming.between(stage)
            yield before, norm(widths[stage - 1])
            yield convolution, nn.Conv2d(widths[stage - 1], width, 2, stride=2)
        for block, wide in enumerate(inner):
            yield from _block(naming, f"{naming.before(stage)}.{block}.", width, wide)
    yield naming.last[0], nn.LayerNorm(widths[-1], eps=float(settings["epsilon"]))
    yield naming.last[1], nn.Linear(widths[-1], settings["classes"])


def _block(
    naming: _Naming, block: str, width: int, wide: int
) -> Iterator[tuple[str, nn.Module | nn.Parameter]]:
    depthwise, norm, widening, narrowing = naming.layers
    sizes = (width, 1, 1) if naming.places else (width,)
    yield block + naming.scale, nn.Parameter(torch.ones(sizes))
    yield block + depthwise, nn.Conv2d(width, width, 7, padding=3, groups=width)
    yield block + norm, nn.LayerNorm(width, eps=_INNER)
    yield block + widening, nn.Linear(width, wide)
    yield block + narrowing, nn.Linear(wide, width)


def _recognise(shapes: Shapes) -> ShapeMatch | None:
    for names, naming in _NAMINGS.items():
        depthwise = f"{naming.before(0)}.0.{naming.layers[0]}.weight"
        if len(shapes.get(depthwise, ())) == 4:
            return ShapeMatch(settings=MappingProxyType(_sizes(names, naming, shapes)))
    return None


def _sizes(names: str, naming: _Naming, shapes: Shapes) -> dict[str, object]:
    first = needed(shapes, f"{naming.stem[0]}.weight", 4)
    befores = [naming.before(stage) for stage in range(_STAGES)]
    depthwise, _, widening, _ = naming.layers
    counts = [_count(shapes, before) for before in befores]
    return {
        "names": names,
        "channels": first[1],
        "patch": first[2],
        "widths": [needed(shapes, f"{before}.0.{depthwise}.weight", 4)[0] for before in befores],
        "stages": [
            [needed(shapes, f"{before}.{block}.{widening}.weight", 2)[0] for block in range(count)]
            for before, count in zip(befores, counts, strict=True)
        ],
        "classes": needed(shapes, f"{naming.last[1]}.weight", 2)[0],
        "epsilon": naming.epsilon,
    }


def _count(shapes: Shapes, before: str) -> int:
    """Return how many blocks are there."""
    return sum(name.isdecimal() for name in children(shapes, before))


CONVNEXT = Architecture(
    key="convnext",
    title="ConvNeXt",
    line="Depthwise 7x7 convolutions and LayerNorm in four stages of any width and depth.",
    needs="the names of torchvision's convnext_tiny (features.0.0.weight, "
    "features.1.0.block.0.weight, ..., classifier.2.weight), or those of Transformers, timm or the "
    "paper",
    source="Liu et al. 2022",
    recognise=_recognise,
    make=ConvNeXt,
    example=two_pictures,
    stretch=at_size,
    scaled=of_imagenet,
    parameters=(SIZE, choice("epsilon", "Epsilon", "Of the last LayerNorm.", EPSILONS)),
    published=tuple(f"convnext-{size}" for size in ("tiny", "small", "base", "large")),
)
