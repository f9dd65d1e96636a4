"""Networks to look at: built-in demos with their data, and files of users."""

from collections.abc import Mapping
from pathlib import Path

from explain.core.errors import Refused
from explain.core.subject import Subject
from models import catalog
from models.demo import SEEDS, subject_of_demo
from models.loading.card.model_card import Card
from models.loading.loading import load_file

__all__ = ["catalog", "load", "load_demo"]

_LONGEST_PATH = 4_096


def load(
    key: str | Path,
    *,
    card: Path | Mapping[str, object] | Card | None = None,
    data: Path | str | None = None,
    vocabulary: Path | str | None = None,
    output: str | int | None = None,
    held: Mapping[str, object] | None = None,
    part: str = "",
    seed: int = 1,
) -> Subject:
    """Return the subject of a demo, or of a file of yours.

    `key` is the key of a demo ("digits-mlp", ...: `models.catalog.CATALOG` lists all), or a path to
    a `.pt2`, `.onnx`, `.safetensors` or `.pt` file, or to a folder as Transformers saves it; a text
    is a path where something is there. Nothing in a file is ever executed. `card` says what the
    numbers mean, `data` (CSV, zip of pictures, npz) are the samples, `vocabulary` belongs to a text
    network. `output` says which of several values that the network of a file returns is its
    answer, by name or place. `held` says what inputs are held at that are not varied and explained,
    by name: a number, the name of an array or of columns in the data, or an array for all rows;
    without it the first input is varied, and the others are found in the data under their names.

    `part` says which network of a checkpoint that holds several; the refusal names them.

    `seed` 2 gives the second training of the same demo on the same rows; for a file it chooses the
    rows that serve criteria. Every call returns a new, independent subject; nothing is cached here.
    Cost: reading a few hundred kB and one lift, or reading the files.

    Raises:
        UnknownKey: no demo has that key, and no file that name; the hint names the nearest.
        Refused: there is no such training of that network.
        InvalidFile: a shipped file is missing or damaged.
        ImportRefused: a file of yours that is not taken in, with the reason.
    """
    if isinstance(key, Path) or _is_path(key):
        return load_file(
            Path(key),
            card=card,
            data=None if data is None else Path(data),
            vocabulary=None if vocabulary is None else Path(vocabulary),
            output=output,
            held=held,
            part=part,
            seed=seed,
        )
    return load_demo(key, seed=seed)


def load_demo(key: str, *, seed: int = 1) -> Subject:
    """Return the subject of a demo, as `load` does, whatever files there are of that name.

    Raises:
        UnknownKey: no demo has that key; the hint names the nearest.
        Refused: there is no such training of that network.
        InvalidFile: a shipped file is missing or damaged.
    """
    if (entry := catalog.optional(key)) is None:
        return subject_of_demo(catalog.demo(key), seed=seed)
    if seed != SEEDS[0]:
        raise Refused("models.not_trained_here", title=entry.title)
    return entry.load()


def _is_path(key: str) -> bool:
    """Return whether a text is no key of a demo but the path of a file or folder."""
    if key in {"", *(entry.key for entry in catalog.CATALOG)} or "\0" in key:
        return False
    return len(key) < _LONGEST_PATH and Path(key).exists()
