"""What goes into the wheel: all of it under the name `sparsight`, nothing beside it.

`explain` and `models` are names that others use too: a folder `models` beside a notebook would be
imported in place of ours. The wheel holds them as `sparsight.explain` and `sparsight.models`, and
every import of theirs is written so. The pages lie in a folder whose name cannot be imported;
`sparsight app` runs them by their path.
"""

import ast
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOUSES = ("explain", "models")
PLACES = {
    "sparsight": "",
    "explain": "explain",
    "models": "models",
    "pages": "web-app/pages",
    ".streamlit": "web-app/.streamlit",
    "docs/how-to": "web-app/docs/how-to",
}
ENTRY = "web-app/app.py"


class Packing(BuildHookInterface[Any]):
    """Lays the package out in a folder of its own before it is zipped."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Take the checkout as it is for `pip install -e .`, else lay the package out."""
        if version == "editable":
            return
        self.folder = tempfile.TemporaryDirectory(prefix="sparsight-")  # gone with this object
        lay_out(Path(self.root), Path(self.folder.name))
        build_data["force_include"][self.folder.name] = "sparsight"


def lay_out(root: Path, to: Path) -> None:
    """Copy what the package holds and rename what it imports."""
    leave = shutil.ignore_patterns("__pycache__")
    for source, place in PLACES.items():
        shutil.copytree(root / source, to / place, ignore=leave, dirs_exist_ok=True)
    shutil.copy(root / "app.py", to / ENTRY)
    for path in to.rglob("*.py"):
        path.write_text(renamed(path.read_text(encoding="utf-8")), encoding="utf-8")


def renamed(text: str) -> str:
    """Return Python with `explain` and `models` imported from `sparsight`.

    Raises:
        ValueError: an import that cannot be renamed in its place: several names, or dotted ones.
    """
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and not node.level and _is_house(node.module or ""):
            _replace(lines, node, "from ", "from sparsight.")
        if isinstance(node, ast.Import) and any(_is_house(alias.name) for alias in node.names):
            if [alias.name for alias in node.names] not in [[house] for house in HOUSES]:
                raise ValueError(f"write {ast.unparse(node)!r} as `from ... import ...`")
            _replace(lines, node, "import ", "from sparsight import ")
    return "".join(lines)


def _is_house(name: str) -> bool:
    return name.partition(".")[0] in HOUSES


def _replace(lines: list[str], node: ast.stmt, old: str, new: str) -> None:
    at, start = node.lineno - 1, node.col_offset
    lines[at] = lines[at][:start] + lines[at][start:].replace(old, new, 1)
