"""How long work says how far it is."""

from collections.abc import Callable

__all__ = ["Progress"]

Progress = Callable[[float], None]
"""Called with the share done, 0..1; raising inside it cancels the job and loses nothing."""
