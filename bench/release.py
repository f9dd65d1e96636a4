"""Print how long the numbers take after a release: `python -m bench.release [--releases 24]`.

A real Chromium drags the real slider to a new amount and lets go. The clock runs in the page,
from the pointer's release until all three numbers are those of the back end, looked at every 5 ms.
"""

import argparse
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, FloatRect, Locator, Page

from bench.answers import Numbers, answers
from bench.dragging import STEPS
from bench.frames.harness import chromium
from bench.server import serve_app
from bench.timing import quantile
from bench.watching import NUMBERS, watch
from explain.core.resources import use_one_thread
from models.catalog import CATALOG

WARM = 2
"""Releases that are not counted."""
PATIENCE = 20_000.0
"""Milliseconds after which the numbers count as wrong."""
REST = 500
"""Milliseconds between two releases, as a hand needs them."""
_THUMB = 20
"""Width of the slider's thumb in pixels."""
_WATCH = watch(NUMBERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the releases on one demo took, in milliseconds, and the numbers that never came."""

    model: str
    waits: tuple[float, ...]
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        """Return one line of the table, and one for each wrong number."""
        middle, slow, slowest = (quantile(self.waits, share) for share in (0.5, 0.95, 1))
        line = f"{self.model:<14}{len(self.waits):>9}{middle:>8.0f}{slow:>8.0f}{slowest:>9.0f}"
        return "\n".join([f"{line}{len(self.wrong):>7}", *(f"  ! {text}" for text in self.wrong)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    wanted: Numbers
    shown: tuple[str, ...]
    waited: float


def measure(browser: Browser, address: str, model: str, releases: int) -> Row:
    """Return what releases at new amounts take on one demo."""
    right = answers(model)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"http://{address}/?model={model}")
    slider = page.locator("[data-ref=slider]")
    slider.wait_for(timeout=120_000)
    page.locator(".tile").first.wait_for(timeout=120_000)
    seen = [_release(page, slider, target, right) for target in _targets(WARM + releases)]
    page.close()
    return Row(
        model=model,
        waits=tuple(one.waited for one in seen[WARM:]),
        wrong=tuple(f"{one.shown}, not {one.wanted}" for one in seen if one.shown != one.wanted),
    )


def _targets(count: int) -> Iterator[float]:
    """Yield places on the slider, 0..1, that are far enough apart to be new amounts."""
    draw = random.Random(0)  # noqa: S311 - no secret
    yield from (step / 200 for step in draw.sample(range(4, 197), count))


def _release(
    page: Page, slider: Locator, target: float, right: Callable[[float], Numbers]
) -> _Release:
    """Drag the slider to a place, let go, and wait until the page is right, or too long."""
    box = slider.bounding_box()
    if box is None:
        raise LookupError("the slider is not on the page")
    middle = box["y"] + box["height"] / 2
    page.mouse.move(_place(box, int(slider.input_value()) / STEPS), middle)
    page.mouse.down()
    page.mouse.move(_place(box, target), middle, steps=8)
    wanted = right(int(slider.input_value()) / STEPS)
    page.evaluate(_WATCH, {"wanted": list(wanted), "patience": PATIENCE})
    page.mouse.up()
    found = page.evaluate("() => window.benchRelease")
    page.wait_for_timeout(REST)
    return _Release(wanted=wanted, shown=tuple(found["texts"]), waited=found["waited"])


def _place(box: FloatRect, amount: float) -> float:
    return box["x"] + _THUMB / 2 + amount * (box["width"] - _THUMB)


def main() -> None:
    """Print the table; the goal is p95 <= 200 ms on every demo, and no wrong number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=24, help="releases on each demo")
    parser.add_argument("--models", default=",".join(demo.key for demo in CATALOG))
    options = parser.parse_args()
    use_one_thread()
    print("Release until all three numbers are right, milliseconds; every amount is new.")
    print(f"{'':<14}{'releases':>9}{'p50':>8}{'p95':>8}{'slowest':>9}{'wrong':>7}")
    with serve_app() as server, chromium() as browser:
        for model in options.models.split(","):
            print(measure(browser, server.address, model, options.releases), flush=True)


if __name__ == "__main__":
    main()
