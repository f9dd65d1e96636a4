"""The whole app in a real Chromium, as a person uses it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.watching import NUMBERS
from explain.core.messages import say

ROOT = Path(__file__).parents[3]
SECONDS = 60_000
KNOB = 20
"""Width of the slider's knob in pixels."""
expect.set_options(timeout=SECONDS)
CHANNEL = "globalThis[Symbol.for('sparsight-ribbon')]"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="session")
def app_url():
    """Start `streamlit run app.py` as the Makefile does, on a free port."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"})
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_alive(f"{url}/_stcore/health")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_until_alive(address):
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the app did not start within a minute")


@pytest.fixture
def visit(window, app_url):
    """Return a function that opens the app for a new person; every problem fails the test."""
    people = []

    def open_page(query="", size=(1280, 900), scheme="light"):
        people.append(Person(window(len(people)), app_url, size, scheme))
        people[-1].open(query)
        return people[-1]

    yield open_page
    problems = [problem for person in people for problem in person.problems]
    foreign = [address for person in people for address in person.foreign]
    for person in people:
        person.leave()
    assert problems == []
    assert foreign == []


class Person:
    """One page in a window of its own, what is done on it and what is seen."""

    def __init__(self, window, url, size=(1280, 900), scheme="light"):
        self.page = window.new_page()
        self.page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        self.page.emulate_media(color_scheme=scheme)
        self.url, self.problems, self.foreign = url, [], []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda m: m.type == "error" and self.problems.append(m.text))
        self.page.on("request", self._note)
        self.asked, self.running, self.runs = False, False, 0
        self.page.on("websocket", self._follow)

    def open(self, query):
        self.page.goto(f"{self.url}/{query}")
        self.ready()
        self.quiet()

    def leave(self):
        """Close the page and leave nothing in the window for who comes next."""
        self.page.evaluate("() => localStorage.clear()")
        self.page.context.clear_cookies()
        self.page.context.clear_permissions()
        self.page.close()

    def _note(self, request):
        own = (self.url, self.url.replace("http", "ws"), "data:", "blob:")
        if not request.url.startswith(own):
            self.foreign.append(request.url)

    def _follow(self, socket):
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, frame):
        """Note that a run is asked for; one of a panel alone is dropped when the panel is gone."""
        message = BackMsg.FromString(frame)
        if message.WhichOneof("type") == "rerun_script" and not message.rerun_script.fragment_id:
            self.asked = True

    def _received(self, frame):
        message = ForwardMsg.FromString(frame)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.asked, self.running = False, True
            self.runs += 1
        elif kind == "script_finished":
            self.running = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN

    def quiet(self):
        """Wait until every run that was asked for is over and shown.

        The page itself says "notRunning" also while the server has not heard yet of a press.
        """
        self.until(self._rests)

    def _rests(self):
        self.page.evaluate(PAINTED)
        self.page.wait_for_selector(NOT_RUNNING, timeout=2 * SECONDS)
        return not (self.asked or self.running)

    def until(self, holds):
        """Wait until something holds of what the app and the page told each other."""
        end = time.monotonic() + 2 * SECONDS / 1000
        while not holds():
            if time.monotonic() > end:
                pytest.fail("what was waited for never came")
            self.page.wait_for_timeout(20)

    def ready(self):
        """Wait until numbers, curve and graph are there."""
        self.page.wait_for_function(READY, timeout=SECONDS, polling=50)

    def link(self):
        """Return what the address says once the page rests; it is written after the page."""
        self.quiet()
        return f"?{urlparse(self.page.url).query}"

    def query(self):
        return parse_qs(self.link()[1:])

    def go(self, title, tab=None):
        """Open a page through the menu, as people do, and a tab of it."""
        self.quiet()
        link = self.page.get_by_role("link", name=title, exact=True)
        hidden = not link.is_visible()
        if hidden:
            self.page.get_by_test_id("stExpandSidebarButton").click()
        link.click()
        if hidden:
            self.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
        if tab is not None:
            self.page.get_by_role("tab", name=tab, exact=True).click()

    def chip(self, name):
        """Open a chip of the ribbon (model, plan, case); return what it holds.

        The last one has to be gone, and what repaints the chips over: else fields stand twice.
        """
        self.quiet()
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        self.page.locator(f".st-key-{name}-chip button").first.click()
        return self.page.get_by_role("dialog")

    def plan_fields(self):
        """Open the plan; return its amount and its threshold."""
        plan = self.chip("plan")
        return [
            plan.get_by_label(say(key)) for key in ("panels.plan.amount", "panels.plan.threshold")
        ]

    def type_amount(self, percent):
        amount, _ = self.plan_fields()
        amount.fill(percent)
        amount.press("Enter")
        self.escape()

    def escape(self):
        """Close what lies over the page: one press is lost where it is painted anew meanwhile."""
        self.until(self._escaped)

    def _escaped(self):
        self.page.keyboard.press("Escape")
        self.page.evaluate(PAINTED)
        return self.page.get_by_role("dialog").count() == 0

    def barriers(self):
        """Return what keeps people out of the page, in the light and in the dark: axe's serious.

        The dark differs in colours alone.
        """
        schemes = {"light": RULES, "dark": RULES_OF_COLOURS}
        return [found for each in schemes.items() for found in self._barriers(*each)]

    def _barriers(self, scheme, rules):
        self.page.emulate_media(color_scheme=scheme)
        self.quiet()
        self.page.wait_for_timeout(500)
        for found in Axe().run(self.page, options=rules).response["violations"]:
            if found["impact"] in {"serious", "critical"}:
                yield scheme, found["id"], [node["html"][:160] for node in found["nodes"]]

    def overflow(self):
        """Return by how many pixels the page is wider than its window."""
        return self.page.evaluate(
            "() => { const m = document.querySelector('[data-testid=stMain]');"
            " return m.scrollWidth - m.clientWidth; }"
        )

    def paint(self):
        """Wait until all bitmaps of the graph are painted, also those that a drag shows."""
        self.page.wait_for_function(f"() => ({HOOK})?.complete", timeout=SECONDS)

    def numbers(self):
        return self.page.evaluate(NUMBERS)

    def wait_for_numbers(self, wanted):
        self.page.wait_for_function(
            f"wanted => JSON.stringify(({NUMBERS})()) === JSON.stringify(wanted)",
            arg=wanted,
            timeout=SECONDS,
        )

    def hook(self):
        script = f"() => {{ const {{layout, zoom, ...rest}} = {HOOK}; return rest; }}"
        return self.page.evaluate(script)

    def ink(self):
        """Count the pixels of the network graph that are not empty."""
        return self.page.evaluate(INK)

    @property
    def slider(self):
        return self.page.locator("input.slider")

    def grab(self):
        """Press the pointer on the slider's knob; return the slider's box."""
        box = self.slider.bounding_box()
        share = float(self.slider.input_value()) / 1000
        self.page.mouse.move(place(box, share), middle(box))
        self.page.mouse.down()
        return box

    def pull(self, box, share):
        self.page.mouse.move(place(box, share), middle(box), steps=4)

    def drag_to(self, share):
        box = self.grab()
        self.pull(box, share)
        self.page.mouse.up()
        return float(self.slider.input_value()) / 1000


def place(box, share):
    return box["x"] + KNOB / 2 + share * (box["width"] - KNOB)


def middle(box):
    return box["y"] + box["height"] / 2


RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
RULES_OF_COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
NOT_RUNNING = "[data-testid=stApp][data-test-script-state=notRunning]"
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
FIND = """(() => {
    const inside = root => {
        for (const element of root.querySelectorAll("*")) {
            if (element.tagName === "CANVAS" && element.sparsight) return element;
            const found = element.shadowRoot && inside(element.shadowRoot);
            if (found) return found;
        }
        return null;
    };
    return inside(document);
})()"""
HOOK = f"({FIND})?.sparsight"
READY = f"() => ({NUMBERS})().length === 3 && {CHANNEL}?.curve && ({HOOK})?.settled"
INK = f"""() => {{
    const canvas = {FIND}.parentElement.querySelector("canvas.edges");
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let ink = 0;
    for (let at = 3; at < pixels.length; at += 4) if (pixels[at] > 8) ink += 1;
    return ink;
}}"""
