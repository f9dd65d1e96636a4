"""Hostile .safetensors files: a length, a header in JSON, and bytes."""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.hostile.parts import calls
from tests.hostile.parts.pickling import pickled
from tests.hostile.record import Hostile

_SHAPES: Mapping[str, tuple[int, ...]] = {
    "0.weight": (5, 6),
    "0.bias": (5,),
    "2.weight": (3, 5),
    "2.bias": (3,),
}
_SIZE = 4 * (30 + 5 + 15 + 3)


def _header() -> dict[str, dict[str, object]]:
    header: dict[str, dict[str, object]] = {}
    begin = 0
    for name, shape in _SHAPES.items():
        end = begin + 4 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, end]}
        begin = end
    return header


def _file(header: bytes, body: bytes = bytes(_SIZE), *, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + body


def _written(header: object, body: bytes = bytes(_SIZE)) -> bytes:
    return _file(json.dumps(header).encode(), body)


def _changed(name: str, **fields: object) -> Callable[[Path], bytes]:
    def make(_: Path) -> bytes:
        header = _header()
        header[name].update(fields)
        return _written(header)

    return make


def _named(name: str) -> bytes:
    header = {(name if key == "0.weight" else key): value for key, value in _header().items()}
    return _written(header)


def _code(marker: Path) -> bytes:
    return _named(f'training");getattr(__import__("os"),"mkdir")({str(marker)!r});str("')


def _doubled(_: Path) -> bytes:
    text = json.dumps(_header())
    other = '"0.bias": {"dtype": "F32", "shape": [5], "data_offsets": [0, 20]}, '
    return _file(("{" + other + text[1:]).encode())


def _doubled_field(_: Path) -> bytes:
    text = json.dumps(_header()).replace('"shape": [5]', '"shape": [9], "shape": [5]')
    return _file(text.encode())


def _more(name: str, shape: list[int], offsets: list[int]) -> Callable[[Path], bytes]:
    entry = {"dtype": "F32", "shape": shape, "data_offsets": offsets}
    return lambda _: _written({**_header(), name: entry})


def _many(count: int) -> Callable[[Path], bytes]:
    entry = '"t{0}":{{"dtype":"U8","shape":[1],"data_offsets":[{0},{1}]}}'

    def make(_: Path) -> bytes:
        entries = (entry.format(number, number + 1) for number in range(count))
        return _file(("{" + ",".join(entries) + "}").encode(), bytes(count))

    return make


def _not_finite(value: float) -> Callable[[Path], bytes]:
    return lambda _: _written(
        _header(), bytes(4 * 7) + struct.pack("<f", value) + bytes(_SIZE - 4 * 8)
    )


def _half_infinite(_: Path) -> bytes:
    header = _header()
    header["0.weight"].update(dtype="F16", shape=[5, 12])
    return _written(header, b"\x00\x7c" * 60 + bytes(_SIZE - 120))


def _metadata(**values: object) -> Callable[[Path], bytes]:
    return lambda _: _written({"__metadata__": values, **_header()})


SAFETENSORS: tuple[Hostile, ...] = (
    Hostile(
        key="safetensors-length-huge",
        row="safetensors-header",
        door="model",
        attack="a header of 2⁶² bytes",
        make=lambda _: _file(json.dumps(_header()).encode(), length=1 << 62),
    ),
    Hostile(
        key="safetensors-length-long",
        row="safetensors-header",
        door="model",
        attack="a header of 90 MB in a file of 1 kB",
        make=lambda _: _file(json.dumps(_header()).encode(), length=90_000_000),
    ),
    Hostile(
        key="safetensors-length-short",
        row="safetensors-header",
        door="model",
        attack="a header that ends in its middle",
        make=lambda _: _file(json.dumps(_header()).encode(), length=20),
    ),
    Hostile(
        key="safetensors-length-zero",
        row="safetensors-header",
        door="model",
        attack="a header of no bytes",
        make=lambda _: _file(b"", length=0),
    ),
    Hostile(
        key="safetensors-header-large",
        row="safetensors-header",
        door="model",
        attack="a header of 9 MB, all spaces",
        make=lambda _: _file(json.dumps(_header()).encode() + b" " * 9_000_000),
    ),
    Hostile(
        key="safetensors-header-list",
        row="safetensors-header",
        door="model",
        attack="a header that is a list",
        make=lambda _: _written([_header()]),
    ),
    Hostile(
        key="safetensors-overlap",
        row="safetensors-header",
        door="model",
        attack="two tensors over the same bytes",
        make=_changed("0.bias", data_offsets=[0, 20]),
        says=("0.bias",),
    ),
    Hostile(
        key="safetensors-hole",
        row="safetensors-header",
        door="model",
        attack="bytes that belong to nobody",
        make=lambda _: _written(_header(), bytes(_SIZE + 64)),
    ),
    Hostile(
        key="safetensors-negative",
        row="safetensors-header",
        door="model",
        attack="a tensor that begins before the data",
        make=_changed("0.weight", data_offsets=[-120, 0]),
        says=("0.weight",),
    ),
    Hostile(
        key="safetensors-outside",
        row="safetensors-header",
        door="model",
        attack="a tensor behind the end",
        make=_changed("2.bias", data_offsets=[10**15, 10**15 + 12]),
        says=("2.bias",),
    ),
    Hostile(
        key="safetensors-backwards",
        row="safetensors-header",
        door="model",
        attack="a tensor that ends before it begins",
        make=_changed("0.bias", data_offsets=[140, 120]),
        says=("0.bias",),
    ),
    Hostile(
        key="safetensors-shape-wrong",
        row="safetensors-header",
        door="model",
        attack="a shape that does not fit the bytes",
        make=_changed("0.weight", shape=[50, 60]),
        says=("0.weight",),
    ),
    Hostile(
        key="safetensors-shape-zero",
        row="safetensors-header",
        door="model",
        attack="a tensor of 0 × 2⁶⁰",
        make=_more("extra", [0, 1 << 60], [_SIZE, _SIZE]),
        says=("extra",),
    ),
    Hostile(
        key="safetensors-shape-overflow",
        row="safetensors-header",
        door="model",
        attack="a shape whose product is 0 in 64 bits",
        make=_more("extra", [1 << 32, 1 << 32], [_SIZE, _SIZE]),
        says=("extra",),
    ),
    Hostile(
        key="safetensors-shape-words",
        row="safetensors-header",
        door="model",
        attack="a shape of words, truths and fractions",
        make=_changed("0.bias", shape=["5", True, 5.0]),
        says=("0.bias",),
    ),
    Hostile(
        key="safetensors-dimensions",
        row="safetensors-header",
        door="model",
        attack="a tensor of 10,000 dimensions",
        make=_changed("2.bias", shape=[3] + [1] * 10_000),
        says=("2.bias",),
    ),
    Hostile(
        key="safetensors-type-unknown",
        row="safetensors-header",
        door="model",
        attack="a type that does not exist",
        make=_changed("0.bias", dtype="F99"),
        says=("0.bias",),
    ),
    Hostile(
        key="safetensors-polyglot",
        row="safetensors-header",
        door="model",
        attack="a file that is an archive as well",
        make=lambda _: _written(_header()) + b"PK\5\6" + bytes(18),
    ),
    Hostile(
        key="safetensors-doubled",
        row="json",
        door="model",
        attack="a tensor that stands twice",
        make=_doubled,
        says=("twice",),
    ),
    Hostile(
        key="safetensors-doubled-field",
        row="json",
        door="model",
        attack="two shapes for one tensor",
        make=_doubled_field,
        says=("twice",),
    ),
    Hostile(
        key="safetensors-deep",
        row="json",
        door="model",
        attack="a header of 400,000 brackets",
        make=lambda _: _file(b"[" * 200_000 + b"]" * 200_000),
    ),
    Hostile(
        key="safetensors-utf16",
        row="json",
        door="model",
        attack="a header in UTF-16",
        make=lambda _: _file(json.dumps(_header()).encode("utf-16")),
    ),
    Hostile(
        key="safetensors-metadata-deep",
        row="nesting",
        door="model",
        attack="metadata that nest",
        make=_metadata(author={"a": {"b": [1, [2, [3]]]}}),
    ),
    Hostile(
        key="safetensors-metadata-card",
        row="json",
        door="model",
        attack="an embedded card that is no JSON",
        make=_metadata(model_card="{'schema': 1}"),
    ),
    Hostile(
        key="safetensors-many",
        row="many-tensors",
        door="model",
        attack="20,001 tensors of a byte",
        make=_many(20_001),
        says=("20,000",),
    ),
    Hostile(
        key="safetensors-very-many",
        row="many-tensors",
        door="model",
        attack="300,000 tensors of a byte",
        make=_many(300_000),
    ),
    Hostile(
        key="safetensors-nan",
        row="not-finite",
        door="model",
        attack="one weight that is NaN",
        make=_not_finite(float("nan")),
        says=("0.weight",),
    ),
    Hostile(
        key="safetensors-inf",
        row="not-finite",
        door="model",
        attack="one weight that is infinite",
        make=_not_finite(float("-inf")),
        says=("0.weight",),
    ),
    Hostile(
        key="safetensors-half-inf",
        row="not-finite",
        door="model",
        attack="half precision, all infinite",
        make=_half_infinite,
        says=("0.weight",),
    ),
    Hostile(
        key="safetensors-name-code",
        row="names-into-code",
        door="model",
        attack="a tensor whose name is Python",
        make=_code,
        naive="names into fx",
    ),
    Hostile(
        key="safetensors-name-long",
        row="markup",
        door="model",
        attack="a tensor with a name of 100,000 letters",
        make=lambda _: _named("w" * 100_000),
        says=("200",),
    ),
    Hostile(
        key="safetensors-name-script",
        row="markup",
        door="model",
        attack="a tensor called after a script",
        make=lambda _: _named("<img src=http://example.com/a onerror=alert(1)>"),
    ),
    Hostile(
        key="safetensors-name-parts",
        row="graph-lies",
        door="model",
        attack="a tensor in a module in a module, 300 deep",
        make=lambda _: _named(".".join("a" for _ in range(90))),
    ),
    Hostile(
        key="safetensors-name-forward",
        row="graph-lies",
        door="model",
        attack="a tensor that would replace a method",
        make=lambda _: _named("forward.__class__"),
    ),
    Hostile(
        key="safetensors-is-pickle",
        row="pickles",
        door="model",
        attack="a pickle under the name of safetensors",
        make=lambda marker: pickled(calls.opened(marker)),
        naive="pickle.load",
        says=("pickle",),
    ),
)
