"""Only plain files inside the directory of models are opened for whoever looks on."""

import os

import pytest

from explain.core.errors import ImportRefused
from models.loading.paths import files_inside, read_file, read_inside


@pytest.fixture
def folder(tmp_path):
    """Return a directory of models with good and bad entries, and secrets beside it."""
    (tmp_path / "secret.pt2").write_bytes(b"secret")
    inside = tmp_path / "models"
    (inside / "deeper").mkdir(parents=True)
    (inside / "good.pt2").write_bytes(b"good")
    (inside / "deeper" / "good.onnx").write_bytes(b"deep")
    (inside / "notes.txt").write_bytes(b"notes")
    (inside / "link.pt2").symlink_to(tmp_path / "secret.pt2")
    (inside / "near.pt2").symlink_to(inside / "good.pt2")
    (inside / "out").symlink_to(tmp_path)
    os.link(tmp_path / "secret.pt2", inside / "second.pt2")
    os.mkfifo(inside / "pipe.pt2")
    return inside


@pytest.mark.parametrize(
    ("name", "content"), [("good.pt2", b"good"), ("deeper/good.onnx", b"deep")]
)
def test_a_plain_file_inside_is_read(folder, name, content):
    assert read_inside(folder, name, 100) == content


@pytest.mark.parametrize(
    "name",
    [
        "link.pt2",
        "near.pt2",
        "out/secret.pt2",
        "second.pt2",
        "pipe.pt2",
        "../secret.pt2",
        "deeper/../../secret.pt2",
        "deeper/../good.pt2",
        "/etc/passwd",
        "/dev/zero",
        "deeper",
        "missing.pt2",
        "",
        ".",
        "good.pt2/",
        "good.pt2\0.txt",
        "\\\\server\\share\\a.pt2",
        "C:\\a.pt2",
        "//server/share/a.pt2",
        "file:///etc/passwd",
        "https://example.org/a.pt2",
        "a\nb.pt2",
        "x" * 5000,
    ],
)
def test_everything_else_is_refused(folder, name):
    with pytest.raises(ImportRefused):
        read_inside(folder, name, 100)


def test_a_file_that_is_too_large_is_refused(folder):
    with pytest.raises(ImportRefused, match="more than 3"):
        read_inside(folder, "good.pt2", 3)


def test_a_directory_that_is_a_link_itself_is_followed(folder, tmp_path):
    (tmp_path / "shortcut").symlink_to(folder)
    assert read_inside(tmp_path / "shortcut", "good.pt2", 100) == b"good"


def test_only_plain_model_files_are_offered(folder):
    assert files_inside(folder) == ("good.pt2", "second.pt2")
    assert files_inside(folder / "nowhere") == ()


def test_who_names_a_file_may_name_a_link_to_it(folder):
    assert read_file(folder / "near.pt2", 100) == b"good"
    for name in ("pipe.pt2", "deeper", "missing", "a\0b"):
        with pytest.raises(ImportRefused):
            read_file(folder / name, 100)
    with pytest.raises(ImportRefused):
        read_file(folder / "good.pt2", 3)
