"""Other names of operators: `torch.concat` is `torch.cat`, `torch.clip` is `torch.clamp`."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import torch

_aten = torch.ops.aten
SAME: Mapping[str, str] = MappingProxyType(
    {
        **{f"arc{name}": f"a{name}" for name in ("cos", "cosh", "sin", "sinh", "tan", "tanh")},
        **{
            f"special_{name}": name
            for name in (
                *("erf", "erfc", "erfinv", "exp2", "expm1", "log1p", "log_softmax", "logit"),
                *("logsumexp", "round", "sinc", "softmax", "xlogy", "digamma"),
            )
        },
        "__and__": "bitwise_and",
        "__or__": "bitwise_or",
        "__xor__": "bitwise_xor",
        "absolute": "abs",
        "arctan2": "atan2",
        "clip": "clamp",
        "concat": "cat",
        "concatenate": "cat",
        "divide": "div",
        "fix": "trunc",
        "greater": "gt",
        "greater_equal": "ge",
        "less": "lt",
        "less_equal": "le",
        "linalg_matmul": "matmul",
        "moveaxis": "movedim",
        "multiply": "mul",
        "negative": "neg",
        "not_equal": "ne",
        "special_expit": "sigmoid",
        "special_gammaln": "lgamma",
        "special_psi": "digamma",
        "subtract": "sub",
        "swapaxes": "transpose",
        "swapdims": "transpose",
        "true_divide": "div",
    }
)
"""Other name -> the operator's own, both without overload."""

_DEFAULTS = {"special_xlogy": "Tensor", "swapaxes": "int", "swapdims": "int"}
_BINARY = {_aten.max.other: _aten.maximum.default, _aten.min.other: _aten.minimum.default}


def other_names(known: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return what `known` says of an operator, for each of its other names."""
    pairs = dict(_pairs())
    return {other: known[own] for other, own in pairs.items() if own in known}


def _pairs() -> Iterator[tuple[Any, Any]]:
    """Yield (operator by another name, by its own), overload by overload."""
    yield from _BINARY.items()
    for other, own in SAME.items():
        packet, original = getattr(_aten, other), getattr(_aten, own)
        for overload in packet.overloads():
            wanted = _DEFAULTS.get(other, overload) if overload == "default" else overload
            if wanted in original.overloads():
                yield getattr(packet, overload), getattr(original, wanted)
