"""Windows that slide over pictures and series, what is added at the borders, and pools of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from models.loading.files.onnx.call import Kinds, NodeCall, Operator
from models.loading.files.onnx.operators.movement import padded
from models.loading.files.onnx.values import Constant, Running, Value

_MOST_AXES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window over the dimensions after batch and channels; one number per dimension each."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def symmetric(self) -> tuple[int, ...] | None:
        """Return the padding where both sides get the same; else None."""
        return self.before if self.before == self.after else None

    def padded(self, call: NodeCall, value: Running, fill: float = 0.0) -> Constant | Running:
        """Return the value with uneven padding already added; even padding is left to the layer."""
        return value if self.symmetric is not None else self.widened(call, value, fill)

    def widened(self, call: NodeCall, value: Running, fill: float = 0.0) -> Constant | Running:
        """Return the value with all padding added."""
        found = padded(call, value, ((0, 0, *self.before), (0, 0, *self.after)), fill)
        return call.build.tensor(found)


def window_of(call: NodeCall, value: Running, kernel: tuple[int, ...]) -> Window:
    """Return the window that a node describes.

    Raises:
        ImportRefused: impossible numbers, or automatic padding along a free dimension.
    """
    axes = len(kernel)
    strides = call.node.integers("strides") or (1,) * axes
    dilations = call.node.integers("dilations") or (1,) * axes
    pads = call.node.integers("pads") or (0,) * (2 * axes)
    counts = {len(strides), len(dilations), len(pads) // 2, value.rank - 2}
    if not 1 <= axes <= _MOST_AXES or counts != {axes} or min(*strides, *dilations, *kernel) < 1:
        raise call.node.refusal("loading.onnx.steps.window_too_large")
    automatic = call.node.text("auto_pad", "NOTSET")
    before, after = pads[:axes], pads[axes:]
    if automatic == "VALID":
        before = after = (0,) * axes
    if automatic.startswith("SAME"):
        spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
        before, after = _same(call, value, spans, strides, upper=automatic == "SAME_UPPER")
    if min(*before, *after) < 0:
        raise call.node.refusal("loading.onnx.steps.padding_negative")
    return Window(kernel=kernel, strides=strides, dilations=dilations, before=before, after=after)


def _same(
    call: NodeCall, value: Running, spans: list[int], strides: tuple[int, ...], *, upper: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the padding that gives one output per stride."""
    small, large = [], []
    for axis, (span, stride) in enumerate(zip(spans, strides, strict=True), 2):
        size = value.fixed(axis)
        if size is None and stride != 1:
            raise call.node.refusal("loading.onnx.steps.padding_depends_on_size")
        rest = stride if size is None else size % stride or stride
        total = max(0, span - rest)
        small.append(total // 2)
        large.append(total - total // 2)
    pair = (tuple(small), tuple(large))
    return pair if upper else pair[::-1]


_MAX: Kinds = {3: nn.MaxPool1d, 4: nn.MaxPool2d, 5: nn.MaxPool3d}
_AVERAGE: Kinds = {3: nn.AvgPool1d, 4: nn.AvgPool2d, 5: nn.AvgPool3d}
_GLOBAL_MAX: Kinds = {3: nn.AdaptiveMaxPool1d, 4: nn.AdaptiveMaxPool2d, 5: nn.AdaptiveMaxPool3d}
_GLOBAL: Kinds = {3: nn.AdaptiveAvgPool1d, 4: nn.AdaptiveAvgPool2d, 5: nn.AdaptiveAvgPool3d}


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
    module = call.by_rank(_MAX, value)(
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
    if not fits and call.node.integer("ceil_mode", 0):
        raise call.node.refusal("loading.onnx.steps.window_past_padding")
    if not fits and not counted:
        return _average_of_real(call, value, window)
    module = _average_layer(call, value, window, padding=fits, counted=counted)
    return call.layer(module, (value if fits else window.widened(call, value),))


def mean_of_windows(call: NodeCall, value: Running) -> tuple[Running, int]:
    """Append the mean of every window, borders counted; return it, and how large a window is."""
    window = _window(call, value)
    if any(step != 1 for step in window.dilations) or call.node.integer("ceil_mode", 0):
        raise call.node.refusal("loading.onnx.steps.window_gaps")
    module = _average_layer(call, value, window, padding=False, counted=True)
    mean = call.layer(module, (window.widened(call, value),))
    return mean, math.prod(window.kernel)


def _average_layer(
    call: NodeCall, value: Running, window: Window, *, padding: bool, counted: bool
) -> nn.Module:
    return call.by_rank(_AVERAGE, value)(
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
        return call.layer(call.by_rank(kinds, value)(1), (value,))

    return pool


POOLS: Mapping[str, Operator] = {
    "AveragePool": _average,
    "GlobalAveragePool": _whole(_GLOBAL),
    "GlobalMaxPool": _whole(_GLOBAL_MAX),
    "MaxPool": _max,
}
