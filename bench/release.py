"""Print how long the numbers take after a release: `python -m bench.release [--releases 24]`.

A real Chromium drags the real slider to a new amount and lets go. The clock runs in the page,
from the pointer's release until all three numbers are those of the back end, looked at every 5 ms.
"""

import argparse
from collections.abc import Callable

from playwright.sync_api import Browser

from bench import answers
from bench.dragging import HEAD, Row, Wanted, releases
from bench.frames.harness import chromium
from bench.server import serve_app
from bench.watching import NUMBERS, watch
from explain.core.resources import use_one_thread
from models.catalog import CATALOG

GOAL = 200
"""Milliseconds at p95, for every demo."""
_WATCH = watch(NUMBERS)


def wanted(model: str) -> Callable[[float], Wanted]:
    """Return a function from a global magnitude amount to what the ribbon has to show."""
    right = answers.answers(model)
    return lambda amount: {"wanted": list(right(amount))}


def measure(browser: Browser, address: str, model: str, count: int) -> Row:
    """Return what releases at new amounts take on one demo."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"http://{address}/?model={model}")
    page.locator(".effects").wait_for(timeout=120_000)
    page.locator(".tile").first.wait_for(timeout=120_000)
    seen = list(releases(page, _WATCH, wanted(model), count))
    page.close()
    return Row.of(model, GOAL, seen)


def main() -> None:
    """Print the table; the goal is p95 <= 200 ms on every demo, and no wrong number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=24, help="releases on each demo")
    parser.add_argument("--models", default=",".join(demo.key for demo in CATALOG))
    options = parser.parse_args()
    use_one_thread()
    print("Release until all three numbers are right, milliseconds; every amount is new.")
    print(HEAD)
    with serve_app() as server, chromium() as browser:
        for model in options.models.split(","):
            print(measure(browser, server.address, model, options.releases), flush=True)


if __name__ == "__main__":
    main()
