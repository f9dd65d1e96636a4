"""Print how long a file takes to its first picture: `python -m bench.uploads [--rounds 3]`.

A real Chromium drops a model of about 50 MB and its data on the page "Models" and opens it.
The clock runs from the drop of the model until the page Explore shows the graph and all three
numbers. Every round is a new person with weights of its own, so nothing is in a cache; the first
round also starts the reading process.
"""

import argparse
import io
import json
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
from PIL import Image
from playwright.sync_api import Browser, Page
from torch import Tensor, nn

from bench.frames.harness import chromium
from bench.networks import ResNet18
from bench.server import serve_app
from explain.core.messages import say
from explain.core.resources import use_one_thread

PATIENCE = 120_000.0
ROWS = 240
PICTURES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What a person drops on the page."""

    name: str
    model: bytes
    data_name: str
    data: bytes


def perceptron(seed: int, width: int = 3200) -> Files:
    """Return a perceptron (of 12.8 million weights) as .pt2 with its card, and a table."""
    torch.manual_seed(seed)
    features, classes = 784, 10
    network = nn.Sequential(
        *(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()),
        nn.Linear(width, classes),
    )
    names = [f"pixel {at}" for at in range(features)]
    card = {
        "schema": 1,
        "title": "Perceptron",
        "task": "classification",
        "modality": "tabular",
        "input": {"shape": [features], "features": names},
        "labels": [f"class {at}" for at in range(classes)],
        "output": "logits",
    }
    values = torch.randn(ROWS, features)
    lines = [",".join([*names, "label"])]
    for at, row in enumerate(values.tolist()):
        lines.append(",".join([*(f"{value:.4f}" for value in row), f"class {at % classes}"]))
    return Files(
        name="perceptron.pt2",
        model=_exported(network, values[:2], card),
        data_name="rows.csv",
        data="\n".join(lines).encode(),
    )


def pictured(seed: int) -> Files:
    """Return a ResNet-18 of 11.7 million weights as .pt2 with its card, and pictures in a zip."""
    torch.manual_seed(seed)
    card = {
        "schema": 1,
        "title": "ResNet-18",
        "task": "classification",
        "modality": "image",
        "input": {"shape": [3, 64, 64], "layout": "NCHW"},
        "labels": [f"class {at}" for at in range(1000)],
        "output": "logits",
    }
    random = np.random.default_rng(seed)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as entries:
        for at in range(PICTURES):
            picture = io.BytesIO()
            pixels = random.integers(0, 256, (64, 64, 3), np.uint8)
            Image.fromarray(pixels).save(picture, "PNG")
            entries.writestr(f"class {at % 4}/{at}.png", picture.getvalue())
    return Files(
        name="resnet18.pt2",
        model=_exported(ResNet18(), torch.randn(2, 3, 64, 64), card),
        data_name="pictures.zip",
        data=archive.getvalue(),
    )


CASES: tuple[Callable[[int], Files], ...] = (perceptron, pictured)


def _exported(network: nn.Module, example: Tensor, card: dict[str, object]) -> bytes:
    rows = ({0: torch.export.Dim("rows")},)
    program = torch.export.export(network.eval(), (example,), dynamic_shapes=rows)
    whole = io.BytesIO()
    torch.export.save(program, whole, extra_files={"model_card.json": json.dumps(card)})
    return whole.getvalue()


def phases(browser: Browser, address: str, files: Files, folder: Path) -> Iterator[float]:
    """Yield the seconds since the drop: at the first look, and at the first picture."""
    (folder / files.name).write_bytes(files.model)
    (folder / files.data_name).write_bytes(files.data)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"http://{address}/models")
    page.get_by_role("heading", name=say("load.file.title")).wait_for(timeout=PATIENCE)
    _quiet(page)
    started = time.perf_counter()
    _drop(page, folder / files.name, folder / files.data_name)
    page.get_by_role("heading", name=say("load.look.title")).first.wait_for(timeout=PATIENCE)
    opening = page.get_by_role("button", name=say("load.look.open"))
    opening.wait_for(timeout=PATIENCE)
    yield time.perf_counter() - started
    opening.click()
    page.locator(".ribbon").wait_for(timeout=PATIENCE)
    page.locator("canvas").first.wait_for(timeout=PATIENCE)
    yield time.perf_counter() - started
    page.close()


def _quiet(page: Page) -> None:
    state = "[data-testid=stApp][data-test-script-state=notRunning]"
    page.wait_for_selector(state, timeout=PATIENCE)


def _drop(page: Page, *paths: Path) -> None:
    """Give the browser files by their paths: through Playwright itself 50 MB take many seconds."""
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(paths)


def main() -> None:
    """Print one line for each kind of model; the goal is 10 seconds to the first picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    use_one_thread()
    print("Seconds from the drop of the model file; every round has other weights.")
    print(f"{'':<16}{'MB':>6}{'first look':>12}{'first picture':>15}{'slowest':>9}")
    for make in CASES:
        with serve_app() as server, chromium() as browser:
            seen: list[tuple[float, ...]] = []
            for seed in range(options.rounds):
                files = make(seed)
                with tempfile.TemporaryDirectory() as folder:
                    seen.append(tuple(phases(browser, server.address, files, Path(folder))))
        look, picture = (median(values) for values in zip(*seen, strict=True))
        slowest = max(last for _, last in seen)
        size = len(files.model) / 1e6
        print(
            f"{files.name:<16}{size:>6.1f}{look:>12.1f}{picture:>15.1f}{slowest:>9.1f}", flush=True
        )


if __name__ == "__main__":
    main()
