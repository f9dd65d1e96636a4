"""The nodes that the answer depends on, and what among them is not read."""

from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from onnx import GraphProto, NodeProto

from explain.core.errors import ImportRefused
from explain.core.messages import Message
from models.loading.files.onnx.call import holds_a_graph
from models.loading.files.onnx.graph import Port
from models.loading.files.onnx.operators.catalog import OPERATORS


def needed_nodes(graph: GraphProto, inputs: Iterable[str], output: str) -> list[NodeProto]:
    """Return the nodes that `output` depends on, in the file's order.

    Raises:
        ImportRefused: a value defined twice, nowhere, or only after it is used.
    """
    given = [*inputs, *(tensor.name for tensor in graph.initializer)]
    _refuse_twice([*given, *(name for node in graph.node for name in node.output if name)])
    needed = _backward(graph.node, output)
    known = set(given)
    for node in needed:
        for name in node.input:
            if name and name not in known:
                raise ImportRefused("loading.onnx.value_used_before", name=name[:80])
        known.update(node.output)
    if output not in known:
        raise ImportRefused("loading.onnx.output_not_computed", output=output[:80])
    return needed


def _backward(nodes: Sequence[NodeProto], output: str) -> list[NodeProto]:
    wanted = {output}
    kept: list[NodeProto] = []
    for node in reversed(nodes):
        if not wanted.isdisjoint(name for name in node.output if name):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]


def _refuse_twice(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ImportRefused("loading.onnx.value_twice", name=name[:80])
        seen.add(name)


_CONTROL = frozenset({"If", "Loop", "Scan", "SequenceMap"})
_QUANTISED = ("QuantizeLinear", "DequantizeLinear", "QLinear", "Integer", "QAttention", "QGemm")
_RUNTIME = ("com.microsoft", "ai.onnxruntime", "com.ms")
_STANDARD = frozenset({"", "ai.onnx"})


def refuse_unsupported(nodes: Sequence[NodeProto]) -> None:
    """Refuse operators that are not read, all of them in one message.

    Raises:
        ImportRefused: control flow, quantised steps, or operators outside the catalog.
    """
    _refuse_control(nodes)
    _refuse_quantised(nodes)
    unknown = Counter(name for node in nodes if (name := _name(node)) not in OPERATORS)
    if unknown:
        rewritten = any(name.startswith(_RUNTIME) for name in unknown)
        raise ImportRefused(
            "loading.onnx.rewritten_for_runtime" if rewritten else "loading.onnx.unread_operators",
            operators=_listed(unknown),
        )


def _refuse_control(nodes: Sequence[NodeProto]) -> None:
    found = Counter(
        _name(node)
        for node in nodes
        if node.op_type in _CONTROL or any(map(holds_a_graph, node.attribute))
    )
    if found:
        raise ImportRefused("loading.onnx.control_flow", operators=_listed(found))


def _refuse_quantised(nodes: Sequence[NodeProto]) -> None:
    found = Counter(
        _name(node) for node in nodes if any(part in node.op_type for part in _QUANTISED)
    )
    if found:
        raise ImportRefused("loading.onnx.quantised", operators=_listed(found))


def _name(node: NodeProto) -> str:
    return node.op_type if node.domain in _STANDARD else f"{node.domain}:{node.op_type}"


def _listed(found: Counter[str]) -> list[str]:
    return [f"{name[:60]} ({count})" for name, count in sorted(found.items())[:40]]


_PREFERRED = ("logits", "probabilities", "output_probability", "scores", "output")
_MAPPED = "ZipMap"


def answer_name(graph: GraphProto, outputs: Sequence[Port]) -> tuple[str, Message | None]:
    """Return the name of the value that is the network's answer, and a warning or None.

    Of several outputs it is the only one that holds floating-point numbers (class labels are whole
    numbers or text), or the one with a usual name. scikit-learn's list of dictionaries is taken
    apart again.

    Raises:
        ImportRefused: no output holds numbers, or several could be meant.
    """
    names = [port.name for port in outputs if port.dtype == torch.float32]
    names += [mapped for port in outputs if (mapped := _unmapped(graph.node, port)) is not None]
    if len(names) > 1:
        names = [name for name in _PREFERRED if name in names][:1] or names
    if len(names) != 1:
        found = [repr(port.name[:40]) for port in outputs[:8]]
        raise ImportRefused("loading.onnx.several_outputs", count=len(outputs), names=found)
    warning = None
    if len(outputs) > 1:
        count, name = len(outputs), names[0][:80]
        warning = Message("loading.onnx.output_chosen", count=count, name=name)
    return names[0], warning


def _unmapped(nodes: Sequence[NodeProto], port: Port) -> str | None:
    """Return the probabilities from which scikit-learn's converter made dictionaries."""
    for node in nodes:
        if node.op_type == _MAPPED and port.name in node.output and node.input:
            return str(node.input[0])
    return None
