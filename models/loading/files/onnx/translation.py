"""From the plain graph to layers and steps, tried with the sizes that inputs may have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from onnx import TensorProto

from explain.core.errors import ExplainError, ImportRefused, reason_of
from explain.core.messages import Message, listed
from explain.network.lifted import Lifted
from explain.network.lifting.tracing import EXCLUSIVE
from models.loading.files.onnx.builder import Builder
from models.loading.files.onnx.call import NodeCall
from models.loading.files.onnx.graph import OnnxGraph, OnnxNode, Port
from models.loading.files.onnx.older import in_todays_words
from models.loading.files.onnx.operators.catalog import OPERATORS, WITHOUT_EFFECT
from models.loading.files.onnx.source import read_branch
from models.loading.files.onnx.tensors import read_tensor
from models.loading.files.onnx.values import Constant, Result, Running, Sizes
from models.loading.files.raw_tensors import is_sound
from models.loading.limits import Limits

_SHOWN = 5


def refuse_unsound(network: Lifted) -> None:
    """Refuse NaN and infinity in the tensors of layers; masks may hold minus infinity.

    Raises:
        ImportRefused: with the names of the tensors.
    """
    bad = list(_unsound(network))
    if bad:
        raise ImportRefused("loading.onnx.not_finite", tensors=listed(bad, _SHOWN))


def _unsound(network: Lifted) -> Iterator[str]:
    loose = {str(s.arguments[0]) for s in network.steps if s.operation == "parameter"}
    shown = {info.name: info.display for info in network.layers}
    for name, tensor in (*network.named_parameters(), *network.named_buffers()):
        if not is_sound(tensor, mask=name in loose):
            layer, _, last = name.rpartition(".")
            yield f"{shown.get(layer, layer)}.{last}" if layer else last


_BATCH = "rows of the batch"
_ROWS = (3, 5)
_LENGTHS = ((7, 11, 2), (16, 24, 16), (64, 96, 64), (256, 384, 256))
"""Free sizes beside the batch are tried with these, until one pair works; the third number lies
between one name and the next. A network that halves a picture five times takes multiples of 32."""

_PICTURES = (224, 256, 320, 416, 640)
"""Where no pair works, free sizes of pictures are fixed to one of these, until one works."""

Trial = Mapping[str, tuple[int, int]]
"""Name of a free size -> its value in both trials; a size that is fixed has one value."""


def trials(inputs: Sequence[Port]) -> Iterator[Trial]:
    """Yield what free sizes are tried with, the smallest first.

    Every name of a free size gets numbers of its own; the first dimension of all inputs is the
    batch, whatever each input calls it.
    """
    others = _free(inputs)
    for one, two, apart in _LENGTHS if others else _LENGTHS[:1]:
        yield {_BATCH: _ROWS} | {
            name: (one + apart * place, two + apart * place) for place, name in enumerate(others)
        }


def fixed_trials(inputs: Sequence[Port], shape: Sequence[int]) -> Iterator[Trial]:
    """Yield what the free sizes of one input are fixed to: as its card says, then as usual.

    `shape`: of one sample on the card, () where it says none. Usual sizes are those of pictures.
    """
    others = _free(inputs)
    if not others or len(inputs) != 1:
        return
    names = _names(inputs[0])[1:]
    told = {name: (size, size) for name, size in zip(names, shape, strict=False) if name}
    if len(shape) == len(names):
        yield {_BATCH: _ROWS} | told
    if len(names) == _PICTURE:
        yield from ({_BATCH: _ROWS} | dict.fromkeys(others, (size, size)) for size in _PICTURES)


_PICTURE = 3
"""Dimensions of a picture: channels, height, width."""


def _free(inputs: Sequence[Port]) -> list[str]:
    names = dict.fromkeys(name for port in inputs for name in _names(port) if name)
    return [name for name in names if name != _BATCH]


_OF_SIZES = frozenset(
    f"loading.onnx.steps.{reason}"
    for reason in (
        *("cuts_free_dimension", "depends_on_size", "no_fit", "normalises_free_dimension"),
        *("padding_depends_on_size", "parts_of_free_dimension", "picture_free_size"),
        *("size_depends_on_values", "sizes_cut_by_size", "input_not_constant"),
    )
)


def depends_on_sizes(refusal: ImportRefused) -> bool:
    """Return whether a network that was refused may be read where its sizes are fixed."""
    said = refusal.messages[0]
    why = said.values.get("why") if isinstance(said, Message) else None
    return isinstance(why, Message) and why.key in _OF_SIZES


def shapes_of(port: Port, trial: Trial) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the sizes of an input in both trials."""
    pairs = [
        (size, size) if isinstance(size, int) else trial[str(name)]
        for size, name in zip(port.dims, _names(port), strict=True)
    ]
    return tuple(one for one, _ in pairs), tuple(two for _, two in pairs)


def limits_of(port: Port, limits: Limits, trial: Trial) -> tuple[tuple[int, int | None], ...]:
    """Return the smallest and largest size of every dimension of an input.

    Raises:
        ImportRefused: an input that is no tensor of numbers, or without dimensions.
    """
    if port.dtype is None:
        raise ImportRefused("loading.onnx.input_no_numbers", name=port.name[:80])
    if not port.dims:
        raise ImportRefused("loading.onnx.shape_of_input", name=port.name[:80])
    pairs = zip(*shapes_of(port, trial), strict=True)
    return tuple(
        (one, one) if one == two else (1, limits.sequence if axis else None)
        for axis, (one, two) in enumerate(pairs)
    )


def _names(port: Port) -> list[str | None]:
    """Return the name of each free size; None for a fixed one."""
    return [
        None if isinstance(size, int) else _BATCH if axis == 0 else size or f"dimension {axis}"
        for axis, size in enumerate(port.dims)
    ]


def translate_onnx(graph: OnnxGraph, limits: Limits, trial: Trial) -> Builder:
    """Return the layers and steps of a graph, tried with these sizes.

    Raises:
        ImportRefused: a step that cannot be taken over, with its name and the cause.
    """
    if len(graph.inputs) > limits.inputs:
        raise ImportRefused(
            "loading.onnx.too_many_inputs", count=len(graph.inputs), most=limits.inputs
        )
    build = Builder(limits)
    values = _Values(graph.tensors, limits)
    rows: list[tuple[int, int]] = []
    with EXCLUSIVE, torch.no_grad():
        for port in graph.inputs:
            sizes = limits_of(port, limits, trial)
            one, two = shapes_of(port, trial)
            rows.append((one[0], two[0]))
            values.put(port.name, build.input(port.dtype or torch.float32, sizes, (one, two)))
        run = _Run(build, limits, graph.versions)
        for node in graph.nodes:
            run.translate(node, values)
    answer = _answer(values.get(graph.output), rows, graph.output)
    build.output(answer, rows)
    return build


class _Values:
    """Every value by its name; tensors of the file are read when they are first asked for.

    The values of a branch lie inside those of the graph `around` it.
    """

    def __init__(
        self, tensors: Mapping[str, TensorProto], limits: Limits, around: "_Values | None" = None
    ) -> None:
        self._tensors = tensors
        self._limits = limits
        self._around = around
        self._elements = 0
        self._known: dict[str, Result] = {}

    def put(self, name: str, value: Result) -> None:
        self._known[name] = value

    def get(self, name: str) -> Result:
        """Return a value that has been defined.

        Raises:
            ImportRefused: it is a result that its operator did not give, or there are too many.
        """
        if name in self._tensors and name not in self._known:
            tensor = read_tensor(self._tensors[name], self._limits)
            self._count(tensor.numel())
            self._known[name] = Constant(tensor, name)
        if name in self._known:
            return self._known[name]
        if self._around is None:
            raise ImportRefused("loading.onnx.second_result", name=name[:80])
        return self._around.get(name)

    def _count(self, elements: int) -> None:
        """Count the numbers of all graphs together."""
        if self._around is not None:
            self._around._count(elements)  # noqa: SLF001 - of the same class
        self._elements += elements
        if self._elements > self._limits.elements:
            raise ImportRefused("loading.onnx.too_many_numbers", most=self._limits.elements)


@dataclass(frozen=True, slots=True)
class _Run:
    """What nodes are appended to, branches node by node in their place."""

    build: Builder
    limits: Limits
    versions: Mapping[str, int]

    def translate(self, node: OnnxNode, values: _Values) -> None:
        """Append what a node does, and put its results among the values."""
        results = self._chosen(node, values) if node.branches else self._called(node, values)
        for name, value in zip(node.outputs, results, strict=False):
            values.put(name, value)

    def _called(self, node: OnnxNode, values: _Values) -> tuple[Result, ...]:
        inputs = tuple(values.get(name) if name else None for name in node.inputs)
        self.build.node = node
        call = NodeCall(node=node, inputs=inputs, build=self.build, limits=self.limits)
        try:
            found = OPERATORS[node.op](in_todays_words(call))
        except ExplainError:
            raise
        except Exception as error:
            raise node.refusal("loading.onnx.steps.no_fit", line=reason_of(error)) from error
        node.put_aside(*WITHOUT_EFFECT.get(node.op, ()))
        if any(isinstance(value, Sizes) for value in inputs):
            node.put_aside("axis", "axes")  # a list of sizes has one dimension
        if node.unread:
            raise node.refusal("loading.onnx.steps.attribute_not_read", names=list(node.unread))
        return found if isinstance(found, tuple) else (found,)

    def _chosen(self, node: OnnxNode, values: _Values) -> tuple[Result, ...]:
        """Return the results of the branch that is taken whatever the inputs are."""
        condition = values.get(node.inputs[0]) if node.inputs else None
        if not isinstance(condition, Constant) or condition.tensor.numel() != 1:
            raise ImportRefused("loading.onnx.control_flow", operators=[f"{node.op} (1)"])
        side = "then_branch" if condition.tensor.item() else "else_branch"
        branch = read_branch(node.branches[side], self.versions, self.limits)
        inner = _Values(branch.tensors, self.limits, values)
        for one in branch.nodes:
            self.translate(one, inner)
        return tuple(inner.get(name) for name in branch.outputs)


def _answer(value: Result, rows: Sequence[tuple[int, int]], name: str) -> Running:
    """Return the output, if it has one row for each row of the input."""
    if not isinstance(value, Running):
        raise ImportRefused("loading.onnx.output_without_input", output=name[:80])
    shapes = [tuple(seen.shape) for seen in value.seen]
    found = tuple(shape[0] if shape else 0 for shape in shapes)
    if found not in rows:
        told = next(at for at, count in enumerate(found) if count != rows[0][at])
        raise ImportRefused(
            "loading.onnx.rows_of_output",
            output=name[:80],
            count=found[told],
            rows=rows[0][told],
        )
    return value
