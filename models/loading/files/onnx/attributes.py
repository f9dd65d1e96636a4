"""Attributes of a node as plain values."""

from collections.abc import Callable, Mapping

from onnx import AttributeProto

from explain.core.errors import ImportRefused
from models.loading.files.onnx.graph import Attribute
from models.loading.files.onnx.tensors import read_tensor
from models.loading.limits import Limits


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
