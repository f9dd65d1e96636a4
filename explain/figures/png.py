"""Pixels as a PNG inside a data URI: what an image costs the browser least."""

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["data_uri"]


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """Return [height, width, 1, 3 or 4] bytes (grey, colour, colour and opacity) as a data URI."""
    return "data:image/png;base64," + base64.b64encode(_png(pixels)).decode()


_KINDS = {1: 0, 3: 2, 4: 6}
"""Channels -> PNG's number for grey, colour, colour with opacity."""


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode [height, width, 1, 3 or 4] bytes (PNG specification, filter 0 on every line)."""
    height, width, channels = pixels.shape
    lines = b"".join(b"\0" + pixels[row].tobytes() for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, _KINDS[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + kind + data + check
