"""Print how long the reasons take after a release: `python -m bench.reasons [--releases 16]`.

A real Chromium drags the slider of the Attribution page and lets go. The clock runs in the page,
from the pointer's release until output and sum of the values under the picture are those of the
back end for the new amount (Integrated Gradients, 16 steps or more), looked at every 5 ms.
"""

import argparse
from collections.abc import Callable

from playwright.sync_api import Browser

import explain
import models
from bench.dragging import HEAD, Row, Wanted, releases
from bench.frames.harness import chromium
from bench.server import serve_app
from bench.watching import watch
from explain.core.messages import number, signed
from explain.core.resources import use_one_thread

METHOD = "integrated-gradients"
STEPS = (16, 50)
"""Both count as right: what is shown first, and what is shown at rest."""
GOALS = {"heart-mlp": 500, "credit-mlp": 500}
"""Milliseconds at p95; 1,000 for images and text."""
MODELS = (
    *("digits-mlp", "heart-mlp", "credit-mlp"),
    *("digits-cnn", "retina-cnn", "sms-transformer"),
)
_WATCH = watch(
    """() => {
        const rows = [...document.querySelectorAll("[data-reasons=facts] span")];
        const row = (name) => rows.find((r) => r.innerText.trim().startsWith(name));
        const pruned = (name) => row(name)?.querySelector("b")?.innerText.split("→")[1]?.trim();
        return [pruned("output explained") ?? "", pruned("sum of the values") ?? ""];
    }""",
    "([output, sum], wanted) => output === wanted.output && wanted.sums.includes(sum)",
)


def answers(model: str) -> Callable[[float], Wanted]:
    """Return a function from a global magnitude amount to what the page has to show."""
    subject = models.load(model)
    plan = explain.PruningPlan()
    scores = explain.score(subject, plan)
    target = int(explain.attribute(subject, METHOD, options={"steps": 16}).targets[0])

    def at(amount: float) -> Wanted:
        pruned = explain.prune(subject, explain.select(scores, plan.at(amount)))
        found = [
            explain.attribute(pruned, METHOD, target=target, options={"steps": steps})
            for steps in STEPS
        ]
        return {
            "output": number(float(found[0].outputs[0])),
            "sums": [signed(float(one.values.sum())) for one in found],
        }

    return at


def measure(browser: Browser, address: str, model: str, count: int) -> Row:
    """Return what releases at new amounts take on one demo."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"http://{address}/reasons?model={model}")
    page.locator("[data-reasons=facts]").wait_for(timeout=120_000)
    page.get_by_text("How sure: does the order of the parts matter?").wait_for(timeout=120_000)
    seen = list(releases(page, _WATCH, answers(model), count))
    page.close()
    return Row.of(model, GOALS.get(model, 1000), seen)


def main() -> None:
    """Print the table; the goal at p95 is 500 ms for tables, 1,000 ms for images and text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=16, help="releases on each demo")
    parser.add_argument("--models", default=",".join(MODELS))
    options = parser.parse_args()
    use_one_thread()
    print("Release until the reasons are right, milliseconds; every amount is new.")
    print(HEAD)
    with serve_app() as server, chromium() as browser:
        for model in options.models.split(","):
            print(measure(browser, server.address, model, options.releases), flush=True)


if __name__ == "__main__":
    main()
