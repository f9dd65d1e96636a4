"""Operators by the names that files write: a name either stands here or is refused."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import torch

from explain.network.lifting.building import BUILDERS
from explain.network.operations import KEYS, MOVEMENT

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

_TRUTHS = {"eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_not", "logical_or"}
_COMPARED = {f"{name}{of}" for name in _TRUTHS | {"logical_xor"} for of in ("", "_tensor")}
_NOT_IN_PLACE = {target for target, key in KEYS.items() if key in MOVEMENT | _COMPARED}
_WRITES = {
    _name(target).removeprefix(ATEN).rpartition(".")[0]
    for target in TARGETS.values()
    if target not in _NOT_IN_PLACE
}
_UNCHANGED = {"dropout", "feature_dropout", "alpha_dropout"}
IN_PLACE: Mapping[str, str] = MappingProxyType(
    {
        f"{ATEN}{name}_": f"{ATEN}{name}"
        for name in sorted(_WRITES | _UNCHANGED)
        if hasattr(torch.ops.aten, f"{name}_")
    }
)
"""Operator that writes into its first argument -> the one that returns the result instead.

Names without the overload ("default", "Tensor"), which both have in common.
"""

MOVES = aten_names(
    {"_unsafe_view", "alias", "broadcast_to", "channel_shuffle", "chunk", "contiguous", "detach"}
    | {"detach_", "diagonal", "einsum", "expand", "expand_as", "flatten", "imag", "linalg_diagonal"}
    | {"mT", "meshgrid", "moveaxis", "movedim", "narrow", "real", "view_as_real"}
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
