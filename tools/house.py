"""Measure the house: how large it is, which names stand twice, how far a caller walks.

    python -m tools.house           sizes and names, from the syntax trees alone, two seconds
    python -m tools.house --names   the same, with every name that stands twice and where
    python -m tools.house --walks   also what runs between a slider and its picture, a minute

It measures the checkout in which it is called; what it counts and how is said at each function.
"""

import argparse
import ast
import io
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import tokenize
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path.cwd()
HOUSES = ("app.py", "explain", "models", "pages", "sparsight")
WATCHED = (
    ("selection.py", "select"),
    ("caches.py", "masks"),
    ("caches.py", "subject"),
    ("plan.py", "__post_init__"),
    ("plan.py", "to_json"),
)
"""What a release should do once: file and function."""

Table = list[tuple[str, object]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> dict[str, str]:
    """Return every tracked Python file of the product: its path and its text."""
    command = ["git", "ls-files", "--", *(house for house in HOUSES if (ROOT / house).exists())]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
    return {
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in done.stdout.split()
        if name.endswith(".py") and (ROOT / name).exists()
    }


def sizes(texts: dict[str, str]) -> Table:
    """Return files, lines, functions, docstrings and comments.

    A function is as long as its body without docstring and blank lines. Comments that speak to
    tools (`noqa`, `type:`) do not count.
    """
    lines = [len(text.splitlines()) for text in texts.values()]
    bodies = [body for text in texts.values() for body in _bodies(text)]
    documented = [bool(ast.get_docstring(node)) for text in texts.values() for node in _named(text)]
    comments = sum(map(_comments, texts.values()))
    return [
        ("files", len(texts)),
        ("lines", f"{sum(lines):,}"),
        ("lines of a file: median / p90 / longest", _spread(lines)),
        ("functions", f"{len(bodies):,}"),
        ("lines of a function: median / p90 / longest", _spread(bodies)),
        ("public names with a docstring", f"{statistics.mean(documented):.0%}"),
        ("comments per 1000 lines", f"{1000 * comments / sum(lines):.1f}"),
    ]


def names(texts: dict[str, str], kind: type[ast.AST]) -> dict[str, list[str]]:
    """Return the public classes or functions at the top of files: name -> files."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, text in texts.items():
        for node in ast.parse(text).body:
            if isinstance(node, kind) and node.name[0] != "_":  # type: ignore[attr-defined]
                found[node.name].append(path)  # type: ignore[attr-defined]
    return found


def twice(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the names that stand in two files or more."""
    return {name: files for name, files in sorted(found.items()) if len(set(files)) > 1}


def name_rows(texts: dict[str, str]) -> Table:
    """Return how many public names stand in more than one file."""
    kinds = {"class names": ast.ClassDef, "function names": ast.FunctionDef}
    found = {title: names(texts, kind) for title, kind in kinds.items()}
    return [
        (f"{title} used twice", f"{len(twice(these))} of {len(these)}")
        for title, these in found.items()
    ]


class Walk:
    """What ran in files of the house while it was watched, in this thread and new ones.

    Named functions count; comprehensions, lambdas and the bodies of modules do not.
    """

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str, int]] = Counter()
        self.depth = 0
        self._depths: Counter[int] = Counter()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch this thread and those that it starts."""
        threading.setprofile(self._seen)
        sys.setprofile(self._seen)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)

    def _seen(self, frame: FrameType, event: str, _argument: Any) -> None:
        name = frame.f_code.co_name
        if event not in {"call", "return"} or name[0] == "<":
            return
        if (path := _house_path(frame)) is None:
            return
        thread = threading.get_ident()
        if event == "return":
            self._depths[thread] -= 1
            return
        self._depths[thread] += 1
        self.depth = max(self.depth, self._depths[thread])
        self.calls[path, name, frame.f_code.co_firstlineno] += 1

    def row(self) -> str:
        """Return files, functions, calls and depth."""
        files = {path for path, _, _ in self.calls}
        return f"{len(files)} / {len(self.calls)} / {self.calls.total():,} / {self.depth}"

    def times(self, file: str, function: str) -> int:
        """Return how often a function of a file was called."""
        return sum(
            count
            for (path, name, _), count in self.calls.items()
            if path.rpartition("/")[2] == file and name == function
        )


def release() -> Table:
    """Return what runs when the slider of `digits-mlp` goes from 0 to 80 %, in a warm session."""
    from streamlit.testing.v1 import AppTest  # noqa: PLC0415 - a minute, only when asked for

    app = AppTest.from_file(ROOT / "app.py", default_timeout=300)
    app.query_params["model"] = "digits-mlp"
    app.run()
    walk = Walk()
    amount = next(box for box in app.number_input if box.label.startswith("Amount"))
    with walk.watched():
        amount.set_value(80.0).run()
    if app.error:
        raise RuntimeError(app.error[0].value)
    counted = [
        (f"  calls of {file.removesuffix('.py')}.{name}", walk.times(file, name))
        for file, name in WATCHED
    ]
    return [("slider 0 to 80 %", walk.row()), *counted]


def opening() -> Table:
    """Return what runs when a `.pt2` file is loaded, what its own process does among it."""
    import models  # noqa: PLC0415 - the same
    from models.example import example_model  # noqa: PLC0415 - the same
    from models.loading.limits import LIMITS  # noqa: PLC0415 - the same
    from models.loading.processes.jobs import read_model  # noqa: PLC0415 - the same

    content, walk = example_model("pt2"), Walk()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pt2"
        path.write_bytes(content)
        with walk.watched():
            models.load(path)
            read_model(content, {}, LIMITS)
    return [("models.load(file.pt2)", walk.row())]


def splitting() -> Table:
    """Return what runs when the contributions of three blocks are asked for one sample."""
    import explain  # noqa: PLC0415 - the same
    import models  # noqa: PLC0415 - the same

    subject, walk = models.load("digits-mlp"), Walk()
    parts = explain.partition(subject, "depth-blocks")
    with walk.watched():
        explain.contributions(subject, parts, sample=0)
    return [("explain.contributions", walk.row())]


def walks() -> Table:
    """Return the three walks, each as files / functions / calls / depth."""
    sys.path.insert(0, str(ROOT))
    routes: Sequence[Callable[[], Table]] = (splitting, opening, release)
    return list(itertools.chain.from_iterable(route() for route in routes))


def main() -> None:
    """Print what was asked for."""
    options = _options()
    texts = sources()
    for label, value in [*sizes(texts), *name_rows(texts), *(walks() if options.walks else ())]:
        print(f"{label:46} {value}")
    if options.names:
        for kind in (ast.ClassDef, ast.FunctionDef):
            for name, files in twice(names(texts, kind)).items():
                print(f"{name:26} {', '.join(files)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--names", action="store_true", help="list the names that stand twice")
    parser.add_argument("--walks", action="store_true", help="follow three calls")
    return parser.parse_args()


def _house_path(frame: FrameType) -> str | None:
    file = frame.f_code.co_filename
    if not file.startswith(f"{ROOT}{os.sep}"):
        return None
    path = Path(file).relative_to(ROOT).as_posix()
    return path if path.partition("/")[0] in HOUSES else None


def _spread(values: list[int]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):g} / {ordered[9 * len(ordered) // 10]} / {ordered[-1]}"


def _bodies(text: str) -> Iterator[int]:
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            yield _length(node, lines)


def _length(node: Function, lines: list[str]) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    if not body:
        return 0
    return sum(bool(line.strip()) for line in lines[body[0].lineno - 1 : node.end_lineno])


def _named(text: str) -> Iterator[ast.ClassDef | ast.FunctionDef]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name[0] != "_":
            yield node


def _comments(text: str) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    found = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return sum("noqa" not in comment and "type:" not in comment for comment in found)


if __name__ == "__main__":
    main()
