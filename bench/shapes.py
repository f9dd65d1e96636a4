"""The weight shapes of three well-known networks, without the networks."""

from collections.abc import Iterator
from math import prod

Shapes = dict[str, tuple[int, ...]]


def _resnet_18() -> Shapes:
    shapes: Shapes = {"stem": (64, 3, 7, 7)}
    width = 64
    for stage, out in enumerate((64, 128, 256, 512)):
        if out != width:
            shapes[f"stage{stage}.shortcut"] = (out, width, 1, 1)
        for block in range(2):
            shapes[f"stage{stage}.{block}.conv1"] = (out, width, 3, 3)
            shapes[f"stage{stage}.{block}.conv2"] = (out, out, 3, 3)
            width = out
    return shapes | {"head": (1000, width)}


def _resnet_50() -> Shapes:
    shapes: Shapes = {"stem": (64, 3, 7, 7)}
    width = 64
    for stage, (inner, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        shapes[f"stage{stage}.shortcut"] = (4 * inner, width, 1, 1)
        for block in range(blocks):
            shapes[f"stage{stage}.{block}.conv1"] = (inner, width, 1, 1)
            shapes[f"stage{stage}.{block}.conv2"] = (inner, inner, 3, 3)
            shapes[f"stage{stage}.{block}.conv3"] = (4 * inner, inner, 1, 1)
            width = 4 * inner
    return shapes | {"head": (1000, width)}


def _bert_base() -> Shapes:
    return dict(_bert_layers()) | {"pooler": (768, 768)}


def _bert_layers() -> Iterator[tuple[str, tuple[int, ...]]]:
    for layer in range(12):
        for part in ("query", "key", "value", "output"):
            yield f"{layer}.{part}", (768, 768)
        yield f"{layer}.widen", (3072, 768)
        yield f"{layer}.narrow", (768, 3072)


NETWORKS: dict[str, Shapes] = {
    "ResNet-18": _resnet_18(),
    "ResNet-50": _resnet_50(),
    "BERT-base": _bert_base(),
}
"""Layer name -> shape of its weight, convolutions as [out, in, height, width]."""


def weights_in(shapes: Shapes) -> int:
    """Return the number of weights."""
    return sum(prod(shape) for shape in shapes.values())
