"""Readers as the app sees them: started, spoken with, killed."""

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    f"from {__package__}.serving import main; main(sys.argv[1])"
)
_ISOLATED = ("-I", "-B", "-W", "ignore", "-X", "utf8")
_SECONDS_TO_END = 5.0
_ROOT = Path(__file__).resolve().parents[__package__.count(".") + 1]
"""Where this package lies: a notebook or `python -` may find it by a relative path only."""


class Reader(Protocol):
    """A process that reads one file."""

    source: IO[bytes]
    sink: IO[bytes]

    def kill(self) -> None:
        """End it, whatever it does."""
        ...

    def status(self) -> int | None:
        """Return its exit code once it has ended (negative: the signal), None when unknown."""
        ...

    def close(self) -> None:
        """Let go of its pipes."""
        ...


def can_fork() -> bool:
    """Return whether a warm server forks readers: on Linux; elsewhere each starts anew."""
    return sys.platform == "linux"


def start_server() -> None:
    """Start the server in the background if it does not run; takes no time here."""
    if can_fork():
        _SERVER.start()


def fork_reader() -> Reader:
    """Return a new reader forked by the server.

    Raises:
        OSError: it cannot be started.
    """
    return _SERVER.fork()


def spawn_reader() -> Reader:
    """Return a new reader that starts from nothing (some seconds).

    Raises:
        OSError: it cannot be started.
    """
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        _command("once"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    return _Spawned(process)


def _command(mode: str, *more: str) -> list[str]:
    paths = [str(_ROOT), *(path for path in sys.path if Path(path).is_absolute())]
    return [sys.executable, *_ISOLATED, "-c", _BOOT, mode, json.dumps(paths), *more]


def _environment() -> Mapping[str, str]:
    """Only what keeps numeric libraries to one thread, and what Windows cannot start without."""
    found = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if "SYSTEMROOT" in os.environ:
        found["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return found


class _Spawned:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        if process.stdin is None or process.stdout is None:
            raise OSError("a process without pipes")
        self.sink: IO[bytes] = process.stdin
        self.source: IO[bytes] = process.stdout
        self._process = process

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        _close(self.source, self.sink)

    def status(self) -> int | None:
        try:
            return self._process.wait(timeout=_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            return None


class _Forked:
    def __init__(self, channel: socket.socket, leash: socket.socket) -> None:
        self.source: IO[bytes] = channel.makefile("rb")
        self.sink: IO[bytes] = channel.makefile("wb")
        channel.close()
        self._leash = leash

    def kill(self) -> None:
        self._leash.close()

    def close(self) -> None:
        _close(self.source, self.sink)

    def status(self) -> int | None:
        with contextlib.suppress(OSError, ValueError):
            self._leash.settimeout(_SECONDS_TO_END)
            return int(self._leash.recv(16))
        return None


def _close(*pipes: IO[bytes]) -> None:
    for pipe in pipes:
        with contextlib.suppress(OSError):  # what was not sent has nobody to go to
            pipe.close()


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
        return _Forked(mine, leash)

    def stop(self) -> None:
        """Let go of the server, which then ends with all its readers."""
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            try:
                self.process.wait(timeout=_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
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
