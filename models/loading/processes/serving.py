"""The process that is started once, has everything imported, and forks a reader per request."""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

_KEPT = 3
"""Standard input, output and error; of the server they all lead nowhere."""


@dataclass(slots=True)
class _Server:
    """`leashes`: process -> the end of a socket; the app lets go of its end to have it killed."""

    control: socket.socket
    wake: int
    leashes: dict[int, socket.socket] = field(default_factory=dict)


def main(mode: str) -> None:
    """Serve until the app lets go of the control socket ("serve"), or one request ("once")."""
    from models.loading.processes.limiting import deny_privileges, deny_the_network  # noqa: PLC0415

    os.chdir(_NOWHERE)
    deny_privileges()
    deny_the_network()
    _warm()
    with tempfile.TemporaryDirectory(prefix="sparsight-", ignore_cleanup_errors=True) as folder:
        os.chdir(folder)
        if sys.platform != "win32":
            Path(folder).rmdir()  # now: who is killed cannot, and nothing can be put into it
        _once() if mode == "once" else _serve()
        os.chdir(_NOWHERE)


_NOWHERE = Path(os.sep).resolve()
"""Where imports run, and where one stands at the end."""


def _warm() -> None:
    """Import what jobs need, and run what is slow only the first time."""
    from explain.core.resources import use_one_thread  # noqa: PLC0415
    from models.loading.processes.jobs import rehearse_all  # noqa: PLC0415

    use_one_thread()
    rehearse_all()


def _once() -> None:
    """Answer one request on standard input and output; prints of others go nowhere."""
    from models.loading.processes.jobs import work  # noqa: PLC0415

    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(_KEPT):
        os.dup2(nowhere, number)
    work(source, sink)


def _serve() -> None:
    gc.collect()
    gc.freeze()  # a collection in a reader would touch, and so copy, pages that all readers share
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    server = _Server(control=socket.socket(fileno=int(sys.argv[3])), wake=wake_read)
    while _turn(server):
        pass
    for process in list(server.leashes):
        _kill(process)


def _turn(server: _Server) -> bool:
    """Wait for something to happen and react; return whether to go on."""
    ends = {leash.fileno(): process for process, leash in server.leashes.items()}
    control = server.control.fileno()
    ready, _, _ = select.select([control, server.wake, *ends], [], [])
    if server.wake in ready:
        os.read(server.wake, 1024)
        _reap(server)
    for process in (ends[end] for end in ready if end in ends):
        if process in server.leashes:
            _kill(process)
    return control not in ready or _accept(server)


def _accept(server: _Server) -> bool:
    """Fork a reader for the next request; return False when the app is gone."""
    message, ends, _, _ = socket.recv_fds(server.control, 1, 2)
    if not message or len(ends) != 2:
        return False
    channel, leash = (socket.socket(fileno=end) for end in ends)
    process = os.fork()
    if process == 0:
        _read(channel)
    channel.close()
    server.leashes[process] = leash
    return True


def _read(channel: socket.socket) -> None:
    """Be the reader, and end here whatever happens."""
    status = 70
    with contextlib.suppress(BaseException):
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        own = os.dup2(channel.fileno(), _KEPT)
        os.closerange(_KEPT + 1, os.sysconf("SC_OPEN_MAX"))
        from models.loading.processes.jobs import work  # noqa: PLC0415

        with os.fdopen(own, "rb", closefd=False) as source, os.fdopen(own, "wb") as sink:
            work(source, sink)
        status = 0
    os._exit(status)


def _reap(server: _Server) -> None:
    """Tell the app how readers ended."""
    for process, leash in list(server.leashes.items()):
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            with contextlib.suppress(OSError):
                leash.sendall(json.dumps(os.waitstatus_to_exitcode(status)).encode())
            leash.close()
            del server.leashes[process]


def _kill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
