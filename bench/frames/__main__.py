"""Print the frame times of a drag: `python -m bench.frames [--seconds 4] [--edges 1000,20000]`."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

from bench.frames.harness import chromium, serve
from bench.frames.pictures import rectangles
from explain.core.network import NetworkView

EDGES = (1_000, 5_000, 20_000, 100_000, 200_000)
ORDERS = ("magnitude", "random")
MODES = ("graph", "matrix")
SWEEP_MILLISECONDS = 1_500
_DRAG = (Path(__file__).parent / "drag.js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Frame times of one drag, in milliseconds."""

    edges: int
    order: str
    mode: str
    frames: tuple[float, ...]
    painted: int

    def __str__(self) -> str:
        """Return one line of the table."""
        middle, slow = median(self.frames), quantile(self.frames, 0.95)
        share = self.painted / len(self.frames)
        return (
            f"{self.edges:>8,}  {self.order:<10}{self.mode:<8}{middle:>7.1f}{slow:>8.1f}"
            f"{1000 * len(self.frames) / sum(self.frames):>7.1f}{share:>9.0%}"
        )


def quantile(values: tuple[float, ...], share: float) -> float:
    """Return the smallest value that is not below that share of all values."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(browser: Browser, url: str, view: NetworkView, mode: str, seconds: float) -> Row:
    """Return the frame times of dragging one network to and fro."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    page.wait_for_function("window.harnessReady")
    mount(page, view, mode)
    result = page.evaluate(_DRAG, {"milliseconds": 1000 * seconds, "sweep": SWEEP_MILLISECONDS})
    page.close()
    order, edges = view.sig.split("-")
    return Row(
        edges=int(edges),
        order=order,
        mode=mode,
        frames=tuple(result["frames"]),
        painted=result["painted"],
    )


def mount(page: Page, view: NetworkView, mode: str) -> None:
    """Show one network and wait until its picture is complete."""
    page.evaluate("path => harness.store('store', path)", f"/payload/{view.sig}")
    data = {"sig": view.sig, "amount": 0, "rank": None, "mode": mode}
    page.evaluate("data => harness.view('view', data)", data)
    page.wait_for_function("harness.hook('view')?.complete", timeout=60_000)


def rows(edges: tuple[int, ...], seconds: float) -> Iterator[Row]:
    """Yield one row per size, order of death and view."""
    views = {f"{o}-{n}": rectangles(n, o) for n in edges for o in ORDERS}
    with serve(views) as url, chromium() as browser:
        for view in views.values():
            for mode in MODES:
                yield measure(browser, url, view, mode, seconds)


def main() -> None:
    """Print the table; the goal is median <= 17 ms and p95 <= 25 ms at every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each drag")
    parser.add_argument("--edges", default=",".join(map(str, EDGES)), help="sizes, with commas")
    options = parser.parse_args()
    print("   edges  order     view    median     p95    fps  painted")
    for row in rows(tuple(int(n) for n in options.edges.split(",")), options.seconds):
        print(row, flush=True)


if __name__ == "__main__":
    main()
