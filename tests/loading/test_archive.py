"""Zip files are read by one strict reader, from memory, whoever made them."""

import contextlib
import dataclasses
import io
import stat
import struct
import zipfile
import zlib

import numpy as np
import pytest
import torch

from explain.core.errors import ImportRefused
from models.loading.files.zip_archive import Archive
from models.loading.limits import LIMITS
from tests.loading.mutation import mutations

MANY = b"\x00" * 3_000_000


def zipped(*entries, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def described(name, *, mode=0, flags=0):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, b"content")
    data = bytearray(file.getvalue())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature) + place
        data[at] |= flags
    return bytes(data)


def overlapping():
    """Every entry of the directory points at the same bytes."""
    body = zipped(("a", b"x" * 100))
    start = body.find(b"PK\x01\x02")
    end = body.find(b"PK\x05\x06")
    directory = body[start:end] * 5
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 5, 5, len(directory), start, 0)
    return body[:start] + directory + tail


def nested_lies(size):
    """The directory and the header state another size than the entry unpacks to."""
    body = bytearray(zipped(("a", b"x" * 100), method=zipfile.ZIP_DEFLATED))
    struct.pack_into("<I", body, 22, size)
    struct.pack_into("<I", body, body.find(b"PK\x01\x02") + 24, size)
    return bytes(body)


def twice():
    with pytest.warns(UserWarning, match="Duplicate"):
        return zipped(("a", b"1"), ("a", b"2"))


def test_every_entry_reads_as_the_standard_library_reads_it():
    entries = [("a.txt", b"one"), ("b/c.bin", bytes(range(256)) * 50), ("b/", b""), ("ü.txt", b"")]
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        archive = Archive.open(zipped(*entries, method=method), LIMITS)
        assert archive.names == ("a.txt", "b/c.bin", "ü.txt")
        assert {name: archive.read(name) for name in archive.names} == {
            name: content for name, content in entries if not name.endswith("/")
        }


def test_archives_of_torch_and_numpy_are_read():
    file = io.BytesIO()
    torch.save(torch.nn.Linear(3, 2).state_dict(), file)
    archive = Archive.open(file.getvalue(), LIMITS, stored_only=True)
    assert archive.sizes["archive/data/0"] == 24
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, x=np.arange(5), y=np.ones(3))
        archive = Archive.open(file.getvalue(), LIMITS)
        assert np.load(io.BytesIO(archive.read("x.npy"))).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "no directory"),
        (b"PK\x03\x04 and then nothing", "no directory"),
        (zipped(("a", b"x"))[:-5], "no directory"),
        (zipped(("a", b"x")) + b"more", "damaged end"),
        (b"#!/bin/sh\n" + zipped(("a", b"x")), "directory that does not end"),
        (zipped(("../a", b"x")), "plain relative path"),
        (zipped(("/etc/passwd", b"x")), "plain relative path"),
        (zipped(("C:a", b"x")), "plain relative path"),
        (zipped(("a\\b", b"x")), "plain relative path"),
        (zipped(("a//b", b"x")), "plain relative path"),
        (zipped(("a\nb", b"x")), "control characters"),
        (zipped(("a_b", b"x")).replace(b"a_b", b"a\0b"), "control characters"),
        (zipped(("n" * 201, b"x")), "201 characters"),
        (zipped(("inner.zip", zipped(("a", b"x")))), "another archive"),
        (described("a", mode=stat.S_IFLNK | 0o777), "a link or a device"),
        (described("a", mode=stat.S_IFIFO | 0o777), "a link or a device"),
        (described("a", flags=1), "encrypted"),
        (zipped(("a", b"x" * 99), method=zipfile.ZIP_LZMA), "rare compression"),
        (zipped(*((f"{place}", b"") for place in range(5_001))), "5,001 entries"),
        (zipped(("a", MANY), method=zipfile.ZIP_DEFLATED), "more than 200 times"),
        (overlapping(), "overlap"),
    ],
)
def test_what_is_no_plain_archive_is_refused_with_the_cause(data, cause):
    with pytest.raises(ImportRefused, match=cause):
        Archive.open(data, LIMITS)


def test_two_entries_of_one_name_are_refused():
    with pytest.raises(ImportRefused, match="twice"):
        Archive.open(twice(), LIMITS)


def test_one_bomb_among_honest_entries_is_refused():
    honest = np.random.default_rng(0).bytes(100_000)
    data = zipped(("a", honest), ("b", MANY), method=zipfile.ZIP_DEFLATED)
    with pytest.raises(ImportRefused, match="'b', which unpacks to more than 200"):
        Archive.open(data, LIMITS)


def test_the_sum_of_all_sizes_is_bounded():
    small = dataclasses.replace(LIMITS, zip_bytes=150)
    with pytest.raises(ImportRefused, match="unpacks to 200 bytes"):
        Archive.open(zipped(("a", b"x" * 100), ("b", b"y" * 100)), small)
    with pytest.raises(ImportRefused, match="more than 10"):
        Archive.open(zipped(("a", b"x")), dataclasses.replace(LIMITS, file_bytes=10))


@pytest.mark.parametrize("size", [50, 99, 101, 5_000])
def test_an_entry_whose_size_is_a_lie_is_refused_when_read(size):
    archive = Archive.open(nested_lies(size), LIMITS)
    with pytest.raises(ImportRefused, match="size is not what"):
        archive.read("a")


def test_a_changed_byte_is_seen_when_read():
    archive = Archive.open(zipped(("a", b"abc")).replace(b"abc", b"abd"), LIMITS)
    with pytest.raises(ImportRefused, match="check sum"):
        archive.read("a")


def test_an_entry_larger_than_asked_for_is_not_read():
    archive = Archive.open(zipped(("a", b"abc")), LIMITS)
    assert archive.read("a", limit=3) == b"abc"
    with pytest.raises(ImportRefused, match="more than 2"):
        archive.read("a", limit=2)
    with pytest.raises(ImportRefused, match="no entry"):
        archive.read("b")


def test_weights_must_be_stored_as_they_are():
    data = zipped(("a", b"x" * 100), method=zipfile.ZIP_DEFLATED)
    with pytest.raises(ImportRefused, match="compressed"):
        Archive.open(data, LIMITS, stored_only=True)


def test_a_header_that_contradicts_the_directory_is_refused():
    data = bytearray(zipped(("abc", b"x")))
    data[30] = ord("z")
    with pytest.raises(ImportRefused, match="something else than the directory"):
        Archive.open(bytes(data), LIMITS)


def test_bytes_after_the_end_of_a_compressed_entry_are_refused():
    squeezed = zlib.compress(b"x" * 100, wbits=-15) + b"tail"
    body = bytearray(zipped(("a", squeezed)))
    place = body.find(b"PK\x01\x02")
    for method, checksum, size in ((8, 14, 22), (place + 10, place + 16, place + 24)):
        struct.pack_into("<H", body, method, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", body, checksum, zlib.crc32(b"x" * 100))
        struct.pack_into("<I", body, size, 100)
    with pytest.raises(ImportRefused, match="size is not what"):
        Archive.open(bytes(body), LIMITS).read("a")


def test_a_mutated_archive_raises_only_import_refused():
    good = zipped(("a", b"x" * 60), ("b/c", b"hello" * 9), method=zipfile.ZIP_DEFLATED)
    for data in mutations(good, 3_000, seed=1):
        with contextlib.suppress(ImportRefused):
            archive = Archive.open(data, LIMITS)
            for name in archive.names:
                archive.read(name)
