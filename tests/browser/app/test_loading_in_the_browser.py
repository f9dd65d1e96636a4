"""The page Models in a real Chromium: own files, refusals, links, and nothing that leaves."""

import io
import json
import re
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect
from safetensors.torch import save
from torch import nn

from explain.core.messages import say
from models.example import example_csv, example_model

pytestmark = pytest.mark.browser

SECONDS = 90_000
ROWS = 60


def loading(visit, query="", **options):
    """Open the app and go to the page as a person does."""
    person = visit(query, **options)
    go(person, "Models")
    person.page.get_by_role("heading", name=say("load.file.title")).wait_for(timeout=SECONDS)
    person.quiet()
    return person


def go(person, title):
    person.quiet()
    narrow = person.page.viewport_size["width"] <= 700
    if narrow:
        person.page.get_by_test_id("stExpandSidebarButton").click()
    person.page.get_by_role("link", name=title).first.click()
    if narrow and person.page.get_by_test_id("stSidebarCollapseButton").is_visible():
        person.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()


def give(person, *files):
    """Drop files (name, content) at once, on a page at rest; wait until the app has heard of it."""
    person.quiet()
    runs = person.runs
    person.page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(
        [
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
            for name, content in files
        ]
    )
    person.until(lambda: person.runs > runs)


def give_rows(person, name, content):
    """Drop data, and wait until they are read."""
    give(person, (name, content))
    person.page.get_by_role("button", name=say("load.data.without")).wait_for(timeout=SECONDS)


def look(person):
    person.page.get_by_role("heading", name=say("load.look.title")).first.wait_for(timeout=SECONDS)
    person.quiet()


def open_in_prune(person):
    person.page.get_by_role("button", name="Open in Explore").click()
    person.ready()


def table():
    """Return a network, and a table that it was trained on a little."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 2))
    x = torch.randn(ROWS, 4)
    y = (x[:, 0] + x[:, 1] > 0).long()
    fit(net, x, y)
    words = ("no", "yes")
    lines = (
        ",".join(
            [*(f"{value:.4f}" for value in row), words[int(at)], "north" if n % 2 else "south"]
        )
        for n, (row, at) in enumerate(zip(x.tolist(), y, strict=True))
    )
    return net, ("age,height,weight,pulse,ill,site\n" + "\n".join(lines)).encode()


def fit(net, x, y):
    optimiser = torch.optim.Adam(net.parameters(), 0.05)
    for _ in range(60):
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimiser.step()
    net.eval()


def as_pt2(net, example, card=None):
    out = io.BytesIO()
    rows = {"input": {0: torch.export.Dim("rows")}}
    program = torch.export.export(net, (example,), dynamic_shapes=rows)
    torch.export.save(program, out, extra_files={} if card is None else {"model_card.json": card})
    return out.getvalue()


def as_onnx(net, example):
    out = io.BytesIO()
    torch.onnx.export(net, (example,), out, dynamo=False, dynamic_axes={"x": {0: "n"}},
                      input_names=["x"], output_names=["y"])  # fmt: skip
    return out.getvalue()


def pictures():
    """Return pictures in a zip, one folder a class, and a network that tells them apart."""
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 60, (ROWS, 8, 8)).astype(np.uint8)
    grey[::2, 2:6, 2:6] += 150
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for at, picture in enumerate(grey):
            one = io.BytesIO()
            Image.fromarray(picture).save(one, "PNG")
            archive.writestr(f"{'box' if at % 2 == 0 else 'noise'}/{at}.png", one.getvalue())
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 2)
    )
    x = torch.from_numpy(grey).float().unsqueeze(1) / 255
    fit(net, x, torch.arange(ROWS) % 2)
    return net, x[:2], out.getvalue()


def share_right(person):
    """Return the percentage of decisions that the checks say are right."""
    line = person.page.get_by_test_id("stMarkdown").filter(has_text="of the decisions are right")
    return float(re.search(r"([\d.]+) %", line.last.inner_text())[1])


def all_pages(person):
    """See that every other page has its pictures for what was loaded."""
    go(person, "Decisions")
    person.quiet()
    go(person, "Reasons")
    for tab in ("Inputs", "Inside", "Parts"):
        person.page.get_by_role("tab", name=tab).click()
        person.quiet()
        expect(person.page.get_by_test_id("stAlert").filter(has_text="could not")).to_have_count(0)
    person.page.get_by_text(say("modules.menus.own")).wait_for(timeout=SECONDS)


def test_a_pt2_file_and_a_table_lead_to_graph_accuracy_and_explanation(visit):
    net, rows = table()
    card = json.dumps({"schema": 1, "labels": ["no", "yes"], "target": "ill", "groups": ["site"]})
    person = loading(visit)
    give(person, ("net.pt2", as_pt2(net, torch.randn(3, 4), card)))
    give_rows(person, "rows.csv", rows)
    look(person)
    assert share_right(person) > 80
    open_in_prune(person)
    assert person.ink() > 100
    assert float(person.numbers()[1].rstrip(" %")) > 80
    all_pages(person)


def test_an_onnx_file_and_a_zip_of_pictures_lead_to_the_same(visit):
    net, example, archive = pictures()
    person = loading(visit)
    give(person, ("net.onnx", as_onnx(net, example)))
    give_rows(person, "pictures.zip", archive)
    look(person)
    assert share_right(person) > 80
    open_in_prune(person)
    assert person.ink() > 100
    all_pages(person)


def test_bare_weights_and_the_form_lead_to_the_same(visit):
    net, rows = table()
    person = loading(visit)
    give(person, ("weights.safetensors", save(net.state_dict())))
    expect(person.page.get_by_role("combobox", name="Architecture")).to_be_visible(timeout=SECONDS)
    field = person.page.get_by_role("textbox", name="Names of the classes")
    field.fill("no\nyes")
    person.page.get_by_text("Preprocessing, columns, names").click()
    person.page.get_by_role("textbox", name="Column with the answer").fill("ill")
    person.page.get_by_role("textbox", name="Columns that divide").fill("site")
    person.page.get_by_role("button", name="Use this card").click()
    person.quiet()
    person.page.goto(person.url)
    person.ready()
    go(person, "Models")
    person.page.get_by_role("heading", name=say("load.file.title")).wait_for(timeout=SECONDS)
    person.quiet()
    give(person, ("weights again.safetensors", save(net.state_dict())), ("rows.csv", rows))
    person.page.get_by_role("button", name=say("load.data.without")).wait_for(timeout=SECONDS)
    look(person)
    expect(field).to_have_value("no\nyes")
    assert share_right(person) > 80
    open_in_prune(person)
    all_pages(person)


HOSTILE = (
    ("model.pt2", b"\x80\x04cos\nsystem\n(S'touch hacked'\ntR."),
    ("<img src=x onerror=alert(1)>.onnx", b"\x08\x07" + b"\xff" * 200),
    ("huge.safetensors", (1 << 62).to_bytes(8, "little") + b"{}"),
    ("page.html", b"<html><script>alert(1)</script></html>"),
)


def test_a_hostile_file_is_refused_in_words_while_the_page_lives(visit):
    person = loading(visit)
    alert = person.page.get_by_test_id("stAlert")
    for name, content in HOSTILE:
        give(person, (name, content))
        alert.wait_for(timeout=SECONDS)
        assert len(alert.inner_text()) > 40
        person.page.get_by_role("button", name="Try another file").click()
        expect(alert).to_have_count(0, timeout=SECONDS)
        person.quiet()
    give(person, ("heart.safetensors", example_model("safetensors")))
    look(person)


def test_the_keyboard_opens_what_is_loaded_and_a_link_finds_its_way_back(visit):
    person, rows = loading(visit), example_csv().encode()
    give(person, ("heart.safetensors", example_model("safetensors")), ("heart.csv", rows))
    person.page.get_by_role("button", name=say("load.data.without")).wait_for(timeout=SECONDS)
    look(person)
    person.page.keyboard.press("Enter")
    person.ready()
    person.drag_to(0.7)
    expect(person.page.get_by_role("button", name="Undo")).to_be_enabled(timeout=SECONDS)
    person.quiet()
    before, query = person.numbers(), person.link()
    other = visit("")
    other.page.goto(f"{other.url}/{query}")
    note = other.page.get_by_test_id("stAlert").filter(has_text="waits for the file with sha256")
    note.wait_for(timeout=SECONDS)
    assert other.link() == query
    give(other, ("heart.safetensors", example_model("safetensors")))
    give_rows(other, "heart.csv", rows)
    look(other)
    other.page.get_by_role("button", name="Open the view of the link").click()
    other.wait_for_numbers(before)


def test_a_second_network_stays_beside_the_first_and_nothing_slides(visit):
    person = loading(visit, "?model=digits-cnn")
    person.page.wait_for_timeout(1_200)  # an address written that long ago may mean "back"
    person.page.locator(".st-key-beside-digits-mlp button").click()
    back = person.page.get_by_role("button", name=say("comparison.with_the_plan"))
    back.wait_for(timeout=SECONDS)
    person.page.get_by_text(say("comparison.as_it_is")).wait_for(timeout=SECONDS)
    assert "other=digits-mlp" in person.link()
    expect(person.page.get_by_role("slider")).to_have_count(0)
    back.click()
    expect(person.page.get_by_role("slider").first).to_be_visible(timeout=SECONDS)
    assert "other=" not in person.link()


def test_another_session_does_not_see_what_was_loaded(visit):
    person = loading(visit)
    give(person, ("heart.safetensors", example_model("safetensors")))
    look(person)
    person.page.get_by_role("button", name="Open in Explore").wait_for(timeout=SECONDS)
    other = visit("")
    other.chip("model").get_by_role("combobox").click()
    titles = other.page.get_by_role("option").all_inner_texts()
    assert titles
    assert not any("example" in title for title in titles)


def test_the_page_keeps_nobody_out_and_is_no_wider_than_a_telephone(visit):
    person = loading(visit)
    person.page.get_by_role("button", name="Try an example").click()
    person.page.get_by_role("button", name="Load both now").click()
    look(person)
    assert person.barriers() == []
    person.page.set_viewport_size({"width": 390, "height": 844})
    person.quiet()
    assert person.overflow() <= 0
