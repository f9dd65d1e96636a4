"""The inside of a reader: one request, one job, one answer."""

from collections.abc import Mapping
from typing import IO, Any

from torch import Tensor

from explain.core.errors import ImportRefused, Text, reason_of
from explain.core.messages import to_plain
from models.loading import strict_json
from models.loading.limits import Limits
from models.loading.processes.frames import (
    Broken,
    json_bytes,
    manifest,
    memory_of,
    read_frame,
    stored_once,
    write_frame,
)
from models.loading.processes.jobs import JOBS
from models.loading.processes.limiting import end_with_parent, limit

_REQUEST_BYTES = 64_000_000
_NO_MEMORY = ("not enough memory", "can't allocate memory", "bad alloc", "out of memory")


def work(source: IO[bytes], sink: IO[bytes]) -> None:
    """Read a request from `source`, set its limits, do its job and write the answer to `sink`.

    Frames out: "B" when it begins; then "J" (JSON and what tensors follow) and one "T" per tensor,
    or "R" (refused: what and a hint), or "M" (memory ran out).
    """
    end_with_parent()
    request = _request(source)
    limits = Limits(**request["limits"])
    limit(limits)
    data = _frame(source, b"D", limits.zip_bytes + limits.file_bytes)
    write_frame(sink, b"B")
    try:
        found, tensors = JOBS[request["job"]](bytes(data), request["options"], limits)
        del data
        _answer(sink, found, tensors)
    except ImportRefused as error:
        _refuse(sink, *error.messages)
    except MemoryError:
        write_frame(sink, b"M")
    except Exception as error:  # noqa: BLE001 - whatever a file does to its reader ends here
        if any(words in str(error) for words in _NO_MEMORY):
            write_frame(sink, b"M")
        else:
            _refuse(sink, *_unforeseen(error))


def _request(source: IO[bytes]) -> dict[str, Any]:
    request = strict_json.parse_json(bytes(_frame(source, b"Q", _REQUEST_BYTES)), _REQUEST_BYTES)
    if not isinstance(request, dict):
        raise Broken("a request is an object")
    return request


def _frame(source: IO[bytes], kind: bytes, most: int) -> bytearray:
    frame = read_frame(source, most)
    if frame is None or frame[0] != kind:
        raise Broken(f"no frame of the kind {kind!r}")
    return frame[1]


def _answer(sink: IO[bytes], found: Mapping[str, object], tensors: Mapping[str, Tensor]) -> None:
    write_frame(sink, b"J", json_bytes({"found": found, "tensors": manifest(tensors)}))
    for tensor in stored_once(tensors):
        write_frame(sink, b"T", memory_of(tensor))


def _refuse(sink: IO[bytes], says: Text, hint: Text) -> None:
    write_frame(sink, b"R", json_bytes({"says": to_plain(says), "hint": to_plain(hint)}))


def _unforeseen(error: Exception) -> tuple[Text, Text]:
    kind = type(error).__name__
    return ImportRefused("loading.unforeseen", reason=reason_of(error), kind=kind).messages
