"""What scikit-learn's converter puts in front of a network: scaling and normalising rows."""

from collections.abc import Mapping

import torch

from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.operators.arithmetic import converted
from models.loading.files.onnx.values import Constant, Running, Value


def _numbers(call: NodeCall) -> Constant | Running:
    return call.build.tensor(converted(call, call.tensor(0), torch.float32))


def _scaler(call: NodeCall) -> Value:
    value = _numbers(call)
    offset, scale = (_row(call, name) for name in ("offset", "scale"))
    return call.step("mul", call.step("sub", value, offset), scale)


def _row(call: NodeCall, name: str) -> Constant:
    return Constant(torch.tensor(call.node.reals(name) or (0.0,), dtype=torch.float32), name)


def _normalizer(call: NodeCall) -> Value:
    value, norm = _numbers(call), call.node.text("norm", "MAX")
    if norm == "L2":
        length = call.step("vector_norm", value, 2, (1,), keepdim=True)
    elif norm == "L1":
        length = call.step("sum", call.step("abs", value), (1,), keepdim=True)
    else:
        raise call.node.refusal("loading.onnx.steps.normalises", norm=norm[:20])
    return call.step("div", value, call.step("clamp_min", length, 1e-30))


TABLES: Mapping[str, Operator] = {
    "ai.onnx.ml:Normalizer": _normalizer,
    "ai.onnx.ml:Scaler": _scaler,
}
