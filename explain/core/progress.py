"""How long work says how far it is."""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    """Called with the share done, 0..1; raising inside it cancels the job and loses nothing."""

    def __call__(self, share: float, phase: str = "", /) -> None:
        """Hear the share done; `phase` is for work that says in words what it is doing."""


def silent(_share: float, _phase: str = "") -> None:
    """Tell nobody."""


def span(progress: Progress | None, start: float, end: float) -> Progress:
    """Return the progress of a job that is the part from `start` to `end` of the whole."""
    if progress is None:
        return silent

    def tell(share: float, phase: str = "") -> None:
        progress(start + (end - start) * share, *([phase] if phase else []))

    return tell


def portions(progress: Progress | None, count: int) -> Iterator[Progress]:
    """Yield the progress of each of `count` jobs of equal length."""
    for place in range(count):
        yield span(progress, place / count, (place + 1) / count)


def counted(items: Sequence[Item], progress: Progress | None) -> Iterator[Item]:
    """Yield the items; each is told as done when the next one is asked for, the last at the end."""
    for done, item in enumerate(items, 1):
        yield item
        if progress is not None:
            progress(done / len(items))
