"""Which reader takes a data file, by its content and what the card says."""

from collections.abc import Mapping

from torch import Tensor

from explain.core.errors import ImportRefused
from models.loading.card.model_card import Card, read_card
from models.loading.data.arrays import read_arrays
from models.loading.data.images import read_images
from models.loading.data.record import Data, packed
from models.loading.data.tables import read_table
from models.loading.data.texts import read_texts
from models.loading.files.zip_archive import Archive
from models.loading.limits import Limits

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"RIFF", b"GIF8", b"II*\0", b"MM\0*")
_NPY = b"\x93NUMPY"


def read_data(
    data: bytes,
    card: Card,
    limits: Limits,
    *,
    name: str = "",
    vocabulary: bytes | None = None,
) -> Data:
    """Return what is in a data file: a table, texts, pictures, or arrays.

    Zip archives hold arrays (an npz) or pictures; anything that is text is a table, of texts where
    the card says so. `name` is the file's, `vocabulary` the tokenizer file of a text network.

    Raises:
        ImportRefused: none of these, or refused by its reader.
    """
    if data.startswith(_NPY):
        return read_arrays(data, card, limits)
    if data.startswith(b"PK"):
        names = Archive.open(data, limits).names
        arrays = any(entry.endswith(".npy") for entry in names)
        return (read_arrays if arrays else read_images)(data, card, limits)
    if data.startswith(_PICTURES):
        return read_images(data, card, limits, name=name or "picture")
    if card.modality == "text":
        return read_texts(data, card, limits, vocabulary=vocabulary)
    if card.modality == "image":
        raise ImportRefused("loading.data.pictures_wanted")
    return read_table(data, card, limits)


def data_job(
    data: bytes, options: Mapping[str, object], limits: Limits
) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Return the data in a file as plain values and tensors, for the process that reads.

    Options: `card` as plain JSON, `name` of the file, `vocabulary` as text.

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
        )
    )
