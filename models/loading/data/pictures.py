"""One picture out of a file: four formats, a bounded size, first frame, stated colours."""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from explain.core.errors import ImportRefused
from models.loading.limits import Limits

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
_OTHERS = (
    (0, b"GIF8", "GIF"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypavif", "AVIF"),
    (0, b"8BPS", "Photoshop"),
)
"""Place, mark and name of what people have too, and what is not read here."""
_FILTERS = {
    "": Image.Resampling.BILINEAR,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "nearest": Image.Resampling.NEAREST,
}
_TURNED = 0x0112
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_SIXTEEN = frozenset({"I;16", "I;16L", "I;16B", "I"})
_KNOWN = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", *_SIXTEEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFormat:
    """What a network takes: 1, 3 or 4 colours, and (height, width); None keeps the file's.

    `resize` and `interpolation` as on the card.
    """

    colours: int
    size: tuple[int, int] | None
    resize: tuple[int, ...] = ()
    interpolation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedPicture:
    """Pixels uint8 [colours, height, width], and what was changed on the way to them."""

    pixels: NDArray[np.uint8]
    changes: tuple[str, ...]


_USUAL_SCANS = 10
_SCAN = b"\xff\xda"
"""What begins a scan of a JPEG; inside of one it cannot stand."""


def pixels_to_decode(data: bytes) -> int:
    """Return how many pixels are to be decoded, from the head of a picture: 0 where it has none.

    A JPEG that loads in steps is decoded once a step: it counts as often as a tenth of them.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                scans = data.count(_SCAN) if image.format == "JPEG" else 1
                return int(image.width * image.height * max(1, scans // _USUAL_SCANS))
    except Exception:  # noqa: BLE001 - read_picture says what is wrong with it
        return 0


def read_picture(data: bytes, wanted: PictureFormat, limits: Limits) -> DecodedPicture:
    """Return the first frame of a picture, turned as its camera says, in the wanted colours.

    Grey becomes three equal colours, colours become grey by their luma (Rec. 601), palettes their
    colours, transparency is dropped, 16 bits become 8 by leaving out the lower ones, CMYK becomes
    RGB without a profile. Each is told in `changes`.

    Raises:
        ImportRefused: none of PNG, JPEG, WEBP and BMP, damaged, or more pixels than the limit.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _read(data, wanted, limits)
    except ImportRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImportRefused("loading.data.pictures.too_many_pixels", path="") from None
    except Exception as error:
        if kind := next((k for at, mark, k in _OTHERS if data.startswith(mark, at)), ""):
            raise ImportRefused("loading.data.pictures.other_format", path="", kind=kind) from error
        raise ImportRefused("loading.data.pictures.unreadable", path="") from error


def _read(data: bytes, wanted: PictureFormat, limits: Limits) -> DecodedPicture:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > limits.pixels:
            width, height = image.size
            raise ImportRefused("loading.data.pictures.pixels", path="", width=width, height=height)
        changes = ["frames"] if getattr(image, "n_frames", 1) > 1 else []
        image.load()
        upright = ImageOps.exif_transpose(image)
        changes += [] if image.getexif().get(_TURNED, 1) in {0, 1} else ["upright"]
        coloured, told = _coloured(upright, wanted.colours)
        sized, more = _sized(coloured, wanted, limits)
    pixels = np.asarray(sized, dtype=np.uint8)
    stacked = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)
    return DecodedPicture(pixels=np.ascontiguousarray(stacked), changes=(*changes, *told, *more))


def _coloured(image: Image.Image, colours: int) -> tuple[Image.Image, list[str]]:
    """Return a picture in grey, RGB or RGBA, and what that changed."""
    if image.mode not in _KNOWN:
        raise ImportRefused("loading.data.pictures.colours", path="", mode=image.mode[:10])
    changes: list[str] = []
    if image.mode in _SIXTEEN:
        deep = np.asarray(image, dtype=np.int64).clip(0, 65_535) // 256
        image = Image.fromarray(deep.astype(np.uint8))
        changes.append("depth")
    if image.mode in {"P", "PA"}:
        image = image.convert("RGBA" if _has_alpha(image) else "RGB")
        changes.append("palette")
    if image.mode == "CMYK":
        changes.append("cmyk")
        image = image.convert("RGB")
    if _has_alpha(image) and colours != len("RGBA"):
        changes.append("transparency")
        image = image.convert("L" if image.mode == "LA" else "RGB")
    is_grey = image.mode in {"1", "L", "LA"}
    if is_grey and colours > 1:
        changes.append("grey")
    if not is_grey and colours == 1:
        changes.append("colours")
    return image.convert(_MODES[colours]), changes


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in {"LA", "PA", "RGBA"} or "transparency" in image.info


def _sized(
    image: Image.Image, wanted: PictureFormat, limits: Limits
) -> tuple[Image.Image, list[str]]:
    """Return a picture of the wanted size, and what that changed."""
    if wanted.size is None:
        return image, []
    height, width = wanted.size
    changes: list[str] = []
    target = _target(image, wanted)
    if target[0] * target[1] > limits.pixels:
        wide, high = target
        raise ImportRefused(
            "loading.data.pictures.resized_too_large", path="", width=wide, height=high
        )
    if target != image.size:
        changes.append("resized")
        if abs(target[0] * image.height - target[1] * image.width) > max(image.size):
            changes.append("stretched")
        image = image.resize(target, _FILTERS[wanted.interpolation])
    if image.size == (width, height):
        return image, changes
    if image.width < width or image.height < height:
        wide, high = image.size
        raise ImportRefused("loading.data.pictures.too_small", path="", width=wide, height=high)
    left, top = round((image.width - width) / 2), round((image.height - height) / 2)
    changes.append("cut")
    return image.crop((left, top, left + width, top + height)), changes


def _target(image: Image.Image, wanted: PictureFormat) -> tuple[int, int]:
    """Return (width, height) to resize to."""
    if wanted.size is not None and not wanted.resize:
        return wanted.size[1], wanted.size[0]
    if len(wanted.resize) == 2:
        return wanted.resize[1], wanted.resize[0]
    short = wanted.resize[0]
    if image.width <= image.height:
        return short, max(1, int(short * image.height / image.width))
    return max(1, int(short * image.width / image.height)), short
