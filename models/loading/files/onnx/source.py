"""From the bytes over the protobuf to the plain graph that is translated."""

from collections.abc import Mapping
from functools import cache

from onnx import ModelProto, NodeProto, TensorShapeProto, ValueInfoProto, defs

from explain.core.errors import ImportRefused
from explain.core.messages import Message
from models.loading.files.onnx.call import read_attribute
from models.loading.files.onnx.graph import Attribute, OnnxGraph, OnnxNode, Port
from models.loading.files.onnx.naming import scope_of
from models.loading.files.onnx.needed import answer_name, needed_nodes, refuse_unsupported
from models.loading.files.onnx.tensors import dtype_of_onnx
from models.loading.limits import Limits

_STANDARD = frozenset({"", "ai.onnx"})


def read_graph(model: ModelProto, limits: Limits) -> tuple[OnnxGraph, tuple[Message, ...]]:
    """Return what the answer of the file depends on, and warnings.

    Raises:
        ImportRefused: a damaged graph, or operators that are not read: all of them by name.
    """
    graph = model.graph
    if graph.sparse_initializer:
        raise ImportRefused("loading.onnx.sparse_tensors")
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    inputs = tuple(_port(value) for value in graph.input if value.name not in tensors)
    outputs = tuple(map(_port, graph.output))
    output, warning = answer_name(graph, outputs)
    nodes = needed_nodes(graph, [port.name for port in inputs], output)
    refuse_unsupported(nodes)
    versions = opsets(model)
    found = OnnxGraph(
        nodes=tuple(_node(node, versions, limits) for node in nodes),
        tensors=tensors,
        inputs=_used(inputs, nodes, output),
        output=output,
    )
    return found, () if warning is None else (warning,)


def _used(inputs: tuple[Port, ...], nodes: list[NodeProto], output: str) -> tuple[Port, ...]:
    names = {output, *(name for node in nodes for name in node.input)}
    return tuple(port for port in inputs if port.name in names)


def _node(proto: NodeProto, versions: Mapping[str, int], limits: Limits) -> OnnxNode:
    domain = "" if proto.domain in _STANDARD else proto.domain
    return OnnxNode(
        op=f"{domain}:{proto.op_type}" if domain else proto.op_type,
        name=proto.name,
        inputs=tuple(proto.input),
        outputs=tuple(proto.output),
        attributes=_attributes(proto, domain, versions.get(domain, 1), limits),
        scope=scope_of(proto),
        opset=versions.get(domain, 1),
    )


def _attributes(
    proto: NodeProto, domain: str, version: int, limits: Limits
) -> dict[str, Attribute]:
    """Return the attributes by name, each one that the operator has, and each one once."""
    known = _known(proto.op_type, version, domain)
    names = [entry.name for entry in proto.attribute]
    wrong = [name for name in names if names.count(name) > 1 or (known and name not in known)]
    if wrong:
        raise ImportRefused(
            "loading.onnx.attribute_twice",
            op=proto.op_type[:80],
            name=proto.name[:80],
            attribute=wrong[0][:80],
        )
    return {entry.name: read_attribute(entry, limits) for entry in proto.attribute}


@cache
def _known(operator: str, version: int, domain: str) -> frozenset[str]:
    """Return the attributes that the standard gives an operator; none where it has no such one."""
    if not defs.has(operator, domain):
        return frozenset()
    try:
        return frozenset(defs.get_schema(operator, version, domain).attributes) | {""}
    except defs.SchemaError:
        return frozenset()


def _port(value: ValueInfoProto) -> Port:
    if not value.type.HasField("tensor_type"):
        return Port(name=value.name, dtype=None, dims=())
    kind = value.type.tensor_type
    dims = tuple(map(_dimension, kind.shape.dim))
    return Port(name=value.name, dtype=dtype_of_onnx(kind.elem_type), dims=dims)


def _dimension(dim: TensorShapeProto.Dimension) -> int | str | None:
    """Return a fixed size, the name of a free one, or None for a free one without a name."""
    return int(dim.dim_value) if dim.dim_value > 0 else dim.dim_param or None


OLDEST, NEWEST = 9, 23
"""Versions of the standard operators that are known."""


def parse_onnx(data: bytes, limits: Limits) -> ModelProto:
    """Return the parsed message; nothing in it has been looked at but its size and version.

    Raises:
        ImportRefused: no ONNX file, too large, too many nodes or tensors, functions of its own,
            or operators of a version that is not known.
    """
    if len(data) > limits.file_bytes:
        raise ImportRefused("loading.onnx.too_many_bytes", count=len(data), most=limits.file_bytes)
    try:
        model: ModelProto = ModelProto.FromString(data)
    except Exception as error:
        raise _no_model() from error
    if not model.HasField("graph") or not model.graph.output or not model.opset_import:
        raise _no_model()
    if (count := len(model.graph.node)) > limits.nodes:
        raise ImportRefused("loading.onnx.too_many_nodes", count=count, most=limits.nodes)
    if (count := len(model.graph.initializer)) > limits.tensors:
        raise ImportRefused("loading.onnx.too_many_tensors", count=count, most=limits.tensors)
    _refuse_functions(model)
    return model


def opsets(model: ModelProto) -> dict[str, int]:
    """Return the version of the operators by domain, the standard one under "".

    Raises:
        ImportRefused: a version of the standard operators that is not known.
    """
    found = {
        "" if entry.domain in _STANDARD else entry.domain: int(entry.version)
        for entry in model.opset_import
    }
    version = found.setdefault("", NEWEST)
    if not OLDEST <= version <= NEWEST:
        raise ImportRefused(
            "loading.onnx.unread_version", version=version, oldest=OLDEST, newest=NEWEST
        )
    return found


def _refuse_functions(model: ModelProto) -> None:
    if model.functions:
        names = sorted({function.name[:40] for function in model.functions})[:5]
        raise ImportRefused("loading.onnx.functions", names=names)


def _no_model() -> ImportRefused:
    return ImportRefused("loading.onnx.no_model")
