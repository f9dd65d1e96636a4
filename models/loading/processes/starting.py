"""Readers as the app sees them: started, spoken with, killed."""

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    f"from {__package__}.serving import main; main(sys.argv[1])"
)
_ISOLATED = ("-I", "-B", "-W", "ignore", "-X", "utf8")
_SECONDS_TO_END = 5.0
_ROOT = Path(__file__).resolve().parents[__package__.count(".") + 1]
"""Where this package lies: a notebook or `python -` may find it by a relative path only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A process that reads one file.

    `kill` ends it, whatever it does. `status` gives its exit code once it has ended (negative: the
    signal), None when unknown.
    """

    source: IO[bytes]
    sink: IO[bytes]
    kill: Callable[[], None]
    status: Callable[[], int | None]

    def close(self) -> None:
        """Let go of its pipes."""
        for pipe in (self.source, self.sink):
            with contextlib.suppress(OSError):  # what was not sent has nobody to go to
                pipe.close()


def can_fork() -> bool:
    """Return whether a warm server forks readers: on Linux; elsewhere each starts anew."""
    return sys.platform == "linux"


def warm() -> None:
    """Start in the background what makes the first reading fast; returns at once."""
    if can_fork():
        _SERVER.start()


def start_reader() -> Reader:
    """Return a new reader: forked by the server, or one that starts from nothing (some seconds).

    Raises:
        OSError: it cannot be started.
    """
    return _SERVER.fork() if can_fork() else _spawned()


def _spawned() -> Reader:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        _command("once"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    if process.stdin is None or process.stdout is None:
        raise OSError("a process without pipes")
    return Reader(
        source=process.stdout,
        sink=process.stdin,
        kill=partial(_end, process),
        status=partial(_exit_code, process),
    )


def _command(mode: str, *more: str) -> list[str]:
    paths = [str(_ROOT), *(path for path in sys.path if Path(path).is_absolute())]
    return [sys.executable, *_ISOLATED, "-c", _BOOT, mode, json.dumps(paths), *more]


def _environment() -> Mapping[str, str]:
    """Only what keeps numeric libraries to one thread, and what Windows cannot start without."""
    found = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if "SYSTEMROOT" in os.environ:
        found["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return found


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _exit_code(process: "subprocess.Popen[bytes]") -> int | None:
    try:
        return process.wait(timeout=_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        return None


def _told_exit_code(leash: socket.socket) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        leash.settimeout(_SECONDS_TO_END)
        return int(leash.recv(16))
    return None


@dataclass(slots=True)
class _Server:
    """The process that forks readers; restarted when it has died."""

    lock: threading.Lock
    process: "subprocess.Popen[bytes] | None" = None
    control: socket.socket | None = None

    def start(self) -> None:
        with self.lock:
            self._running()

    def fork(self) -> Reader:
        mine, theirs = socket.socketpair()
        leash, held = socket.socketpair()
        with theirs, held, self.lock:
            ends = [theirs.fileno(), held.fileno()]
            try:
                socket.send_fds(self._running(), [b"+"], ends)
            except OSError:
                self.stop()
                socket.send_fds(self._running(), [b"+"], ends)
        with mine:
            return Reader(
                source=mine.makefile("rb"),
                sink=mine.makefile("wb"),
                kill=leash.close,
                status=partial(_told_exit_code, leash),
            )

    def stop(self) -> None:
        """Let go of the server, which then ends with all its readers."""
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            try:
                self.process.wait(timeout=_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                _end(self.process)
        self.process = self.control = None

    def _running(self) -> socket.socket:
        if self.process is not None and self.process.poll() is not None:
            self.stop()
        if self.control is None:
            self.control, theirs = socket.socketpair()
            with theirs:
                self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    _command("serve", str(theirs.fileno())),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                    pass_fds=[theirs.fileno()],
                )
        return self.control


_SERVER = _Server(lock=threading.Lock())
atexit.register(_SERVER.stop)
