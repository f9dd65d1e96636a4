"""One node about to be translated: its inputs as values, its attributes, its operator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from onnx import AttributeProto
from torch import Tensor, nn

from explain.core.errors import ImportRefused
from models.loading.files.onnx.builder import Builder
from models.loading.files.onnx.graph import Attribute, OnnxNode
from models.loading.files.onnx.tensors import read_tensor
from models.loading.files.onnx.values import (
    Constant,
    Listed,
    Result,
    Running,
    Size,
    Sizes,
    Value,
    entries_of,
)
from models.loading.limits import Limits

_MOST_SIZES = 64
_Kind = TypeVar("_Kind")

Kinds = Mapping[int, Callable[..., nn.Module]]
"""Number of dimensions -> the layer for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCall:
    """A node, its inputs (None where one is not given), and what it is appended to."""

    node: OnnxNode
    inputs: tuple[Result | None, ...]
    build: Builder
    limits: Limits

    def step(self, key: str, *arguments: Any, **keywords: Any) -> Constant | Running:
        """Append an operation that returns one tensor."""
        return cast("Constant | Running", self.build.step(key, *arguments, **keywords))

    def layer(
        self,
        module: nn.Module,
        inputs: Sequence[Any],
        tensors: Mapping[str, Constant] | None = None,
        buffers: Mapping[str, Constant] | None = None,
    ) -> Running:
        """Append a layer that returns one tensor."""
        return cast("Running", self.build.layer(self.node, module, inputs, tensors, buffers))

    def has(self, place: int) -> bool:
        """Return whether an input is given."""
        return place < len(self.inputs) and self.inputs[place] is not None

    def value(self, place: int) -> Value:
        """Return an input that must be there, and no list of tensors."""
        found = self._given(place)
        if isinstance(found, Listed):
            raise self.node.refusal("loading.onnx.steps.input_is_list", place=place)
        return found

    def listed(self, place: int) -> tuple[Constant | Running, ...]:
        """Return an input that must be a list of tensors."""
        found = self._given(place)
        if isinstance(found, Listed):
            return found.parts
        raise self.node.refusal("loading.onnx.steps.input_no_list", place=place)

    def _given(self, place: int) -> Result:
        found = self.inputs[place] if place < len(self.inputs) else None
        if found is None:
            raise self.node.refusal("loading.onnx.steps.input_missing", place=place)
        return found

    def tensor(self, place: int) -> Constant | Running:
        """Return an input as a tensor; sizes become one."""
        return self.build.tensor(self.value(place))

    def running(self, place: int = 0) -> Running:
        """Return an input as something that runs; a constant is handed out by a step."""
        return self.build.running(self.tensor(place))

    def constant(self, place: int) -> Constant:
        """Return an input that must be known."""
        found = self.value(place)
        if isinstance(found, Constant):
            return found
        raise self.node.refusal("loading.onnx.steps.input_not_constant", place=place)

    def optional(self, place: int) -> Constant | None:
        """Return an input that must be known where it is given."""
        return self.constant(place) if self.has(place) else None

    def number(self, place: int) -> float | None:
        """Return an input that is one known number; None where it is not given."""
        if not self.has(place):
            return None
        tensor = self.constant(place).tensor
        if tensor.numel() != 1:
            raise self.node.refusal("loading.onnx.steps.input_no_number", place=place)
        return float(tensor)

    def integers(self, place: int) -> tuple[int, ...]:
        """Return an input that is a known list of whole numbers."""
        found = self.constant(place).tensor
        if found.numel() > self.limits.nodes or found.dtype.is_floating_point:
            raise self.node.refusal("loading.onnx.steps.input_no_whole_numbers", place=place)
        return tuple(int(number) for number in found.reshape(-1).tolist())

    def sizes(self, place: int) -> tuple[int | Size, ...]:
        """Return an input that is a list of sizes, known or following the inputs."""
        found = self.value(place)
        entries = None
        if not isinstance(found, Constant) or found.tensor.numel() <= _MOST_SIZES:
            entries = entries_of(found)
        if entries is None:
            raise self.node.refusal("loading.onnx.steps.size_depends_on_values")
        return entries

    def axes(self, rank: int, place: int = 1, name: str = "axes") -> tuple[int, ...] | None:
        """Return the axes that are an attribute in old files and an input in new ones."""
        given = self.integers(place) if self.has(place) else self.node.integers(name)
        return None if given is None else tuple(self.axis(axis, rank) for axis in given)

    def axis(self, axis: int, rank: int) -> int:
        """Return an axis counted from the front.

        Raises:
            ImportRefused: there is no such axis.
        """
        if not -rank <= axis < rank:
            raise self.node.refusal("loading.onnx.steps.no_such_dimension", axis=axis, rank=rank)
        return axis % rank

    def by_rank(self, kinds: Mapping[int, _Kind], value: Running) -> _Kind:
        """Return the kind of layer for the number of dimensions of a value.

        Raises:
            ImportRefused: there is none.
        """
        if value.rank not in kinds:
            raise self.node.refusal("loading.onnx.steps.dimensions", rank=value.rank)
        return kinds[value.rank]

    def kept(self, tensor: Tensor, source: Constant) -> Constant:
        """Return a constant made from another one, under its name."""
        return Constant(tensor, source.name)

    def is_sizes(self, place: int) -> bool:
        """Return whether an input is made of sizes, some of them free."""
        return place < len(self.inputs) and isinstance(self.inputs[place], Sizes)


def holds_a_graph(proto: AttributeProto) -> bool:
    """Return whether the attribute is a graph of its own: a branch or the body of a loop."""
    return proto.HasField("g") or bool(proto.graphs)


def read_attribute(proto: AttributeProto, limits: Limits) -> Attribute:
    """Return the value of an attribute.

    Raises:
        ImportRefused: it is of a kind that is not read.
    """
    if proto.type == AttributeProto.TENSOR:
        return read_tensor(proto.t, limits)
    read = _KINDS.get(proto.type)
    if read is None or proto.ref_attr_name:
        raise ImportRefused("loading.onnx.unread_attribute", name=proto.name[:80])
    return read(proto)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


_KINDS: Mapping[int, Callable[[AttributeProto], Attribute]] = {
    AttributeProto.FLOAT: lambda proto: float(proto.f),
    AttributeProto.INT: lambda proto: int(proto.i),
    AttributeProto.STRING: lambda proto: _text(proto.s),
    AttributeProto.FLOATS: lambda proto: tuple(map(float, proto.floats)),
    AttributeProto.INTS: lambda proto: tuple(map(int, proto.ints)),
    AttributeProto.STRINGS: lambda proto: tuple(map(_text, proto.strings)),
}


Operator = Callable[[NodeCall], Result | tuple[Result, ...]]
"""Takes a node with its inputs; returns the value of each output, one value where there is one."""
