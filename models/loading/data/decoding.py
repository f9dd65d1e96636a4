"""From the bytes of a text file to its letters: the encoding is found and told."""

import codecs
import re

from explain.core.errors import ImportRefused

_BOMS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "excel"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"(\xb5/\xfd", "zstd"),
    (b"PAR1", "parquet"),
    (b"%PDF", "pdf"),
    (b"\x93NUMPY", "numpy"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SAMPLE = 4_096


def decode_text(data: bytes, limit: int) -> tuple[str, str]:
    """Return the text in a file and a word for its encoding ("UTF-8", "Latin-1" ...).

    What is no UTF-8 and has no mark is Windows-1252, the Latin-1 of today: every byte means
    something there, so the word must be shown.

    Raises:
        ImportRefused: empty, larger than `limit` bytes, compressed, a workbook, or no text.
    """
    if not data:
        raise ImportRefused("loading.data.empty_file")
    if len(data) > limit:
        raise ImportRefused("loading.data.too_many_bytes", count=len(data), most=limit)
    for start, kind in _OTHER_FILES:
        if data.startswith(start):
            raise ImportRefused("loading.data.other_file", kind=kind)
    text, encoding = _text(data)
    if found := _CONTROLS.search(text):
        raise ImportRefused(
            "loading.data.control_character", code=ord(found.group()), place=found.start()
        )
    return text, encoding


def _text(data: bytes) -> tuple[str, str]:
    for mark, codec, name in _BOMS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], codec, name), name
    if codec := _unmarked_utf16(data[:_SAMPLE]):
        return _strictly(data, codec, "UTF-16"), "UTF-16 without a byte order mark"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _strictly(data, "cp1252", "Latin-1"), "Latin-1 (Windows-1252), as it is no UTF-8"


def _strictly(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise ImportRefused(
            "loading.data.encoding_broken", encoding=name, place=error.start
        ) from error


def _unmarked_utf16(start: bytes) -> str:
    """Return the codec when every other byte is zero, as in UTF-16 of plain letters; else ""."""
    half = len(start) // 2
    if half < 2:
        return ""
    if start[1::2].count(0) > 0.7 * half and not start[::2].count(0):
        return "utf-16-le"
    if start[::2].count(0) > 0.7 * half and not start[1::2].count(0):
        return "utf-16-be"
    return ""
