"""What a reader may use, set from inside before it sees the first byte of a file."""

import ctypes
import math
import os
import signal
import sys
import time
from pathlib import Path

from models.loading.limits import Limits

if sys.platform != "win32":
    import resource


_OPEN_FILES = 64
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000


def limit(limits: Limits) -> None:
    """Limit this process for good; where the system has no such limits, clear what is inherited.

    Memory counts from what the interpreter already has, computing time from now. No file can be
    written, no core is dumped, no process is started. Environment variables are gone.
    """
    os.environ.clear()
    if sys.platform == "win32":
        return
    os.umask(0o077)
    seconds = math.ceil(time.process_time()) + limits.child_seconds
    _set(resource.RLIMIT_CPU, seconds, seconds + 1)
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_NPROC, 0)
    if sys.platform == "linux":
        _set(resource.RLIMIT_AS, _address_space() + limits.child_bytes)


def deny_privileges() -> None:
    """Give up what a started program could gain."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def end_with_parent() -> None:
    """Be killed when the process ends that started this one."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def deny_the_network() -> None:
    """Leave the network behind where the system lets us; where it does not, nothing happens."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _set(kind: int, soft: int, hard: int | None = None) -> None:
    """Set a limit, never above what is allowed anyway."""
    _, ceiling = resource.getrlimit(kind)
    wanted = [soft, soft if hard is None else hard]
    if ceiling != resource.RLIM_INFINITY:
        wanted = [min(value, ceiling) for value in wanted]
    resource.setrlimit(kind, (wanted[0], wanted[1]))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
