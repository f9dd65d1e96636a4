"""Print how far people walk in three stories, in clicks and pixels: `python -m bench.stories`.

Each story starts at 1280 x 800 on Explore with nothing pruned and ends when its answer is seen, in
a real Chromium. A click is a press of the mouse or one drag of the slider; pixels are all that the
page was scrolled, up and down, to bring into view what is pressed or read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from bench.dragging import place
from bench.frames.harness import chromium
from bench.server import serve_app
from explain.core.messages import say
from explain.core.resources import use_one_thread

_SCROLLED = "() => document.querySelector('[data-testid=stMain]').scrollTop"
_PATIENCE = 120_000.0
"""Milliseconds after which what is looked for counts as missing."""


@dataclass(kw_only=True)
class Walk:
    """A person on a page, and what it cost so far."""

    page: Page
    clicks: int = 0
    pixels: float = 0.0

    def see(self, thing: Locator) -> Locator:
        """Wait for a thing and scroll to it, as one who reads it has to."""
        thing.wait_for(timeout=_PATIENCE)
        before = self.page.evaluate(_SCROLLED)
        thing.scroll_into_view_if_needed()
        self.pixels += abs(self.page.evaluate(_SCROLLED) - before)
        return thing

    def press(self, thing: Locator) -> None:
        """Press a thing."""
        self.see(thing).click()
        self.clicks += 1

    def prune(self, amount: float) -> None:
        """Drag the slider to an amount, 0..1."""
        track = self.see(self.page.get_by_role("slider")).bounding_box()
        if track is None:
            raise LookupError("the slider is not on the page")
        middle = track["y"] + track["height"] / 2
        self.page.mouse.move(place(track, 0.0), middle)
        self.page.mouse.down()
        self.page.mouse.move(place(track, amount), middle, steps=8)
        self.page.mouse.up()
        self.clicks += 1


def flipped(walk: Walk) -> None:
    """A patient at VA Long Beach whose decision changed at 80 %, and why."""
    page = walk.page
    walk.prune(0.8)
    walk.press(page.get_by_role("link", name="Decisions", exact=True))
    rows = page.locator("[data-decisions=cases] tbody tr")
    walk.press(page.locator("[data-decisions=groups] tr").filter(has_text="VA Long Beach"))
    expect(rows).to_have_count(7)
    walk.press(rows.first.locator("td").first)
    walk.press(page.get_by_role("link", name="Reasons", exact=True))
    reasons = page.get_by_role("tabpanel", name="Inputs")
    walk.see(reasons.locator("strong").first)
    walk.see(reasons.locator("tbody tr").nth(4))


def compared(walk: Walk) -> None:
    """Two criteria beside each other at 90 %: how good, how sure, how many decisions changed."""
    walk.prune(0.9)
    walk.press(walk.page.get_by_text(say("explore.compare.all")))
    for criterion in ("LAMP", "Magnitude"):
        walk.see(walk.page.get_by_role("rowheader", name=criterion, exact=True))


def shown_to_a_class(walk: Walk) -> None:
    """The view of now, large enough for the last row, and its link for everybody."""
    page = walk.page
    walk.prune(0.9)
    walk.press(page.get_by_role("button", name=say("panels.guide.chip"), exact=True))
    walk.press(page.get_by_role("button", name=say("panels.guide.class", mode="off")))
    page.wait_for_url("**class=yes**")
    page.keyboard.press("Escape")
    walk.press(page.get_by_role("button", name=say("browser.ribbon.share"), exact=True))


STORIES: Mapping[str, tuple[str, Callable[[Walk], None]]] = {
    "a patient who flipped, and why": ("heart-mlp", flipped),
    "two criteria at 90 %": ("digits-mlp", compared),
    "this view to the class": ("digits-mlp", shown_to_a_class),
}


def main() -> None:
    """Print clicks and pixels of each story."""
    use_one_thread()
    print(f"{'':<36}{'clicks':>8}{'pixels':>8}")
    with serve_app() as server, chromium() as browser:
        for title, (model, story) in STORIES.items():
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"http://{server.address}/?model={model}")
            page.locator(".effects").wait_for(timeout=_PATIENCE)
            walk = Walk(page=page)
            story(walk)
            print(f"{title:<36}{walk.clicks:>8}{walk.pixels:>8.0f}", flush=True)
            page.close()


if __name__ == "__main__":
    main()
