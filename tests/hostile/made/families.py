"""Bare weights of families that are known by name, of absurd depth or with absurd pictures."""

from pathlib import Path

import torch
from safetensors.torch import save

from tests.hostile.record import Hostile
from tests.registry.test_bert import FAMILIES, WIDTH, albert_of


def _zeros(shapes: dict[str, tuple[int, ...]]) -> bytes:
    return bytes(save({name: torch.zeros(shape) for name, shape in shapes.items()}))


def _blocks(_: Path) -> bytes:
    """A thousand blocks of a RegNet with one channel each."""
    shapes: dict[str, tuple[int, ...]] = {"stem.0.weight": (1, 3, 3, 3), "fc.weight": (2, 1)}
    for at in range(1_000):
        for part, kernel in zip("abc", (1, 3, 1), strict=True):
            name = f"trunk_output.block1.block1-{at}.f.{part}.0.weight"
            shapes[name] = (1, 1, kernel, kernel)
    return _zeros(shapes)


def _rounds(_: Path) -> bytes:
    """Three blocks of an ALBERT, which its card goes through 48 times."""
    shared = albert_of(FAMILIES["bert"][0](), torch.ones(WIDTH))
    deep = {
        name.replace("layers.0", f"layers.{at}"): torch.zeros(tensor.shape)
        for name, tensor in shared.items()
        for at in range(3)
    }
    return bytes(save(deep))


def _positions(_: Path) -> bytes:
    """A vision transformer of one number for pictures of 100,000 x 100,000 pixels."""
    shapes = {
        "class_token": (1, 1, 1),
        "encoder.pos_embedding": (1, 100_000_000 // 100 + 1, 1),
        "conv_proj.weight": (1, 1, 100, 100),
        "heads.head.weight": (2, 1),
        "encoder.layers.encoder_layer_0.ln_1.weight": (1,),
        "encoder.layers.encoder_layer_0.mlp.0.weight": (1, 1),
    }
    return _zeros(shapes)


OF_FAMILIES: tuple[Hostile, ...] = (
    Hostile(
        key="regnet-blocks",
        row="large-parameters",
        door="named",
        attack="a thousand blocks, each of which is traced",
        make=_blocks,
        card={"architecture": {"name": "regnet"}},
        says=("at most 2,000",),
        counted=True,
    ),
    Hostile(
        key="albert-rounds",
        row="large-parameters",
        door="named",
        attack="three blocks that a text goes through 48 times",
        make=_rounds,
        card={"architecture": {"name": "albert", "params": {"heads": 3, "rounds": 48}}},
        says=("144 blocks",),
        counted=True,
    ),
    Hostile(
        key="vit-positions",
        row="large-parameters",
        door="named",
        attack="a million patches, each of which looks at each",
        make=_positions,
        card={"architecture": {"name": "vit"}},
        says=("100000 pixels",),
        counted=True,
    ),
)
