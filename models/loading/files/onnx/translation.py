"""From the plain graph to layers and steps."""

from collections.abc import Mapping, Sequence

import torch
from onnx import TensorProto

from explain.core.errors import ExplainError, ImportRefused, reason_of
from explain.network.lifting.tracing import EXCLUSIVE
from models.loading.files.onnx.builder import Builder
from models.loading.files.onnx.call import NodeCall
from models.loading.files.onnx.graph import OnnxGraph, OnnxNode
from models.loading.files.onnx.operators.catalog import OPERATORS
from models.loading.files.onnx.tensors import read_tensor
from models.loading.files.onnx.trials import Trial, limits_of, shapes_of
from models.loading.files.onnx.values import Constant, Running, Value
from models.loading.limits import Limits


def translate_onnx(graph: OnnxGraph, limits: Limits, trial: Trial) -> Builder:
    """Return the layers and steps of a graph, tried with these sizes.

    Raises:
        ImportRefused: a step that cannot be taken over, with its name and the cause.
    """
    build = Builder(limits)
    values = _Values(graph.tensors, limits)
    rows: list[tuple[int, int]] = []
    with EXCLUSIVE, torch.no_grad():
        for port in graph.inputs:
            sizes = limits_of(port, limits)
            one, two = shapes_of(port, trial)
            rows.append((one[0], two[0]))
            values.put(port.name, build.input(port.dtype or torch.float32, sizes, (one, two)))
        for node in graph.nodes:
            _translate(node, build, values, limits)
    build.output(_answer(values.get(graph.output), rows))
    return build


class _Values:
    """Every value by its name; tensors of the file are read when they are first asked for."""

    def __init__(self, tensors: Mapping[str, TensorProto], limits: Limits) -> None:
        self._tensors = tensors
        self._limits = limits
        self._elements = 0
        self._known: dict[str, Value] = {}

    def put(self, name: str, value: Value) -> None:
        """Keep a value under its name."""
        self._known[name] = value

    def get(self, name: str) -> Value:
        """Return a value that has been defined.

        Raises:
            ImportRefused: it is a result that its operator did not give, or there are too many.
        """
        if name in self._tensors and name not in self._known:
            tensor = read_tensor(self._tensors[name], self._limits)
            self._elements += tensor.numel()
            if self._elements > self._limits.elements:
                raise ImportRefused("loading.onnx.too_many_numbers", most=self._limits.elements)
            self._known[name] = Constant(tensor, name)
        if name not in self._known:
            raise ImportRefused("loading.onnx.second_result", name=name[:80])
        return self._known[name]


def _translate(node: OnnxNode, build: Builder, values: _Values, limits: Limits) -> None:
    inputs = tuple(values.get(name) if name else None for name in node.inputs)
    build.node = node
    call = NodeCall(node=node, inputs=inputs, build=build, limits=limits)
    try:
        found = OPERATORS[node.op](call)
    except ExplainError:
        raise
    except Exception as error:
        raise node.refusal("loading.onnx.steps.no_fit", line=reason_of(error)) from error
    results = found if isinstance(found, tuple) else (found,)
    for name, value in zip(node.outputs, results, strict=False):
        values.put(name, value)


def _answer(value: Value, rows: Sequence[tuple[int, int]]) -> Running:
    """Return the output, if it has one row for each row of the input."""
    if not isinstance(value, Running):
        raise ImportRefused("loading.onnx.output_without_input")
    shapes = [tuple(seen.shape) for seen in value.seen]
    found = tuple(shape[0] if shape else 0 for shape in shapes)
    if found not in rows:
        raise ImportRefused("loading.onnx.rows_of_output", count=found[0], rows=rows[0][0])
    return value
