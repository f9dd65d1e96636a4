"""Checkpoints as torch wrote them before 1.6: the same weights as torch reads, nothing made."""

import contextlib
import io
import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explain.core.errors import ImportRefused
from models.loading.files.checkpoint import read_old_checkpoint
from models.loading.limits import LIMITS, Limits
from tests.hostile.parts.pickling import (
    call,
    integer,
    mapping,
    old_file,
    pickled,
    storage,
    tensor,
    text,
    tuple_of,
)
from tests.loading.mutation import mutations
from tests.loading.test_checkpoint import Odd, same

FIVE = struct.pack("<5f", 1, 2, 3, 4, 5)
DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32)
DTYPES += (torch.int16, torch.int8, torch.uint8, torch.bool)


def saved(value, **options):
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=False, **options)
    return file.getvalue()


@st.composite
def states(draw):
    """Tensors, views of one base among them: turned, late, every other, tied."""
    found = {}
    for place in range(draw(st.integers(1, 4))):
        base = torch.arange(24.0).sub(7).to(draw(st.sampled_from(DTYPES)))
        views = (base, base.view(4, 6).t(), base[10:14], base[::5], base[3], base.view(2, 3, 4))
        for at in draw(st.lists(st.integers(0, len(views) - 1), min_size=1, max_size=3)):
            found[f"{place}.{at}"] = views[at]
    return found


@given(states(), st.sampled_from((2, 4)), st.booleans())
def test_what_was_saved_in_an_old_file_is_read_here(state, protocol, wrapped):
    content = {"epoch": 3, "state_dict": state, "lr": [0.1]} if wrapped else state
    reading = read_old_checkpoint(saved(content, pickle_protocol=protocol), LIMITS)
    same(reading, {name: as_read(value) for name, value in state.items()})


def as_read(value):
    return value.float() if value.is_floating_point() else value


def test_a_whole_module_gives_up_its_tensors_wherever_it_was(monkeypatch):
    monkeypatch.setattr(torch.serialization, "location_tag", lambda _: "cuda:0")
    module = nn.DataParallel(Odd())
    reading = read_old_checkpoint(saved(module), LIMITS)
    assert reading.format == "pickled-module"
    same(reading, module.module.state_dict())
    assert reading.tensors["tied.0.weight"] is reading.tensors["inner.0.weight"]


def test_ordered_dicts_of_python_2_and_views_of_storages_are_read():
    rebuilt = call(
        "torch._utils",
        "_rebuild_tensor",
        storage("7", 5, view=tuple_of(text("8"), integer(2), integer(3)), on="cuda:1"),
        integer(1),
        tuple_of(integer(2)),
        tuple_of(integer(1)),
    )
    pairs = b"](](" + text("w") + rebuilt + b"e](" + text("all") + tensor("7", (5,)) + b"ee"
    order = call("collections", "OrderedDict", pairs)
    reading = read_old_checkpoint(old_file(pickled(order), [("7", 5, FIVE)]), LIMITS)
    assert {name: value.tolist() for name, value in reading.tensors.items()} == {
        "w": [4, 5],
        "all": [1, 2, 3, 4, 5],
    }


W = pickled(mapping({"w": tensor("0", (5,))}))
HELD = [("0", 5, FIVE)]
OLD = "loading.checkpoint.old"
STORAGES = "loading.checkpoint.storages"


def view_at(start):
    return tuple_of(text("9"), integer(start), integer(5))


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (old_file(W, HELD, magic=3), f"{OLD}.no_head"),
        (old_file(W, HELD, protocol=1002), f"{OLD}.no_head"),
        (old_file(W, HELD, machine=b"}"), "loading.checkpoint.byte_order"),
        (old_file(W, HELD)[:40], "loading.checkpoint.pickle."),
        (old_file(W, HELD) + b"N.", f"{OLD}.bytes_behind"),
        (old_file(W, HELD, keys=["0", "0"]), f"{OLD}.keys"),
        (old_file(W, HELD, keys=["1"]), f"{OLD}.keys"),
        (old_file(W), f"{STORAGES}.size_of_storage"),
        (old_file(W, HELD)[:-1], f"{STORAGES}.size_of_storage"),
        (old_file(W, [("0", 4, FIVE)]), f"{STORAGES}.size_of_storage"),
        (old_file(W, [("0", -1, FIVE)]), f"{STORAGES}.size_of_storage"),
        (
            old_file(pickled(mapping({"w": tensor("0", (5,), view=view_at(1))})), HELD),
            f"{STORAGES}.larger_than_storage",
        ),
        (
            old_file(pickled(mapping({"w": tensor("0", (5,), view=view_at(-1))})), HELD),
            f"{STORAGES}.damaged_shape",
        ),
        (
            old_file(pickled(mapping({"w": tensor("0", (5,), view=text("x"))})), HELD),
            "loading.checkpoint.calls.storage_without_place",
        ),
        (
            old_file(pickled(tuple_of(text("module"), b"N", b"N") + b"Q"), ()),
            "loading.checkpoint.calls.no_storage",
        ),
    ],
)
def test_what_is_not_in_the_order_of_old_files_is_refused_with_the_cause(data, cause):
    with pytest.raises(ImportRefused) as refusal:
        read_old_checkpoint(data, LIMITS)
    assert refusal.value.messages[0].key.startswith(cause)
    assert refusal.value.hint


def test_what_is_counted_is_counted_before_it_is_read():
    for limits in (Limits(file_bytes=100), Limits(header_bytes=20), Limits(elements=4)):
        with pytest.raises(ImportRefused, match="more than"):
            read_old_checkpoint(old_file(W, HELD), limits)


def test_a_mutated_old_file_raises_only_import_refused():
    for data in mutations(saved({"model": Odd(), "epoch": 1}), 1_000, seed=3):
        with contextlib.suppress(ImportRefused):
            read_old_checkpoint(data, LIMITS)
