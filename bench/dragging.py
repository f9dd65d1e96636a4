"""A real pointer that drags the page's plain slider and lets go, and how long the answer takes."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import FloatRect, Locator, Page

from bench.timing import quantile

WARM = 2
"""Releases that are not counted."""
PATIENCE = 20_000.0
"""Milliseconds after which an answer counts as wrong."""
STEPS = 1000
"""Positions of the ribbon's slider."""
_THUMB = 20
"""Width of its knob in pixels."""
REST = 700
"""Milliseconds between two releases, as a hand needs them."""

Wanted = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release: what had to be shown, what was, after how many milliseconds."""

    wanted: Wanted
    shown: tuple[str, ...]
    waited: float
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the releases on one demo took, in milliseconds, and what never came right."""

    model: str
    goal: int
    waits: tuple[float, ...]
    wrong: tuple[str, ...]

    @classmethod
    def of(cls, model: str, goal: int, seen: list[Release]) -> "Row":
        """Return the row of all releases; the first few do not count."""
        return cls(
            model=model,
            goal=goal,
            waits=tuple(one.waited for one in seen[WARM:]),
            wrong=tuple(f"{one.shown}, not {one.wanted}" for one in seen if not one.right),
        )

    def __str__(self) -> str:
        """Return one line of the table, and one for each wrong answer."""
        middle, slow, slowest = (quantile(self.waits, share) for share in (0.5, 0.95, 1))
        line = f"{self.model:<16}{len(self.waits):>9}{middle:>8.0f}{slow:>8.0f}{slowest:>9.0f}"
        line += f"{self.goal:>7}{len(self.wrong):>7}"
        return "\n".join([line, *(f"  ! {text}" for text in self.wrong)])


HEAD = f"{'':<16}{'releases':>9}{'p50':>8}{'p95':>8}{'slowest':>9}{'goal':>7}{'wrong':>7}"


def releases(
    page: Page, watch: str, right: Callable[[float], Wanted], count: int
) -> Iterator[Release]:
    """Drag the slider to new places and yield what each release took.

    `watch` is JavaScript that is given what `right` says of the amount, and `patience`, and puts a
    promise of {waited, texts, right} into `window.benchRelease`.
    """
    slider = page.get_by_role("slider")
    for target in _targets(WARM + count):
        yield _release(page, slider, target, watch, right)


def _targets(count: int) -> Iterator[float]:
    """Yield places on the slider, 0..1, far enough apart to change the output."""
    draw = random.Random(0)  # noqa: S311 - no secret
    yield from (place / 100 for place in draw.sample(range(40, 97), count))


def _release(
    page: Page, slider: Locator, target: float, watch: str, right: Callable[[float], Wanted]
) -> Release:
    """Drag the slider to a place, let go, and wait until the page is right, or too long."""
    track = slider.bounding_box()
    if track is None:
        raise LookupError("the slider is not on the page")
    middle = track["y"] + track["height"] / 2
    page.mouse.move(place(track, _amount(slider)), middle)
    page.mouse.down()
    page.mouse.move(place(track, target), middle, steps=8)
    wanted = right(_amount(slider))
    page.evaluate(watch, {**wanted, "patience": PATIENCE})
    page.mouse.up()
    found = page.evaluate("() => window.benchRelease")
    page.wait_for_timeout(REST)
    return Release(
        wanted=wanted, shown=tuple(found["texts"]), waited=found["waited"], right=found["right"]
    )


def _amount(slider: Locator) -> float:
    return float(slider.input_value()) / STEPS


def place(track: FloatRect, amount: float) -> float:
    """Return where the knob stands for an amount, 0..1, on the slider's box."""
    return track["x"] + _THUMB / 2 + amount * (track["width"] - _THUMB)
