"""From the bytes over the protobuf to the plain graph that is translated."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from onnx import (
    AttributeProto,
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    TensorShapeProto,
    ValueInfoProto,
    defs,
)

from explain.core.errors import ImportRefused
from explain.core.messages import Message
from explain.network import Output, answer_among, chosen_notes
from models.loading.files.onnx.call import holds_a_graph, read_attribute
from models.loading.files.onnx.graph import Attribute, Branch, OnnxGraph, OnnxNode, Port
from models.loading.files.onnx.naming import scope_of
from models.loading.files.onnx.operators.catalog import OPERATORS
from models.loading.files.onnx.tensors import dtype_of_onnx
from models.loading.limits import LIMITS, Limits

_STANDARD = frozenset({"", "ai.onnx"})
_REAL = frozenset(
    {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16}
)
_COMPARABLE = frozenset({AttributeProto.FLOAT, AttributeProto.INT, AttributeProto.STRING})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGraph:
    """What the answer of a file depends on, what else it returns, and sentences about that."""

    graph: OnnxGraph
    outputs: tuple[Output, ...]
    output: str
    notes: tuple[Message, ...]


def read_graph(model: ModelProto, limits: Limits, wanted: str = "") -> AnswerGraph:
    """Return what the answer of the file depends on: the output called `wanted`, or the only one.

    Raises:
        ImportRefused: a damaged graph, or operators that are not read: all of them by name.
    """
    graph = model.graph
    if graph.sparse_initializer:
        names = [repr(one.values.name[:40]) for one in graph.sparse_initializer[:8]]
        raise ImportRefused("loading.onnx.sparse_tensors", names=names)
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    inputs = tuple(_port(value) for value in graph.input if value.name not in tensors)
    outputs = outputs_of_onnx(model)
    if not any(one.numbers for one in outputs):
        names = [repr(one.name[:40]) for one in outputs[:8]]
        raise ImportRefused("loading.onnx.no_real_output", names=names)
    answer = answer_among(outputs, wanted, door="file")
    source = _unmapped(graph.node, answer.name)
    output = _scores(graph, source) or source
    nodes = needed_nodes(graph, [port.name for port in inputs], output)
    refuse_unsupported(nodes)
    versions = opsets(model)
    found = OnnxGraph(
        nodes=tuple(_node(node, versions, limits) for node in nodes),
        tensors=tensors,
        inputs=_used(inputs, nodes, output),
        output=output,
        versions=versions,
    )
    read = {output, *(name for node in nodes for name in _taken(node))}
    sizes = {name: math.prod(one.dims) for name, one in tensors.items() if one.data_type in _REAL}
    left_out = sum(size for name, size in sizes.items() if name not in read)
    notes = chosen_notes(outputs, answer, left_out, sum(sizes.values()))
    if output != source or outputs[0].name not in {port.name for port in graph.output}:
        notes = (*notes, Message("loading.onnx.choice_cut", name=output[:80]))
    return AnswerGraph(graph=found, outputs=outputs, output=answer.name, notes=notes)


def _used(inputs: tuple[Port, ...], nodes: list[NodeProto], output: str) -> tuple[Port, ...]:
    names = {output, *(name for node in nodes for name in _taken(node))}
    return tuple(port for port in inputs if port.name in names)


def read_branch(graph: GraphProto, versions: Mapping[str, int], limits: Limits) -> Branch:
    """Return the branch of an If.

    Raises:
        ImportRefused: a damaged graph, or operators that are not read: all of them by name.
    """
    outputs = tuple(value.name for value in graph.output)
    nodes = _backward(graph.node, outputs)
    refuse_unsupported(nodes)
    return Branch(
        nodes=tuple(_node(node, versions, limits) for node in nodes),
        tensors={tensor.name: tensor for tensor in graph.initializer},
        outputs=outputs,
    )


def _node(proto: NodeProto, versions: Mapping[str, int], limits: Limits) -> OnnxNode:
    domain = "" if proto.domain in _STANDARD else proto.domain
    version = versions.get(domain, 1)
    attributes = _attributes(proto, domain, version, limits)
    usual = _usual(proto.op_type, version, domain)
    return OnnxNode(
        op=_operator(proto),
        name=proto.name,
        inputs=tuple(proto.input),
        outputs=tuple(proto.output),
        attributes=attributes,
        scope=scope_of(proto),
        opset=version,
        usual=frozenset(n for n in attributes if n in usual and attributes[n] == usual[n]),
        branches={entry.name: entry.g for entry in proto.attribute if holds_a_graph(entry)},
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
    return {
        entry.name: read_attribute(entry, limits)
        for entry in proto.attribute
        if not holds_a_graph(entry)
    }


@cache
def _schema(operator: str, version: int, domain: str) -> defs.OpSchema | None:
    try:
        return defs.get_schema(operator, version, domain)
    except defs.SchemaError:
        return None


def _known(operator: str, version: int, domain: str) -> frozenset[str]:
    """Return the attributes that the standard gives an operator; none where it has no such one."""
    schema = _schema(operator, version, domain)
    return frozenset() if schema is None else frozenset(schema.attributes) | {""}


def _usual(operator: str, version: int, domain: str) -> dict[str, Attribute]:
    """Return the attributes that may be left out, with what they are then, but for tensors."""
    schema = _schema(operator, version, domain)
    entries = {} if schema is None else schema.attributes
    return {
        name: read_attribute(entry.default_value, LIMITS)
        for name, entry in entries.items()
        if entry.default_value.type in _COMPARABLE
    }


def _port(value: ValueInfoProto) -> Port:
    if not value.type.HasField("tensor_type"):
        return Port(name=value.name, dtype=None, dims=())
    kind = value.type.tensor_type
    dims = tuple(map(_dimension, kind.shape.dim))
    return Port(name=value.name, dtype=dtype_of_onnx(kind.elem_type), dims=dims)


def _dimension(dim: TensorShapeProto.Dimension) -> int | str | None:
    """Return a fixed size, the name of a free one, or None for a free one without a name."""
    return int(dim.dim_value) if dim.dim_value > 0 else dim.dim_param or None


OLDEST, NEWEST = 1, 28
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
    graphs = list(_graphs(model.graph))
    if (count := sum(len(graph.node) for graph in graphs)) > limits.nodes:
        raise ImportRefused("loading.onnx.too_many_nodes", count=count, most=limits.nodes)
    if (count := sum(len(graph.initializer) for graph in graphs)) > limits.tensors:
        raise ImportRefused("loading.onnx.too_many_tensors", count=count, most=limits.tensors)
    _refuse_functions(model)
    return model


def _graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """Yield a graph and all that stand in its nodes; protobuf parses no more than 100 levels."""
    yield graph
    for node in graph.node:
        for inner in _branches(node):
            yield from _graphs(inner)


def _branches(node: NodeProto) -> Iterator[GraphProto]:
    for entry in node.attribute:
        if entry.HasField("g"):
            yield entry.g
        yield from entry.graphs


def _taken(node: NodeProto) -> Iterator[str]:
    """Yield the values that a node takes, also those that its branches take from around them."""
    yield from node.input
    for graph in _branches(node):
        own = {given.name for given in (*graph.initializer, *graph.input)}
        own.update(name for inner in graph.node for name in inner.output)
        yield from (name for inner in graph.node for name in _taken(inner) if name not in own)
        yield from (value.name for value in graph.output if value.name not in own)


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


def needed_nodes(graph: GraphProto, inputs: Iterable[str], output: str) -> list[NodeProto]:
    """Return the nodes that `output` depends on, in the file's order.

    Raises:
        ImportRefused: a value defined twice, nowhere, or only after it is used.
    """
    given = [*inputs, *(tensor.name for tensor in graph.initializer)]
    _refuse_twice([*given, *(name for node in graph.node for name in node.output if name)])
    needed = _backward(graph.node, [output])
    known = set(given)
    for node in needed:
        for name in _taken(node):
            if name and name not in known:
                raise ImportRefused("loading.onnx.value_used_before", name=name[:80])
        known.update(node.output)
    if output not in known:
        raise ImportRefused("loading.onnx.output_not_computed", output=output[:80])
    return needed


def _backward(nodes: Sequence[NodeProto], outputs: Iterable[str]) -> list[NodeProto]:
    wanted = set(outputs)
    kept: list[NodeProto] = []
    for node in reversed(nodes):
        if not wanted.isdisjoint(name for name in node.output if name):
            kept.append(node)
            wanted.update(_taken(node))
    return kept[::-1]


def _refuse_twice(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ImportRefused("loading.onnx.value_twice", name=name[:80])
        seen.add(name)


_CHOICE, _SIDES = "If", {"then_branch", "else_branch"}
_CONTROL = frozenset({"Loop", "Scan", "SequenceMap"})
_QUANTISED = ("QuantizeLinear", "DequantizeLinear", "QLinear", "Integer", "QAttention", "QGemm")
_RUNTIME = ("com.microsoft", "ai.onnxruntime", "com.ms")


def refuse_unsupported(nodes: Sequence[NodeProto]) -> None:
    """Refuse operators that are not read, all of them in one message.

    Raises:
        ImportRefused: control flow, quantised steps, or operators outside the catalog.
    """
    _refuse_control(nodes)
    _refuse_quantised(nodes)
    names = (_operator(node) for node in nodes)
    unknown = Counter(name for name in names if name not in OPERATORS and name != _CHOICE)
    if unknown:
        rewritten = any(name.startswith(_RUNTIME) for name in unknown)
        raise ImportRefused(
            "loading.onnx.rewritten_for_runtime" if rewritten else "loading.onnx.unread_operators",
            operators=_listed(unknown),
        )


def _refuse_control(nodes: Sequence[NodeProto]) -> None:
    """Refuse loops; which branch of an If is taken may be known later."""
    found = Counter(
        _operator(node)
        for node in nodes
        if node.op_type in _CONTROL
        or {entry.name for entry in node.attribute if holds_a_graph(entry)}
        != (_SIDES if _operator(node) == _CHOICE else set())
    )
    if found:
        raise ImportRefused("loading.onnx.control_flow", operators=_listed(found))


def _refuse_quantised(nodes: Sequence[NodeProto]) -> None:
    found = Counter(
        _operator(node) for node in nodes if any(part in node.op_type for part in _QUANTISED)
    )
    if found:
        raise ImportRefused("loading.onnx.quantised", operators=_listed(found))


def _operator(node: NodeProto) -> str:
    """Return the name of an operator, with its domain in front where it is not the standard one."""
    return node.op_type if node.domain in _STANDARD else f"{node.domain}:{node.op_type}"


def _listed(found: Counter[str]) -> list[str]:
    return [f"{name[:60]} ({count})" for name, count in sorted(found.items())[:40]]


_MAPPED = "ZipMap"


def outputs_of_onnx(model: ModelProto) -> tuple[Output, ...]:
    """Return what a file says of the values that it returns.

    scikit-learn's list of dictionaries counts as the probabilities that it was made of. Where all
    are chosen from the same scores (the largest, boxes that do not overlap), those alone count.
    """
    graph = model.graph
    scores = {_scores(graph, value.name) for value in graph.output}
    if len(scores) == 1 and (name := scores.pop()) is not None:
        return (Output(name=name),)
    return tuple(_output(graph, _port(value)) for value in graph.output)


def _output(graph: GraphProto, port: Port) -> Output:
    if _unmapped(graph.node, port.name) != port.name:
        return Output(name=port.name)
    shape = tuple(size if isinstance(size, int) else None for size in port.dims[1:])
    return Output(
        name=port.name,
        shape=shape if port.dims else None,
        numbers=port.dtype == torch.float32,
    )


_CHOOSES = {"ArgMax": 0, "NonMaxSuppression": 1, "TopK": 0}
"""Operator that chooses among scores -> which of its inputs they are."""


def _scores(graph: GraphProto, output: str) -> str | None:
    """Return the computed scores that an output is chosen from, None where it is not."""
    made = {name: node for node in graph.node for name in node.output if name}
    found = None
    for _ in range(len(made)):
        node = made.get(output)
        place = -1 if node is None else _CHOOSES.get(_operator(node), -1)
        if node is None or not 0 <= place < len(node.input) or node.input[place] not in made:
            break
        found = output = str(node.input[place])
    return found


def _unmapped(nodes: Sequence[NodeProto], name: str) -> str:
    """Return the probabilities from which scikit-learn's converter made dictionaries, or `name`."""
    for node in nodes:
        if node.op_type == _MAPPED and name in node.output and node.input:
            return str(node.input[0])
    return name
