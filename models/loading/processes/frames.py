"""What goes between the app and a reader: frames of bytes, and what a reader says."""

import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import Message, Unsayable, from_plain
from explain.network.blueprint.encoding import DTYPES

_HEAD = struct.Struct(">cQ")
_DIMENSIONS = 16


class Broken(Exception):
    """Bytes that are no frame, or that were not asked for."""


def write_frame(sink: IO[bytes], kind: bytes, payload: bytes | memoryview = b"") -> None:
    """Write one frame: its kind (one byte), its length, its bytes."""
    sink.write(_HEAD.pack(kind, len(payload)))
    sink.write(payload)
    sink.flush()


def read_frame(source: IO[bytes], most: int) -> tuple[bytes, bytearray] | None:
    """Return kind and bytes of the next frame, or None at the end.

    Memory is taken as bytes arrive, not as the frame announces them.

    Raises:
        Broken: the frame is cut off, or announces more than `most` bytes.
    """
    head = read_head(source, most)
    return None if head is None else (head[0], _filled(source, head[1]))


def read_head(source: IO[bytes], most: int) -> tuple[bytes, int] | None:
    """Return the kind of the next frame and how many bytes it has, or None at the end.

    Raises:
        Broken: the frame is cut off, or announces more than `most` bytes.
    """
    head = source.read(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise Broken("a frame is cut off")
    kind, length = _HEAD.unpack(head)
    if length > most:
        raise Broken(f"a frame of {length} bytes, more than {most}")
    return kind, length


def _filled(source: IO[bytes], length: int) -> bytearray:
    found = bytearray()
    while len(found) < length:
        part = source.read(min(length - len(found), 1 << 24))
        if not part:
            raise Broken("a frame is cut off")
        found += part
    return found


def json_bytes(value: object) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


def stored_once(tensors: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    """Return each tensor once, in the order of its first name."""
    return tuple({id(tensor): tensor for tensor in tensors.values()}.values())


def manifest(tensors: Mapping[str, Tensor]) -> dict[str, object]:
    """Return which tensors follow, and the names of each: tied ones have several."""
    stored = stored_once(tensors)
    places = {id(tensor): place for place, tensor in enumerate(stored)}
    return {
        "names": [[name, places[id(tensor)]] for name, tensor in tensors.items()],
        "stored": [[str(t.dtype).removeprefix("torch."), list(t.shape)] for t in stored],
    }


def memory_of(tensor: Tensor) -> memoryview | bytes:
    """Return the bytes of a tensor, rows one after the other."""
    if not tensor.numel():
        return b""
    flat = tensor.detach().contiguous().flatten().view(torch.uint8)
    return memoryview(flat.numpy().data)


def tensor_from(entry: object, raw: bytearray) -> Tensor:
    """Return the tensor that an entry of the manifest announces, in the memory of its bytes.

    Raises:
        Broken: the bytes are not those of such a tensor.
    """
    dtype, shape = _entry(entry)
    if math.prod(shape) * dtype.itemsize != len(raw):
        raise Broken("a tensor does not fill its shape")
    if not raw:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(raw, dtype=dtype).reshape(shape)


def _entry(entry: object) -> tuple[torch.dtype, tuple[int, ...]]:
    if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):
        raise Broken("a tensor without type and shape")
    if entry[0] not in DTYPES or not isinstance(entry[1], list):
        raise Broken("a tensor of no known type")
    return DTYPES[entry[0]], tuple(_sizes(entry[1]))


def _sizes(shape: Sequence[object]) -> Iterator[int]:
    if len(shape) > _DIMENSIONS:
        raise Broken("a tensor of too many dimensions")
    for size in shape:
        if type(size) is not int or not 0 <= size < 2**40:
            raise Broken("a tensor of no known size")
        yield size


_MOST = 200


def messages_from(plain: object) -> tuple[Message, ...]:
    """Return the messages that a reader sent, at most 200.

    Raises:
        ImportRefused: something else came.
    """
    try:
        found = [from_plain(said) for said in plain[:_MOST]] if isinstance(plain, list) else []
    except Unsayable as error:
        raise ImportRefused("loading.files.unasked_answer") from error
    said = tuple(one for one in found if isinstance(one, Message))
    if len(said) < len(found):
        raise ImportRefused("loading.files.unasked_answer")
    return said
