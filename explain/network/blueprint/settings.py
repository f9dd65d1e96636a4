"""The allow-list of layers: what each is made from, and which values may be asked for."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

import torch
from torch import nn

from explain.core.errors import reason_of
from explain.core.messages import Message
from explain.network.operations import Einsum, MatMul, ScaledDotProductAttention

Check = Callable[[object], object]
"""Returns a value as the constructor takes it; raises ValueError with words for any other."""

_LARGEST = 2**31
_LONGEST = 65_536
_MOST_LAYERS = 128
_EQUATION = re.compile(r"[A-Za-z,. ]{1,200}(->[A-Za-z. ]{0,100})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A class of layers: the settings of its constructor, and how to read them off a layer.

    `reads` says where a setting is not an attribute of its own name.
    """

    make: type[nn.Module]
    checks: Mapping[str, Check] = field(default_factory=dict)
    reads: Mapping[str, Callable[[nn.Module], object]] = field(default_factory=dict)


def _key(module: nn.Module) -> str:
    """Return the key of a layer's kind.

    Raises:
        ValueError: it is not on the allow-list.
    """
    key = type(module).__name__
    if key not in KINDS or KINDS[key].make is not type(module):
        raise ValueError(Message("network.blueprint.no_kind_of_layer", kind=type(module).__name__))
    return key


def settings_of(module: nn.Module) -> dict[str, object]:
    """Return the settings that make a layer like this one, as plain values.

    Raises:
        ValueError: the layer is not on the allow-list, or has a setting that is not.
    """
    key = _key(module)
    reads = KINDS[key].reads
    settings = {
        name: reads[name](module) if name in reads else getattr(module, name)
        for name in KINDS[key].checks
    }
    with torch.device("meta"):
        if make(key, settings).extra_repr() != module.extra_repr():
            raise ValueError(
                Message(
                    "network.blueprint.not_written", kind=key, settings=module.extra_repr()[:200]
                )
            )
    return settings


def make(key: str, settings: Mapping[str, object]) -> nn.Module:
    """Return a layer of that kind, on whatever device is the default.

    Raises:
        ValueError: no such kind, other settings than it has, or values out of range.
    """
    if key not in KINDS:
        raise ValueError(Message("network.blueprint.no_such_kind", name=key[:80]))
    kind = KINDS[key]
    if set(settings) != set(kind.checks):
        different = sorted(map(str, set(settings) ^ set(kind.checks)))
        raise ValueError(
            Message(
                "network.blueprint.other_settings", kind=key, settings=", ".join(different)[:200]
            )
        )
    return kind.make(**{name: _checked(kind, name, value) for name, value in settings.items()})


def _checked(kind: Kind, name: str, value: object) -> object:
    try:
        return kind.checks[name](value)
    except ValueError as error:
        raise ValueError(
            Message(
                "network.blueprint.setting",
                name=name,
                kind=kind.make.__name__,
                problem=reason_of(error),
            )
        ) from None


def _whole(value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(Message("network.blueprint.not_whole", low=low, high=high))
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        raise ValueError(Message("network.blueprint.not_a_number"))
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(Message("network.blueprint.not_a_flag"))  # noqa: TRY004 - callers ask for ValueError
    return value


def _among(value: object, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(Message("network.blueprint.not_among", choices=list(choices)))
    return value


def _optional(value: object, check: Check) -> object:
    return None if value is None else check(value)


def _several(value: object, check: Check, longest: int) -> object:
    """One value, or a tuple of at most `longest`."""
    if not isinstance(value, (tuple, list)):
        return check(value)
    if not 1 <= len(value) <= longest:
        raise ValueError(Message("network.blueprint.too_many_values", longest=longest))
    return tuple(map(check, value))


def _padding(value: object, dims: int) -> object:
    if isinstance(value, str):
        return _among(value, ("same", "valid"))
    return _several(value, _amount, dims)


def _equation(value: object) -> str:
    if not isinstance(value, str) or not _EQUATION.fullmatch(value):
        raise ValueError(Message("network.blueprint.no_equation"))
    return value


_size = partial(_whole, low=1, high=_LARGEST)
_length = partial(_whole, low=1, high=_LONGEST)
_amount = partial(_whole, low=0, high=_LONGEST)
_dim = partial(_whole, low=-16, high=16)
_maybe_number = partial(_optional, check=_number)


def _lengths(dims: int) -> Check:
    return partial(_several, check=_length, longest=dims)


def _amounts(dims: int) -> Check:
    return partial(_several, check=_amount, longest=dims)


def _targets(dims: int) -> Check:
    return partial(_several, check=partial(_optional, check=_length), longest=dims)


def _has(name: str) -> Callable[[nn.Module], object]:
    return lambda module: getattr(module, name) is not None


_BIAS = MappingProxyType({"bias": _has("bias")})


def _conv(kind: type[nn.Module], dims: int, **more: Check) -> Kind:
    return Kind(
        make=kind,
        checks={
            "in_channels": _size,
            "out_channels": _size,
            "kernel_size": _lengths(dims),
            "stride": _lengths(dims),
            "padding": partial(_padding, dims=dims),
            "dilation": _lengths(dims),
            "groups": _size,
            "bias": _flag,
            **more,
        },
        reads=_BIAS,
    )


def _batch_norm(kind: type[nn.Module]) -> Kind:
    checks: dict[str, Check] = {
        "num_features": _size,
        "eps": _number,
        "momentum": _maybe_number,
        "affine": _flag,
    }
    return Kind(make=kind, checks=checks)


def _instance_norm(kind: type[nn.Module]) -> Kind:
    checks: dict[str, Check] = {
        "num_features": _size,
        "eps": _number,
        "affine": _flag,
        "track_running_stats": _flag,
    }
    return Kind(make=kind, checks=checks)


def _recurrent(kind: type[nn.Module], **more: Check) -> Kind:
    checks: dict[str, Check] = {
        "input_size": _size,
        "hidden_size": _size,
        "num_layers": partial(_whole, low=1, high=_MOST_LAYERS),
        "bias": _flag,
        "batch_first": _flag,
        "bidirectional": _flag,
        **more,
    }
    return Kind(make=kind, checks=checks)


def _cell(kind: type[nn.Module], **more: Check) -> Kind:
    checks: dict[str, Check] = {
        "input_size": _size,
        "hidden_size": _size,
        "bias": _flag,
        **more,
    }
    return Kind(make=kind, checks=checks)


def _max_pool(kind: type[nn.Module], dims: int) -> Kind:
    checks: dict[str, Check] = {
        "kernel_size": _lengths(dims),
        "stride": _lengths(dims),
        "padding": _amounts(dims),
        "dilation": _lengths(dims),
        "ceil_mode": _flag,
    }
    return Kind(make=kind, checks=checks)


def _average_pool(kind: type[nn.Module], dims: int, **more: Check) -> Kind:
    checks: dict[str, Check] = {
        "kernel_size": _lengths(dims),
        "stride": _lengths(dims),
        "padding": _amounts(dims),
        "ceil_mode": _flag,
        "count_include_pad": _flag,
        **more,
    }
    return Kind(make=kind, checks=checks)


def _adaptive(kind: type[nn.Module], dims: int) -> Kind:
    return Kind(make=kind, checks={"output_size": _targets(dims)})


_nonlinearity = partial(_among, choices=("tanh", "relu"))
_divisor = partial(_optional, check=partial(_whole, low=1, high=_LARGEST))

_ALL: tuple[Kind, ...] = (
    Kind(
        make=nn.Linear,
        checks={"in_features": _size, "out_features": _size, "bias": _flag},
        reads=_BIAS,
    ),
    _conv(nn.Conv1d, 1),
    _conv(nn.Conv2d, 2),
    _conv(nn.Conv3d, 3),
    _conv(nn.ConvTranspose1d, 1, output_padding=_amounts(1)),
    _conv(nn.ConvTranspose2d, 2, output_padding=_amounts(2)),
    _conv(nn.ConvTranspose3d, 3, output_padding=_amounts(3)),
    _batch_norm(nn.BatchNorm1d),
    _batch_norm(nn.BatchNorm2d),
    _batch_norm(nn.BatchNorm3d),
    _instance_norm(nn.InstanceNorm1d),
    _instance_norm(nn.InstanceNorm2d),
    _instance_norm(nn.InstanceNorm3d),
    Kind(
        make=nn.LayerNorm,
        checks={
            "normalized_shape": partial(_several, check=_size, longest=8),
            "eps": _number,
            "elementwise_affine": _flag,
            "bias": _flag,
        },
        reads=_BIAS,
    ),
    Kind(
        make=nn.GroupNorm,
        checks={"num_groups": _size, "num_channels": _size, "eps": _number, "affine": _flag},
    ),
    Kind(
        make=nn.RMSNorm,
        checks={
            "normalized_shape": partial(_several, check=_size, longest=8),
            "eps": _maybe_number,
            "elementwise_affine": _flag,
        },
    ),
    Kind(
        make=nn.Embedding,
        checks={
            "num_embeddings": _size,
            "embedding_dim": _size,
            "padding_idx": partial(_optional, check=partial(_whole, low=0, high=_LARGEST)),
        },
    ),
    _recurrent(nn.LSTM, proj_size=partial(_whole, low=0, high=_LARGEST)),
    _recurrent(nn.GRU),
    _recurrent(nn.RNN, nonlinearity=_nonlinearity),
    _cell(nn.LSTMCell),
    _cell(nn.GRUCell),
    _cell(nn.RNNCell, nonlinearity=_nonlinearity),
    Kind(make=nn.PReLU, checks={"num_parameters": _size}),
    Kind(make=nn.ReLU),
    Kind(make=nn.ReLU6),
    Kind(make=nn.Hardtanh, checks={"min_val": _number, "max_val": _number}),
    Kind(make=nn.GELU, checks={"approximate": partial(_among, choices=("none", "tanh"))}),
    Kind(make=nn.SiLU),
    Kind(make=nn.Sigmoid),
    Kind(make=nn.Tanh),
    Kind(make=nn.ELU, checks={"alpha": _number}),
    Kind(make=nn.SELU),
    Kind(make=nn.CELU, checks={"alpha": _number}),
    Kind(make=nn.LeakyReLU, checks={"negative_slope": _number}),
    Kind(make=nn.Hardswish),
    Kind(make=nn.Hardsigmoid),
    Kind(make=nn.Mish),
    Kind(make=nn.Softplus, checks={"beta": _number, "threshold": _number}),
    Kind(make=nn.LogSigmoid),
    Kind(make=nn.GLU, checks={"dim": _dim}),
    Kind(make=nn.Threshold, checks={"threshold": _number, "value": _number}),
    Kind(make=nn.Softmax, checks={"dim": _dim}),
    Kind(make=nn.LogSoftmax, checks={"dim": _dim}),
    _max_pool(nn.MaxPool1d, 1),
    _max_pool(nn.MaxPool2d, 2),
    _max_pool(nn.MaxPool3d, 3),
    _average_pool(nn.AvgPool1d, 1),
    _average_pool(nn.AvgPool2d, 2, divisor_override=_divisor),
    _average_pool(nn.AvgPool3d, 3, divisor_override=_divisor),
    _adaptive(nn.AdaptiveAvgPool1d, 1),
    _adaptive(nn.AdaptiveAvgPool2d, 2),
    _adaptive(nn.AdaptiveAvgPool3d, 3),
    _adaptive(nn.AdaptiveMaxPool1d, 1),
    _adaptive(nn.AdaptiveMaxPool2d, 2),
    _adaptive(nn.AdaptiveMaxPool3d, 3),
    Kind(
        make=ScaledDotProductAttention,
        checks={"is_causal": _flag, "scale": _maybe_number, "enable_gqa": _flag},
    ),
    Kind(make=MatMul),
    Kind(make=Einsum, checks={"equation": _equation}),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.make.__name__: kind for kind in _ALL})
"""Every class of layers that a network may be written down with, by the name of the class."""
