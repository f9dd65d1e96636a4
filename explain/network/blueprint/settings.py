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
from explain.network.operations import (
    Einsum,
    MatMul,
    ScaledDotProductAttention,
    WeightedMatMul,
)

Check = Callable[[object], object]
"""Returns a value as the constructor takes it; raises ValueError with words for any other."""

_LARGEST = 2**31
_LONGEST = 65_536
_MOST_LAYERS = 128
_EQUATION = re.compile(r"[A-Za-z,. ]{1,200}(->[A-Za-z. ]{0,100})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A class of layers, and the settings of its constructor, which a layer has as attributes."""

    make: type[nn.Module]
    checks: Mapping[str, Check] = field(default_factory=dict)


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
    settings = {name: _setting(module, name) for name in KINDS[key].checks}
    with torch.device("meta"):
        if make(key, settings).extra_repr() != module.extra_repr():
            raise ValueError(
                Message(
                    "network.blueprint.not_written", kind=key, settings=module.extra_repr()[:200]
                )
            )
    return settings


def _setting(module: nn.Module, name: str) -> object:
    """Return a setting of a layer; most layers have their bias in place of whether there is one."""
    value: object = getattr(module, name)
    return value is not None if name == "bias" and not isinstance(value, bool) else value


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
_sizes = partial(_several, check=_size, longest=8)
_index = partial(_whole, low=0, high=_LARGEST)
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


def _kind(make: type[nn.Module], **checks: Check) -> Kind:
    return Kind(make=make, checks=checks)


def _conv(make: type[nn.Module], dims: int, **more: Check) -> Kind:
    return _kind(
        make,
        in_channels=_size,
        out_channels=_size,
        kernel_size=_lengths(dims),
        stride=_lengths(dims),
        padding=partial(_padding, dims=dims),
        dilation=_lengths(dims),
        groups=_size,
        bias=_flag,
        **more,
    )


def _batch_norm(make: type[nn.Module]) -> Kind:
    return _kind(make, num_features=_size, eps=_number, momentum=_maybe_number, affine=_flag)


def _instance_norm(make: type[nn.Module]) -> Kind:
    return _kind(make, num_features=_size, eps=_number, affine=_flag, track_running_stats=_flag)


def _recurrent(make: type[nn.Module], **more: Check) -> Kind:
    layers = partial(_whole, low=1, high=_MOST_LAYERS)
    flags: dict[str, Check] = dict.fromkeys(("bias", "batch_first", "bidirectional"), _flag)
    return _kind(make, input_size=_size, hidden_size=_size, num_layers=layers, **flags, **more)


def _cell(make: type[nn.Module], **more: Check) -> Kind:
    return _kind(make, input_size=_size, hidden_size=_size, bias=_flag, **more)


def _pool(make: type[nn.Module], dims: int, **more: Check) -> Kind:
    lengths = _lengths(dims)
    return _kind(make, kernel_size=lengths, stride=lengths, padding=_amounts(dims), **more)


def _max_pool(make: type[nn.Module], dims: int) -> Kind:
    return _pool(make, dims, dilation=_lengths(dims), ceil_mode=_flag)


def _average_pool(make: type[nn.Module], dims: int, **more: Check) -> Kind:
    return _pool(make, dims, ceil_mode=_flag, count_include_pad=_flag, **more)


def _adaptive(make: type[nn.Module], dims: int) -> Kind:
    return _kind(make, output_size=_targets(dims))


_nonlinearity = partial(_among, choices=("tanh", "relu"))
_divisor = partial(_optional, check=_size)

_ALL: tuple[Kind, ...] = (
    _kind(nn.Linear, in_features=_size, out_features=_size, bias=_flag),
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
    _kind(
        nn.LayerNorm,
        normalized_shape=_sizes,
        eps=_number,
        elementwise_affine=_flag,
        bias=_flag,
    ),
    _kind(nn.GroupNorm, num_groups=_size, num_channels=_size, eps=_number, affine=_flag),
    _kind(nn.RMSNorm, normalized_shape=_sizes, eps=_maybe_number, elementwise_affine=_flag),
    _kind(
        nn.Embedding,
        num_embeddings=_size,
        embedding_dim=_size,
        padding_idx=partial(_optional, check=_index),
    ),
    _recurrent(nn.LSTM, proj_size=_index),
    _recurrent(nn.GRU),
    _recurrent(nn.RNN, nonlinearity=_nonlinearity),
    _cell(nn.LSTMCell),
    _cell(nn.GRUCell),
    _cell(nn.RNNCell, nonlinearity=_nonlinearity),
    _kind(nn.PReLU, num_parameters=_size),
    _kind(nn.ReLU),
    _kind(nn.ReLU6),
    _kind(nn.Hardtanh, min_val=_number, max_val=_number),
    _kind(nn.GELU, approximate=partial(_among, choices=("none", "tanh"))),
    _kind(nn.SiLU),
    _kind(nn.Sigmoid),
    _kind(nn.Tanh),
    _kind(nn.ELU, alpha=_number),
    _kind(nn.SELU),
    _kind(nn.CELU, alpha=_number),
    _kind(nn.LeakyReLU, negative_slope=_number),
    _kind(nn.Hardswish),
    _kind(nn.Hardsigmoid),
    _kind(nn.Mish),
    _kind(nn.Softplus, beta=_number, threshold=_number),
    _kind(nn.LogSigmoid),
    _kind(nn.GLU, dim=_dim),
    _kind(nn.Threshold, threshold=_number, value=_number),
    _kind(nn.Softmax, dim=_dim),
    _kind(nn.LogSoftmax, dim=_dim),
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
    _kind(ScaledDotProductAttention, is_causal=_flag, scale=_maybe_number, enable_gqa=_flag),
    _kind(MatMul),
    _kind(WeightedMatMul, beta=_number, alpha=_number),
    _kind(Einsum, equation=_equation),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.make.__name__: kind for kind in _ALL})
"""Every class of layers that a network may be written down with, by the name of the class."""
