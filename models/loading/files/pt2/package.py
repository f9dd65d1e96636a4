"""The entries of a .pt2 archive: which is the graph, which are weights, which is the card.

Torch has written three layouts: up to 2.7 a flat archive, whose weights are a checkpoint; in 2.8
the folders of today, with a checkpoint in them; since 2.9 one entry of raw numbers for each tensor.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from explain.core.errors import ImportRefused
from models.loading.files.pt2.fields import table_field
from models.loading.files.pt2.payload import PickledTensors, RawTensors, Tensors
from models.loading.files.zip_archive import Archive, quoted_name
from models.loading.limits import Limits
from models.loading.strict_json import parse_json

_FORMAT = "/archive_format"
_FLAT = "serialized_exported_program.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The parts of the file that are read; example inputs stay closed.

    `program` is the parsed graph, `tensors` knows where weights and constants lie.
    """

    program: Mapping[str, object]
    tensors: Tensors
    card: Mapping[str, object] | None


def unpack(data: bytes, limits: Limits) -> Package:
    """Return the parts of a .pt2 file.

    Raises:
        ImportRefused: no .pt2 archive, or a compiled one, several networks in it, too many
            tensors, another byte order.
    """
    archive = Archive.open(data, limits, stored_only=True)
    if _FLAT in archive.names:
        return _flat(archive, limits)
    root = _root(archive)
    model = _only_model(archive, root)
    return Package(
        program=_parsed(archive, f"{root}/models/{model}.json", limits.json_bytes),
        tensors=_tensors(archive, f"{root}/data", model, limits),
        card=_card(archive, f"{root}/extra/model_card.json", limits),
    )


def _flat(archive: Archive, limits: Limits) -> Package:
    names = ("serialized_state_dict.pt", "serialized_constants.pt")
    return Package(
        program=_parsed(archive, _FLAT, limits.json_bytes),
        tensors=PickledTensors(checkpoints=tuple(map(archive.read, names))),
        card=_card(archive, "extra_files/model_card.json", limits),
    )


def _tensors(archive: Archive, folder: str, model: str, limits: Limits) -> Tensors:
    kinds = ("weights", "constants")
    older = [f"{folder}/{kind}/{model}.pt" for kind in kinds]
    if older[0] in archive.names:
        return PickledTensors(checkpoints=tuple(map(archive.read, older)))
    return RawTensors(
        archive=archive,
        folders={
            f"{folder}/{kind}": _config(
                archive, f"{folder}/{kind}/{model}_{kind}_config.json", limits
            )
            for kind in kinds
        },
    )


def _config(archive: Archive, name: str, limits: Limits) -> Mapping[str, object]:
    found = table_field(_parsed(archive, name, limits.json_bytes), "config")
    if len(found) > limits.tensors:
        raise ImportRefused(
            "loading.pt2.too_many_tensors_listed", count=len(found), most=limits.tensors
        )
    return found


def _root(archive: Archive) -> str:
    marks = [name for name in archive.names if name.endswith(_FORMAT)]
    if len(marks) != 1 or archive.read(marks[0], 100) != b"pt2":
        raise ImportRefused("loading.pt2.no_exported_network")
    root = marks[0].removesuffix(_FORMAT)
    order = f"{root}/byteorder"
    if order in archive.names and archive.read(order, 100) != b"little":
        raise ImportRefused("loading.pt2.byte_order")
    return root


def _only_model(archive: Archive, root: str) -> str:
    folder = f"{root}/models/"
    found = [name for name in archive.names if name.startswith(folder)]
    if not found and any(f"{root}/data/aotinductor/" in name for name in archive.names):
        raise ImportRefused("loading.pt2.compiled")
    if len(found) != 1 or not found[0].endswith(".json"):
        raise ImportRefused("loading.pt2.several_networks", count=len(found))
    return found[0].removeprefix(folder).removesuffix(".json")


def _parsed(archive: Archive, name: str, limit: int) -> Mapping[str, object]:
    found = parse_json(archive.read(name, limit), limit)
    if not isinstance(found, dict):
        raise ImportRefused("loading.pt2.no_json_object", name=quoted_name(name))
    return cast("Mapping[str, object]", found)


def _card(archive: Archive, name: str, limits: Limits) -> Mapping[str, object] | None:
    if name not in archive.names:
        return None
    try:
        return _parsed(archive, name, limits.card_bytes)
    except ImportRefused as error:
        raise ImportRefused("loading.pt2.unreadable_card", reason=error.reason) from error
