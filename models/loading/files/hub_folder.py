"""A zipped folder as Transformers saves it: weights, what they are, and the tokenizer."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath

from explain.core.errors import ImportRefused, placed
from explain.core.messages import Message, listed
from models.loading.card.transformers_config import config_in
from models.loading.files.raw_tensors import Reading
from models.loading.files.signatures import HUB_WEIGHTS, format_of, reader_of
from models.loading.files.zip_archive import Archive, quoted_name
from models.loading.folder import CARD, CONFIG, WORDS
from models.loading.limits import Limits
from models.loading.strict_json import parse_json

_SHOWN = 5
_WEIGHTS = frozenset({"safetensors", "checkpoint", "old-checkpoint"})


def read_hub_folder(data: bytes, limits: Limits) -> Reading:
    """Return the bare weights of the folder, its card and its tokenizer as they stand beside them.

    Of weights in two formats the safetensors are read. Other files are not opened.

    Raises:
        ImportRefused: several such folders, parts that are too large, weights that their own reader
            does not take in.
    """
    archive = Archive.open(data, limits)
    place = _place(archive.names)
    content = archive.read(str(place), limits.file_bytes)
    with placed(ImportRefused, partial(_in_entry, str(place))):
        if format_of(content) not in _WEIGHTS:  # never an archive of archives
            raise ImportRefused("loading.hub_folder.no_weights", name=place.name)
        found = reader_of(content)(content, limits)
    card, words = _card(archive, place, limits), _words(archive, place, limits)
    return replace(found, card=card, words=words)


def _in_entry(name: str) -> Message:
    return Message("loading.hub_folder.in_entry", name=quoted_name(name))


def _place(names: Iterable[str]) -> PurePosixPath:
    found = [path for path in map(PurePosixPath, names) if path.name in HUB_WEIGHTS]
    best = min(HUB_WEIGHTS.index(path.name) for path in found)
    places = [path for path in found if path.name == HUB_WEIGHTS[best]]
    if len(places) > 1:
        told = listed(map(quoted_name, map(str, places)), _SHOWN)
        raise ImportRefused("loading.hub_folder.several", count=len(places), names=told)
    return places[0]


def _card(archive: Archive, place: PurePosixPath, limits: Limits) -> Mapping[str, object] | None:
    if own := _beside(archive, place, CARD, limits.card_bytes):
        with placed(ImportRefused, partial(_in_entry, str(place.with_name(CARD)))):
            found = parse_json(own, limits.card_bytes)
            if not isinstance(found, dict):
                raise ImportRefused("loading.card.no_object")
        return found
    config = _beside(archive, place, CONFIG, limits.card_bytes)
    with placed(ImportRefused, partial(_in_entry, str(place.with_name(CONFIG)))):
        return config_in(config, limits) if config else None


def _words(archive: Archive, place: PurePosixPath, limits: Limits) -> str:
    for name in WORDS:
        content = _beside(archive, place, name, limits.json_bytes)
        if content:
            return content.decode("utf-8", errors="replace")
    return ""


def _beside(archive: Archive, place: PurePosixPath, name: str, most: int) -> bytes:
    path = str(place.with_name(name))
    return archive.read(path, most) if path in archive.sizes else b""
