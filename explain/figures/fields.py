"""What lies over a sample's picture: where the truth ends, what a position sees, kernels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import say, share
from explain.features import Box, EffectiveField, Kernels
from explain.figures.chart import pixel
from explain.figures.pixels import data_uri, enlarged, heat_map

_FINE = 6
_LINE = 3
_KERNELS = 32
_SIDE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatPair:
    """Two maps of the input, dense and pruned, as PNG data URIs in one range."""

    uris: tuple[str, str]
    largest: float
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPair:
    """What one unit reacts to in two networks, and the box that it can see at all."""

    uris: tuple[str, str]
    box: tuple[float, float, float, float]
    """Left, top, width and height as shares of the picture."""
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelTiles:
    """Incoming kernels, strongest first: (input, dense, pruned, share that survives)."""

    tiles: tuple[tuple[int, str, str, float], ...]
    sentence: str


def outline(mask: NDArray[np.bool_]) -> str:
    """Return the inner edge of a mask [height, width] as a PNG data URI, fine on small pictures."""
    fine = mask.repeat(_FINE, 0).repeat(_FINE, 1)
    inner = fine
    for _ in range(_LINE):
        padded = np.pad(inner, 1)
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    pixels = np.zeros((*fine.shape, 4), np.uint8)
    pixels[fine & ~inner] = (*pixel("map-truth"), 255)
    return data_uri(pixels)


def heat_pair(
    dense: NDArray[np.float64], pruned: NDArray[np.float64], size: tuple[int, int]
) -> HeatPair:
    """Return Σ over channels of activation · gradient [h, w] over an input of `size`, bilinear."""
    largest = float(max(np.abs(dense).max(initial=0.0), np.abs(pruned).max(initial=0.0)))
    shrink = max(1.0, max(size) / _SIDE)
    wanted = (max(1, round(size[0] / shrink)), max(1, round(size[1] / shrink)))
    first, second = (heat_map(enlarged(heat, wanted), largest) for heat in (dense, pruned))
    return HeatPair(
        uris=(first, second),
        largest=largest,
        sentence=say(
            "figures.fields.all_channels",
            dense=float(dense.sum()),
            pruned=float(pruned.sum()),
            largest=largest,
        ),
    )


def field_pair(dense: EffectiveField, pruned: EffectiveField) -> FieldPair:
    """Return the effective fields of one unit in two networks, on one scale."""
    largest = float(max(dense.reaction.max(initial=0.0), pruned.reaction.max(initial=0.0)))
    height, width = dense.reaction.shape
    first, second = (heat_map(found.reaction, largest) for found in (dense, pruned))
    return FieldPair(
        uris=(first, second),
        box=inside(dense.theory, (height, width)),
        sentence=(
            say(
                "figures.fields.position",
                row=dense.at[0],
                column=dense.at[1],
                theory=_box(dense.theory),
                area=dense.theory.area / (height * width),
                dense=_area(dense.a80),
                pruned=_area(pruned.a80),
                largest=largest,
            )
        ),
    )


def inside(box: Box, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Return left, top, width and height of a box as shares of a picture."""
    height, width = size
    return (
        box.left / width,
        box.top / height,
        (box.right - box.left) / width,
        (box.bottom - box.top) / height,
    )


def _box(box: Box) -> str:
    return f"{box.bottom - box.top} × {box.right - box.left} pixels"


def _area(value: float) -> str:
    return say("figures.fields.no_part") if np.isnan(value) else share(value)


def kernel_tiles(found: Kernels) -> KernelTiles:
    """Return 2-d kernels as pictures on one scale; layers without them have no tiles."""
    largest = float(max(np.abs(found.dense).max(initial=0), np.abs(found.pruned).max(initial=0)))
    size = np.abs(found.dense).reshape(len(found.dense), -1).sum(1)
    many = _KERNELS if found.dense.ndim == len(("input", "row", "column")) else 0
    order = np.argsort(-size, kind="stable")[:many]
    return KernelTiles(
        tiles=tuple(
            (
                int(at),
                _kernel(found.dense[at], largest),
                _kernel(found.pruned[at], largest),
                float(found.survives[at]),
            )
            for at in order
        ),
        sentence=_kernels_in_words(found, len(order), largest),
    )


def _kernel(values: NDArray[Any], largest: float) -> str:
    return heat_map(values.astype(np.float64), largest)


def _kernels_in_words(found: Kernels, shown: int, largest: float) -> str:
    left = found.kept / found.total if found.total else 0.0
    gone = int((found.survives == 0).sum())
    inputs = len(found.survives)
    said = (
        say(
            "figures.fields.some_cut_off",
            kept=found.kept,
            total=found.total,
            share=left,
            gone=gone,
            inputs=inputs,
        )
        if gone
        else say("figures.fields.survive", kept=found.kept, total=found.total, share=left)
    )
    if not shown:
        return said
    some = [say("figures.fields.strongest", shown=shown, inputs=inputs)] if shown < inputs else []
    return " ".join([said, *some, say("figures.fields.full_colour", largest=largest)])
