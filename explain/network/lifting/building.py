"""From an operator of the exported graph to the `nn.Module` that does the same.

One builder per operator. A builder makes the module on the `meta` device (no memory, no random
numbers), hangs the source's tensors into it and says which values the module is called with.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.errors import UnsupportedOperation
from explain.network.operations import (
    Einsum,
    MatMul,
    ScaledDotProductAttention,
    WeightedMatMul,
)
from explain.network.other_names import other_names

_aten = torch.ops.aten
_LINEAR = re.compile(r"(\w+|\.{3}|\.{3}\w+)(\w),\2(\w)->\1\3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One use of an operator: its arguments by name, how to get at tensors, what it works on.

    `tensor` turns a weight argument into the parameter or buffer it stands for (None stays None).
    `matrix` turns an argument into the weight of a linear layer that multiplies with it, `vector`
    into its bias, None where it is no such parameter. `rank` is the number of dimensions of the
    first argument, batch included.
    """

    operator: str
    arguments: Mapping[str, Any]
    tensor: Callable[[Any], Tensor | None]
    matrix: Callable[[Any], nn.Parameter | None]
    vector: Callable[[Any], nn.Parameter | None]
    is_zeros: Callable[[Any], bool]
    rank: int

    def __getitem__(self, name: str) -> Any:
        """Return an argument by its name in the operator's schema."""
        value = self.arguments[name]
        return tuple(value) if isinstance(value, list) else value

    def weight(self, name: str) -> Tensor:
        """Return a tensor that must be there."""
        found = self.tensor(self.arguments[name])
        if found is None:
            raise UnsupportedOperation(
                "unsupported_operation.without", operation=self.operator, name=name
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A module, what it is called with, and where its results lie when it returns a tuple.

    `outputs[i]` is the path to the operator's i-th result inside what the module returns; an
    empty path means the module's result itself.
    """

    module: nn.Module
    inputs: tuple[Any, ...]
    outputs: tuple[tuple[int, ...], ...] = ()
    weight: str | None = None
    """The argument that decides about the name of the layer."""


Builder = Callable[[Call], Built]


def _with(module: nn.Module, **tensors: Tensor | None) -> nn.Module:
    """Hang tensors into a module that was made on the meta device."""
    for name, tensor in tensors.items():
        if tensor is not None:
            is_parameter = name in dict(module.named_parameters(recurse=False))
            setattr(module, name, _as_parameter(tensor) if is_parameter else tensor.detach())
    return module


def _as_parameter(tensor: Tensor) -> nn.Parameter:
    if isinstance(tensor, nn.Parameter):
        return tensor
    return nn.Parameter(tensor, requires_grad=tensor.requires_grad)


def _linear(call: Call) -> Built:
    weight, bias = call.weight("weight"), call.tensor(call["bias"])
    width, features = weight.shape
    module = nn.Linear(features, width, bias=bias is not None, device="meta")
    return Built(
        module=_with(module, weight=weight, bias=bias), inputs=(call["input"],), weight="weight"
    )


def _conv(kind: Callable[..., nn.Module]) -> Builder:
    def build(call: Call) -> Built:
        weight, bias = call.weight("weight"), call.tensor(call["bias"])
        transposed = "output_padding" in call.arguments
        first, second = weight.shape[:2]
        channels = (
            (first, second * call["groups"]) if transposed else (second * call["groups"], first)
        )
        module = kind(
            *channels,
            tuple(weight.shape[2:]),
            stride=call["stride"],
            padding=call["padding"],
            dilation=call["dilation"],
            groups=call["groups"],
            bias=bias is not None,
            device="meta",
            **({"output_padding": call["output_padding"]} if transposed else {}),
        )
        _with(module, weight=weight, bias=bias)
        return Built(module=module, inputs=(call["input"],), weight="weight")

    return build


_BATCH_NORM = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}
_INSTANCE_NORM = {3: nn.InstanceNorm1d, 4: nn.InstanceNorm2d, 5: nn.InstanceNorm3d}


def _batch_norm(call: Call) -> Built:
    mean = call.weight("running_mean")
    weight, bias = call.tensor(call["weight"]), call.tensor(call["bias"])
    module = _BATCH_NORM[call.rank](
        len(mean),
        eps=call["eps"],
        momentum=call["momentum"],
        affine=weight is not None,
        device="meta",
    )
    _with(module, weight=weight, bias=bias, running_mean=mean)
    _with(module, running_var=call.weight("running_var"), num_batches_tracked=torch.tensor(0))
    return Built(module=module, inputs=(call["input"],), outputs=((),), weight="running_mean")


def _instance_norm(call: Call) -> Built:
    mean, weight = call.tensor(call["running_mean"]), call.tensor(call["weight"])
    channels = next((len(t) for t in (mean, weight) if t is not None), 1)
    module = _INSTANCE_NORM[call.rank](
        channels,
        eps=call["eps"],
        affine=weight is not None,
        track_running_stats=not call["use_input_stats"],
        device="meta",
    )
    _with(module, weight=weight, bias=call.tensor(call["bias"]), running_mean=mean)
    if mean is not None:
        variance = call.weight("running_var")
        _with(module, running_var=variance, num_batches_tracked=torch.tensor(0))
    return Built(module=module, inputs=(call["input"],), weight="weight")


def _layer_norm(call: Call) -> Built:
    weight, bias = call.tensor(call["weight"]), call.tensor(call["bias"])
    module = nn.LayerNorm(
        call["normalized_shape"],
        eps=call["eps"],
        elementwise_affine=weight is not None,
        bias=bias is not None,
        device="meta",
    )
    _with(module, weight=weight, bias=bias)
    return Built(module=module, inputs=(call["input"],), weight="weight")


def _group_norm(call: Call) -> Built:
    weight, bias = call.tensor(call["weight"]), call.tensor(call["bias"])
    channels = call["num_groups"] if weight is None else len(weight)
    module = nn.GroupNorm(
        call["num_groups"], channels, eps=call["eps"], affine=weight is not None, device="meta"
    )
    _with(module, weight=weight, bias=bias)
    return Built(module=module, inputs=(call["input"],), weight="weight")


def _rms_norm(call: Call) -> Built:
    weight = call.tensor(call["weight"])
    module = nn.RMSNorm(
        call["normalized_shape"],
        eps=call["eps"],
        elementwise_affine=weight is not None,
        device="meta",
    )
    return Built(module=_with(module, weight=weight), inputs=(call["input"],), weight="weight")


def _embedding(call: Call) -> Built:
    weight, padding = call.weight("weight"), call["padding_idx"]
    count, width = weight.shape
    module = nn.Embedding(count, width, padding_idx=None if padding < 0 else padding, device="meta")
    return Built(module=_with(module, weight=weight), inputs=(call["indices"],), weight="weight")


def _recurrent(kind: Callable[..., nn.RNNBase], gates: int, **settings: Any) -> Builder:
    def build(call: Call) -> Built:
        weights = [call.tensor(weight) for weight in call["params"]]
        first, hidden = weights[0], weights[1]
        if first is None or hidden is None:
            raise UnsupportedOperation(
                "unsupported_operation.without", operation=call.operator, name="weights"
            )
        width, projected = first.shape[0] // gates, hidden.shape[1]
        sizes = {"proj_size": projected} if projected != width else {}
        module = kind(
            first.shape[1],
            width,
            num_layers=call["num_layers"],
            bias=call["has_biases"],
            batch_first=call["batch_first"],
            bidirectional=call["bidirectional"],
            device="meta",
            **sizes,
            **settings,
        )
        _with(module, **dict(zip(module._flat_weights_names, weights, strict=True)))  # noqa: SLF001 - torch lists them nowhere else
        return _recurrent_call(call, module)

    return build


def _recurrent_call(call: Call, module: nn.RNNBase) -> Built:
    outputs: tuple[tuple[int, ...], ...] = ((0,), (1,))
    if isinstance(module, nn.LSTM):
        outputs = ((0,), (1, 0), (1, 1))
    return Built(module=module, inputs=_with_state(call), outputs=outputs, weight="params")


def _cell(kind: Callable[..., nn.Module], gates: int, **settings: Any) -> Builder:
    def build(call: Call) -> Built:
        input_weight, bias = call.weight("w_ih"), call.tensor(call["b_ih"])
        module = kind(
            input_weight.shape[1],
            input_weight.shape[0] // gates,
            bias=bias is not None,
            device="meta",
            **settings,
        )
        _with(module, weight_ih=input_weight, weight_hh=call.weight("w_hh"), bias_ih=bias)
        _with(module, bias_hh=call.tensor(call["b_hh"]))
        outputs: tuple[tuple[int, ...], ...] = ((0,), (1,)) if kind is nn.LSTMCell else ()
        return Built(module=module, inputs=_with_state(call), outputs=outputs, weight="w_ih")

    return build


def _with_state(call: Call) -> tuple[Any, ...]:
    """Return input and first state; a state of zeros is what torch assumes anyway."""
    state = call["hx"]
    states = state if isinstance(state, tuple) else (state,)
    return (call["input"],) if all(map(call.is_zeros, states)) else (call["input"], state)


def _prelu(call: Call) -> Built:
    weight = call.weight("weight")
    module = nn.PReLU(weight.numel(), device="meta")
    return Built(module=_with(module, weight=weight), inputs=(call["self"],), weight="weight")


def _activation(make: Callable[[Call], nn.Module]) -> Builder:
    return lambda call: Built(module=make(call), inputs=(call["self"],))


def _hardtanh(call: Call) -> nn.Module:
    low, high = call["min_val"], call["max_val"]
    return nn.ReLU6() if (low, high) == (0.0, 6.0) else nn.Hardtanh(low, high)


def _softmax(kind: Callable[..., nn.Module]) -> Builder:
    def build(call: Call) -> Built:
        if call["dtype"] not in {None, torch.float32}:  # all real numbers here are of that type
            raise UnsupportedOperation("unsupported_operation.own_type", operation=call.operator)
        return Built(module=kind(dim=call["dim"]), inputs=(call["self"],))

    return build


def _elu(call: Call) -> nn.Module:
    """SELU and CELU have operators of their own; plain ELU leaves both scales at one."""
    if (call["scale"], call["input_scale"]) != (1, 1):
        raise UnsupportedOperation("unsupported_operation.scales", operation=call.operator)
    return nn.ELU(call["alpha"])


def _max_pool(kind: Callable[..., nn.Module]) -> Builder:
    return lambda call: Built(
        module=kind(
            call["kernel_size"],
            stride=call["stride"] or None,
            padding=call["padding"],
            dilation=call["dilation"],
            ceil_mode=call["ceil_mode"],
        ),
        inputs=(call["self"],),
    )


def _average_pool(kind: Callable[..., nn.Module]) -> Builder:
    def build(call: Call) -> Built:
        divisor = call.arguments.get("divisor_override")
        module = kind(
            call["kernel_size"],
            stride=call["stride"] or None,
            padding=call["padding"],
            ceil_mode=call["ceil_mode"],
            count_include_pad=call["count_include_pad"],
            **({} if divisor is None else {"divisor_override": divisor}),
        )
        return Built(module=module, inputs=(call["self"],))

    return build


def _adaptive_pool(kind: Callable[..., nn.Module], *, indices: bool = False) -> Builder:
    outputs: tuple[tuple[int, ...], ...] = ((),) if indices else ()
    return lambda call: Built(
        module=kind(call["output_size"]), inputs=(call["self"],), outputs=outputs
    )


def _attention(call: Call) -> Built:
    if call["dropout_p"]:
        raise UnsupportedOperation("unsupported_operation.dropout_at_evaluation")
    module = ScaledDotProductAttention(
        is_causal=call["is_causal"], scale=call["scale"], enable_gqa=call["enable_gqa"]
    )
    values = (call["query"], call["key"], call["value"])
    mask = call["attn_mask"]
    return Built(module=module, inputs=values if mask is None else (*values, mask))


def _product(left: str, right: str) -> Builder:
    """Return what builds a product: a linear layer where the right side is a parameter."""

    def build(call: Call) -> Built:
        weight = call.matrix(call[right]) if call.rank > 1 else None
        if weight is None:
            return Built(module=MatMul(), inputs=(call[left], call[right]))
        return _with_weight(weight, call[left], right)

    return build


def _with_weight(
    weight: nn.Parameter, value: Any, name: str | None, bias: nn.Parameter | None = None
) -> Built:
    width, features = weight.shape
    module = nn.Linear(features, width, bias=bias is not None, device="meta")
    given = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    return Built(module=_with(module, **given), inputs=(value,), weight=name)


def _sum_with_product(left: str, right: str) -> Builder:
    """Return what builds a product with a summand, each with its factor.

    It is a linear layer where right side and summand are parameters, as GPT-2 writes its layers.
    """

    def build(call: Call) -> Built:
        factors = {name: float(call[name]) for name in ("beta", "alpha")}
        plain = set(factors.values()) == {1.0}
        bias = call.vector(call["self"]) if plain else None
        weight = None if bias is None else call.matrix(call[right])
        if bias is not None and weight is not None and len(bias) == len(weight):
            return _with_weight(weight, call[left], right, bias)
        module = MatMul() if plain else WeightedMatMul(**factors)
        return Built(module=module, inputs=(call[left], call[right], call["self"]))

    return build


def _einsum(call: Call) -> Built:
    """Build a sum of products: a linear layer where it is one, "bi,io->bo" in other letters."""
    found = _LINEAR.fullmatch(call["equation"].replace(" ", ""))
    weight = call.matrix(call["tensors"][1]) if found is not None else None
    if weight is not None:
        return _with_weight(weight, call["tensors"][0], None)
    return Built(module=Einsum(call["equation"]), inputs=call["tensors"])


_BUILDERS: dict[Any, Builder] = {
    _aten.linear.default: _linear,
    _aten.conv1d.default: _conv(nn.Conv1d),
    _aten.conv1d.padding: _conv(nn.Conv1d),
    _aten.conv2d.default: _conv(nn.Conv2d),
    _aten.conv2d.padding: _conv(nn.Conv2d),
    _aten.conv3d.default: _conv(nn.Conv3d),
    _aten.conv3d.padding: _conv(nn.Conv3d),
    _aten.conv_transpose1d.default: _conv(nn.ConvTranspose1d),
    _aten.conv_transpose2d.input: _conv(nn.ConvTranspose2d),
    _aten.conv_transpose3d.input: _conv(nn.ConvTranspose3d),
    _aten._native_batch_norm_legit_no_training.default: _batch_norm,  # noqa: SLF001 - its name
    _aten.instance_norm.default: _instance_norm,
    _aten.layer_norm.default: _layer_norm,
    _aten.group_norm.default: _group_norm,
    _aten.rms_norm.default: _rms_norm,
    _aten.embedding.default: _embedding,
    _aten.lstm.input: _recurrent(nn.LSTM, 4),
    _aten.gru.input: _recurrent(nn.GRU, 3),
    _aten.rnn_tanh.input: _recurrent(nn.RNN, 1, nonlinearity="tanh"),
    _aten.rnn_relu.input: _recurrent(nn.RNN, 1, nonlinearity="relu"),
    _aten.lstm_cell.default: _cell(nn.LSTMCell, 4),
    _aten.gru_cell.default: _cell(nn.GRUCell, 3),
    _aten.rnn_tanh_cell.default: _cell(nn.RNNCell, 1, nonlinearity="tanh"),
    _aten.rnn_relu_cell.default: _cell(nn.RNNCell, 1, nonlinearity="relu"),
    _aten.prelu.default: _prelu,
    _aten.relu.default: _activation(lambda _: nn.ReLU()),
    _aten.hardtanh.default: _activation(_hardtanh),
    _aten.relu6.default: _activation(lambda _: nn.ReLU6()),
    _aten.gelu.default: _activation(lambda c: nn.GELU(c["approximate"])),
    _aten.silu.default: _activation(lambda _: nn.SiLU()),
    _aten.sigmoid.default: _activation(lambda _: nn.Sigmoid()),
    _aten.tanh.default: _activation(lambda _: nn.Tanh()),
    _aten.elu.default: _activation(_elu),
    _aten.selu.default: _activation(lambda _: nn.SELU()),
    _aten.celu.default: _activation(lambda c: nn.CELU(c["alpha"])),
    _aten.leaky_relu.default: _activation(lambda c: nn.LeakyReLU(c["negative_slope"])),
    _aten.hardswish.default: _activation(lambda _: nn.Hardswish()),
    _aten.hardsigmoid.default: _activation(lambda _: nn.Hardsigmoid()),
    _aten.mish.default: _activation(lambda _: nn.Mish()),
    _aten.softplus.default: _activation(lambda c: nn.Softplus(c["beta"], c["threshold"])),
    _aten.log_sigmoid.default: _activation(lambda _: nn.LogSigmoid()),
    _aten.glu.default: _activation(lambda c: nn.GLU(c["dim"])),
    _aten.threshold.default: _activation(lambda c: nn.Threshold(c["threshold"], c["value"])),
    _aten.softmax.int: _softmax(nn.Softmax),
    _aten.log_softmax.int: _softmax(nn.LogSoftmax),
    _aten.max_pool1d.default: _max_pool(nn.MaxPool1d),
    _aten.max_pool2d.default: _max_pool(nn.MaxPool2d),
    _aten.max_pool3d.default: _max_pool(nn.MaxPool3d),
    _aten.avg_pool1d.default: _average_pool(nn.AvgPool1d),
    _aten.avg_pool2d.default: _average_pool(nn.AvgPool2d),
    _aten.avg_pool3d.default: _average_pool(nn.AvgPool3d),
    _aten.adaptive_avg_pool1d.default: _adaptive_pool(nn.AdaptiveAvgPool1d),
    _aten.adaptive_avg_pool2d.default: _adaptive_pool(nn.AdaptiveAvgPool2d),
    _aten.adaptive_avg_pool3d.default: _adaptive_pool(nn.AdaptiveAvgPool3d),
    _aten.adaptive_max_pool1d.default: _adaptive_pool(nn.AdaptiveMaxPool1d, indices=True),
    _aten.adaptive_max_pool2d.default: _adaptive_pool(nn.AdaptiveMaxPool2d, indices=True),
    _aten.adaptive_max_pool3d.default: _adaptive_pool(nn.AdaptiveMaxPool3d, indices=True),
    _aten.scaled_dot_product_attention.default: _attention,
    _aten.matmul.default: _product("self", "other"),
    _aten.bmm.default: _product("self", "mat2"),
    _aten.mm.default: _product("self", "mat2"),
    _aten.addmm.default: _sum_with_product("mat1", "mat2"),
    _aten.baddbmm.default: _sum_with_product("batch1", "batch2"),
    _aten.einsum.default: _einsum,
}

BUILDERS: Mapping[Any, Builder] = MappingProxyType({**other_names(_BUILDERS), **_BUILDERS})
"""Operator of an exported graph -> what builds its module."""
