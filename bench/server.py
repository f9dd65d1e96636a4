"""The app in a process of its own, on a free port, for benches that talk to it from outside."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

_ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 120.0
_ALL_THREADS = 2
"""Linux's clock of a process is named ~pid · 8 + 2."""


class ServerFailed(Exception):
    """The app did not come up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running app."""

    address: str
    pid: int

    def resident(self) -> int:
        """Return the resident memory in bytes, as Linux counts it."""
        pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self) -> float:
        """Return the CPU time spent so far, as Linux counts it: of all threads, to the ns."""
        return time.clock_gettime(~self.pid << 3 | _ALL_THREADS)


@contextmanager
def serve_app(*options: str) -> Iterator[Server]:
    """Yield the app as `make run` starts it, and stop it afterwards.

    Args:
        options: more of them for Streamlit: "--server.maxUploadSize=10".

    Raises:
        ServerFailed: it ended, or did not answer in time.
    """
    port = _free_port()
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own app
        [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", *options],
        cwd=_ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, f"http://127.0.0.1:{port}/_stcore/health")
        yield Server(address=f"127.0.0.1:{port}", pid=process.pid)
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], health: str) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ServerFailed(f"the app ended with code {process.returncode}")
        try:
            with urlopen(health, timeout=2):  # noqa: S310 - http, on this machine
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise ServerFailed(f"the app did not answer within {_PATIENCE:.0f} s")
