"""What a reader can do on this machine: the limits that hold, tried out from inside."""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from models.loading.limits import Limits

_FILES = Path("/proc/self/fd")
_NETWORKS = Path("/proc/self/net/dev")


def probe(
    data: bytes, options: Mapping[str, object], _limits: Limits
) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Return what this process sees and may do; the job "probe".

    The option `use` makes it use up "memory" or "time", sleep ("wall") or "crash" first, which a
    limited process does not survive. No file decides about it.
    """
    use = options.get("use")
    if isinstance(use, str) and use in _USES:
        _USES[use]()
    found: dict[str, object] = {
        "bytes": len(data),
        "environment": sorted(os.environ),
        "directory": sorted(path.name for path in Path().iterdir()),
        "files": _open_files(),
        "threads": torch.get_num_threads(),
        "main": sorted(n for n in vars(sys.modules["__main__"]) if not n.startswith("__")),
        "networks": _networks(),
        "writes": _can(_write),
        "starts": _can(_start),
        "process": os.getpid(),
    }
    return found, {"zeros": torch.zeros(2, 3)}


def _open_files() -> list[str]:
    if not _FILES.is_dir():
        return []
    return sorted(path.name for path in _FILES.iterdir() if path.exists())


def _networks() -> list[str]:
    """Return the names of the networks that this process can reach."""
    if not _NETWORKS.exists():
        return []
    lines = _NETWORKS.read_text(encoding="utf-8").splitlines()[2:]
    return [line.partition(":")[0].strip() for line in lines]


def _can(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _write() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"x")


def _start() -> None:
    if hasattr(os, "fork"):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)


def _use_memory() -> None:
    held = []
    while True:
        held.append(torch.ones(16 << 20))


def _use_time() -> None:
    while True:
        pass


def _crash() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGSEGV", signal.SIGTERM))


_USES: Mapping[str, Callable[[], None]] = {
    "memory": _use_memory,
    "time": _use_time,
    "wall": lambda: time.sleep(3600),
    "crash": _crash,
}
