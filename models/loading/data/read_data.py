"""Which reader takes a data file, by its content and what the card says."""

from collections.abc import Mapping

from torch import Tensor

from explain.core.errors import ImportRefused
from models.loading.card.model_card import Card, read_card
from models.loading.data.arrays import read_arrays
from models.loading.data.beside import ByName, from_option
from models.loading.data.images import read_images
from models.loading.data.record import Data, packed
from models.loading.data.tables import read_table
from models.loading.data.texts import read_texts
from models.loading.files.zip_archive import Archive
from models.loading.limits import Limits

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"RIFF", b"GIF8", b"II*\0", b"MM\0*")
_NPY = b"\x93NUMPY"
_ALONE = ByName()


def read_data(
    data: bytes,
    card: Card,
    limits: Limits,
    *,
    name: str = "",
    vocabulary: bytes | None = None,
    by_name: ByName = _ALONE,
) -> Data:
    """Return what is in a data file: a table, texts, pictures, or arrays.

    Zip archives hold arrays (an npz) or pictures; anything that is text is a table, of texts where
    the card says so. `name` is the file's, `vocabulary` the tokenizer file of a text network,
    `by_name` the inputs of the network, which arrays and tables have by name.

    Raises:
        ImportRefused: none of these, or refused by its reader.
    """
    if data.startswith(_NPY):
        return read_arrays(data, card, limits, by_name)
    if data.startswith(b"PK"):
        names = Archive.open(data, limits).names
        if any(entry.endswith(".npy") for entry in names):
            return read_arrays(data, card, limits, by_name)
    beside = by_name.beside
    if beside and (data.startswith((b"PK", *_PICTURES)) or card.modality in {"text", "image"}):
        raise ImportRefused("loading.data.inputs_elsewhere", names=[one.name for one in beside])
    if data.startswith(b"PK"):
        return read_images(data, card, limits)
    if data.startswith(_PICTURES):
        return read_images(data, card, limits, name=name or "picture")
    if card.modality == "text":
        return read_texts(data, card, limits, vocabulary=vocabulary)
    if card.modality == "image":
        raise ImportRefused("loading.data.pictures_wanted")
    return read_table(data, card, limits, by_name)


def data_job(
    data: bytes, options: Mapping[str, object], limits: Limits
) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Return the data in a file as plain values and tensors, for the process that reads.

    Options: `card` as plain JSON, `name` of the file, `vocabulary` as text, `inputs` as JSON.

    Raises:
        ImportRefused: as `read_data`.
    """
    card, words = options.get("card"), options.get("vocabulary")
    return packed(
        read_data(
            data,
            read_card(card if isinstance(card, Mapping) else {}, limits),
            limits,
            name=str(options.get("name", "")),
            vocabulary=words.encode() if isinstance(words, str) else None,
            by_name=from_option(options.get("inputs")),
        )
    )
