"""Windows that slide over pictures and series: kernel, steps, and what is added at the borders."""

from dataclasses import dataclass

from models.loading.files.onnx.call import NodeCall
from models.loading.files.onnx.operators.movement import padded
from models.loading.files.onnx.values import Constant, Running

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
