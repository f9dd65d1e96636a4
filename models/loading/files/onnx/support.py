"""What the graph asks for that is not read: control flow, quantised steps, unknown operators."""

from collections import Counter
from collections.abc import Sequence

from onnx import NodeProto

from explain.core.errors import ImportRefused
from models.loading.files.onnx.attributes import holds_a_graph
from models.loading.files.onnx.operators.catalog import OPERATORS

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
