"""Vision transformers with the tensor names of torchvision, timm or Transformers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import isqrt
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional

from explain.core.errors import ImportRefused
from models.registry.attention import HEADS, attended, likely_heads
from models.registry.layers import EPSILONS, IMAGENET, activation, square_pictures
from models.registry.named import Named
from models.registry.record import (
    Architecture,
    Scale,
    Settings,
    ShapeMatch,
    Shapes,
    children,
    choice,
    needed,
)

_SIDE = 640
"""Height of the largest pictures."""
_HALVES: Scale = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
_PLACES = 4_096
"""Each looks at each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Naming:
    """What one library calls its tensors.

    `classes`: the token that answers. `block` stands in front of the number of a block.
    `projections`: layers of queries, keys and values, or the one that makes all three; where it
    ends in "_", its weight and bias are plain tensors.
    """

    classes: str
    places: str
    patches: str
    block: str
    first_norm: str
    projections: tuple[str, ...]
    joined: str
    second_norm: str
    wide: str
    narrow: str
    norm: str
    last: str
    epsilon: str = "1e-06"


_TRANSFORMERS = _Naming(
    classes="vit.embeddings.cls_token",
    places="vit.embeddings.position_embeddings",
    patches="vit.embeddings.patch_embeddings.projection",
    block="vit.encoder.layer.",
    first_norm="layernorm_before",
    projections=(
        "attention.attention.query",
        "attention.attention.key",
        "attention.attention.value",
    ),
    joined="attention.output.dense",
    second_norm="layernorm_after",
    wide="intermediate.dense",
    narrow="output.dense",
    norm="vit.layernorm",
    last="classifier",
    epsilon="1e-12",
)
_NAMINGS: Mapping[str, _Naming] = MappingProxyType(
    {
        "torchvision": _Naming(
            classes="class_token",
            places="encoder.pos_embedding",
            patches="conv_proj",
            block="encoder.layers.encoder_layer_",
            first_norm="ln_1",
            projections=("self_attention.in_proj_",),
            joined="self_attention.out_proj",
            second_norm="ln_2",
            wide="mlp.0",
            narrow="mlp.3",
            norm="encoder.ln",
            last="heads.head",
        ),
        "timm": _Naming(
            classes="cls_token",
            places="pos_embed",
            patches="patch_embed.proj",
            block="blocks.",
            first_norm="norm1",
            projections=("attn.qkv",),
            joined="attn.proj",
            second_norm="norm2",
            wide="mlp.fc1",
            narrow="mlp.fc2",
            norm="norm",
            last="head",
        ),
        "transformers": _TRANSFORMERS,
        "transformers-5": replace(
            _TRANSFORMERS,
            block="vit.layers.",
            projections=("attention.q_proj", "attention.k_proj", "attention.v_proj"),
            joined="attention.o_proj",
            wide="mlp.fc1",
            narrow="mlp.fc2",
        ),
    }
)
"""Files of Transformers have the first, what its networks hold since its version 5 the second."""


class Vit(Named):
    """Patches behind a class token, positions, blocks of attention, one layer on the token."""

    def __init__(self, settings: Settings) -> None:
        naming = _NAMINGS[settings["names"]]
        super().__init__(dict(_parts(naming, settings)))
        self.naming, self.settings = naming, settings
        self.activation = activation(settings["activation"])

    def forward(self, images: Tensor) -> Tensor:
        """Return one score per class."""
        naming = self.naming
        patches = self.of(naming.patches, images).flatten(2).transpose(1, 2)
        token = self.tensor(naming.classes).expand(images.shape[0], -1, -1)
        values = torch.cat([token, patches], dim=1) + self.tensor(naming.places)
        for at in range(len(self.settings["inner"])):
            values = self._block(f"{naming.block}{at}.", values)
        return self.of(naming.last, self.of(naming.norm, values)[:, 0])

    def _block(self, block: str, values: Tensor) -> Tensor:
        """Return values [n, places, width] that have looked at each other."""
        naming = self.naming
        query, key, value = self._projected(block, self.of(block + naming.first_norm, values))
        seen = attended(query, key, value, self.settings["heads"])
        values = values + self.of(block + naming.joined, seen)
        wide = self.of(block + naming.wide, self.of(block + naming.second_norm, values))
        return values + self.of(block + naming.narrow, self.activation(wide))

    def _projected(self, block: str, values: Tensor) -> tuple[Tensor, ...]:
        names = [block + name for name in self.naming.projections]
        if len(names) > 1:
            return tuple(self.of(name, values) for name in names)
        (name,) = names
        if not name.endswith("_"):
            return self.of(name, values).chunk(3, dim=-1)
        weight, bias = self.tensor(f"{name}weight"), self.tensor(f"{name}bias")
        return functional.linear(values, weight, bias).chunk(3, dim=-1)


def _parts(naming: _Naming, settings: Settings) -> Iterator[tuple[str, nn.Module | nn.Parameter]]:
    """Yield every layer with the name that the file has for it."""
    width, patch = settings["width"], settings["patch"]
    norm = partial(nn.LayerNorm, width, eps=float(settings["epsilon"]))
    yield naming.classes, nn.Parameter(torch.zeros(1, 1, width))
    yield naming.places, nn.Parameter(torch.zeros(1, (settings["size"] // patch) ** 2 + 1, width))
    yield naming.patches, nn.Conv2d(settings["channels"], width, patch, stride=patch)
    for at, inner in enumerate(settings["inner"]):
        block = f"{naming.block}{at}."
        yield block + naming.first_norm, norm()
        for name, part in _projections(naming, width):
            yield block + name, part
        yield block + naming.joined, nn.Linear(width, width)
        yield block + naming.second_norm, norm()
        yield block + naming.wide, nn.Linear(width, inner)
        yield block + naming.narrow, nn.Linear(inner, width)
    yield naming.norm, norm()
    yield naming.last, nn.Linear(width, settings["classes"])


def _projections(naming: _Naming, width: int) -> Iterator[tuple[str, nn.Module | nn.Parameter]]:
    first = naming.projections[0]
    if first.endswith("_"):
        yield f"{first}weight", nn.Parameter(torch.zeros(3 * width, width))
        yield f"{first}bias", nn.Parameter(torch.zeros(3 * width))
        return
    outputs = 3 * width // len(naming.projections)
    for name in naming.projections:
        yield name, nn.Linear(width, outputs)


def _recognise(shapes: Shapes) -> ShapeMatch | None:
    for names, naming in _NAMINGS.items():
        if naming.classes in shapes and f"{naming.block}0.{naming.first_norm}.weight" in shapes:
            old = _old_names(shapes) if names == "torchvision" else {}
            known = {**shapes, **{ours: shapes[file] for ours, file in old.items()}}
            settings = MappingProxyType(_sizes(names, naming, known))
            return ShapeMatch(settings=settings, names=MappingProxyType(old))
    return None


def _sizes(names: str, naming: _Naming, shapes: Shapes) -> dict[str, object]:
    patches = needed(shapes, f"{naming.patches}.weight", 4)
    places = needed(shapes, naming.places, 3)
    parent, _, start = naming.block.rpartition(".")
    blocks = [name for name in children(shapes, parent) if name.startswith(start)]
    return {
        "names": names,
        "channels": patches[1],
        "width": patches[0],
        "patch": patches[2],
        "size": isqrt(places[1] - 1) * patches[2],
        "inner": [
            needed(shapes, f"{naming.block}{at}.{naming.wide}.weight", 2)[0]
            for at in range(len(blocks))
        ],
        "classes": needed(shapes, f"{naming.last}.weight", 2)[0],
        "heads": likely_heads(patches[0]),
        "epsilon": naming.epsilon,
    }


def _old_names(shapes: Shapes) -> dict[str, str]:
    """Return ours -> the file's: torchvision's files of before 2023 say mlp.linear_1 for mlp.0."""
    found = {}
    for name in shapes:
        ours = name.replace(".mlp.linear_1.", ".mlp.0.").replace(".mlp.linear_2.", ".mlp.3.")
        if ours != name:
            found[ours] = name
    return found


def _scaled(settings: Settings) -> Scale | None:
    """Return what torchvision, else what the authors take."""
    if settings["channels"] != len(_HALVES[0]):
        return None
    return IMAGENET if settings["names"] == "torchvision" else _HALVES


def _make(settings: Settings) -> nn.Module:
    heads, width, size = settings["heads"], settings["width"], settings["size"]
    if width % heads:
        raise ImportRefused("models.registry.heads", heads=heads, width=width)
    if size > _SIDE or (size // settings["patch"]) ** 2 > _PLACES:
        raise ImportRefused("models.registry.too_large", size=size, most=_SIDE, places=_PLACES)
    return Vit(settings)


VIT = Architecture(
    key="vit",
    title="Vision transformer",
    line="Patches of any size behind a class token, blocks of attention, one layer on the token.",
    needs="the names of torchvision's vit_b_16 (class_token, conv_proj.weight, "
    "encoder.layers.encoder_layer_0.ln_1.weight, ..., heads.head.weight), or those of timm or "
    "Transformers",
    source="Dosovitskiy et al. 2021",
    recognise=_recognise,
    make=_make,
    scaled=_scaled,
    example=lambda settings: square_pictures(settings["channels"], settings["size"]),
    parameters=(
        HEADS,
        choice(
            "activation",
            "Activation",
            "Between the two layers of a block.",
            ("gelu", "gelu-tanh", "relu", "silu"),
        ),
        choice("epsilon", "Epsilon", "Of LayerNorm.", EPSILONS),
    ),
    published=tuple(f"vit-{size}" for size in ("b-16", "b-32", "l-16", "l-32", "h-14")),
)
