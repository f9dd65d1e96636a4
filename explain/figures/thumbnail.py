"""A small picture of an image sample, as a PNG inside a data URI."""

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["thumbnail"]

_SIDE = 40


def thumbnail(image: NDArray[Any], low: float, high: float) -> str:
    """Return a PNG data URI of an image.

    Args:
        image: [channels, height, width]; 3 channels are red, green, blue, else the first is grey.
        low: value shown black.
        high: value shown white.
    """
    scaled = np.clip((image - low) / ((high - low) or 1.0), 0, 1)
    colours = scaled[:3] if len(scaled) >= 3 else scaled[:1]
    pixels = np.rint(255 * colours).astype(np.uint8).transpose(1, 2, 0)
    factor = max(1, _SIDE // max(pixels.shape[:2]))
    return "data:image/png;base64," + base64.b64encode(_png(_enlarged(pixels, factor))).decode()


def _enlarged(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    return pixels.repeat(factor, 0).repeat(factor, 1)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode [height, width, 1 or 3] bytes (PNG specification, filter 0 on every line)."""
    height, width, channels = pixels.shape
    lines = b"".join(b"\0" + pixels[row].tobytes() for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + kind + data + check
