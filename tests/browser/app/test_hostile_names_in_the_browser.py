"""Hostile names all over the app in a real Chromium: nothing is fetched and nothing runs."""

import os
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser.app.conftest import ROOT, Person, free_port, wait_until_alive
from tests.browser.app.hostile import IMAGE, NAMES, PICTURE, SCRIPT, TABLE, TEXT

pytestmark = pytest.mark.browser

PLANTED = """
from tests.browser.app.hostile import plant
plant()
"""


SWITCHES = ("From the whole network",)


@pytest.fixture(scope="module")
def planted_url(tmp_path_factory):
    """Start the app in a session that has loaded the hostile networks."""
    home, port = tmp_path_factory.mktemp("planted"), free_port()
    (home / "pages").symlink_to(ROOT / "pages")
    shutil.copytree(ROOT / ".streamlit", home / ".streamlit")
    source = (ROOT / "app.py").read_text(encoding="utf-8")
    (home / "app.py").write_text(source.replace("with boundary", f"{PLANTED}\nwith boundary"))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=home, env=environment)
    try:
        wait_until_alive(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture
def person(window, planted_url, request):
    found = Person(window(0), planted_url)
    found.open(f"?model={request.param}&amount=0.6")
    yield found
    found.leave()


def settled(person):
    person.quiet()
    person.page.wait_for_timeout(100)


def calm(person):
    """See that nothing was fetched from elsewhere, nothing ran, and no panel broke."""
    assert person.foreign == []
    assert person.page.evaluate("() => window.hacked") is None
    assert person.page.locator("[data-testid=stMain] img[src^=http]").count() == 0
    assert person.page.locator("a[href^='javascript']").count() == 0
    assert person.page.get_by_text("could not be shown").count() == 0


def open_everything(person):
    """Open every popover and expander, switch on what shows names, and point at every hint."""
    page = person.page
    for title in SWITCHES:
        if page.get_by_role("switch", name=title).count():
            page.get_by_role("switch", name=title).click(force=True)
            settled(person)
    for selector in ("[data-testid=stExpander] summary", "[data-testid=stPopover] button"):
        for at in range(page.locator(selector).count()):
            page.locator(selector).nth(at).click()
            settled(person)
            person.escape()
    for at in range(page.locator("[data-testid=stTooltipHoverTarget]").count()):
        target = page.locator("[data-testid=stTooltipHoverTarget]").nth(at)
        if target.is_visible():
            target.hover(force=True)
            page.wait_for_timeout(100)


def menus(page):
    """Open every menu and return what its options say."""
    found = []
    for menu in page.get_by_role("combobox").all():
        if menu.is_visible() and menu.is_enabled():
            menu.click()
            options = page.get_by_role("option")
            page.wait_for_timeout(300)
            found += options.all_inner_texts()
            page.keyboard.press("Escape")
    return found


@pytest.mark.parametrize(
    "person",
    [
        TABLE,
        pytest.param(PICTURE, marks=pytest.mark.slow),
        pytest.param(TEXT, marks=pytest.mark.slow),
    ],
    indirect=True,
)
def test_nothing_is_fetched_and_nothing_runs_on_any_page(person):
    page = person.page
    for mode in ("matrix", "table", "graph"):
        page.get_by_role("radio", name=mode).click()
        settled(person)
    open_everything(person)
    options = menus(page)
    calm(person)
    assert not any("\\" in option for option in options)
    for tab in ("Inputs", "Inside", "Parts"):
        person.go("Reasons", tab)
        settled(person)
        open_everything(person)
        options += menus(page)
        assert not any("\\" in option for option in options)
        calm(person)
    assert any(name in " ".join(options) for name in NAMES)
    shown = page.locator("[data-testid=stMain]").inner_text()
    assert IMAGE in shown
    assert "\\" not in shown
    page.locator(".st-key-model-chip button").first.click()
    expect(page.get_by_test_id("stPopoverBody").first).to_contain_text(SCRIPT)
    person.escape()
    person.go("Models")
    page.locator(".st-key-gallery-mine").wait_for()
    settled(person)
    calm(person)
