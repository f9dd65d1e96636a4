"""Attention over the places of a row, as the architectures of the registry use it."""

from collections.abc import Mapping
from types import MappingProxyType

from torch import Tensor
from torch.nn import functional

from explain.core.methods import Parameter

HIDDEN = -1e9
"""Added to the attention scores of padding: its share becomes exactly 0."""

HEADS = Parameter(
    key="heads",
    title="Heads",
    line="Heads of attention in each block; weights do not say how many.",
    default=12,
    low=1,
    high=64,
)
_HEAD = 64
"""Width of a head in most that is published; weights do not say it."""
_UNUSUAL: Mapping[int, int] = MappingProxyType(
    {312: 12, 384: 12, 1280: 16, 1408: 16, 1664: 16, 2048: 16}
)
"""Width -> heads where their width is another: TinyBERT, MiniLM, ALBERT, large pictures."""


def likely_heads(width: int) -> int:
    """Return how many heads a published network of that width has."""
    return _UNUSUAL.get(width, max(1, width // _HEAD))


def attended(
    query: Tensor, key: Tensor, value: Tensor, heads: int, mask: Tensor | None = None
) -> Tensor:
    """Return what each place [n, length, width] takes from the others, head beside head.

    `mask` [n, 1, 1, length] is added to the scores, where there is one.
    """
    q, k, v = (_split(part, heads) for part in (query, key, value))
    seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return seen.transpose(1, 2).flatten(2)


def hidden(absent: Tensor, like: Tensor) -> Tensor:
    """Return the mask [n, 1, 1, length] that hides what is `absent` [n, length]."""
    return (absent.to(like.dtype) * HIDDEN)[:, None, None, :]


def _split(values: Tensor, heads: int) -> Tensor:
    """Return [n, heads, length, width of a head]."""
    rows, length, width = values.shape
    return values.reshape(rows, length, heads, width // heads).transpose(1, 2)
