"""Reading a file of a user in a process of its own, which may break without harm.

Why a server of our own in place of `multiprocessing`: its "forkserver" and "spawn" import the main
module again in the child, which under Streamlit is the app; they hand over the environment, and
results are pickles. Here an isolated interpreter without environment is started once, imports what
the jobs need and forks one reader per request; requests and answers are bytes that both ends check.
Where the system cannot fork safely (macOS, Windows) each reader is such an interpreter of its own.
"""

import dataclasses
import queue
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Never

from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import Message, Unsayable, from_plain
from explain.core.resources import Progress, silent
from models.loading import strict_json
from models.loading.limits import Limits
from models.loading.processes.frames import Broken, json_bytes, read_frame, tensor_from, write_frame
from models.loading.processes.starting import Reader, start_reader

_TICK = 0.05
_SECONDS_TO_START = 120.0
_AT_ONCE = threading.BoundedSemaphore(4)
_USUAL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Frame:
    kind: bytes
    payload: bytearray


@dataclass(frozen=True, slots=True)
class _Line:
    """What the caller, who watches the clock, and the thread beside it have of one reader."""

    reader: Reader
    limits: Limits
    tell: Progress
    inbox: queue.SimpleQueue[_Frame | Exception | None] = field(default_factory=queue.SimpleQueue)

    def carry(self, request: bytes, data: bytes) -> None:
        """Hand the file over and collect the answer; runs beside the caller."""
        left = self.limits.result_bytes
        try:
            write_frame(self.reader.sink, b"Q", request)
            write_frame(self.reader.sink, b"D", data)
        except OSError:
            pass  # the process has ended; what it said before that is read now
        try:
            while (frame := read_frame(self.reader.source, left)) is not None:
                left -= len(frame[1])
                self.inbox.put(_Frame(*frame))
        except (OSError, ValueError, Broken, MemoryError) as error:
            self.inbox.put(error)
        finally:
            self.inbox.put(None)
            self.reader.close()

    def next(self, ends: float, phase: str = "reading") -> _Frame:
        """Return the next frame, watching the clock and whether the caller still wants it."""
        started = time.monotonic()
        while True:
            elapsed = time.monotonic() - started
            self.tell(0.9 * elapsed / (elapsed + _USUAL_SECONDS), phase)
            try:
                found = self.inbox.get(timeout=_TICK)
            except queue.Empty:
                if time.monotonic() > ends:
                    seconds = self.limits.wall_seconds
                    raise ImportRefused("loading.files.too_long", seconds=seconds) from None
                continue
            if isinstance(found, _Frame):
                return found
            if phase == "starting":
                raise _not_started()
            _broke_off(self.reader.status() if found is None else None, self.limits)


class NotStarted(ImportRefused):
    """No process that reads could be started: nothing is known of the file."""


def run_job(
    job: str,
    data: bytes,
    options: Mapping[str, object],
    limits: Limits,
    *,
    progress: Progress | None = None,
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return what the job `job` of `processes.jobs` finds in `data`: JSON values and tensors.

    It runs in a process of its own with the memory, computing time and wall time of `limits`, no
    environment, no files to write and an empty directory; at most four at once, others wait. The
    process ends with the call. Cost: 0.1 s and the reading itself, 3 s more for the first.
    `progress` is called by this thread every 50 ms at least; what it raises stops the process.

    Raises:
        NotStarted: there is no process to do the job.
        ImportRefused: the job refuses the file, needs more than the limits, or breaks.
    """
    tell = progress or silent
    if len(data) > limits.file_bytes:
        raise ImportRefused("loading.files.too_many_bytes", count=len(data), most=limits.file_bytes)
    while not _AT_ONCE.acquire(timeout=_TICK):
        tell(0.0, "waiting for other files")
    try:
        reader = _started()
        try:
            return _conversation(_Line(reader, limits, tell), job, data, options)
        finally:
            reader.kill()
    finally:
        _AT_ONCE.release()


def _started() -> Reader:
    try:
        return start_reader()
    except OSError as error:
        raise _not_started() from error


def _not_started() -> NotStarted:
    return NotStarted("loading.files.not_started")


def _conversation(
    line: _Line, job: str, data: bytes, options: Mapping[str, object]
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    limits = line.limits
    request = {"job": job, "options": dict(options), "limits": dataclasses.asdict(limits)}
    threading.Thread(target=line.carry, args=(json_bytes(request), data), daemon=True).start()
    beginning = line.next(time.monotonic() + _SECONDS_TO_START, phase="starting")
    if beginning.kind != b"B":
        _broke_off(None, limits)
    ends = time.monotonic() + limits.wall_seconds
    found, entries, names = _announced(line.next(ends), limits)
    tensors = [_tensor(entry, line.next(ends)) for entry in entries]
    line.tell(1.0, "reading")
    return found, {name: tensors[place] for name, place in names}


def _announced(
    answer: _Frame, limits: Limits
) -> tuple[dict[str, Any], Sequence[object], list[tuple[str, int]]]:
    """Return the JSON of an answer, the tensors that follow, and their names."""
    if answer.kind == b"M":
        _out_of_memory(limits)
    content = _object(answer, limits)
    if answer.kind == b"R":
        raise _refused(content)
    tensors, found = content.get("tensors"), content.get("found")
    if answer.kind != b"J" or not isinstance(tensors, dict) or not isinstance(found, dict):
        _broke_off(None, limits)
    entries, names = tensors.get("stored"), tensors.get("names")
    if not isinstance(entries, list) or not isinstance(names, list):
        _broke_off(None, limits)
    pairs = [_pair(name, len(entries), limits) for name in names]
    return found, entries, pairs


def _object(answer: _Frame, limits: Limits) -> dict[str, Any]:
    content = strict_json.parse_json(bytes(answer.payload), limits.result_bytes)
    if not isinstance(content, dict):
        _broke_off(None, limits)
    return content


def _pair(entry: object, count: int, limits: Limits) -> tuple[str, int]:
    if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):
        _broke_off(None, limits)
    name, place = entry
    if type(place) is not int or not 0 <= place < count:
        _broke_off(None, limits)
    return name, place


def _refused(content: Mapping[str, object]) -> ImportRefused:
    """Return the refusal that the reader sent, without what would not print."""
    try:
        says, hint = (from_plain(content.get(name)) for name in ("says", "hint"))
    except Unsayable:
        return _unusable()
    if not isinstance(says, str | Message) or not isinstance(hint, str | Message):
        return _unusable()
    return ImportRefused.saying(says, hint)


def _tensor(entry: object, frame: _Frame) -> Tensor:
    try:
        if frame.kind == b"T":
            return tensor_from(entry, frame.payload)
    except Broken as error:
        raise _unusable() from error
    raise _unusable()


def _unusable() -> ImportRefused:
    return ImportRefused("loading.files.unusable_answer")


def _out_of_memory(limits: Limits) -> Never:
    raise ImportRefused("loading.files.too_much_memory", gigabytes=limits.child_bytes / 2**30)


def _broke_off(status: int | None, limits: Limits) -> Never:
    """Refuse a file whose reader ended without an answer, and say why it did."""
    if status in _TIME_IS_UP:
        raise ImportRefused("loading.files.too_much_computing", seconds=limits.child_seconds)
    if status in _NO_MEMORY:
        _out_of_memory(limits)
    raise _unusable() if status is None else ImportRefused("loading.files.broke")


_TIME_IS_UP = {-getattr(signal, name, 0) for name in ("SIGXCPU",)} - {0}
_NO_MEMORY = {-getattr(signal, name, 0) for name in ("SIGABRT", "SIGKILL")} - {0}
