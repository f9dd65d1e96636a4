"""Layers that torch has only as functions, as modules, so that hooks fire on them."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class ScaledDotProductAttention(nn.Module):
    """softmax(q kᵀ · scale + mask) v, as `torch.nn.functional.scaled_dot_product_attention`."""

    def __init__(self, *, is_causal: bool, scale: float | None, enable_gqa: bool) -> None:
        super().__init__()
        self.is_causal = is_causal
        self.scale = scale
        self.enable_gqa = enable_gqa

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Attend: query [..., l, e], key [..., s, e], value [..., s, v] to [..., l, v]."""
        return functional.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask,
            is_causal=self.is_causal,
            scale=self.scale,
            enable_gqa=self.enable_gqa,
        )

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"is_causal={self.is_causal}, scale={self.scale}"


class MatMul(nn.Module):
    """The product of two computed values, with an optional summand of the same shape."""

    def forward(self, left: Tensor, right: Tensor, summand: Tensor | None = None) -> Tensor:
        """Multiply [..., n, k] and [..., k, m] to [..., n, m]."""
        if summand is None:
            return torch.matmul(left, right)
        return torch.baddbmm(summand, left, right)


class Einsum(nn.Module):
    """A sum of products over named dimensions."""

    def __init__(self, equation: str) -> None:
        super().__init__()
        self.equation = equation

    def forward(self, *operands: Tensor) -> Tensor:
        """Evaluate the equation."""
        return torch.einsum(self.equation, *operands)

    def extra_repr(self) -> str:
        """Return the equation."""
        return self.equation
