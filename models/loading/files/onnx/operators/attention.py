"""Attention and the rotation of its positions as operators of their own."""

from collections.abc import Mapping

from explain.network.operations import ScaledDotProductAttention
from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.operators.movement import reshaped
from models.loading.files.onnx.values import Running, Value

_MASK, _FIRST_KEPT = 3, 4
_HEADS_FIRST = (0, 2, 1, 3)
_WITH_HEADS = 4


def _attention(call: NodeCall) -> Value:
    """Append softmax(scale · q kᵀ + mask) v over heads."""
    node = call.node
    if any(call.has(place) for place in range(_FIRST_KEPT, len(call.inputs))):
        raise node.refusal("loading.onnx.steps.keeps_keys")
    if sum(map(bool, node.outputs)) > 1 or node.real("softcap", 0.0):
        raise node.refusal("loading.onnx.steps.attention_setting")
    causal = bool(node.integer("is_causal", 0))
    if causal and call.has(_MASK):
        raise node.refusal("loading.onnx.steps.attention_setting")
    heads = (node.integer("q_num_heads", 0), node.integer("kv_num_heads", 0))
    flat = call.running().rank != _WITH_HEADS
    parts = [
        _by_heads(call, call.running(place), count) if flat else call.running(place)
        for place, count in zip(range(3), (heads[0], heads[1], heads[1]), strict=True)
    ]
    grouped = parts[0].fixed(1) != parts[1].fixed(1)
    scale = node.real("scale", 0.0) if node.has("scale") else None
    module = ScaledDotProductAttention(is_causal=causal, scale=scale, enable_gqa=grouped)
    mask = (call.running(_MASK),) if call.has(_MASK) else ()
    found = call.layer(module, (*parts, *mask))
    return _joined(call, found) if flat else found


def _by_heads(call: NodeCall, value: Running, heads: int) -> Running:
    """Return [rows, heads, length, width] of [rows, length, heads · width]."""
    width = value.fixed(2)
    if heads < 1 or width is None or width % heads:
        raise call.node.refusal("loading.onnx.steps.heads", heads=heads)
    sizes = (call.build.size(value, 0), call.build.size(value, 1), heads, width // heads)
    return call.build.running(call.step("permute", reshaped(call, value, sizes), _HEADS_FIRST))


def _joined(call: NodeCall, value: Running) -> Running:
    back = call.build.running(call.step("permute", value, _HEADS_FIRST))
    width = (back.fixed(2) or 0) * (back.fixed(3) or 0)
    return reshaped(call, back, (call.build.size(back, 0), call.build.size(back, 1), width))


ATTENTION: Mapping[str, Operator] = {"Attention": _attention}
