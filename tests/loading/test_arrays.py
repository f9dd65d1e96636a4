import io
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from explain.core.errors import ImportRefused
from models.loading.card.model_card import read_card
from models.loading.data import arrays
from models.loading.data.arrays import read_arrays
from models.loading.data.npy import read_npy
from models.loading.limits import LIMITS, Limits

X = np.arange(12, dtype=np.float32).reshape(4, 3)


def npz(**arrays):
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def npy(array, **options):
    out = io.BytesIO()
    np.save(out, array, **options)
    return out.getvalue()


def header(text, body=b"", version=b"\x01\x00"):
    data = text.encode()
    return b"\x93NUMPY" + version + len(data).to_bytes(2, "little") + data + body


def read(data, limits=LIMITS, **card):
    return read_arrays(data, read_card(card, LIMITS), limits)


def told(data):
    return " ".join(map(str, data.report))


def test_rows_and_answers_come_back_as_they_were():
    found = read(npz(x=X, y=np.array([1, 0, 1, 2])))
    assert torch.equal(found.samples.inputs[0], torch.from_numpy(X.astype(np.float64)))
    assert (found.samples.targets.tolist(), found.labels) == ([1, 0, 1, 2], ("0", "1", "2"))
    assert (found.kind, found.names) == ("tabular", ("x0", "x1", "x2"))


def test_a_compressed_archive_and_a_single_array_are_read_too():
    out = io.BytesIO()
    np.savez_compressed(out, x=X)
    assert torch.equal(read(out.getvalue()).samples.inputs[0], read(npy(X)).samples.inputs[0])
    assert "No array y" in told(read(npy(X)))


@pytest.mark.parametrize(
    ("y", "card", "targets"),
    [
        (np.array(["b", "a", "b", "b"]), {}, [1, 0, 1, 1]),
        (np.array(["b", "a", "b", "b"]), {"labels": ["b", "a"]}, [0, 1, 0, 0]),
        (np.array([True, False, True, True]), {}, [1, 0, 1, 1]),
        (np.array([[1], [0], [1], [0]], dtype=np.uint8), {}, [1, 0, 1, 0]),
        (np.eye(4)[[2, 0, 1, 3]], {}, [2, 0, 1, 3]),
        (np.array([1.0, 0, 1, 2]), {"task": "classification"}, [1, 0, 1, 2]),
        (np.array([1.0, 0.5, 1, 2]), {}, [1, 0.5, 1, 2]),
        (np.array([1, 0, 1, 2]), {"task": "regression"}, [1, 0, 1, 2]),
    ],
)
def test_answers_are_classes_or_values(y, card, targets):
    assert read(npz(x=X, y=y), **card).samples.targets.tolist() == targets


def test_several_labels_a_row_are_flags():
    y = np.array([[1, 1], [0, 0], [1, 0], [0, 1]])
    found = read(npz(x=X, y=y), task="multilabel", labels=["p", "q"])
    assert (found.samples.targets.tolist(), found.labels) == (y.tolist(), ("p", "q"))
    with pytest.raises(ImportRefused, match="2 columns for 3 labels"):
        read(npz(x=X, y=y), task="multilabel", labels=["p", "q", "r"])


def test_rows_that_are_not_finite_are_counted_and_left_out():
    x, y = X.copy(), np.array([0.5, 1.5, np.nan, 2.5])
    x[0, 0], x[1, 2] = np.nan, -np.inf
    found = read(npz(x=x, y=y))
    assert found.samples.ids == ("row 3",)
    assert "2 rows left out with values that are NaN or infinite." in map(str, found.report)
    assert "1 row left out with no answer." in map(str, found.report)


def test_groups_are_texts_per_row():
    found = read(npz(x=X, groups=np.array(["a", "b", "a", "b"])))
    assert found.samples.groups == {"group": ("a", "b", "a", "b")}


def test_pictures_keep_their_bytes_and_colours_come_first():
    pixels = np.arange(4 * 2 * 3 * 3, dtype=np.uint8).reshape(4, 2, 3, 3)
    card = {"modality": "image", "input": {"shape": [2, 3, 3], "layout": "NHWC"}}
    (found,) = read(npz(x=pixels), **card).samples.inputs
    assert torch.equal(found, torch.from_numpy(pixels).permute(0, 3, 1, 2))
    assert read(npz(x=pixels[..., 0]), modality="image").samples.inputs[0].shape == (4, 1, 2, 3)


def test_ids_of_texts_may_have_a_mask():
    card = {"modality": "text", "input": {"names": ["ids", "mask"]}}
    ids = np.arange(12).reshape(4, 3)
    found = read(npz(x=ids, mask=ids > 1), **card)
    assert [tensor.dtype for tensor in found.samples.inputs] == [torch.int64, torch.int64]
    with pytest.raises(ImportRefused, match="takes a mask"):
        read(npz(x=ids), **card)
    with pytest.raises(ImportRefused, match="whole numbers"):
        read(npz(x=X), modality="text")


def test_arrays_that_nothing_uses_are_told():
    assert "1 array not used: 'other.npy'." in map(str, read(npz(x=X, other=X)).report)


class Payload:
    def __reduce__(self):
        return print, ("ran",)


OBJECT = np.array([Payload(), None], dtype=object)
HUGE = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }"
HOSTILE = {
    "objects": (npy(OBJECT, allow_pickle=bool(1)), "Python objects"),
    "records": (npy(np.zeros(2, dtype=[("a", "f4")])), "header not read here"),
    "shape bomb": (header(HUGE), "elements, more than"),
    "negative shape": (header(HUGE.replace("1000000,", "-1,")), "header not read here"),
    "long shape": (header(HUGE.replace("(1000000,", "(" + "1," * 40)), "has a shape that is none"),
    "huge size": (header(HUGE.replace("(1000000,", "(" + "9" * 30 + ",")), "shape that is none"),
    "code for a shape": (
        header(HUGE.replace("(1000000,", "(__import__('os'),")),
        "header not read",
    ),
    "code for a header": (header("__import__('os').system('true')"), "header not read here"),
    "complex": (npy(np.zeros((2, 2), complex)), "type '<c16'"),
    "times": (npy(np.zeros((2, 2), "M8[s]")), "header not read here"),
    "bytes": (npy(np.array([[b"ab"]])), r"type '\|S2'"),
    "short": (npy(X)[:-1], "should hold 48 bytes"),
    "long": (npy(X) + b"x", "should hold 48 bytes"),
    "empty": (npy(np.zeros((0, 3))), "is empty"),
    "version": (header(HUGE, version=b"\x09\x00"), "version 9.0"),
    "long header": (header(" " * 20_000), "too long"),
    "cut header": (npy(X)[:40], "too long"),
    "no rows": (npy(np.zeros(3)), "not one row of numbers"),
    "scalar": (npy(np.float64(3)), "not one row of numbers"),
    "pickle called npz": (b"\x80\x04\x95\x0b", "no zip file"),
    "nothing": (b"", "no zip file"),
    "no x": (npz(z=X), "has no array x"),
    "lengths": (npz(x=X, y=np.zeros(3)), "different numbers of rows: x 4, y 3"),
    "answers": (npz(x=X, y=np.zeros((4, 2, 2))), "have the shape"),
    "no array": (npz(x=X).replace(b"\x93NUMPY", b"\x93NUMPX"), "check sum"),
    "letters": (npy(np.array([["a"]])).replace(b"a\0\0\0", b"\xff\xff\xff\xff"), "do not exist"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_array_is_refused_with_the_cause(name, capsys):
    data, reason = HOSTILE[name]
    with pytest.raises(ImportRefused, match=reason) as caught:
        read(data)
    assert caught.value.hint
    assert "ran" not in capsys.readouterr().out


def test_a_bomb_of_zeros_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", npy(np.zeros((1000, 1000), np.float32)))
    with pytest.raises(ImportRefused, match="times its size"):
        read(out.getvalue())


def test_no_array_has_more_elements_than_the_limit():
    with pytest.raises(ImportRefused, match="has 12 elements, more than 11"):
        read(npy(X), Limits(elements=11))


kinds = st.sampled_from(["<f4", ">f8", "<f2", "<i8", ">i2", "|u1", "|b1", "<U3", ">U3"])


@given(
    kinds.flatmap(
        lambda kind: arrays_of.arrays(kind, arrays_of.array_shapes(max_dims=4, max_side=4))
    ),
    st.booleans(),
)
def test_arrays_come_back_as_numpy_wrote_them(array, fortran):
    written = np.asfortranarray(array) if fortran else array
    found = read_npy(npy(written), "x", LIMITS)
    assert found.shape == array.shape
    assert found.dtype == array.dtype.newbyteorder("=")
    assert np.array_equal(found, array, equal_nan=array.dtype.kind == "f")


@given(st.integers(0, 500), st.binary(min_size=1, max_size=4))
def test_a_mutated_archive_raises_only_import_refused(place, patch):
    good = npz(x=X, y=np.array([1, 0, 1, 0]))
    try:
        read(good[:place] + patch + good[place + len(patch) :])
    except ImportRefused as refused:
        assert refused.reason  # noqa: PT017 - both ways out are fine


def test_rows_that_stay_are_their_own_in_the_order_of_the_file_piece_by_piece(monkeypatch):
    monkeypatch.setattr(arrays, "_AT_ONCE", 5)
    x = np.arange(21.0).reshape(7, 3)
    x[[0, 3], 1] = np.nan, np.inf
    found = read(npz(x=x, y=np.arange(7)))
    assert torch.equal(found.samples.inputs[0], torch.from_numpy(x[[1, 2, 4, 5, 6]]))
    assert found.samples.ids == ("row 1", "row 2", "row 4", "row 5", "row 6")
