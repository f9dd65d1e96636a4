"""Every hostile file is refused in words, or read as the plain data that it also is."""

import re
import resource
import time

import pytest

from explain.core.errors import ImportRefused
from models.loading.limits import LIMITS
from models.loading.opening import open_model, shown_name
from models.loading.paths import read_inside
from tests.hostile.catalog import HOSTILE
from tests.hostile.doors import COUNTED, enter
from tests.hostile.made.names import FILE_NAMES
from tests.hostile.made.paths import TRAPS
from tests.hostile.parts.graphs import good_onnx

SECONDS, MEGABYTES = 20, 1_000
CAUGHT = re.compile(r"\((\w*Error|\w*Exception|StopIteration)\)\.$|broke the process|answer that")
"""What a refusal says when a reader broke: the file was not understood, only survived."""


def _parameters(records):
    for record in records:
        marks = [pytest.mark.slow] if record.slow else []
        if record.broken:
            marks.append(pytest.mark.xfail(strict=True, reason=record.broken))
        yield pytest.param(record, id=record.key, marks=marks)


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """The first reading starts what the others use."""
    open_model(good_onnx().SerializeToString())


def _refusal(record, data):
    try:
        enter(record, data)
    except ImportRefused as refusal:
        return refusal
    return None


@pytest.mark.parametrize("record", list(_parameters(HOSTILE)))
def test_a_hostile_file_is_refused_in_words_or_does_no_harm(record, tmp_path):
    marker = tmp_path / "marker"
    data = record.make(marker)
    before, peak = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal = _refusal(record, data)
    if refusal is None:
        assert not record.says, "it was taken"
    else:
        said = f"{refusal.reason} {refusal.hint}".lower()
        assert refusal.reason
        assert refusal.hint
        assert not CAUGHT.search(refusal.reason), said
        assert [word for word in record.says if word not in said] == [], said
    assert not marker.exists()
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - before < SECONDS
    most = COUNTED.child_bytes / 1_000_000 if record.counted else MEGABYTES
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1_000 < most


NAMED = [record for record in HOSTILE if record.key.startswith(("pt2-name-", "onnx-name-"))]


@pytest.mark.parametrize("record", NAMED, ids=lambda record: record.key)
def test_a_network_with_hostile_names_is_taken_under_safe_ones(record, tmp_path):
    subject = enter(record, record.make(tmp_path / "marker"))
    names = [*dict(subject.network.named_modules()), *subject.network.weights()]
    assert all(re.fullmatch(r"[A-Za-z0-9_.]*", name) for name in names)
    assert all(info.display.isprintable() for info in subject.network.layers)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.key)
def test_a_path_never_leaves_the_folder_of_models(trap, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    typed = trap.lay(folder)
    with pytest.raises(ImportRefused) as refusal:
        read_inside(folder, typed, LIMITS.file_bytes)
    assert refusal.value.hint
    assert len(str(refusal.value)) < 1_000


def test_a_plain_file_in_the_folder_of_models_is_read(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "model.pt2").write_bytes(b"content")
    assert read_inside(tmp_path, "inner/model.pt2", 100) == b"content"


@pytest.mark.parametrize("key", FILE_NAMES)
def test_the_name_of_an_uploaded_file_is_neither_a_path_nor_longer_than_a_line(key):
    shown = shown_name(FILE_NAMES[key])
    assert len(shown) <= 100
    assert not set(shown) & set("/\\\0\r\n\u202e")
    assert shown.isprintable()


def test_a_file_under_a_hostile_name_is_opened_for_what_it_holds():
    record = next(record for record in HOSTILE if record.key == "onnx-name-image")
    opened = open_model(record.make(None), name=FILE_NAMES["climbing"])
    assert opened.format == "onnx"
    assert "/" not in opened.name
