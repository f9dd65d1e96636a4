"""The network graph on a bare page in a real Chromium: no Streamlit, no network."""

from dataclasses import replace

import numpy as np
import pytest

from bench.frames.harness import serve
from bench.frames.pictures import bundled_cnn, digits_mlp, rectangles
from explain.core.network import ViewLayer


def without_edges(view):
    empty = {
        name: getattr(view, name)[:0]
        for name in ("source", "target", "dies_at", "weight", "strength", "count")
    }
    return replace(
        view, sig="empty", groups=(), prunable=0, edges_total=0, weights_total=0, **empty
    )


def one_layer(view):
    layer = ViewLayer(
        key="only", title="only", kind="linear", column=0, first=0, drawn=5, units=5, names=None
    )
    deaths = np.full(5, 1, np.uint32)
    return replace(without_edges(view), sig="single", layers=(layer,), unit_dies_at=deaths)


def hostile(view):
    layers = tuple(
        replace(layer, title='<img src=x onerror="window.hacked=1">', names=None)
        for layer in view.layers
    )
    return replace(view, sig="hostile", layers=layers)


def by_layer(view):
    """Return a view pruned layer by layer with some entries pruned whatever the amount."""
    return replace(view, sig="by-layer", groups=((4080, 1), (64, 32), (5, 64)), fixed_pruned=16)


VIEWS = {
    view.sig: view
    for view in (
        digits_mlp(),
        digits_mlp(order="random"),
        bundled_cnn(),
        rectangles(60_000, "random"),
        without_edges(digits_mlp()),
        one_layer(digits_mlp()),
        hostile(digits_mlp()),
        by_layer(digits_mlp()),
    )
}


@pytest.fixture(scope="session")
def views():
    return VIEWS


@pytest.fixture(scope="session")
def component_site():
    with serve(VIEWS) as url:
        yield url


@pytest.fixture
def graph(window, component_site):
    """Return a driver of one page with the component; console errors fail the test."""
    page = window(0).new_page()
    page.set_viewport_size({"width": 1000, "height": 900})
    driver = Driver(page, component_site)
    yield driver
    page.close()
    assert driver.problems == []
    assert driver.foreign == []


INK = """const ink = k => {
    const canvas = harness.root(k).querySelector("canvas.edges");
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 8) painted += 1;
    return painted;
};"""


TELL = """detail => globalThis[Symbol.for("sparsight-ribbon")].dispatchEvent(
    new CustomEvent("amount", {detail}))"""


class Driver:
    """What a person does with the component, and what the component shows."""

    def __init__(self, page, url):
        self.page, self.url = page, url
        self.problems, self.foreign = [], []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda m: m.type == "error" and self.problems.append(m.text))
        page.on("request", lambda r: self._own(r.url) or self.foreign.append(r.url))
        page.goto(url)
        page.wait_for_function("window.harnessReady")

    def _own(self, address):
        return address.startswith((self.url, "data:"))

    def store(self, sig, key="store"):
        self.page.evaluate("([k, p]) => harness.store(k, p)", [key, f"/payload/{sig}"])

    def store_bytes(self, payload, key="store"):
        self.page.evaluate("([k, b]) => harness.storeBytes(k, b)", [key, list(payload)])

    def view(self, sig, key="view", **data):
        message = {"sig": sig, "amount": 0, "rank": None, "mode": "graph"} | data
        self.page.evaluate("([k, d]) => { window.mounting = harness.view(k, d); }", [key, message])

    def show(self, sig, **data):
        self.store(sig)
        self.view(sig, **data)
        self.settle()

    def settle(self, key="view"):
        self.page.evaluate("async () => { await window.mounting; }")
        self.page.wait_for_function("k => harness.hook(k)?.settled", arg=key, timeout=30_000)

    def hook(self, key="view"):
        return self.page.evaluate(
            "k => { const {layout, zoom, ...rest} = harness.hook(k); return {...rest, ...zoom}; }",
            key,
        )

    def find(self, selector, key="view"):
        return self.page.locator(f"#{key} {selector}")

    def text(self, reference, key="view"):
        return self.find(f"[data-ref={reference}]", key).text_content()

    def events(self, name):
        return [e["value"] for e in self.page.evaluate("harness.events") if e["name"] == name]

    def rest(self, key="view"):
        """Wait until nothing is left to paint."""
        self.page.wait_for_function("k => harness.hook(k)?.complete", arg=key, timeout=30_000)
        self.page.wait_for_timeout(120)

    def slide(self, *amounts, key="view"):
        """Tell amounts as the ribbon does while its pointer is down: nothing is released."""
        for amount in amounts:
            self._tell(amount, dragging=True)
        self.shows(amounts[-1], key)

    def let_go(self, key="view"):
        """Tell that the pointer is up again, and Python not yet heard."""
        self._tell(self.hook(key)["amount"], dragging=False)
        self.page.wait_for_timeout(30)

    def _tell(self, amount, *, dragging):
        told = {"amount": amount, "moving": True, "dragging": dragging}
        self.page.evaluate(TELL, told)

    def shows(self, amount, key="view"):
        """Wait until the picture shows that amount."""
        script = "([k, amount]) => Math.abs(harness.hook(k).amount - amount) < 1e-9"
        self.page.wait_for_function(script, arg=[key, amount], timeout=10_000)

    def ink(self, key="view"):
        """Return how many pixels of the edge canvas are painted."""
        return self.page.evaluate(f"k => {{ {INK} return ink(k); }}", key)

    def ink_right_after(self, amount, key="view"):
        """Return the ink of the first frame after one step of a drag."""
        script = f"""async ([k, amount]) => {{
            {INK}
            ({TELL})({{amount, moving: true, dragging: true}});
            const before = harness.hook(k).frames;
            while (harness.hook(k).frames === before) await new Promise(requestAnimationFrame);
            return ink(k);
        }}"""
        return self.page.evaluate(script, [key, amount])

    def place(self, unit, key="view"):
        """Return where a unit stands on the page."""
        script = """([k, n]) => {
            const {layout, zoom} = harness.hook(k);
            const box = harness.root(k).querySelector(".units").getBoundingClientRect();
            return [box.left + layout.x[n] * zoom.k + zoom.x,
                    box.top + layout.y[n] * zoom.k + zoom.y];
        }"""
        return self.page.evaluate(script, [key, unit])
