"""What the graph asks for that is not read: control flow, quantised steps, unknown operators."""

from collections import Counter
from collections.abc import Sequence

from onnx import NodeProto

from explain.core.errors import ImportRefused
from models.loading.onnx.attributes import holds_a_graph
from models.loading.onnx.operators.catalog import OPERATORS

__all__ = ["refuse_unsupported"]

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
        raise ImportRefused(
            f"The network uses operators that are not read: {_listed(unknown)}.",
            hint=_hint(unknown),
        )


def _refuse_control(nodes: Sequence[NodeProto]) -> None:
    found = Counter(
        _name(node)
        for node in nodes
        if node.op_type in _CONTROL or any(map(holds_a_graph, node.attribute))
    )
    if found:
        raise ImportRefused(
            f"The network branches or loops while it runs: {_listed(found)}.",
            hint="Export it without control flow: fixed numbers of steps, no `if` on values; "
            "torch.onnx.export(..., dynamo=True) often leaves none.",
        )


def _refuse_quantised(nodes: Sequence[NodeProto]) -> None:
    found = Counter(
        _name(node) for node in nodes if any(part in node.op_type for part in _QUANTISED)
    )
    if found:
        raise ImportRefused(
            f"The network is quantised: {_listed(found)}.",
            hint="Export the float32 network that it was made from.",
        )


def _name(node: NodeProto) -> str:
    return node.op_type if node.domain in _STANDARD else f"{node.domain}:{node.op_type}"


def _listed(found: Counter[str]) -> str:
    return ", ".join(f"{name[:60]} ({count})" for name, count in sorted(found.items())[:40])


def _hint(unknown: Counter[str]) -> str:
    if any(name.startswith(_RUNTIME) for name in unknown):
        return "The file was rewritten for one runtime: use the file before that optimisation."
    return "Rewrite these steps with common layers, or send the network as .pt2."
