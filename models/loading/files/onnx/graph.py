"""An ONNX graph as plain values: nodes, tensors by name, inputs and outputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from onnx import GraphProto, TensorProto
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import Message, Sayable

Attribute = int | float | str | Tensor | tuple[int, ...] | tuple[float, ...] | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxNode:
    """One operation of the file.

    `op` is the operator's name, with its domain in front where it is not the standard one
    ("ai.onnx.ml:Scaler"). An input "" is one that is not given. `scope` is the module of the
    source that the exporter wrote down, "" where it did not. `opset` is the version of `op`.
    `usual`: attributes with the value that they have where they are left out. An attribute that
    nothing asks for is not implemented: `unread` names it, unless it is usual or was put aside.
    `branches`: the graphs of an If, not looked at before one of them is chosen.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    scope: str
    opset: int
    usual: frozenset[str] = frozenset()
    branches: Mapping[str, GraphProto] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set, compare=False)

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the attributes that change something and that nothing has asked for."""
        return tuple(n for n in self.attributes if n not in self._read and n not in self.usual)

    def put_aside(self, *names: str) -> None:
        """Note that attributes have no effect on what this node computes, whatever they say."""
        self._read.update(names)

    def given(self, name: str, default: Attribute | None = None) -> Attribute | None:
        """Return an attribute as it stands in the file."""
        self._read.add(name)
        return self.attributes.get(name, default)

    def has(self, name: str) -> bool:
        """Return whether an attribute is given."""
        return self.given(name) is not None

    def integer(self, name: str, default: int) -> int:
        """Return a whole number among the attributes."""
        found = self.given(name, default)
        if isinstance(found, int):
            return found
        raise self._mistyped(name)

    def real(self, name: str, default: float) -> float:
        """Return a number among the attributes."""
        found = self.given(name, default)
        if isinstance(found, (int, float)):
            return float(found)
        raise self._mistyped(name)

    def text(self, name: str, default: str = "") -> str:
        """Return a string among the attributes."""
        found = self.given(name, default)
        if isinstance(found, str):
            return found
        raise self._mistyped(name)

    def integers(self, name: str) -> tuple[int, ...] | None:
        """Return a list of whole numbers among the attributes; None where it is not given."""
        found = self._list(name)
        return None if found is None else tuple(int(x) for x in found if isinstance(x, int))

    def reals(self, name: str) -> tuple[float, ...] | None:
        """Return a list of numbers among the attributes; None where it is not given."""
        found = self._list(name)
        return None if found is None else tuple(float(x) for x in found if not isinstance(x, str))

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Return a list of strings among the attributes; None where it is not given."""
        found = self._list(name)
        return None if found is None else tuple(x for x in found if isinstance(x, str))

    def tensor(self, name: str) -> Tensor | None:
        """Return a tensor among the attributes; None where it is not given."""
        found = self.given(name)
        if found is None or isinstance(found, Tensor):
            return found
        raise self.refusal("loading.onnx.steps.attribute_no_tensor", name=name)

    def refusal(self, why: str, **values: Sayable) -> ImportRefused:
        """Return the error for a node that cannot be taken over, `why` being a message."""
        reason = Message(why, **values)
        return ImportRefused("loading.onnx.step", op=self.op[:80], name=self.name[:80], why=reason)

    def training_refusal(self, why: str) -> ImportRefused:
        """Return the error for a node that is in training mode, `why` being a message."""
        op, name = self.op[:80], self.name[:80]
        return ImportRefused("loading.onnx.step_in_training", op=op, name=name, why=Message(why))

    def _list(self, name: str) -> tuple[int | float | str, ...] | None:
        found = self.given(name)
        if found is None or isinstance(found, tuple):
            return found
        raise self._mistyped(name)

    def _mistyped(self, name: str) -> ImportRefused:
        return self.refusal("loading.onnx.steps.attribute_type", name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output of the graph.

    `dtype` is the type that the file states, None where it is no tensor of numbers. `dims` are
    sizes, names of free sizes, or None for a free size without a name.
    """

    name: str
    dtype: torch.dtype | None
    dims: tuple[int | str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxGraph:
    """Everything of a file that the reader looks at; `versions`: of the operators, by domain."""

    nodes: tuple[OnnxNode, ...]
    tensors: Mapping[str, TensorProto]
    inputs: tuple[Port, ...]
    output: str
    versions: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """The branch of an If that was chosen; it also takes the values of the graphs around it."""

    nodes: tuple[OnnxNode, ...]
    tensors: Mapping[str, TensorProto]
    outputs: tuple[str, ...]
