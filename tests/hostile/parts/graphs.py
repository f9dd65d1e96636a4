"""A good ONNX file, and how to change one thing in it."""

from collections.abc import Callable, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_FEATURES, _HIDDEN, _CLASSES = 6, 5, 3


def good_onnx() -> onnx.ModelProto:
    """Return a network of two layers and a ReLU, any number of rows."""
    draw = np.random.default_rng(0)
    weights = {
        "first.weight": draw.normal(size=(_HIDDEN, _FEATURES)),
        "first.bias": draw.normal(size=_HIDDEN),
        "second.weight": draw.normal(size=(_CLASSES, _HIDDEN)),
        "second.bias": draw.normal(size=_CLASSES),
    }
    nodes = [
        step("Gemm", ["x", "first.weight", "first.bias"], "hidden", transB=1),
        step("Relu", ["hidden"], "active"),
        step("Gemm", ["active", "second.weight", "second.bias"], "y", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", _FEATURES])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", _CLASSES])],
        [
            numpy_helper.from_array(value.astype(np.float32), name)
            for name, value in weights.items()
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def step(operator: str, inputs: Sequence[str], output: str, **settings: object) -> onnx.NodeProto:
    """Return a node of one output, named after it."""
    return helper.make_node(operator, inputs, [output], name=output, **settings)


def number(name: str, value: object, kind: type = np.int64) -> onnx.TensorProto:
    """Return a constant."""
    return numpy_helper.from_array(np.asarray(value, dtype=kind), name)


def changed(change: Callable[[onnx.ModelProto], object]) -> bytes:
    """Return the good file with one thing changed in place."""
    model = good_onnx()
    change(model)
    return model.SerializeToString(deterministic=True)


def with_graph(change: Callable[[onnx.GraphProto], object]) -> bytes:
    """Return the good file with one thing changed in its graph."""
    return changed(lambda model: change(model.graph))
