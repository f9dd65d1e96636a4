"""Small ONNX graphs written by hand."""

from collections.abc import Sequence

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
INT = TensorProto.INT64


def node(op: str, inputs: Sequence[str], outputs: Sequence[str], **settings: object) -> NodeProto:
    """Return a node."""
    return helper.make_node(op, list(inputs), list(outputs), **settings)


def tensor(name: str, values: object, kind: type = np.float32) -> TensorProto:
    """Return a tensor with a name."""
    return numpy_helper.from_array(np.asarray(values, kind), name)


def port(name: str, *dims: int | str | None, kind: int = FLOAT) -> ValueInfoProto:
    """Return an input or output."""
    return helper.make_tensor_value_info(name, kind, list(dims))


def model(
    nodes: Sequence[NodeProto],
    tensors: Sequence[TensorProto] = (),
    *,
    inputs: Sequence[ValueInfoProto] = (),
    outputs: Sequence[ValueInfoProto] = (),
    opset: int = 18,
    domains: Sequence[str] = (),
) -> ModelProto:
    """Return a model from "x" [n, 4] to "y", unless told otherwise."""
    graph = helper.make_graph(
        list(nodes),
        "graph",
        list(inputs) or [port("x", "n", 4)],
        list(outputs) or [port("y", "n", None)],
        list(tensors),
    )
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
    return helper.make_model(graph, opset_imports=imports)


def dense() -> ModelProto:
    """Return y = x Wᵀ + b with three outputs."""
    weight = np.arange(12).reshape(3, 4) / 10
    return model(
        [node("Gemm", ["x", "fc.weight", "fc.bias"], ["y"], transB=1)],
        [tensor("fc.weight", weight), tensor("fc.bias", [1, 2, 3])],
    )
