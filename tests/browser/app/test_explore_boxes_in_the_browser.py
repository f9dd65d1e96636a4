"""Explore fits every screen in use: nothing is cut or scrolls sideways, all is in sight."""

import pytest

from tests.browser.app.conftest import HOOK, NOT_RUNNING

pytestmark = pytest.mark.browser

SCREENS = ((1280, 800), (1024, 768), (1440, 900), (1920, 1080), (853, 533), (390, 844))
"""Width and height in CSS pixels; 853 is a screen of 1280 at 150 %."""
LOOK = """() => {
    const bottoms = {}, cut = [];
    const inside = (root) => {
        for (const element of root.querySelectorAll("*")) {
            const { bottom, height } = element.getBoundingClientRect();
            for (const name of ["input.slider", ".numbers", "canvas.units", ".answer", ".dots tr"])
                if (height && element.matches(name)) bottoms[name] ??= bottom;
            const text = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
            const over = element.scrollWidth > element.clientWidth + 1;
            const hidden = over && getComputedStyle(element).textOverflow === "ellipsis";
            const ends = /…$/.test(element.textContent.trim());
            if (text && height && (hidden || ends)) cut.push(element);
            if (element.shadowRoot) inside(element.shadowRoot);
        }
    };
    const page = document.querySelector("[data-testid=stMain]");
    inside(page);
    return {
        bottoms,
        cut: cut.map((one) => one.textContent),
        sideways: page.scrollWidth - page.clientWidth,
        tall: page.scrollHeight,
    };
}"""
"""How far down what matters reaches, and what is cut."""


@pytest.mark.parametrize("key", ["heart-mlp", "digits-mlp"])
def test_all_that_matters_is_in_sight_and_nothing_is_cut(visit, key):
    person = visit(f"?model={key}&amount=0.8")
    person.page.wait_for_selector(".tile")
    for scheme, screens in (("light", SCREENS), ("dark", SCREENS[:1])):
        person.page.emulate_media(color_scheme=scheme)
        for width, height in screens:
            person.page.set_viewport_size({"width": width, "height": height})
            person.page.wait_for_timeout(250)
            person.page.wait_for_selector(NOT_RUNNING)
            person.page.wait_for_function(f"() => ({HOOK})?.settled")
            seen = person.page.evaluate(LOOK)
            assert (seen["sideways"], seen["cut"]) == (0, []), (width, scheme)
            if width == 1280:
                assert seen["tall"] <= 1200
                assert len(seen["bottoms"]) == 5
                assert max(seen["bottoms"].values()) <= height
