"""The payload that the browser decodes: exact, checked, and little endian."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bench.frames.pictures import bundled_cnn, digits_mlp
from explain.core.errors import InvalidSubject, NonFinite
from explain.core.network import NEVER
from pages._components.network_graph.wire import MAGIC, pack

DTYPES = {"u4": "<u4", "f4": "<f4"}


def unpack(payload):
    """Read a payload the slow way, straight from the description of the format."""
    assert payload[:4] == MAGIC
    length = int.from_bytes(payload[4:8], "little")
    header = json.loads(payload[8 : 8 + length].decode())
    arrays, offset = {}, 8 + length
    for name, kind, count in header["arrays"]:
        arrays[name] = np.frombuffer(payload, DTYPES[kind], count, offset)
        offset += 4 * count
    assert offset == len(payload)
    return header, arrays


@pytest.mark.parametrize("view", [digits_mlp(), bundled_cnn()], ids=["dense", "bundles"])
def test_what_is_packed_is_what_is_read(view):
    header, arrays = unpack(pack(view))
    for name, values in arrays.items():
        np.testing.assert_array_equal(values, getattr(view, name).reshape(-1), strict=True)
    assert header["sig"] == view.sig
    assert [layer["title"] for layer in header["layers"]] == [la.title for la in view.layers]
    assert [tuple(group) for group in header["groups"]] == list(view.groups)
    assert header["prunable"] == view.prunable


@pytest.mark.parametrize("title", ["x", "xx", "xxx", "größe → ώ", '"</script>'])
def test_every_array_starts_at_a_multiple_of_four_whatever_the_names(title):
    view = digits_mlp()
    layers = (replace(view.layers[0], title=title), *view.layers[1:])
    payload = pack(replace(view, layers=layers))
    assert int.from_bytes(payload[4:8], "little") % 4 == 0
    assert unpack(payload)[0]["layers"][0]["title"] == title


def test_an_edge_that_never_dies_keeps_the_largest_rank():
    view = digits_mlp()
    dies = view.dies_at.copy()
    dies[:3] = NEVER
    _, arrays = unpack(pack(replace(view, dies_at=dies)))
    assert arrays["dies_at"][:3].tolist() == [0xFFFFFFFF] * 3


def test_ranks_above_two_to_the_24_stay_exact():
    view = digits_mlp()
    dies = np.arange(view.dies_at.size, dtype=np.int64)[::-1] + 2**24 + 1
    _, arrays = unpack(pack(replace(view, dies_at=dies)))
    np.testing.assert_array_equal(arrays["dies_at"], dies)


def test_wider_numbers_are_cast_and_not_reinterpreted():
    view = digits_mlp()
    wide = replace(view, weight=view.weight.astype(np.float64), source=view.source.astype(np.int64))
    assert pack(wide) == pack(view)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("name", ["weight", "strength"])
def test_numbers_that_are_not_finite_are_refused_by_name(name, value):
    view = digits_mlp()
    values = getattr(view, name).astype(np.float64)
    values[7] = value
    with pytest.raises(NonFinite, match=name):
        pack(replace(view, **{name: values}))


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("source", np.zeros(3, np.uint32), "source has 3"),
        ("count", np.zeros(0, np.uint32), "count has 0"),
        ("thins_at", np.zeros(5, np.uint32), "thins_at"),
        ("unit_dies_at", np.zeros(1, np.uint32), "unit_dies_at"),
        ("target", np.full(6464, 170, np.uint32), "not drawn"),
        ("dies_at", np.arange(6464, dtype=np.uint32), "sorted"),
        ("dies_at", np.full(6464, -1, np.int64), "32 unsigned bits"),
        ("dies_at", np.full(6464, 2**32, np.int64), "32 unsigned bits"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_the_reason(name, values, reason):
    with pytest.raises(InvalidSubject, match=reason) as caught:
        pack(replace(digits_mlp(), **{name: values}))
    assert caught.value.hint
