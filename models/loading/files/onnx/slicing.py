"""The nodes that the answer depends on, checked to be a graph without holes and circles."""

from collections.abc import Iterable, Sequence

from onnx import GraphProto, NodeProto

from explain.core.errors import ImportRefused


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
