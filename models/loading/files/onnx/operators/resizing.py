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
_ROUNDING = "round_prefer_floor"
_TO_NEAREST = frozenset({_ROUNDING, "round_prefer_ceil"})
_OTHERS = ("cubic_coeff_a", "nearest_mode")


def _resize(call: NodeCall) -> Value:
    value, mode = call.running(), call.node.text("mode", "nearest")
    where = call.node.text("coordinate_transformation_mode", "half_pixel")
    _refuse_settings(call, value, mode)
    sizes, scales = _target(call, value)
    if mode == "nearest":
        if where != "asymmetric" or call.node.text("nearest_mode", _ROUNDING) != "floor":
            _refuse_shifted(call, value, scales)
        return _nearest(call, value, sizes, scales)
    if where == "pytorch_half_pixel" and 1 in (sizes or ()):
        raise call.node.refusal("loading.onnx.steps.one_point")
    aligned = where == "align_corners"
    key = _SMOOTH.get((mode, value.rank))
    if key is None or not (aligned or where in _CENTRES):
        raise call.node.refusal(
            "loading.onnx.steps.enlarging_mode", mode=mode[:20], where=where[:30]
        )
    if aligned and not _comes_out_whole(value, scales):
        raise call.node.refusal("loading.onnx.steps.rounding")
    if mode == "cubic" and call.node.real("cubic_coeff_a", _CUBIC) != _CUBIC:
        raise call.node.refusal("loading.onnx.steps.cubic_curve")
    return call.step(key, value, sizes, aligned, scales)


def _nearest(call: NodeCall, value: Running, sizes: Any, scales: Any) -> Value:
    return call.step(call.by_rank(_NEAREST, value), value, sizes, scales)


def _refuse_settings(call: NodeCall, value: Running, mode: str) -> None:
    """Refuse settings that torch's interpolation does not have, and name those without effect.

    Axes may be named where they are all, or all after batch and channels, in their own order.
    """
    node = call.node
    node.put_aside("extrapolation_value")  # of cropped boxes alone, a mode that is refused
    node.put_aside(*{"nearest": ("cubic_coeff_a",), "cubic": ("nearest_mode",)}.get(mode, _OTHERS))
    axes = [call.axis(axis, value.rank) for axis in node.integers("axes") or ()]
    whole = list(range(value.rank))
    if (
        node.integer("antialias", 0)
        or (mode == "cubic" and node.integer("exclude_outside", 0))
        or node.text("keep_aspect_ratio_policy", "stretch") != "stretch"
        or axes not in ([], whole, whole[2:])
    ):
        raise node.refusal("loading.onnx.steps.enlarging_setting")
    node.put_aside("exclude_outside")


def _refuse_shifted(call: NodeCall, value: Running, scales: tuple[float, ...] | None) -> None:
    """Accept other ways of rounding where they come to the same: whole factors of enlargement."""
    where = call.node.text("coordinate_transformation_mode", "half_pixel")
    whole = scales is not None and all(scale >= 1 and scale == int(scale) for scale in scales)
    if not whole or where not in _CENTRES:
        raise call.node.refusal(
            "loading.onnx.steps.rounding_of_rank", where=where[:30], rank=value.rank
        )
    if call.node.text("nearest_mode", _ROUNDING) not in _TO_NEAREST:
        raise call.node.refusal("loading.onnx.steps.rounding")


def _comes_out_whole(value: Running, scales: tuple[float, ...] | None) -> bool:
    """Return whether factors give whole sizes: ONNX lays corners onto others unrounded."""
    sizes = [value.fixed(axis) or 1 for axis in range(2, value.rank)]
    return all((size * by).is_integer() for size, by in zip(sizes, scales or (), strict=False))


def _target(
    call: NodeCall, value: Running
) -> tuple[tuple[int | Size, ...] | None, tuple[float, ...] | None]:
    """Return the sizes or the factors after batch and channels; the other is None."""
    places = value.rank - 2
    if call.has(_SIZES):
        sizes = call.sizes(_SIZES)
        return sizes[-places:], None
    numbers = call.constant(_SCALES).tensor.tolist()
    if any(scale != 1 for scale in numbers[:-places]):
        raise call.node.refusal("loading.onnx.steps.enlarges_channels")
    return None, tuple(map(float, numbers[-places:]))


def _upsample(call: NodeCall) -> Value:
    value = call.running()
    numbers = call.constant(1).tensor.tolist() if call.has(1) else []
    numbers = numbers or list(call.node.reals("scales") or ())
    if call.node.text("mode", "nearest") != "nearest" or len(numbers) != value.rank:
        raise call.node.refusal("loading.onnx.steps.enlarging")
    return _nearest(call, value, None, tuple(map(float, numbers[2:])))


RESIZING: Mapping[str, Operator] = {"Resize": _resize, "Upsample": _upsample}
