"""Print how long the reasons take after a release: `python -m bench.reasons [--releases 16]`.

A real Chromium drags the slider of the Attribution page and lets go. The clock runs in the page,
from the pointer's release until output and sum of the values under the picture are those of the
back end for the new amount (Integrated Gradients, 16 steps or more), looked at every 5 ms.
"""

import argparse
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Locator, Page

import explain
import models
from bench.frames.harness import chromium
from bench.server import serve_app
from bench.timing import quantile
from explain.core.threads import use_one_thread
from explain.figures import signed

METHOD = "integrated-gradients"
STEPS = (16, 50)
"""Both count as right: what is shown first, and what is shown at rest."""
GOALS = {"heart-mlp": 500, "credit-mlp": 500}
"""Milliseconds at p95; 1,000 for images and text."""
WARM = 2
"""Releases that are not counted."""
PATIENCE = 20_000.0
"""Milliseconds after which the reasons count as wrong."""
REST = 700
"""Milliseconds between two releases, as a hand needs them."""
MODELS = (
    *("digits-mlp", "heart-mlp", "credit-mlp"),
    *("digits-cnn", "retina-cnn", "sms-transformer"),
)
_WATCH = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What the page has to show under the picture of the pruned network."""

    output: str
    sums: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the releases on one demo took, in milliseconds, and what never came right."""

    model: str
    waits: tuple[float, ...]
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        """Return one line of the table, and one for each wrong answer."""
        middle, slow, slowest = (quantile(self.waits, share) for share in (0.5, 0.95, 1))
        line = f"{self.model:<16}{len(self.waits):>9}{middle:>8.0f}{slow:>8.0f}{slowest:>9.0f}"
        line += f"{GOALS.get(self.model, 1000):>7}{len(self.wrong):>7}"
        return "\n".join([line, *(f"  ! {text}" for text in self.wrong)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    wanted: Right
    shown: tuple[str, ...]
    waited: float
    right: bool


def answers(model: str) -> Callable[[float], Right]:
    """Return a function from a global magnitude amount to what the page has to show."""
    subject = models.load(model)
    plan = explain.PruningPlan()
    scores = explain.score(subject, plan)
    target = int(explain.attribute(subject, METHOD, options={"steps": 16}).targets[0])

    def at(amount: float) -> Right:
        pruned = explain.prune(subject, explain.select(scores, plan.at(amount)))
        found = [
            explain.attribute(pruned, METHOD, target=target, options={"steps": steps})
            for steps in STEPS
        ]
        return Right(
            output=f"{float(found[0].outputs[0]):.3f}".replace("-", "−"),
            sums=tuple(signed(float(one.values.sum())) for one in found),
        )

    return at


def measure(browser: Browser, address: str, model: str, releases: int) -> Row:
    """Return what releases at new amounts take on one demo."""
    right = answers(model)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"http://{address}/attribution?model={model}")
    page.locator("[data-reasons=facts]").wait_for(timeout=120_000)
    page.get_by_text("Deletion and insertion").wait_for(timeout=120_000)
    slider = page.get_by_role("slider")
    seen = [_release(page, slider, target, right) for target in _targets(WARM + releases)]
    page.close()
    return Row(
        model=model,
        waits=tuple(one.waited for one in seen[WARM:]),
        wrong=tuple(f"{one.shown}, not {one.wanted}" for one in seen if not one.right),
    )


def _targets(count: int) -> Iterator[float]:
    """Yield places on the slider, 0..1, far enough apart to change the output."""
    draw = random.Random(0)  # noqa: S311 - no secret
    yield from (place / 100 for place in draw.sample(range(40, 97), count))


def _release(
    page: Page, slider: Locator, target: float, right: Callable[[float], Right]
) -> _Release:
    """Drag the slider to a place, let go, and wait until the page is right, or too long."""
    track = page.locator("[data-testid=stSlider] [role=group] > div").bounding_box()
    if track is None:
        raise LookupError("the slider is not on the page")
    middle = track["y"] + track["height"] / 2
    page.mouse.move(_place(track, _amount(slider)), middle)
    page.mouse.down()
    page.mouse.move(_place(track, target), middle, steps=8)
    wanted = right(_amount(slider))
    page.evaluate(
        _WATCH, {"output": wanted.output, "sums": list(wanted.sums), "patience": PATIENCE}
    )
    page.mouse.up()
    found = page.evaluate("() => window.benchRelease")
    page.wait_for_timeout(REST)
    return _Release(
        wanted=wanted, shown=tuple(found["texts"]), waited=found["waited"], right=found["right"]
    )


def _amount(slider: Locator) -> float:
    return float(slider.input_value()) / 100


def _place(track: FloatRect, amount: float) -> float:
    return track["x"] + amount * track["width"]


def main() -> None:
    """Print the table; the goal at p95 is 500 ms for tables, 1,000 ms for images and text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=16, help="releases on each demo")
    parser.add_argument("--models", default=",".join(MODELS))
    options = parser.parse_args()
    use_one_thread()
    print("Release until the reasons are right, milliseconds; every amount is new.")
    print(f"{'':<16}{'releases':>9}{'p50':>8}{'p95':>8}{'slowest':>9}{'goal':>7}{'wrong':>7}")
    with serve_app() as server, chromium() as browser:
        for model in options.models.split(","):
            print(measure(browser, server.address, model, options.releases), flush=True)


if __name__ == "__main__":
    main()
