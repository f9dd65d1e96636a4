"""Pools."""

from collections.abc import Callable, Mapping

from torch import nn

from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.operators.windows import Window, window_of
from models.loading.files.onnx.values import Running, Value

_MAX = {3: nn.MaxPool1d, 4: nn.MaxPool2d, 5: nn.MaxPool3d}
_AVERAGE = {3: nn.AvgPool1d, 4: nn.AvgPool2d, 5: nn.AvgPool3d}
_GLOBAL_MAX = {3: nn.AdaptiveMaxPool1d, 4: nn.AdaptiveMaxPool2d, 5: nn.AdaptiveMaxPool3d}
_GLOBAL = {3: nn.AdaptiveAvgPool1d, 4: nn.AdaptiveAvgPool2d, 5: nn.AdaptiveAvgPool3d}

Kinds = Mapping[int, Callable[..., nn.Module]]


def _kind(call: NodeCall, kinds: Kinds, value: Running) -> Callable[..., nn.Module]:
    if value.rank not in kinds:
        raise call.node.refusal("loading.onnx.steps.dimensions", rank=value.rank)
    return kinds[value.rank]


def _window(call: NodeCall, value: Running) -> Window:
    kernel = call.node.integers("kernel_shape")
    if not kernel:
        raise call.node.refusal("loading.onnx.steps.window_without_size")
    return window_of(call, value, kernel)


def _fits(window: Window) -> bool:
    """Return whether torch's own padding can do it: even, and at most half a window."""
    return window.symmetric is not None and all(
        2 * pad <= kernel for pad, kernel in zip(window.before, window.kernel, strict=True)
    )


def _max(call: NodeCall) -> Value:
    value = call.running()
    if len(call.node.outputs) > 1:
        raise call.node.refusal("loading.onnx.steps.places_of_largest")
    window = _window(call, value)
    fits = _fits(window)
    module = _kind(call, _MAX, value)(
        _plain(window.kernel),
        stride=_plain(window.strides),
        padding=_plain(window.before) if fits else 0,
        dilation=_plain(window.dilations),
        ceil_mode=bool(call.node.integer("ceil_mode", 0)),
    )
    given = value if fits else window.widened(call, value, float("-inf"))
    return call.layer(module, (given,))


def _average(call: NodeCall) -> Value:
    value = call.running()
    window = _window(call, value)
    counted = bool(call.node.integer("count_include_pad", 0))
    fits = _fits(window)
    if any(step != 1 for step in window.dilations):
        raise call.node.refusal("loading.onnx.steps.window_gaps")
    if not fits and not counted:
        return _average_of_real(call, value, window)
    module = _average_layer(call, value, window, padding=fits, counted=counted)
    return call.layer(module, (value if fits else window.widened(call, value),))


def _average_layer(
    call: NodeCall, value: Running, window: Window, *, padding: bool, counted: bool
) -> nn.Module:
    return _kind(call, _AVERAGE, value)(
        _plain(window.kernel),
        stride=_plain(window.strides),
        padding=_plain(window.before) if padding else 0,
        ceil_mode=bool(call.node.integer("ceil_mode", 0)),
        count_include_pad=counted,
    )


def _average_of_real(call: NodeCall, value: Running, window: Window) -> Value:
    """Return the mean of the real numbers in each window: the share of real ones is divided out."""
    module = _average_layer(call, value, window, padding=False, counted=True)
    mean = call.layer(module, (window.widened(call, value),))
    ones = call.build.running(call.step("ones_like", value))
    twin = _average_layer(call, value, window, padding=False, counted=True)
    share = call.layer(twin, (window.widened(call, ones),))
    return call.step("div", mean, share)


def _plain(sizes: tuple[int, ...]) -> int | tuple[int, ...]:
    """Return one number where all are equal, as people write it."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


def _whole(kinds: Kinds) -> Operator:
    def pool(call: NodeCall) -> Value:
        value = call.running()
        return call.layer(_kind(call, kinds, value)(1), (value,))

    return pool


POOLS: Mapping[str, Operator] = {
    "AveragePool": _average,
    "GlobalAveragePool": _whole(_GLOBAL),
    "GlobalMaxPool": _whole(_GLOBAL_MAX),
    "MaxPool": _max,
}
