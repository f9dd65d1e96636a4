"""What networks for texts share: token ids, their embedding, the layer that answers."""

import torch
from torch import Tensor

from explain.core.parameters import Parameter
from models.registry.layers import of_rank
from models.registry.record import Shapes

LENGTH = Parameter(
    key="length",
    title="Length",
    line="Tokens of a text, or steps of a series; shorter ones are filled up.",
    default=64,
    low=2,
    high=512,
)


def ids(words: int, length: int) -> Tensor:
    """Return two rows of token ids; the second ends with two of id 0."""
    rows = torch.arange(2 * length).reshape(2, length) % words
    rows[1, -2:] = 0
    return rows


def embedding_of(shapes: Shapes, width: int, taken: set[str]) -> str | None:
    """Return the 2-D tensor [words, width] that is most likely the embedding of the tokens."""
    fitting = [
        name
        for name, shape in of_rank(shapes, 2).items()
        if shape[1] == width and name not in taken
    ]
    named = [name for name in fitting if "emb" in name.lower() and "pos" not in name.lower()]
    return max(named or fitting, key=lambda name: shapes[name][0], default=None)


def head_of(shapes: Shapes, width: int, taken: set[str]) -> str | None:
    """Return the 2-D tensor [classes, width] with a bias beside it, which answers."""
    for name, shape in of_rank(shapes, 2).items():
        bias = name.removesuffix("weight") + "bias"
        if shape[1] == width and name not in taken and shapes.get(bias) == (shape[0],):
            return name
    return None
