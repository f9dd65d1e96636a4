"""The tensors of a file: their own numbers and nothing from elsewhere."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import TensorProto
from torch import Tensor

from explain.core.errors import ImportRefused
from models.loading.limits import Limits

_RAW: Mapping[int, str] = {
    TensorProto.FLOAT: "<f4",
    TensorProto.DOUBLE: "<f8",
    TensorProto.FLOAT16: "<f2",
    TensorProto.BFLOAT16: "<u2",
    TensorProto.INT8: "<i1",
    TensorProto.INT16: "<i2",
    TensorProto.INT32: "<i4",
    TensorProto.INT64: "<i8",
    TensorProto.UINT8: "<u1",
    TensorProto.UINT16: "<u2",
    TensorProto.UINT32: "<u4",
    TensorProto.BOOL: "?",
}
"""Types of a file that are read, as their bytes lie there."""

_HALVES = frozenset({TensorProto.FLOAT16, TensorProto.BFLOAT16})
_SHOWN = 80


def dtype_of_onnx(kind: int) -> torch.dtype | None:
    """Return what a type of the file becomes: float32, int64 or bool; None for any other."""
    if kind not in _RAW:
        return None
    if kind == TensorProto.BOOL:
        return torch.bool
    return torch.float32 if kind in _HALVES or "f" in _RAW[kind] else torch.int64


def read_tensor(proto: TensorProto, limits: Limits) -> Tensor:
    """Return the numbers of a tensor as float32, int64 or bool.

    Raises:
        ImportRefused: they lie in another file, are of a type that is not read, or are not as
            many as the sizes say.
    """
    name = proto.name[:_SHOWN]
    if proto.data_location == TensorProto.EXTERNAL or proto.external_data:
        raise ImportRefused("loading.onnx.external_data", name=name)
    wanted = dtype_of_onnx(proto.data_type)
    if wanted is None or proto.HasField("segment"):
        raise ImportRefused("loading.onnx.unread_type", name=name, data_type=proto.data_type)
    shape = tuple(proto.dims)
    count = _count(name, shape, limits)
    numbers = _numbers(proto)
    if len(numbers) != count:
        raise ImportRefused(
            "loading.onnx.number_of_numbers", name=name, wanted=count, count=len(numbers)
        )
    return torch.from_numpy(numbers).reshape(shape).to(wanted)


def _count(name: str, shape: tuple[int, ...], limits: Limits) -> int:
    if len(shape) > limits.name_depth or any(size < 0 for size in shape):
        raise ImportRefused("loading.onnx.impossible_sizes", name=name)
    count = math.prod(shape)
    if count > limits.elements:
        raise ImportRefused(
            "loading.onnx.tensor_too_large", name=name, count=count, most=limits.elements
        )
    return count


def _numbers(proto: TensorProto) -> NDArray[np.generic]:
    kind = np.dtype(_RAW[proto.data_type])
    if proto.HasField("raw_data"):
        raw = proto.raw_data
        whole = len(raw) - len(raw) % kind.itemsize
        numbers = np.frombuffer(raw, kind, whole // kind.itemsize)
        if whole != len(raw):
            numbers = numbers[:0]
    else:
        numbers = _listed(proto, kind)
    if proto.data_type == TensorProto.BFLOAT16:
        return (numbers.astype(np.uint32) << 16).view(np.float32)
    if proto.data_type == TensorProto.BOOL:
        return np.not_equal(numbers.view(np.uint8), 0)
    wide = np.float32 if kind.kind == "f" else np.int64
    return numbers.astype(wide)


def _listed(proto: TensorProto, kind: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Return numbers that stand in a list of the protobuf; halves stand there as bit patterns."""
    if proto.data_type in _HALVES:
        return np.array(proto.int32_data, np.int64).astype("<u2").view(kind)
    lists: Mapping[int, Sequence[float]] = {
        TensorProto.FLOAT: proto.float_data,
        TensorProto.DOUBLE: proto.double_data,
        TensorProto.INT64: proto.int64_data,
        TensorProto.UINT32: proto.uint64_data,
    }
    return np.array(lists.get(proto.data_type, proto.int32_data)).astype(kind)
