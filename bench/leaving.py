"""Print what closed tabs leave in memory: `python -m bench.leaving [--tabs 6] [--minutes 4]`.

Each tab drops a model of about 33 MB and its table, opens it in Explore and is closed. Resident
memory of the app is read before, with all of them gone, and every half minute after.
"""

import argparse
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser

from bench.frames.harness import chromium
from bench.server import Server, serve_app
from bench.uploads import Files, perceptron, phases
from explain.core.resources import use_one_thread

_WIDTH = 2_500
_STEP = 30.0


def visited(browser: Browser, server: Server, files: Files) -> None:
    """Load a model in a tab of its own, look at it, and close the tab."""
    with tempfile.TemporaryDirectory() as folder:
        for _ in phases(browser, server.address, files, Path(folder)):
            pass


def main() -> None:
    """Print one line per reading: what happened, and MB resident."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabs", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=4.0)
    options = parser.parse_args()
    use_one_thread()
    with serve_app() as server, chromium() as browser:
        visited(browser, server, perceptron(0, width=32))
        _tell("a small model", server)
        for seed in range(1, options.tabs + 1):
            visited(browser, server, perceptron(seed, width=_WIDTH))
            _tell(f"{seed} tabs closed", server)
        closed = time.monotonic()
        while (since := time.monotonic() - closed) < 60 * options.minutes:
            time.sleep(_STEP)
            _tell(f"{since + _STEP:.0f} s later", server)


def _tell(what: str, server: Server) -> None:
    print(f"{what:<16}{server.resident() / 1e6:>8.0f} MB", flush=True)


if __name__ == "__main__":
    main()
