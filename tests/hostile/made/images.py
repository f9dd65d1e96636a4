"""Hostile pictures, alone and in archives of one folder per class."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.hostile.parts.zips import Entry, zipped
from tests.hostile.record import Hostile

_SIDE = 8


def good_picture(
    number: int = 0, kind: str = "PNG", mode: str = "RGB", **settings: object
) -> bytes:
    """Return a small picture."""
    values = np.random.default_rng(number).integers(0, 256, (_SIDE, _SIDE, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(values).convert(mode).save(file, kind, **settings)
    return file.getvalue()


def _beside_good(name: str, data: bytes) -> bytes:
    """Return an archive of good pictures and this one."""
    good = [
        Entry(name=f"{label}/{number}.png", data=good_picture(number))
        for label in ("a", "b")
        for number in range(3)
    ]
    return zipped([*good, Entry(name=name, data=data)])


def _alone(data: bytes) -> Callable[[Path], bytes]:
    return lambda _: data


def _among(name: str, data: bytes) -> Callable[[Path], bytes]:
    return lambda _: _beside_good(name, data)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, *, depth: int = 8, colour: int = 2, body: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + (body or _chunk(b"IDAT", zlib.compress(b"")))
        + _chunk(b"IEND", b"")
    )


def _black(side: int, *, depth: int, channels: int) -> bytes:
    """Return a whole picture of zeros: large, and a few kilobytes."""
    row = 1 + (side * depth * channels + 7) // 8
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(bytes(row)) for _ in range(side)) + packer.flush()
    colour = 2 if channels == 3 else 0
    return _png(side, side, depth=depth, colour=colour, body=_chunk(b"IDAT", body))


def _text_bomb(kind: bytes) -> bytes:
    packed = zlib.compress(bytes(100 << 20), 9)
    body = b"Comment\0\0" + packed
    return _png(_SIDE, _SIDE, body=_chunk(kind, body) + _chunk(b"IDAT", zlib.compress(bytes(200))))


_EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(x) (w) file closefile\nshowpage\n"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def _other(kind: str) -> bytes:
    return good_picture(0, kind)


def _frames(count: int) -> bytes:
    frames = [Image.new("P", (_SIDE, _SIDE), number % 200) for number in range(count)]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    return file.getvalue()


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return good_picture(0, "JPEG", exif=exif)


def _damaged() -> bytes:
    data = bytearray(good_picture())
    data[45] ^= 0xFF
    return bytes(data)


def _no_good_ones(_: Path) -> bytes:
    return zipped(Entry(name=f"{label}/1.png", data=_SVG) for label in ("a", "b"))


IMAGES: tuple[Hostile, ...] = (
    Hostile(
        key="image-one-bit",
        row="image-bombs",
        door="images",
        attack="169 megapixels of one bit",
        make=lambda _: _black(13_000, depth=1, channels=1),
        says=("pixel",),
    ),
    Hostile(
        key="image-colours",
        row="image-bombs",
        door="images",
        attack="36 megapixels in colour",
        make=lambda _: _black(6_000, depth=8, channels=3),
        says=("pixel",),
    ),
    Hostile(
        key="image-promised",
        row="image-bombs",
        door="images",
        attack="2.5 gigapixels in a hundred bytes",
        make=_alone(_png(50_000, 50_000)),
        says=("pixel",),
    ),
    Hostile(
        key="image-largest",
        row="image-bombs",
        door="images",
        attack="2³¹ by 2³¹ pixels",
        make=_alone(_png((1 << 31) - 1, (1 << 31) - 1)),
    ),
    Hostile(
        key="image-comment",
        row="image-bombs",
        door="images",
        attack="a comment that unpacks to 100 MB",
        make=lambda _: _text_bomb(b"zTXt"),
    ),
    Hostile(
        key="image-profile",
        row="image-bombs",
        door="images",
        attack="a colour profile that unpacks to 100 MB",
        make=lambda _: _text_bomb(b"iCCP"),
    ),
    Hostile(
        key="image-eps",
        row="image-formats",
        door="images",
        attack="PostScript under the name of a picture, which starts Ghostscript",
        make=_among("a/evil.png", _EPS),
    ),
    Hostile(
        key="image-tiff",
        row="image-formats",
        door="images",
        attack="a TIFF",
        make=lambda _: _beside_good("a/evil.png", _other("TIFF")),
    ),
    Hostile(
        key="image-icon",
        row="image-formats",
        door="images",
        attack="an icon",
        make=lambda _: _beside_good("a/evil.png", _other("ICO")),
    ),
    Hostile(
        key="image-eps-alone",
        row="image-formats",
        door="images",
        attack="PostScript alone",
        make=_alone(_EPS),
    ),
    Hostile(
        key="image-svg",
        row="image-damage",
        door="images",
        attack="a drawing with a script, among good pictures",
        make=_among("b/evil.png", _SVG),
    ),
    Hostile(
        key="image-html",
        row="image-damage",
        door="images",
        attack="a page among good pictures",
        make=_among("b/evil.png", b"<html><script>alert(1)</script></html>"),
    ),
    Hostile(
        key="image-half",
        row="image-damage",
        door="images",
        attack="half a picture among good ones",
        make=_among("b/half.png", good_picture()[:90]),
    ),
    Hostile(
        key="image-checksum",
        row="image-damage",
        door="images",
        attack="a picture with a wrong check sum among good ones",
        make=lambda _: _beside_good("b/damaged.png", _damaged()),
    ),
    Hostile(
        key="image-none-good",
        row="image-damage",
        door="images",
        attack="no good picture at all",
        make=_no_good_ones,
        says=("no",),
    ),
    Hostile(
        key="image-turned",
        row="image-modes",
        door="images",
        attack="a picture that a camera turned",
        make=lambda _: _beside_good("a/turned.jpg", _turned()),
    ),
    Hostile(
        key="image-cmyk",
        row="image-modes",
        door="images",
        attack="a picture in the colours of printers",
        make=lambda _: _beside_good("a/cmyk.jpg", good_picture(0, "JPEG", "CMYK")),
    ),
    Hostile(
        key="image-deep",
        row="image-modes",
        door="images",
        attack="a picture of 16 bits",
        make=lambda _: _beside_good("a/deep.png", good_picture(0, "PNG", "I;16")),
    ),
    Hostile(
        key="image-alpha",
        row="image-modes",
        door="images",
        attack="a picture that shines through",
        make=lambda _: _beside_good("a/alpha.png", good_picture(0, "PNG", "RGBA")),
    ),
    Hostile(
        key="image-frames",
        row="image-modes",
        door="images",
        attack="a picture of 300 pictures",
        make=lambda _: _beside_good("a/moving.webp", _frames(300)),
    ),
)
