"""How operators were spelled in old versions: a call in old words is put into those of today."""

import dataclasses
from collections.abc import Callable, Mapping

import torch
from onnx import TensorProto

from models.loading.files.onnx.call import NodeCall
from models.loading.files.onnx.graph import Attribute
from models.loading.files.onnx.operators.movement import aligned_at
from models.loading.files.onnx.values import Constant, Value
from models.loading.files.zip_archive import quoted_name

_LAST_IN_PLACE = 5
Rewrite = Callable[[NodeCall], NodeCall]


def in_todays_words(call: NodeCall) -> NodeCall:
    """Return the call of a node as its operator takes it today.

    Sizes and axes that were attributes become inputs, operands that were laid over each other from
    an axis on get the dimensions that this needs.

    Raises:
        ImportRefused: the node is in training mode, or says what no operator says today.
    """
    if call.node.opset <= _LAST_IN_PLACE:
        call.node.put_aside("consumed_inputs")  # where a runtime may write, not what it computes
    last, rewrite = _SPELLINGS.get(call.node.op, (0, _unchanged))
    return rewrite(call) if call.node.opset <= last else call


def _unchanged(call: NodeCall) -> NodeCall:
    return call


def _with_input(call: NodeCall, place: int, value: Value) -> NodeCall:
    """Return the call with another value in one place, those after it dropped."""
    return dataclasses.replace(call, inputs=(*call.inputs[:place], value))


def _with_attribute(call: NodeCall, name: str, value: Attribute) -> NodeCall:
    attributes = {**call.node.attributes, name: value}
    return dataclasses.replace(call, node=dataclasses.replace(call.node, attributes=attributes))


def _laid_over(call: NodeCall) -> NodeCall:
    """Give the second operand its dimensions behind those of the first, from `axis` on."""
    call.node.put_aside("broadcast")
    if not call.node.has("axis") or call.is_sizes(1):
        return call
    axis = call.node.integer("axis", 0)
    return _with_input(call, 1, aligned_at(call, call.tensor(0), call.tensor(1), axis))


def _slope_per_channel(call: NodeCall) -> NodeCall:
    slope = call.constant(1)
    if slope.tensor.dim() != 1 or slope.tensor.numel() == 1:
        return call
    return _with_input(call, 1, aligned_at(call, call.running(), slope, 1))


def _listed(name: str) -> Rewrite:
    """Return what makes an input of a list that was an attribute."""

    def rewrite(call: NodeCall) -> NodeCall:
        found = call.node.integers(name)
        return call if found is None else _with_input(call, 1, Constant(torch.tensor(found)))

    return rewrite


def _counted(call: NodeCall) -> NodeCall:
    count = torch.tensor([call.node.integer("k", 0)])
    return _with_input(call, 1, Constant(count)) if call.node.has("k") else call


def _tiled(call: NodeCall) -> NodeCall:
    """Repeats along one axis become repeats along each."""
    if not call.has(2):
        return call
    value = call.running()
    axis = call.axis(int(call.number(2) or 0), value.rank)
    repeats = torch.ones(value.rank, dtype=torch.int64)
    repeats[axis] = int(call.number(1) or 0)
    return _with_input(call, 1, Constant(repeats))


def _enlarged(call: NodeCall) -> NodeCall:
    factors = tuple(call.node.real(f"{side}_scale", 1.0) for side in ("height", "width"))
    return _with_attribute(call, "scales", (1.0, 1.0, *factors))


def _resized(call: NodeCall) -> NodeCall:
    """Pictures were resized from their corner on, and factors came second."""
    spelled = _with_attribute(call, "coordinate_transformation_mode", "asymmetric")
    spelled = _with_attribute(spelled, "nearest_mode", "floor")
    return dataclasses.replace(spelled, inputs=(call.value(0), None, call.value(1)))


def _padded(call: NodeCall) -> NodeCall:
    return _with_attribute(call, "pads", call.node.integers("paddings") or ())


def _joined(call: NodeCall) -> NodeCall:
    return _with_attribute(call, "axis", call.node.integer("axis", 1))


def _cast(call: NodeCall) -> NodeCall:
    """Types were called by their names."""
    known = dict(TensorProto.DataType.items())
    kind = call.node.text("to")
    if kind not in known:
        raise call.node.refusal("loading.onnx.steps.no_such_type", kind=quoted_name(kind))
    return _with_attribute(call, "to", known[kind])


def _normalised(call: NodeCall) -> NodeCall:
    rank = call.running().rank
    if not call.node.integer("spatial", 1) and rank > 2:
        raise call.node.refusal("loading.onnx.steps.each_place_alone")
    return _tested(call)


def _tested(call: NodeCall) -> NodeCall:
    """Refuse what was trained with; the default was that."""
    if call.node.opset <= _LAST_TRAINED and not call.node.integer("is_test", 0):
        raise call.node.training_refusal("loading.onnx.steps.training_mode")
    return call


_LAST_TRAINED = 6


def _without(*names: str) -> Rewrite:
    def rewrite(call: NodeCall) -> NodeCall:
        call.node.put_aside(*names)
        return call

    return rewrite


_LAID_OVER = ("Add", "And", "Div", "Equal", "Greater", "Less", "Mul", "Or", "Pow", "Sub", "Xor")
_SPELLINGS: Mapping[str, tuple[int, Rewrite]] = {
    **dict.fromkeys(_LAID_OVER, (6, _laid_over)),
    **dict.fromkeys(("GRU", "LSTM", "RNN"), (6, _without("output_sequence"))),
    "BatchNormalization": (8, _normalised),
    "Cast": (5, _cast),
    "Concat": (3, _joined),
    "Dropout": (6, _tested),
    "Gemm": (6, _without("broadcast")),
    "PRelu": (6, _slope_per_channel),
    "Pad": (1, _padded),
    "Reshape": (4, _listed("shape")),
    "Resize": (10, _resized),
    "Tile": (5, _tiled),
    "TopK": (9, _counted),
    "Upsample": (6, _enlarged),
}
"""Operator -> the last version in which it was spelled so, and what puts it into today's words."""
