"""What a file is by its content, and which reader it needs; its name and extension do not count."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from itertools import islice
from types import MappingProxyType
from typing import Any, Literal

from explain.core.errors import ImportRefused
from explain.network import Output
from models.loading.files.raw_tensors import Reading
from models.loading.files.zip_archive import members
from models.loading.limits import LIMITS, Limits

_STARTS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89HDF\r\n\x1a\n", "hdf5"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"\x04\x22\x4d\x18", "lz4"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"PK\x07\x08", "split-zip"),
    (0, b"PK\x05\x06", "zip"),
    (257, b"ustar", "tar"),
    (0, b"GGUF", "gguf"),
    (0, b"ggml", "gguf"),
    (0, b"lmgg", "gguf"),
    (0, b"tjgg", "gguf"),
    (4, b"TFL3", "tflite"),
    (4, b"PTMF", "torch-mobile"),
    (4, b"ET1", "compiled"),
    (0, b"\x93NUMPY", "arrays"),
    (0, b"\x89PNG\r\n", "pictures"),
    (0, b"\xff\xd8\xff", "pictures"),
    (0, b"GIF8", "pictures"),
    (8, b"WEBP", "pictures"),
    (0, b"II*\x00", "pictures"),
    (0, b"PAR1", "columns"),
    (0, b"ARROW1", "columns"),
    (0, b"SQLite format 3", "columns"),
    (0, b"\xd0\xcf\x11\xe0", "columns"),
    (0, b"%PDF", "document"),
    (0, b"\x7fELF", "program"),
    (0, b"\xcf\xfa\xed\xfe", "program"),
    (0, b"\xca\xfe\xba\xbe", "program"),
    (0, b"#!", "program"),
    (0, b"version https://git-lfs", "lfs-pointer"),
)
_LEGACY = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The number that torch wrote first before its files were archives."""
_FRAME = 9
"""What a pickle of protocol 4 may write before it."""

_FIRST_TARS = (b"sys_info\0", b"pickle\0", b"tensors\0", b"storages\0")
"""What the first entry is called where torch wrote a tar, before 0.1.10."""

_OLD_PICKLE = re.compile(rb"(\((dp|lp|i)|c[a-zA-Z_][\w.]*\n[\w.]+\n|\(c[a-zA-Z_][\w.]*\n)")
_MARKUP = re.compile(rb"\s*(<\?xml|<!doctype|<html|<head|<body|<svg|<error)", re.IGNORECASE)
_JSON = re.compile(rb"(\xef\xbb\xbf)?\s*[\[{]")
_UNKNOWN = re.compile(rb"^\[UNK\]\r?$", re.MULTILINE)
_PICTURE = re.compile(r"\.(png|jpe?g|webp|bmp|gif|tiff?)\Z", re.IGNORECASE)
_HEAD = 4_096
_FIELDS = 2_000
_ONNX_FIELDS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})
_GRAPH, _OPSETS = 7, 8


def signature_of(data: bytes) -> str:
    """Return what the bytes are: "safetensors", "onnx", "zip-file", or a kind of `loading.foreign`.

    Looks at the first bytes and, for protobuf, at the outermost fields; nothing is parsed.
    """
    if not data:
        return "empty"
    for place, mark, kind in _STARTS:
        if data[place : place + len(mark)] == mark:
            return "torch-tar" if kind == "tar" and data.startswith(_FIRST_TARS) else kind
    return next((kind for kind, holds in _TESTS if holds(data)), "unknown")


def _is_safetensors(data: bytes) -> bool:
    """Whether a length and JSON stand first; a wrong length is for the reader to tell."""
    fits = int.from_bytes(data[:8], "little") + 8 <= len(data)
    binary = not data[:8].isascii() or b"\0" in data[:8]
    return (fits and data[8:9] == b"{") or (binary and data[8:10] == b'{"')


def _is_legacy(data: bytes) -> bool:
    return _is_pickle(data) and _LEGACY in data[: 2 + _FRAME + len(_LEGACY)]


def _is_sklearn(data: bytes) -> bool:
    head = data[:_HEAD]
    packed = data[:2] in {b"x\x01", b"x\x5e", b"x\x9c", b"x\xda"}
    return packed or (_is_pickle(data) and (b"sklearn" in head or b"joblib" in head))


def _is_pickle(data: bytes) -> bool:
    return (data[:1] == b"\x80" and data[1:2] <= b"\x05") or bool(_OLD_PICKLE.match(data))


def _is_onnx(data: bytes) -> bool:
    """Whether the outermost fields are those of an ONNX model, as far as they can be followed."""
    seen = {number for number, _ in islice(_fields(data), _FIELDS)}
    return bool(seen) and seen <= _ONNX_FIELDS and bool(seen & {_GRAPH, _OPSETS})


def _is_graph(data: bytes) -> bool:
    """Whether they are those of a TensorFlow model: a number, then texts; or nodes and versions."""
    seen = list(islice(_fields(data), _FIELDS))
    numbers = {number for number, _ in seen}
    return numbers in ({1, 2}, {1, 4}, {1, 2, 4}) and (1, 5) not in seen


def _fields(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield number and wire type of each outermost protobuf field; stops where that ends."""
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        number, wire = tag >> 3, tag & 7
        if not number or wire not in {0, 1, 2, 5} or place > len(data):
            yield 0, wire
            return
        yield number, wire
        if wire == 0:
            _, place = _varint(data, place)
        elif wire == 2:
            length, place = _varint(data, place)
            place += length
        else:
            place += 8 if wire == 1 else 4


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift, byte in enumerate(data[place : place + 10]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, place + shift + 1
    return 0, len(data) + 1


def _is_text(data: bytes) -> bool:
    head = data[:_HEAD]
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < _HEAD - 4:
            return data[:2] in {b"\xff\xfe", b"\xfe\xff"} or _is_latin(head)
        text = head[: error.start].decode("utf-8-sig")
    return all(letter.isprintable() or letter.isspace() for letter in text)


def _is_latin(head: bytes) -> bool:
    return all(byte >= 0xA0 or byte in b"\t\r\n" or 0x20 <= byte < 0x7F for byte in head)


def _ends(*ends: str) -> Callable[[Sequence[str]], bool]:
    """Return whether any entry is called so, in whatever folder."""
    return lambda names: any(
        name == end or name.endswith(f"/{end}") for name in names for end in ends
    )


def _under(folder: str) -> Callable[[Sequence[str]], bool]:
    return lambda names: any(f"/{folder}/" in f"/{name}" for name in names)


def _all(pattern: str) -> Callable[[Sequence[str]], bool]:
    ending = re.compile(pattern, re.IGNORECASE)
    return lambda names: bool(names) and all(ending.search(name) for name in names)


def _is_pt2(names: Sequence[str]) -> bool:
    marks = _ends("archive_format", "serialized_exported_program.json")
    return marks(names) or any(
        name.endswith(".json") and "models/" in name and "/weights/" not in name for name in names
    )


_TESTS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("zip-file", lambda data: data.startswith(b"PK\x03\x04")),
    ("safetensors", _is_safetensors),
    ("old-checkpoint", _is_legacy),
    ("sklearn", _is_sklearn),
    ("pickle", _is_pickle),
    ("onnx", _is_onnx),
    ("savedmodel", _is_graph),
    ("web-page", lambda data: bool(_MARKUP.match(data))),
    ("json", lambda data: bool(_JSON.match(data)) and _is_text(data)),
    ("program", lambda data: data.startswith(b"MZ") and not _is_text(data)),
    ("pictures", lambda data: data.startswith(b"BM") and not _is_text(data)),
    ("text", _is_text),
)
HUB_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
"""What the weights in a folder of a model hub are called, the better first."""
_ZIPS: tuple[tuple[str, Callable[[Sequence[str]], bool]], ...] = (
    ("compiled", _under("aotinductor")),
    ("pt2", _is_pt2),
    ("torch-mobile", _ends("bytecode.pkl", "mobile.ptl")),
    ("torchscript", _ends("constants.pkl")),
    ("torchscript", _under("code")),
    ("checkpoint", _ends("data.pkl")),
    ("keras", _ends("model.weights.h5")),
    ("savedmodel", _ends("saved_model.pb")),
    ("skops", _ends("schema.json")),
    ("hub-folder", _ends(*HUB_WEIGHTS)),
    ("columns", _ends("[Content_Types].xml")),
    ("arrays", _all(r"\.npy\Z")),
    ("pictures", lambda names: any(_PICTURE.search(name) for name in names)),
)
"""Asked in this order."""


Reader = Callable[..., Reading]
"""Bytes and limits -> what they hold; those of checkpoints also take which of several networks."""

READERS = MappingProxyType(
    {
        "pt2": (".pt2", "read_pt2"),
        "onnx": (".onnx", "read_onnx"),
        "safetensors": (".safetensors", "read_safetensors"),
        "checkpoint": (".checkpoint", "read_checkpoint"),
        "hub-folder": (".hub_folder", "read_hub_folder"),
        "old-checkpoint": (".checkpoint", "read_old_checkpoint"),
    }
)
"""Format -> module and function; only the one that is needed is imported."""


OUTPUTS = MappingProxyType(
    {"pt2": (".pt2.read_pt2", "outputs_of_pt2"), "onnx": (".onnx.read_onnx", "outputs_in_onnx")}
)
"""Format of files that hold whole networks -> module and function that list what they return."""


def reader_of(data: bytes, output: str = "", shape: Sequence[int] = ()) -> Reader:
    """Return the reader for these bytes, see `format_of`.

    `output`: which of several values that a network returns is its answer. `shape`: of one sample,
    which an .onnx file that takes one size alone is read for.

    Raises:
        ImportRefused: a file of another kind, with what it is and what works in its place.
    """
    kind = format_of(data)
    reader: Any = _imported(*READERS[kind])
    given: dict[str, object] = {"output": output} if output and kind in OUTPUTS else {}
    if shape and kind == "onnx":
        given["shape"] = shape
    found: Reader = partial(reader, **given) if given else reader
    return found


def outputs_in(data: bytes, limits: Limits) -> tuple[Output, ...]:
    """Return what the network in a file returns; nothing of bare weights.

    Raises:
        ImportRefused: a file that is not read.
    """
    kind = format_of(data)
    if kind not in OUTPUTS:
        return ()
    found: tuple[Output, ...] = _imported(*OUTPUTS[kind])(data, limits)
    return found


def _imported(module: str, name: str) -> Any:
    try:
        return getattr(import_module(module, __package__), name)
    except ModuleNotFoundError as error:
        raise ImportRefused("loading.files.package_missing", name=error.name) from error


Role = Literal["model", "data", "card", "words"]
ROLES: tuple[Role, ...] = ("model", "data", "card", "words")


def role_of(data: bytes) -> Role:
    """Return what a file is for: a network, samples, what its numbers mean, or a tokenizer.

    What is none of them counts as a model: its readers know why it is refused.
    """
    kind = signature_of(data)
    if kind == "zip-file":
        kind = _zip_kind(data)
    if kind in {"json", "text"} and _is_vocabulary(data):
        return "words"
    if kind == "json":
        return "words" if b'"vocab"' in data else "card"
    return "data" if kind in {"text", "arrays", "pictures"} else "model"


def _is_vocabulary(data: bytes) -> bool:
    lines = data.removeprefix(b"\xef\xbb\xbf").split(maxsplit=2)
    return lines[:2] == [b"<pad>", b"<unknown>"] or bool(_UNKNOWN.search(data))


def _zip_kind(data: bytes) -> str:
    names = [member.name for member in members(data, LIMITS.zip_entries)]
    return next((kind for kind, holds in _ZIPS if holds(names)), "zip")


def format_of(data: bytes) -> str:
    """Return the key of the reader in `READERS` that these bytes need.

    Of a zip file the directory is read, of any other the first bytes.

    Raises:
        ImportRefused: a file of another kind, with what it is and what works in its place.
    """
    kind = signature_of(data)
    if kind == "zip-file":
        kind = _zip_kind(data)
    if kind not in READERS:
        raise ImportRefused("loading.foreign", kind=kind)
    return kind
