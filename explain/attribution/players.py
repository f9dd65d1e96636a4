"""Which parts of a sample are taken away together."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from explain.attribution.view import View
from explain.core.methods import Options, Parameter
from explain.core.subject import InputSpec, Subject

TILES = Parameter(
    key="tiles",
    title="Tiles per side",
    line="An image is cut into this many tiles per side, at most one per pixel; a question of a "
    "table and a token of a text are always one part.",
    default=8,
    low=2,
    high=64,
)
_MOST = 256


def players(spec: InputSpec, shape: Sequence[int], options: Options) -> Tensor:
    """Return for each part of one sample [*shape] the number of the player it belongs to.

    A tile of an image over all channels, a question of a table with all its columns, a token of a
    text; of any other array each element, or runs of equal length where there are more than 256.
    """
    if spec.kind == "image" and len(shape) == 3:
        return _tiles(shape, int(options["tiles"]))
    if spec.questions and tuple(shape) == (len(spec.questions),):
        return torch.from_numpy(spec.question_of)
    flat = torch.arange(math.prod(shape))
    run = 1 if spec.kind in {"table", "text"} else -(-len(flat) // _MOST)
    return (flat // run).reshape(tuple(shape))


def count_players(subject: Subject, options: Options) -> int:
    """Return the number of players of one sample."""
    shape = subject.samples.inputs[0].shape[1:]
    return int(players(subject.spec, shape, options).max()) + 1


def per_element(view: View, options: Options) -> tuple[Tensor, Tensor]:
    """Return players [1, *shape of an input] and how many elements each of those stands for.

    A player's value divided by that number and summed over its elements is the value again.
    """
    groups = players(view.subject.spec, view.parts(), options)
    if view.embedded:
        groups = groups[..., None].expand(*groups.shape, view.width()).contiguous()
    sizes = torch.bincount(groups.flatten())[groups]
    return groups[None], sizes[None]


def _tiles(shape: Sequence[int], tiles: int) -> Tensor:
    """Return the tile of each pixel, numbered row by row without gaps."""
    _, height, width = shape
    down, across = (torch.arange(side) // -(-side // tiles) for side in (height, width))
    grid = down[:, None] * (int(across.max()) + 1) + across[None, :]
    return grid.expand(tuple(shape)).contiguous()
