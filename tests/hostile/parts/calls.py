"""Pushed calls that leave a marker: a file or a folder, nothing else."""

from pathlib import Path

from tests.hostile.parts.pickling import call, text, tuple_of


def opened(marker: Path) -> bytes:
    """Open the marker for writing."""
    return call("builtins", "open", text(str(marker)), text("w"))


def made_folder(marker: Path) -> bytes:
    """Make the marker a folder."""
    return call("os", "mkdir", text(str(marker)))


def shell(marker: Path) -> bytes:
    """Ask the shell to touch the marker."""
    return call("posix", "system", text(f"touch '{marker}'"))


def told_python(marker: Path) -> bytes:
    """Have Python run a line that opens the marker."""
    return call("builtins", "exec", text(f"open({str(marker)!r}, 'w').close()"))


def instance(marker: Path) -> bytes:
    """Open the marker by the opcode INST, which walkers for REDUCE overlook."""
    return b"(" + text(str(marker)) + text("w") + b"ibuiltins\nopen\n"


def built(marker: Path) -> bytes:
    """Open the marker from the state of a partial function that is called while it is built."""
    partial = call("functools", "partial", b"cbuiltins\nopen\n", text(str(marker)), text("w"))
    return partial + tuple_of() + b"R"
