"""The pictures on which a place is picked, on a bare page in a real Chromium."""

import pytest

from explain.core.messages import templates
from pages import _components

pytestmark = pytest.mark.browser

MOUNT = """([script, data]) => {
    window.sent ??= [];
    document.body.dataset.made ??= (document.body.innerHTML = "<div data-ref=places></div>", "yes");
    window.script ??= import(URL.createObjectURL(new Blob([script], {type: "text/javascript"})));
    return window.script.then(module => module.default({
        data, parentElement: document.body, setTriggerValue: (_, {row, column}) =>
            window.sent.push([row, column]),
    }));
}"""


@pytest.fixture
def answer(window):
    """Return a function that mounts the pictures with the place that Python answers."""
    page = window(0).new_page()
    folder = _components._HERE
    parts = (folder / "say.js", folder / "place_picker/place_picker.js")
    script = "\n".join(part.read_text(encoding="utf-8") for part in parts)
    picture = {"caption": "Map", "alt": "A map", "over": ""}
    data = {"rows": 8, "columns": 8, "pictures": [picture]}

    def mount(*at):
        data.update(at=list(at), messages=templates("browser.places"))
        page.evaluate(MOUNT, [script, data])
        return page

    yield mount
    page.close()


def step(page, key):
    """Press a key and wait until Python is told."""
    told = page.evaluate("sent.length")
    page.get_by_role("button").press(key)
    page.wait_for_function("told => sent.length > told", arg=told)
    return page.evaluate("sent.at(-1)")


def test_a_late_answer_to_one_step_does_not_take_back_the_next(answer):
    page = answer(5, 2)
    assert step(page, "ArrowUp") == [4, 2]
    assert step(page, "ArrowUp") == [3, 2]
    answer(4, 2)
    assert step(page, "ArrowLeft") == [3, 1]


def test_a_place_that_python_chose_is_where_the_next_step_begins(answer):
    page = answer(5, 2)
    assert step(page, "ArrowUp") == [4, 2]
    assert step(page, "ArrowUp") == [3, 2]
    answer(0, 6)
    assert step(page, "ArrowDown") == [1, 6]
    answer(1, 6)
    answer(7, 7)
    assert step(page, "ArrowLeft") == [7, 6]
