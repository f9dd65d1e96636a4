import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from explain.core.errors import ImportRefused
from explain.core.messages import say
from models.loading.card.model_card import read_card
from models.loading.data.images import read_images
from models.loading.data.pictures import PictureFormat, read_picture
from models.loading.limits import LIMITS, Limits

RGB = {"input": {"shape": [3, 4, 4], "layout": "NCHW"}}
GREY = {"input": {"shape": [1, 4, 4], "layout": "NCHW"}}


def encoded(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture(mode="RGB", size=(4, 4), colour=None, kind="PNG", **options):
    return encoded(Image.new(mode, size, colour), kind, **options)


def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def read(data, limits=LIMITS, **card):
    return read_images(data, read_card({**RGB, **card}, LIMITS), limits)


def changed(change):
    return say("loading.data.picture_change", change=change, pictures=1)


def told(data):
    return " ".join(map(str, data.report))


def test_folders_are_classes_and_pictures_stay_in_the_order_of_the_archive():
    red, blue = picture(colour=(255, 0, 0)), picture(colour=(0, 0, 255))
    found = read(zipped([("b/1.png", red), ("a/2.png", blue), ("b/3.png", red)]))
    assert found.samples.ids == ("b/1.png", "a/2.png", "b/3.png")
    assert found.labels == ("a", "b")
    assert found.samples.targets.tolist() == [1, 0, 1]
    assert found.samples.inputs[0][:, :, 0, 0].tolist() == [[255, 0, 0], [0, 0, 255], [255, 0, 0]]
    assert "Folders as classes: 'b' 2, 'a' 1." in told(found)


def test_folders_are_matched_to_the_labels_of_the_card():
    found = read(
        zipped([("x/cat/1.png", picture()), ("x/dog/2.png", picture())]), labels=["dog", "cat"]
    )
    assert found.samples.targets.tolist() == [1, 0]
    with pytest.raises(ImportRefused, match="no labels of the network: 'cow'"):
        read(zipped([("cat/1.png", picture()), ("cow/2.png", picture())]), labels=["dog", "cat"])


@pytest.mark.parametrize("paths", [["1.png", "2.png"], ["all/1.png", "all/2.png"]])
def test_pictures_without_folders_per_class_are_unlabelled(paths):
    found = read(zipped([(path, picture()) for path in paths]))
    assert (found.samples.targets, found.task) == (None, "")
    assert "the pictures are unlabelled" in told(found)


def test_a_single_picture_is_data_too():
    found = read_images(picture(), read_card(RGB, LIMITS), LIMITS, name="scan")
    assert (found.samples.count, found.samples.ids) == (1, ("scan",))


def test_bad_pictures_and_hidden_files_are_listed_and_skipped():
    whole = encoded(Image.effect_noise((40, 40), 90).convert("RGB"))
    found = read(
        zipped(
            [
                ("a/good.png", picture()),
                ("a/notes.txt", b"hello"),
                ("b/cut.png", whole[: len(whole) // 2]),
                ("b/good.png", picture()),
                ("b/page.png", b"<svg onload=alert(1)>"),
                ("a/.DS_Store", b"x"),
                ("__MACOSX/a/._good.png", b"x"),
                ("Thumbs.db", b"x"),
            ]
        )
    )
    assert found.samples.ids == ("a/good.png", "b/good.png")
    assert "3 hidden or system files left out." in told(found)
    assert "3 files skipped: 'a/notes.txt' is no PNG, JPEG, WEBP or BMP" in told(found)


def test_pictures_outside_all_folders_are_counted_and_left_out():
    found = read(zipped([("a/1.png", picture()), ("b/2.png", picture()), ("3.png", picture())]))
    assert found.samples.ids == ("a/1.png", "b/2.png")
    assert "1 picture outside all folders left out" in told(found)


def test_folders_above_the_classes_are_a_group():
    entries = [(f"{site}/{kind}/1.png", picture()) for site in "xy" for kind in "ab"]
    assert read(zipped(entries)).samples.groups == {"folder": ("x", "x", "y", "y")}


def test_folders_that_differ_only_in_case_are_told():
    found = read(zipped([("Cat/1.png", picture()), ("cat/2.png", picture())]))
    assert "Folders that differ only in case: 'Cat', 'cat'." in told(found)


@pytest.mark.parametrize(
    ("data", "change", "pixel"),
    [
        (picture("L", colour=7), "grey", [7, 7, 7]),
        (picture("1", colour=1), "grey", [255, 255, 255]),
        (picture("RGBA", colour=(9, 8, 7, 0)), "transparency", [9, 8, 7]),
        (picture("LA", colour=(5, 0)), "transparency", [5, 5, 5]),
        (encoded(Image.new("RGB", (4, 4), (1, 2, 3)).quantize()), "palette", [1, 2, 3]),
        (encoded(Image.fromarray(np.full((4, 4), 258, np.uint16))), "depth", [1, 1, 1]),
        (picture("CMYK", colour=(0, 0, 0, 0), kind="JPEG"), "cmyk", [255] * 3),
    ],
)
def test_every_change_of_colours_is_counted(data, change, pixel):
    found = read(zipped([("a/1", data), ("b/2", picture())]))
    assert found.samples.inputs[0][0, :, 0, 0].tolist() == pixel
    assert changed(change) in map(str, found.report)


def test_colours_become_grey_where_the_network_takes_grey():
    found = read(picture(colour=(255, 0, 0)), **GREY)
    assert found.samples.inputs[0].shape == (1, 1, 4, 4)
    assert found.samples.inputs[0][0, 0, 0, 0] == 76
    assert changed("colours") in map(str, found.report)


def test_a_camera_that_was_held_upright_turns_its_picture():
    image = Image.new("RGB", (4, 4))
    image.putpixel((0, 0), (255, 255, 255))
    exif = image.getexif()
    exif[0x0112] = 3
    found = read(encoded(image, exif=exif))
    assert found.samples.inputs[0][0, 0, 3, 3] == 255
    assert changed("upright") in map(str, found.report)


@pytest.mark.parametrize("kind", ["GIF", "TIFF"])
def test_a_picture_of_a_kind_that_is_not_read_is_called_by_it(kind):
    other = picture(kind=kind)
    found = read(zipped([("a/1", picture()), ("b/2", other)]))
    named = say("loading.data.pictures.other_format.says", path="'b/2'", kind=kind)
    assert any(named in str(line) for line in found.report)
    with pytest.raises(ImportRefused, match=kind) as caught:
        read(other)
    assert "save('picture.png')" in caught.value.hint


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_only_the_first_frame_is_read(kind):
    frames = [Image.new("RGB", (4, 4), (value, value, value)) for value in (10, 200)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    found = read(data)
    assert found.samples.inputs[0][0, 0, 0, 0] == 10
    assert changed("frames") in map(str, found.report)


@pytest.mark.parametrize(
    ("resize", "size", "changes"),
    [
        ([], (8, 8), ("resized",)),
        ([], (8, 16), ("resized", "stretched")),
        ([4], (8, 16), ("resized", "cut")),
        ([8], (8, 8), ("cut",)),
        (
            [4, 6],
            (8, 8),
            ("resized", "stretched", "cut"),
        ),
    ],
)
def test_pictures_are_resized_as_the_card_says(resize, size, changes):
    wanted = PictureFormat(colours=3, size=(4, 4), resize=tuple(resize))
    found = read_picture(picture(size=size), wanted, LIMITS)
    assert found.pixels.shape == (3, 4, 4)
    assert found.changes == changes


def test_pictures_of_the_input_size_keep_every_bit():
    pixels = np.random.default_rng(1).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    found = read(encoded(Image.fromarray(pixels)))
    assert (found.samples.inputs[0][0].permute(1, 2, 0).numpy() == pixels).all()


def test_the_layout_of_the_card_says_where_the_colours_are():
    card = {"input": {"shape": [4, 6, 3], "layout": "NHWC"}}
    assert read(picture(size=(6, 4)), **card).samples.inputs[0].shape == (1, 3, 4, 6)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flat_png(width, height):
    """A PNG of one bit a pixel that is small as a file, whatever its size."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def icc_bomb():
    body = b"x\x00\x00" + zlib.compress(bytes(60_000_000), 9)
    good = picture()
    return good[:33] + chunk(b"iCCP", body) + good[33:]


def text_bomb():
    body = b"x\x00\x00" + zlib.compress(bytes(60_000_000), 9)
    good = picture()
    return good[:33] + chunk(b"zTXt", body) + good[33:]


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EndComments\n(x) run\n%%EOF\n"
HOSTILE = {
    "empty": b"",
    "eps": EPS,
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "html": b"<html><img src=x onerror=alert(1)>",
    "gif": picture(kind="GIF"),
    "tiff": picture(kind="TIFF"),
    "ppm": b"P6 4 4 255 " + bytes(48),
    "icns": b"icns" + bytes(64),
    "26 megapixels": flat_png(6_500, 4_001),
    "169 megapixels": flat_png(13_000, 13_000),
    "2 gigapixels": flat_png(50_000, 50_000)[:2_000],
    "pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94.",
    "crc": picture().replace(b"IDAT", b"IDAX"),
    "no pixels": flat_png(0, 0),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_picture_is_refused_in_words(name):
    with pytest.raises(ImportRefused) as caught:
        read(HOSTILE[name])
    assert caught.value.hint


@pytest.mark.parametrize("bomb", [icc_bomb, text_bomb])
def test_a_bomb_beside_the_pixels_is_refused_or_stays_unread(bomb):
    try:
        assert read(bomb()).samples.count == 1
    except ImportRefused as refused:
        assert refused.hint  # noqa: PT017 - both ways out are fine


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1)])
def test_a_thin_picture_does_not_grow_without_bounds(size):
    wanted = PictureFormat(colours=1, size=(224, 224), resize=(224,))
    with pytest.raises(ImportRefused, match="after resizing"):
        read_picture(picture("L", size=size), wanted, LIMITS)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([], "No picture"),
        ([("a.txt", b"x")], "No picture in the archive can be read. 'a.txt' is no PNG"),
        ([("../a.png", picture())], "no plain relative path"),
        ([("/a.png", picture())], "no plain relative path"),
        ([("a/inner.zip", b"PK")], "another archive"),
        ([("a.png", b"\0" * 10_000_000)], "times its size"),
        ([(f"{'x' * 101}/a.png", picture()), ("b/a.png", picture())], "The class 'xxx"),
    ],
)
def test_an_archive_without_readable_pictures_is_refused(entries, reason):
    with pytest.raises(ImportRefused, match=reason):
        read(zipped(entries))


def test_names_of_folders_stay_plain_text():
    names = ["=HYPERLINK(1)", "<img src=x>", "![](http:)"]
    found = read(zipped([(f"{name}/1.png", picture()) for name in names]))
    assert set(found.labels) == set(names)


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ({"input": {"shape": [10]}}, "which is no picture"),
        ({"input": {"shape": [7, 4, 4], "layout": "NCHW"}}, "A picture of 7 colours"),
    ],
)
def test_a_network_that_takes_no_pictures_is_told(card, reason):
    with pytest.raises(ImportRefused, match=reason):
        read(picture(), **card)


def test_pictures_of_different_sizes_need_a_size_on_the_card():
    entries = [("a/1.png", picture()), ("b/2.png", picture(size=(5, 4)))]
    with pytest.raises(ImportRefused, match="2 different sizes"):
        read_images(zipped(entries), read_card({}, LIMITS), LIMITS)


def test_more_pictures_than_fit_are_taken_at_regular_distances_and_told():
    entries = [(f"{kind}/{i}.png", picture()) for kind in "ab" for i in range(4)]
    found = read(zipped(entries), limits=Limits(samples_bytes=4 * 4 * 3 * 4 * 4))
    assert found.samples.ids == ("a/0.png", "a/2.png", "b/0.png", "b/2.png")
    assert "4 of 8 files read, at regular distances" in told(found)


@given(st.integers(0, 200), st.binary(min_size=1, max_size=4))
def test_a_mutated_picture_raises_only_import_refused(place, patch):
    good = encoded(Image.linear_gradient("L").resize((16, 16)).convert("RGB"))
    try:
        read(good[:place] + patch + good[place + len(patch) :])
    except ImportRefused as refused:
        assert refused.reason  # noqa: PT017 - both ways out are fine
