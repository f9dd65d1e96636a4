"""Attention over the places of a row, as the architectures of the registry use it."""

from torch import Tensor
from torch.nn import functional

HIDDEN = -1e9
"""Added to the attention scores of padding: its share becomes exactly 0."""


def attended(query: Tensor, key: Tensor, value: Tensor, heads: int, mask: Tensor) -> Tensor:
    """Return what each place [n, length, width] takes from the others, head beside head.

    `mask` [n, 1, 1, length] is added to the scores.
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
