"""The entries of a .pt2 archive: which is the graph, which are weights, which is the card."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from explain.core.errors import ImportRefused
from models.loading.archive import Archive, shown
from models.loading.limits import Limits
from models.loading.pt2.fields import table
from models.loading.pt2.refusal import refusal
from models.loading.strict_json import parse

__all__ = ["Package", "is_pt2", "unpack"]

_FORMAT = "/archive_format"
_CARD = "extra/model_card.json"
_OLD = "serialized_exported_program.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The parts of the file that are read; example inputs stay closed.

    `program` is the parsed graph; `weights` and `constants` say for each tensor which entry holds
    its bytes.
    """

    archive: Archive
    root: str
    program: Mapping[str, object]
    weights: Mapping[str, object]
    constants: Mapping[str, object]
    card: Mapping[str, object] | None

    def payload(self, folder: str, name: str) -> bytes:
        """Return the raw bytes of a tensor in "weights" or "constants"."""
        return self.archive.read(f"{self.root}/data/{folder}/{name}")


def is_pt2(names: tuple[str, ...]) -> bool:
    """Return whether an archive with these entries calls itself a .pt2 file, old ones included."""
    return any(name.endswith(_FORMAT) or name.rpartition("/")[2] == _OLD for name in names)


def unpack(data: bytes, limits: Limits) -> Package:
    """Return the parts of a .pt2 file.

    Raises:
        ImportRefused: no .pt2 archive, one of an old layout or compiled, several networks in it,
            too many tensors, another byte order.
    """
    archive = Archive.open(data, limits, stored_only=True)
    root = _root(archive)
    model = _only_model(archive, root)
    folder = f"{root}/data"

    def config(kind: str) -> Mapping[str, object]:
        name = f"{folder}/{kind}/{model}_{kind}_config.json"
        found = table(_parsed(archive, name, limits.json_bytes), "config")
        if len(found) > limits.tensors:
            raise refusal(f"lists {len(found):,} tensors, more than {limits.tensors:,}")
        return found

    return Package(
        archive=archive,
        root=root,
        program=_parsed(archive, f"{root}/models/{model}.json", limits.json_bytes),
        weights=config("weights"),
        constants=config("constants"),
        card=_card(archive, root, limits),
    )


def _root(archive: Archive) -> str:
    """Return the folder that everything lies in."""
    if any(name.rpartition("/")[2] == _OLD for name in archive.names):
        raise refusal("was written by an old torch (2.7 or before), whose weights are a pickle")
    marks = [name for name in archive.names if name.endswith(_FORMAT)]
    if len(marks) != 1 or archive.read(marks[0], 100) != b"pt2":
        raise refusal("does not say that it holds an exported network")
    root = marks[0].removesuffix(_FORMAT)
    order = f"{root}/byteorder"
    if order in archive.names and archive.read(order, 100) != b"little":
        raise refusal("has its numbers in another byte order")
    return root


def _only_model(archive: Archive, root: str) -> str:
    folder = f"{root}/models/"
    found = [name for name in archive.names if name.startswith(folder)]
    if not found and any(f"{root}/data/aotinductor/" in name for name in archive.names):
        raise refusal("holds a compiled program, not a network")
    if len(found) != 1 or not found[0].endswith(".json"):
        raise refusal(f"holds {len(found)} networks where one belongs")
    return found[0].removeprefix(folder).removesuffix(".json")


def _parsed(archive: Archive, name: str, limit: int) -> Mapping[str, object]:
    found = parse(archive.read(name, limit), limit)
    if not isinstance(found, dict):
        raise refusal(f"has no JSON object in {shown(name)}")
    return cast("Mapping[str, object]", found)


def _card(archive: Archive, root: str, limits: Limits) -> Mapping[str, object] | None:
    name = f"{root}/{_CARD}"
    if name not in archive.names:
        return None
    try:
        return _parsed(archive, name, limits.card_bytes)
    except ImportRefused as error:
        raise refusal(
            f"has an unreadable model card: {error.reason}", hint="Write the card again."
        ) from error
