"""Operators by the names that files write: a name either stands here or is refused."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from explain.network.lifting.building import BUILDERS
from explain.network.operations import KEYS

ATEN = "torch.ops.aten."


def aten_names(names: Iterable[str]) -> frozenset[str]:
    """Return operators of torch by the names that files write, without their overloads."""
    return frozenset(f"{ATEN}{name}" for name in names)


def _name(target: Any) -> str:
    module = target.__module__.replace("torch._ops", "torch.ops")
    return f"{module}.{target.__name__}"


TARGETS: Mapping[str, Any] = MappingProxyType(
    {_name(target): target for target in (*BUILDERS, *KEYS)}
)
"""Name in the file -> operator, of everything that translation knows."""

_WRITES = frozenset(
    {"abs", "add", "addmm", "baddbmm", "bitwise_and", "bitwise_not", "bitwise_or", "celu"}
    | {"clamp", "clamp_max", "clamp_min", "copy", "cos", "div", "dropout", "elu", "erf", "exp"}
    | {"expm1", "feature_dropout", "alpha_dropout", "fill", "gelu", "hardsigmoid", "hardswish"}
    | {"hardtanh", "index_fill", "leaky_relu", "log", "log1p", "masked_fill", "mish", "mul", "neg"}
    | {"pow", "reciprocal", "relu", "relu6", "rsqrt", "selu", "sigmoid", "sign", "silu", "sin"}
    | {"sqrt", "square", "sub", "tanh", "threshold", "tril", "triu", "zero"}
)
IN_PLACE: Mapping[str, str] = MappingProxyType(
    {f"{ATEN}{name}_": f"{ATEN}{name}" for name in sorted(_WRITES)}
)
"""Operator that writes into its first argument -> the one that returns the result instead.

Names without the overload ("default", "Tensor"), which both have in common.
"""

MOVES = aten_names(
    {"_unsafe_view", "alias", "broadcast_to", "channel_shuffle", "chunk", "contiguous", "detach"}
    | {"detach_", "diagonal", "einsum", "expand", "expand_as", "flatten", "mT", "movedim", "narrow"}
    | {"numpy_T", "permute", "pixel_shuffle", "pixel_unshuffle", "reshape", "reshape_as", "select"}
    | {"slice", "split", "split_with_sizes", "squeeze", "swapaxes", "swapdims", "t", "to"}
    | {"transpose", "unbind", "unflatten", "unfold", "unsqueeze", "view", "view_as"}
)
"""Operators whose result may lie in the memory of their first argument, without the overload."""

RANDOM = aten_names(
    {"bernoulli", "bernoulli_", "native_dropout", "normal", "normal_", "rand", "rand_like"}
    | {"randint", "randn", "randn_like", "rrelu_with_noise", "uniform", "uniform_"}
)
"""Operators that draw random numbers, without the overload."""


def schema_names(target: Any) -> tuple[tuple[str, Any, bool], ...] | None:
    """Return name, default and whether it is keyword-only for each argument; None: not of torch."""
    schema = getattr(target, "_schema", None)
    if schema is None:
        return None
    return tuple(
        (argument.name, argument.default_value, argument.kwarg_only)
        for argument in schema.arguments
    )
