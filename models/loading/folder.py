"""A folder as Transformers saves it: which file is the network, which the tokenizer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from explain.core.errors import ImportRefused
from explain.core.messages import listed
from models.loading.files.zip_archive import quoted_name

CARD, CONFIG = "model_card.json", "config.json"
"""What a card beside a network is called, and what Transformers calls its own."""
WORDS = ("tokenizer.json", "vocab.txt")
"""What the file of a tokenizer is called, the better first."""
_ENDINGS = (".safetensors", ".pt2", ".onnx", ".bin", ".pt", ".pth")
"""Of files with a network, the best first; of two endings the better one is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The files of a folder that belong together; the card is found beside the network."""

    model: Path
    vocabulary: Path | None


def folder_of(path: Path) -> Folder:
    """Return the files right inside a folder by their names; none of them is opened.

    Raises:
        ImportRefused: no network in it, or several of one kind, with their names.
    """
    named = {entry.name: entry for entry in sorted(path.iterdir()) if entry.is_file()}
    return Folder(
        model=named[_model(path, tuple(named))],
        vocabulary=next((named[name] for name in WORDS if name in named), None),
    )


_SHOWN = 8


def _model(path: Path, names: Sequence[str]) -> str:
    for ending in _ENDINGS:
        found = [name for name in names if name.lower().endswith(ending)]
        if len(found) > 1:
            told, first = listed(map(quoted_name, found), _SHOWN), quoted_name(str(path / found[0]))
            raise ImportRefused("loading.folder.several", names=told, first=first)
        if found:
            return found[0]
    told = listed(map(quoted_name, names), _SHOWN)
    raise ImportRefused(
        "loading.folder.no_network", count=len(names), names=told, endings=list(_ENDINGS)
    )
