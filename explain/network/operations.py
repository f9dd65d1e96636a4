"""The allow-list: every function that may stand between the layers, or as one.

`OPERATIONS` maps the key of a step to a pure function. `KEYS` maps the operators that
`torch.export` writes down to these keys. What is in neither, and is no layer (`building`), is
refused by name. Nothing here draws random numbers, writes to its arguments or touches files.
"""

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from explain.network.other_names import other_names

_aten = torch.ops.aten
_FLAT = 2


def _size(value: Tensor, dim: int) -> int:
    return value.shape[dim]


def _copy(old: Tensor, new: Tensor) -> Tensor:
    """Return new values in the shape and type of old ones; aten's own copy has no derivative."""
    return new.to(old.dtype).expand_as(old)


def _item(value: Any, *path: int) -> Any:
    for index in path:
        value = value[index]
    return value


_MOVEMENT: dict[Any, str] = {
    _aten.view.default: "reshape",
    _aten._unsafe_view.default: "reshape",  # noqa: SLF001 - the operator is called so
    _aten.reshape.default: "reshape",
    _aten.permute.default: "permute",
    _aten.transpose.int: "transpose",
    _aten.t.default: "t",
    _aten.select.int: "select",
    _aten.slice.Tensor: "slice",
    _aten.squeeze.default: "squeeze",
    _aten.squeeze.dim: "squeeze_dim",
    _aten.squeeze.dims: "squeeze_dims",
    _aten.unsqueeze.default: "unsqueeze",
    _aten.expand.default: "expand",
    _aten.repeat.default: "repeat",
    _aten.repeat_interleave.self_int: "repeat_interleave",
    _aten.cat.default: "cat",
    _aten.stack.default: "stack",
    _aten.split.Tensor: "split",
    _aten.split_with_sizes.default: "split_with_sizes",
    _aten.unbind.int: "unbind",
    _aten.flip.default: "flip",
    _aten.diagonal.default: "diagonal",
    _aten.roll.default: "roll",
    _aten.clone.default: "clone",
    _aten.contiguous.default: "contiguous",
    _aten.unfold.default: "unfold",
    _aten.pixel_shuffle.default: "pixel_shuffle",
    _aten.pixel_unshuffle.default: "pixel_unshuffle",
    _aten.channel_shuffle.default: "channel_shuffle",
}
_ELEMENTWISE: dict[Any, str] = {
    _aten.add.Tensor: "add",
    _aten.add.Scalar: "add_scalar",
    _aten.sub.Tensor: "sub",
    _aten.sub.Scalar: "sub_scalar",
    _aten.rsub.Scalar: "rsub",
    _aten.mul.Tensor: "mul",
    _aten.mul.Scalar: "mul_scalar",
    _aten.div.Tensor: "div",
    _aten.div.Scalar: "div_scalar",
    _aten.div.Tensor_mode: "div_mode",
    _aten.div.Scalar_mode: "div_scalar_mode",
    _aten.floor_divide.default: "floor_divide",
    _aten.fmod.Scalar: "fmod",
    _aten.fmod.Tensor: "fmod_tensor",
    _aten.remainder.Scalar: "remainder",
    _aten.remainder.Tensor: "remainder_tensor",
    _aten.addcmul.default: "addcmul",
    _aten.addcdiv.default: "addcdiv",
    _aten.lerp.Scalar: "lerp",
    _aten.lerp.Tensor: "lerp_tensor",
    _aten.pow.Tensor_Scalar: "pow",
    _aten.pow.Tensor_Tensor: "pow_tensor",
    _aten.pow.Scalar: "pow_scalar",
    _aten.neg.default: "neg",
    _aten.abs.default: "abs",
    _aten.sign.default: "sign",
    _aten.sgn.default: "sgn",
    _aten.floor.default: "floor",
    _aten.ceil.default: "ceil",
    _aten.round.default: "round",
    _aten.round.decimals: "round_decimals",
    _aten.trunc.default: "trunc",
    _aten.frac.default: "frac",
    _aten.heaviside.default: "heaviside",
    _aten.exp.default: "exp",
    _aten.exp2.default: "exp2",
    _aten.log.default: "log",
    _aten.log2.default: "log2",
    _aten.log10.default: "log10",
    _aten.logaddexp.default: "logaddexp",
    _aten.logit.default: "logit",
    _aten.xlogy.Tensor: "xlogy",
    _aten.log1p.default: "log1p",
    _aten.expm1.default: "expm1",
    _aten.sqrt.default: "sqrt",
    _aten.rsqrt.default: "rsqrt",
    _aten.reciprocal.default: "reciprocal",
    _aten.square.default: "square",
    _aten.sin.default: "sin",
    _aten.cos.default: "cos",
    _aten.tan.default: "tan",
    _aten.asin.default: "asin",
    _aten.acos.default: "acos",
    _aten.atan.default: "atan",
    _aten.atan2.default: "atan2",
    _aten.sinh.default: "sinh",
    _aten.cosh.default: "cosh",
    _aten.asinh.default: "asinh",
    _aten.acosh.default: "acosh",
    _aten.atanh.default: "atanh",
    _aten.hypot.default: "hypot",
    _aten.sinc.default: "sinc",
    _aten.erf.default: "erf",
    _aten.erfc.default: "erfc",
    _aten.erfinv.default: "erfinv",
    _aten.lgamma.default: "lgamma",
    _aten.digamma.default: "digamma",
    _aten.nan_to_num.default: "nan_to_num",
    _aten.isnan.default: "isnan",
    _aten.isinf.default: "isinf",
    _aten.isfinite.default: "isfinite",
    _aten.clamp.default: "clamp",
    _aten.clamp.Tensor: "clamp_tensor",
    _aten.clamp_min.Tensor: "clamp_min_tensor",
    _aten.clamp_max.Tensor: "clamp_max_tensor",
    _aten.clamp_min.default: "clamp_min",
    _aten.clamp_max.default: "clamp_max",
    _aten.maximum.default: "maximum",
    _aten.minimum.default: "minimum",
    _aten.fmax.default: "fmax",
    _aten.fmin.default: "fmin",
    _aten.where.self: "where",
    _aten.where.ScalarSelf: "where_scalar_self",
    _aten.where.ScalarOther: "where_scalar_other",
    _aten.masked_fill.Scalar: "masked_fill",
    _aten.masked_fill.Tensor: "masked_fill_tensor",
    _aten.tril.default: "tril",
    _aten.triu.default: "triu",
    _aten.copy.default: "copy",
    _aten._to_copy.default: "to",  # noqa: SLF001 - the operator is called so
    _aten.eq.Scalar: "eq",
    _aten.eq.Tensor: "eq_tensor",
    _aten.ne.Scalar: "ne",
    _aten.ne.Tensor: "ne_tensor",
    _aten.lt.Scalar: "lt",
    _aten.lt.Tensor: "lt_tensor",
    _aten.le.Scalar: "le",
    _aten.le.Tensor: "le_tensor",
    _aten.gt.Scalar: "gt",
    _aten.gt.Tensor: "gt_tensor",
    _aten.ge.Scalar: "ge",
    _aten.ge.Tensor: "ge_tensor",
    _aten.logical_not.default: "logical_not",
    _aten.logical_and.default: "logical_and",
    _aten.logical_or.default: "logical_or",
    _aten.logical_xor.default: "logical_xor",
    _aten.bitwise_not.default: "bitwise_not",
    _aten.bitwise_and.Tensor: "bitwise_and",
    _aten.bitwise_or.Tensor: "bitwise_or",
    _aten.bitwise_xor.Tensor: "bitwise_xor",
    _aten.zeros_like.default: "zeros_like",
    _aten.ones_like.default: "ones_like",
    _aten.full_like.default: "full_like",
}
_REDUCTION: dict[Any, str] = {
    _aten.mean.dim: "mean",
    _aten.sum.dim_IntList: "sum",
    _aten.amax.default: "amax",
    _aten.amin.default: "amin",
    _aten.logsumexp.default: "logsumexp",
    _aten.max.dim: "max",
    _aten.min.dim: "min",
    _aten.prod.dim_int: "prod",
    _aten.std.dim: "std",
    _aten.var.dim: "var",
}
_TRANSFORMS = tuple(
    f"fft_{kind}{size}" for kind in ("fft", "ifft", "rfft", "irfft") for size in ("", "2", "n")
)
_MIXING: dict[Any, str] = {
    _aten.mean.default: "mean_all",
    _aten.sum.default: "sum_all",
    _aten.std.correction: "std_correction",
    _aten.var.correction: "var_correction",
    _aten.linalg_vector_norm.default: "vector_norm",
    _aten.norm.Scalar: "norm",
    _aten.norm.ScalarOpt_dim: "norm_dim",
    _aten.var_mean.correction: "var_mean",
    _aten.std_mean.correction: "std_mean",
    _aten.max.default: "max_all",
    _aten.min.default: "min_all",
    _aten.prod.default: "prod_all",
    _aten.cumprod.default: "cumprod",
    _aten.diff.default: "diff",
    _aten.cosine_similarity.default: "cosine_similarity",
    _aten.pairwise_distance.default: "pairwise_distance",
    _aten.cdist.default: "cdist",
    _aten._fft_r2c.default: "fft_r2c",  # noqa: SLF001 - the operator is called so
    _aten._fft_c2c.default: "fft_c2c",  # noqa: SLF001 - the operator is called so
    _aten._fft_c2r.default: "fft_c2r",  # noqa: SLF001 - the operator is called so
    **{getattr(_aten, name).default: name for name in _TRANSFORMS},
    _aten.view_as_real.default: "view_as_real",
    _aten.view_as_complex.default: "view_as_complex",
    _aten.real.default: "real",
    _aten.imag.default: "imag",
    _aten.angle.default: "angle",
    _aten.sort.default: "sort",
    _aten.argsort.default: "argsort",
    _aten.argmin.default: "argmin",
    _aten.any.default: "any_all",
    _aten.all.default: "all_all",
    _aten.cumsum.default: "cumsum",
    _aten.any.dim: "any",
    _aten.all.dim: "all",
    _aten.argmax.default: "argmax",
    _aten.topk.default: "topk",
    _aten.one_hot.default: "one_hot",
    _aten.pad.default: "pad",
    _aten.constant_pad_nd.default: "constant_pad",
    _aten.index.Tensor: "index",
    _aten.index_select.default: "index_select",
    _aten.gather.default: "gather",
    _aten.index_fill.int_Scalar: "index_fill",
    _aten.index_put.default: "index_put",
    _aten.index_add.default: "index_add",
    _aten.scatter.src: "scatter",
    _aten.scatter.value: "scatter_value",
    _aten.scatter_add.default: "scatter_add",
    _aten.bucketize.Tensor: "bucketize",
    _aten.meshgrid.default: "meshgrid",
    _aten.meshgrid.indexing: "meshgrid_indexing",
    _aten.grid_sampler.default: "grid_sampler",
    _aten.diagonal_scatter.default: "diagonal_scatter",
    _aten.slice_scatter.default: "slice_scatter",
    _aten.select_scatter.default: "select_scatter",
    _aten.im2col.default: "im2col",
    _aten.bilinear.default: "bilinear",
    _aten.upsample_nearest1d.vec: "upsample_nearest1d",
    _aten.upsample_nearest2d.vec: "upsample_nearest2d",
    _aten.upsample_nearest3d.vec: "upsample_nearest3d",
    _aten.upsample_linear1d.vec: "upsample_linear1d",
    _aten.upsample_bilinear2d.vec: "upsample_bilinear2d",
    _aten.upsample_bicubic2d.vec: "upsample_bicubic2d",
    _aten.upsample_trilinear3d.vec: "upsample_trilinear3d",
    _aten._upsample_nearest_exact2d.vec: "upsample_nearest_exact2d",  # noqa: SLF001 - called so
    _aten._upsample_bilinear2d_aa.vec: "upsample_bilinear2d_aa",  # noqa: SLF001 - called so
    _aten._upsample_bicubic2d_aa.vec: "upsample_bicubic2d_aa",  # noqa: SLF001 - called so
    _aten.embedding_bag.padding_idx: "embedding_bag",
    _aten._weight_norm.default: "weight_norm",  # noqa: SLF001 - the operator is called so
    _aten.mv.default: "mv",
    _aten.dot.default: "dot",
    _aten.vdot.default: "vdot",
    _aten.addmm.default: "addmm",
}
_FACTORIES: dict[Any, tuple[str, Callable[..., Any]]] = {
    _aten.zeros.default: ("zeros", torch.zeros),
    _aten.ones.default: ("ones", torch.ones),
    _aten.full.default: ("full", torch.full),
    _aten.arange.default: ("arange", torch.arange),
    _aten.arange.start: ("arange", torch.arange),
    _aten.arange.start_step: ("arange", torch.arange),
    _aten.scalar_tensor.default: ("scalar_tensor", torch.scalar_tensor),
    _aten.linspace.default: ("linspace", torch.linspace),
    _aten.eye.default: ("eye", torch.eye),
    _aten.eye.m: ("eye", torch.eye),
    _aten.new_zeros.default: ("new_zeros", _aten.new_zeros.default),
    _aten.new_ones.default: ("new_ones", _aten.new_ones.default),
    _aten.new_full.default: ("new_full", _aten.new_full.default),
}
_INTEGER: dict[Any, tuple[str, Callable[..., Any]]] = {
    _aten.sym_size.int: ("size", _size),
    operator.add: ("int_add", operator.add),
    operator.sub: ("int_sub", operator.sub),
    operator.mul: ("int_mul", operator.mul),
    operator.floordiv: ("int_floordiv", operator.floordiv),
    operator.mod: ("int_mod", operator.mod),
    operator.neg: ("int_neg", operator.neg),
    operator.pow: ("int_pow", operator.pow),
    operator.truediv: ("int_truediv", operator.truediv),
    torch.sym_max: ("int_max", max),
    torch.sym_min: ("int_min", min),
    torch.sym_float: ("int_float", float),
}

_FILLED: dict[Any, str] = {
    _aten.empty.memory_format: "zeros",
    _aten.empty_like.default: "zeros_like",
    _aten.new_empty.default: "new_zeros",
    _aten.fill.Scalar: "full_like",
    _aten.fill.Tensor: "copy",
    _aten.zero.default: "zeros_like",
}
"""What is filled, or has values that nobody may read."""

_OPERATORS: dict[Any, str] = {**_MOVEMENT, **_ELEMENTWISE, **_REDUCTION, **_MIXING}
_OWN: dict[Any, tuple[str, Callable[..., Any]]] = {**_FACTORIES, **_INTEGER}

KEYS: Mapping[Any, str] = MappingProxyType(
    {
        **other_names(_OPERATORS),
        **_FILLED,
        **_OPERATORS,
        **{target: key for target, (key, _) in _OWN.items()},
    }
)
"""Operator of an exported graph -> key of the step."""

OPERATIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        **{key: target for target, key in _OPERATORS.items()},
        **dict(_OWN.values()),
        "reshape": _aten.reshape.default,
        "copy": _copy,
        "item": _item,
    }
)
"""Key of a step -> the function that runs."""

MOVEMENT = frozenset(_MOVEMENT.values())
"""Operations that only carry values from one place to another."""

ELEMENTWISE = frozenset(_ELEMENTWISE.values())
"""Operations that combine values standing at the same place."""

REDUCTION = frozenset(_REDUCTION.values())
"""Operations that sum up whole dimensions given in their second argument."""

FACTORIES = frozenset(key for key, _ in _FACTORIES.values())
"""Operations that make a tensor of sizes and numbers."""

INTEGER = frozenset(key for key, _ in _INTEGER.values())
"""Operations on sizes, whose result is no tensor."""


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
        add = torch.addmm if left.dim() == _FLAT else torch.baddbmm
        return add(summand, left, right)


class WeightedMatMul(MatMul):
    """alpha times the product of two computed values, and beta times a summand."""

    def __init__(self, *, beta: float, alpha: float) -> None:
        super().__init__()
        self.beta = beta
        self.alpha = alpha

    def forward(self, left: Tensor, right: Tensor, summand: Tensor | None = None) -> Tensor:
        """Multiply [..., n, k] and [..., k, m] to [..., n, m]."""
        if summand is None:
            return torch.matmul(left, right) * self.alpha
        add = torch.addmm if left.dim() == _FLAT else torch.baddbmm
        return add(summand, left, right, beta=self.beta, alpha=self.alpha)

    def extra_repr(self) -> str:
        """Return the factors."""
        return f"beta={self.beta}, alpha={self.alpha}"


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
