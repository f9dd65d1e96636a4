"""A tiny page on 127.0.0.1 that mounts the component without Streamlit, for benches and tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path
from shutil import which
from threading import Thread

from playwright.sync_api import Browser, sync_playwright

from explain.core.messages import templates
from explain.core.network import NetworkView
from explain.figures import TOKENS_CSS
from pages._components import network_graph
from pages._components.network_graph.wire import pack

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_HERE = Path(__file__).parent
_INTERNALS = (
    "asSet shareOf decodeGraph roundHalfEven rankOf aliveCount amountAtRank quartersLeft "
    "layoutGraph"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the system's Chromium, headless and without a GPU."""
    path = next(filter(None, map(which, CHROMIUM_NAMES)), None)
    if path is None:
        raise FileNotFoundError(f"none of {', '.join(CHROMIUM_NAMES)} is on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@cache
def _static() -> dict[str, tuple[str, str]]:
    return {
        "/": ("text/html", (_HERE / "harness.html").read_text(encoding="utf-8")),
        "/harness.js": ("text/javascript", (_HERE / "harness.js").read_text(encoding="utf-8")),
        "/store.js": ("text/javascript", network_graph.store_js()),
        "/view.js": ("text/javascript", network_graph.view_js()),
        "/view.html": ("text/html", network_graph.view_html()),
        "/tokens.css": ("text/css", TOKENS_CSS.read_text(encoding="utf-8")),
        "/view.css": ("text/css", network_graph.view_css()),
        "/messages.json": ("application/json", dumps(templates("browser.graph"))),
        "/internals.js": ("text/javascript", _internals()),
    }


def _internals() -> str:
    return f"{network_graph.store_js()}\nexport {{ {', '.join(_INTERNALS.split())} }};\n"


@contextmanager
def serve(views: Mapping[str, NetworkView | bytes]) -> Iterator[str]:
    """Yield the address of a page that can mount the component with these stored networks."""
    files = {path: (kind, text.encode()) for path, (kind, text) in _static().items()}
    for name, view in views.items():
        payload = view if isinstance(view, bytes) else pack(view)
        files[f"/payload/{name}"] = ("application/octet-stream", payload)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(files))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(files: Mapping[str, tuple[str, bytes]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = files.get(self.path, ("text/plain", b""))
            self.send_response(200 if self.path in files else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Stay quiet."""

    return Handler
