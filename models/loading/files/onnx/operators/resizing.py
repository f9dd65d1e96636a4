"""Pictures made larger or smaller."""

from collections.abc import Mapping
from typing import Any

from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.values import Running, Size, Value

_NEAREST = {3: "upsample_nearest1d", 4: "upsample_nearest2d", 5: "upsample_nearest3d"}
_SMOOTH = {
    ("linear", 3): "upsample_linear1d",
    ("linear", 4): "upsample_bilinear2d",
    ("cubic", 4): "upsample_bicubic2d",
}
_SCALES, _SIZES = 2, 3
_CUBIC = -0.75
_CENTRES = frozenset({"half_pixel", "pytorch_half_pixel"})


def _resize(call: NodeCall) -> Value:
    value, mode = call.running(), call.node.text("mode", "nearest")
    where = call.node.text("coordinate_transformation_mode", "half_pixel")
    sizes, scales = _target(call, value)
    if mode == "nearest":
        rounding = call.node.text("nearest_mode", "round_prefer_floor")
        if where != "asymmetric" or rounding != "floor":
            _refuse_shifted(call, value, scales)
        return _nearest(call, value, sizes, scales)
    aligned = where == "align_corners"
    key = _SMOOTH.get((mode, value.rank))
    if key is None or not (aligned or where in _CENTRES):
        raise call.node.refusal(
            "loading.onnx.steps.enlarging_mode", mode=mode[:20], where=where[:30]
        )
    if mode == "cubic" and call.node.real("cubic_coeff_a", _CUBIC) != _CUBIC:
        raise call.node.refusal("loading.onnx.steps.cubic_curve")
    return call.step(key, value, sizes, aligned, scales)


def _nearest(call: NodeCall, value: Running, sizes: Any, scales: Any) -> Value:
    return call.step(call.by_rank(_NEAREST, value), value, sizes, scales)


def _refuse_shifted(call: NodeCall, value: Running, scales: tuple[float, ...] | None) -> None:
    """Accept other ways of rounding where they come to the same: whole factors of enlargement."""
    where = call.node.text("coordinate_transformation_mode", "half_pixel")
    whole = scales is not None and all(scale >= 1 and scale == int(scale) for scale in scales)
    if not whole or where not in {"half_pixel", "asymmetric", "pytorch_half_pixel"}:
        raise call.node.refusal(
            "loading.onnx.steps.rounding_of_rank", where=where[:30], rank=value.rank
        )
    if where == "asymmetric" and call.node.text("nearest_mode") != "floor":
        raise call.node.refusal("loading.onnx.steps.rounding")


def _target(
    call: NodeCall, value: Running
) -> tuple[tuple[int | Size, ...] | None, tuple[float, ...] | None]:
    """Return the sizes or the factors after batch and channels; the other is None."""
    if call.has(_SIZES):
        sizes = call.sizes(_SIZES)
        return sizes[-(value.rank - 2) :], None
    numbers = call.constant(_SCALES).tensor.tolist()
    if len(numbers) != value.rank or any(scale != 1 for scale in numbers[:2]):
        raise call.node.refusal("loading.onnx.steps.enlarges_channels")
    return None, tuple(map(float, numbers[2:]))


def _upsample(call: NodeCall) -> Value:
    value = call.running()
    numbers = call.constant(1).tensor.tolist() if call.has(1) else []
    numbers = numbers or list(call.node.reals("scales") or ())
    if call.node.text("mode", "nearest") != "nearest" or len(numbers) != value.rank:
        raise call.node.refusal("loading.onnx.steps.enlarging")
    return _nearest(call, value, None, tuple(map(float, numbers[2:])))


RESIZING: Mapping[str, Operator] = {"Resize": _resize, "Upsample": _upsample}
