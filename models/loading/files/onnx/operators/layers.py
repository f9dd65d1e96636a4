"""Layers with weights: linear, convolutional, products of computed values."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from explain.network.operations import Einsum, MatMul
from models.loading.files.onnx.call import Kinds, NodeCall, Operator
from models.loading.files.onnx.operators.arithmetic import combine_tensors
from models.loading.files.onnx.operators.pooling import Window, window_of
from models.loading.files.onnx.values import Constant, Running, Value

_MOST_PRODUCTS = 10**8
_CONVOLUTIONS: Kinds = {3: nn.Conv1d, 4: nn.Conv2d, 5: nn.Conv3d}
_TRANSPOSED: Kinds = {3: nn.ConvTranspose1d, 4: nn.ConvTranspose2d, 5: nn.ConvTranspose3d}


def linear(call: NodeCall, value: Running, weight: Constant, bias: Constant | None) -> Running:
    """Append x Wᵀ + b with W [outputs, inputs]."""
    width, features = weight.tensor.shape
    module = nn.Linear(features, width, bias=bias is not None, device="meta")
    tensors = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    return call.layer(module, (value,), tensors)


def _matmul(call: NodeCall) -> Value:
    left, right = call.tensor(0), call.tensor(1)
    if isinstance(left, Constant) and isinstance(right, Constant):
        products = left.tensor.numel() * max(1, right.tensor.shape[-1])
        if products <= _MOST_PRODUCTS:
            return call.kept(torch.matmul(left.tensor, right.tensor), right)
    if isinstance(right, Constant) and right.tensor.dim() == 2 and isinstance(left, Running):
        return linear(call, left, call.kept(right.tensor.t(), right), None)
    return call.layer(MatMul(), (left, right))


def _gemm(call: NodeCall) -> Value:
    left, right = call.tensor(0), call.tensor(1)
    summand = call.tensor(2) if call.has(2) else None
    alpha, beta = call.node.real("alpha", 1.0), call.node.real("beta", 1.0)
    turned = (call.node.integer("transA", 0), call.node.integer("transB", 0))
    if turned[0]:
        left = call.step("t", left)
    if isinstance(left, Running) and isinstance(right, Constant) and (alpha, beta) == (1.0, 1.0):
        weight = call.kept(right.tensor if turned[1] else right.tensor.t(), right)
        return _with_summand(call, left, weight, summand)
    if turned[1]:
        right = call.step("t", right)
    product: Any = call.layer(MatMul(), (left, right))
    if alpha != 1.0:
        product = call.step("mul", product, alpha)
    if summand is None:
        return product  # type: ignore[no-any-return]
    scaled = summand if beta == 1.0 else call.step("mul", summand, beta)
    return call.step("add", product, scaled)


def _with_summand(
    call: NodeCall, value: Running, weight: Constant, summand: Constant | Running | None
) -> Value:
    """Append a linear layer; a summand that is one number per output becomes its bias."""
    if summand is None:
        return linear(call, value, weight, None)
    if isinstance(summand, Constant) and (bias := as_bias(summand, len(weight.tensor))) is not None:
        return linear(call, value, weight, bias)
    return combine_tensors(call, "add", linear(call, value, weight, None), summand)


def as_bias(summand: Constant, width: int) -> Constant | None:
    """Return a summand as one number per output, if it is that; else None."""
    shape = summand.tensor.shape
    if not shape or shape[-1] not in {1, width} or any(size != 1 for size in shape[:-1]):
        return None
    if shape[-1] == width and len(shape) == 1:
        return summand
    return Constant(summand.tensor.reshape(-1).expand(width).contiguous(), summand.name)


def _convolution(call: NodeCall) -> Value:
    value, weight, bias = call.running(), call.constant(1), call.optional(2)
    window = window_of(call, value, tuple(weight.tensor.shape[2:]))
    groups = call.node.integer("group", 1)
    module = call.by_rank(_CONVOLUTIONS, value)(
        weight.tensor.shape[1] * groups,
        weight.tensor.shape[0],
        window.kernel,
        stride=window.strides,
        padding=window.symmetric or 0,
        dilation=window.dilations,
        groups=groups,
        bias=bias is not None,
        device="meta",
    )
    tensors = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    return call.layer(module, (window.padded(call, value),), tensors)


def _transposed(call: NodeCall) -> Value:
    value, weight, bias = call.running(), call.constant(1), call.optional(2)
    groups = call.node.integer("group", 1)
    window = _transposed_window(call, value, tuple(weight.tensor.shape[2:]))
    extra = call.node.integers("output_padding") or (0,) * len(window.kernel)
    module = call.by_rank(_TRANSPOSED, value)(
        weight.tensor.shape[0],
        weight.tensor.shape[1] * groups,
        window.kernel,
        stride=window.strides,
        padding=window.symmetric or 0,
        output_padding=extra,
        groups=groups,
        bias=bias is not None,
        dilation=window.dilations,
        device="meta",
    )
    tensors = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    return _cropped(call, call.layer(module, (value,), tensors), window)


def _transposed_window(call: NodeCall, value: Running, kernel: tuple[int, ...]) -> Window:
    if call.node.has("output_shape"):
        raise call.node.refusal("loading.onnx.steps.size_of_output")
    automatic = call.node.text("auto_pad", "NOTSET")
    if automatic not in {"SAME_UPPER", "SAME_LOWER"}:
        return window_of(call, value, kernel)
    if any(call.node.integers("output_padding") or ()):
        raise call.node.refusal("loading.onnx.steps.padding_of_output")
    call.node.put_aside("pads")
    strides = call.node.integers("strides") or (1,) * len(kernel)
    dilations = call.node.integers("dilations") or (1,) * len(kernel)
    extra = [
        max(0, (size - 1) * dilation + 1 - stride)
        for size, dilation, stride in zip(kernel, dilations, strides, strict=True)
    ]
    small = tuple(total // 2 for total in extra)
    large = tuple(total - part for total, part in zip(extra, small, strict=True))
    upper = automatic == "SAME_UPPER"
    return Window(
        kernel=kernel,
        strides=strides,
        dilations=dilations,
        before=small if upper else large,
        after=large if upper else small,
    )


def _cropped(call: NodeCall, value: Running, window: Window) -> Value:
    """Cut off what a transposed convolution with uneven padding adds."""
    found: Constant | Running = value
    if window.symmetric is not None:
        return found
    for axis, (before, after) in enumerate(zip(window.before, window.after, strict=True), 2):
        size = value.fixed(axis)
        if size is None:
            raise call.node.refusal("loading.onnx.steps.cuts_free_dimension")
        found = call.step("slice", found, axis, before, size - after, 1)
    return found


def _einsum(call: NodeCall) -> Value:
    operands: Sequence[Any] = [call.tensor(place) for place in range(len(call.inputs))]
    equation = call.node.text("equation").replace(" ", "")
    return call.layer(Einsum(equation), operands)


def _linear_model(call: NodeCall) -> Value:
    """Return what a linear model of scikit-learn computes before it decides."""
    value = call.running()
    told = call.node.integer("targets", 1)
    targets = len(call.node.reals("intercepts") or ()) or told
    numbers = torch.tensor(call.node.reals("coefficients") or (), dtype=torch.float32)
    weight = Constant(numbers.reshape(targets, -1), "linear.weight")
    bias = call.node.reals("intercepts")
    shift = (
        None if bias is None else Constant(torch.tensor(bias, dtype=torch.float32), "linear.bias")
    )
    return linear(call, value, weight, shift)


def _classifier(call: NodeCall) -> tuple[Value, ...]:
    scores = _linear_model(call)
    classes = len(
        call.node.integers("classlabels_ints") or call.node.texts("classlabels_strings") or ()
    )
    after = call.node.text("post_transform", "NONE")
    if isinstance(scores, Running) and scores.fixed(1) == classes and after in _AFTER:
        last = _AFTER[after]
        return scores, scores if last is None else call.layer(last(), (scores,))
    raise call.node.refusal("loading.onnx.steps.scores")


_AFTER: Mapping[str, Callable[[], nn.Module] | None] = {
    "NONE": None,
    "SOFTMAX": lambda: nn.Softmax(dim=-1),
    "LOGISTIC": nn.Sigmoid,
}


LAYERS: Mapping[str, Operator] = {
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "Einsum": _einsum,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "ai.onnx.ml:LinearClassifier": _classifier,
    "ai.onnx.ml:LinearRegressor": _linear_model,
}
