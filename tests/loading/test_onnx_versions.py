"""Files of every version of the operators: in old words, in today's, and ONNX's own data."""

from collections import Counter

import numpy as np
import pytest
import torch
from onnx import TensorProto, defs

from bench.real_files import outcome, shipped
from explain.core.errors import ImportRefused
from models.loading.files.onnx import read_onnx
from models.loading.files.onnx.operators.catalog import OPERATORS
from models.loading.files.onnx.source import NEWEST
from models.loading.limits import LIMITS
from tests.loading.graphs import model, node
from tests.loading.test_onnx_operators import (
    IMAGE,
    SERIES,
    Case,
    case,
    file_of,
    floats,
    ints,
    named,
)

_TRAINED = (abs(floats(2)),) * 4
BINARY = ("Add", "Div", "Mul", "Pow", "Sub")

SPELLINGS = [
    *(
        (
            case(op, abs(floats(6)), shape=IMAGE, opset=1, low=0.5, broadcast=1),
            case(op, abs(floats(6)), shape=IMAGE, low=0.5),
        )
        for op in BINARY
    ),
    *(
        (
            case(op, abs(floats(2, 6)), shape=IMAGE, opset=6, low=0.5, broadcast=1, axis=1),
            case(op, abs(floats(2, 6, 1)), shape=IMAGE, low=0.5),
        )
        for op in BINARY
    ),
    (
        case("Add", floats(2), shape=IMAGE, opset=6, broadcast=1, axis=-3),
        case("Add", floats(2, 1, 1), shape=IMAGE),
    ),
    (case("Relu", opset=1, consumed_inputs=[0]), case("Relu")),
    (case("Selu", opset=1), case("Selu")),
    (
        Case(op="Reshape", shape=IMAGE, opset=1, settings={"shape": [0, -1, 4]}),
        case("Reshape", ints(0, -1, 4), shape=IMAGE),
    ),
    *(
        (
            case(
                "BatchNormalization",
                *_TRAINED,
                shape=IMAGE,
                opset=opset,
                is_test=1,
                spatial=1,
                **({"consumed_inputs": [0, 0, 0, 1, 1]} if opset == 1 else {}),
            ),
            case("BatchNormalization", *_TRAINED, shape=IMAGE),
        )
        for opset in (1, 6)
    ),
    (
        case("BatchNormalization", *(abs(floats(4)),) * 4, opset=7, spatial=0),
        case("BatchNormalization", *(abs(floats(4)),) * 4),
    ),
    (case("Dropout", opset=6, is_test=1, ratio=0.3), case("Dropout")),
    (case("Cast", opset=1, to="INT32"), case("Cast", to=TensorProto.INT32)),
    (
        case("Gemm", floats(4, 3), floats(3), opset=1, broadcast=1),
        case("Gemm", floats(4, 3), floats(3)),
    ),
    (case("PRelu", floats(2), shape=IMAGE, opset=6), case("PRelu", floats(2, 1, 1), shape=IMAGE)),
    (case("PRelu", floats(1), opset=1), case("PRelu", floats(1))),
    (case("Pad", opset=1, paddings=[0, 1, 0, 2]), case("Pad", ints(0, 1, 0, 2))),
    (
        case("Tile", np.float32(3), np.float32(1), shape=SERIES, opset=1),
        case("Tile", ints(1, 3, 1), shape=SERIES),
    ),
    (case("TopK", opset=1, k=2, axis=1), case("TopK", ints(2), axis=1)),
    (
        case("Upsample", opset=1, shape=IMAGE, height_scale=2.0, width_scale=3.0),
        case("Upsample", np.array([1, 1, 2, 3], np.float32), opset=9, shape=IMAGE),
    ),
    (
        case("Upsample", opset=7, shape=IMAGE, scales=[1.0, 1.0, 2.0, 3.0]),
        case("Upsample", np.array([1, 1, 2, 3], np.float32), opset=9, shape=IMAGE),
    ),
    (
        case("Resize", np.array([1, 1, 0.5, 3], np.float32), shape=IMAGE, opset=10),
        case(
            "Resize",
            None,
            np.array([1, 1, 0.5, 3], np.float32),
            shape=IMAGE,
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        ),
    ),
    (case("Relu", opset=NEWEST), case("Relu")),
    (
        case("SpaceToDepth", shape=(2, 4, 6), blocksize=2, opset=28),
        case("SpaceToDepth", shape=(2, 4, 6), blocksize=2),
    ),
]


def output(data, given):
    with torch.no_grad():
        return read_onnx(data, LIMITS).network(given)


@pytest.mark.parametrize(("old", "new"), SPELLINGS, ids=named)
def test_an_operator_in_old_words_computes_what_it_does_in_todays(old, new):
    draw = np.random.default_rng(2).uniform(new.low, 2, (3, *new.shape))
    given = torch.from_numpy(draw.astype(np.float32))
    assert output(file_of(old), given).equal(output(file_of(new), given))


def test_values_are_joined_along_the_second_axis_where_an_old_file_names_none():
    file = model([node("Concat", ["x", "x"], ["y"])], opset=1)
    given = torch.ones(3, 4)
    assert output(file.SerializeToString(), given).equal(torch.ones(3, 8))


@pytest.mark.parametrize(
    "found",
    [
        case("Dropout", opset=6),
        case("BatchNormalization", *_TRAINED, shape=IMAGE, opset=6),
        case("BatchNormalization", *_TRAINED, shape=IMAGE, opset=8, spatial=0),
    ],
    ids=named,
)
def test_an_old_network_in_training_or_with_a_mean_for_every_place_is_refused(found):
    with pytest.raises(ImportRefused, match=r"training mode|every place"):
        read_onnx(file_of(found), LIMITS)


def form(op, version):
    schema = defs.get_schema(op, version, "")
    attributes = {(name, str(entry.default_value)) for name, entry in schema.attributes.items()}
    return attributes, [entry.name for entry in (*schema.inputs, *schema.outputs)]


def test_what_the_newest_versions_changed_has_been_looked_at():
    assert defs.onnx_opset_version() == NEWEST
    standard = [op for op in OPERATORS if ":" not in op]
    changed = {op for op in standard if defs.has(op, 23, "") and form(op, 23) != form(op, NEWEST)}
    assert changed == {"Attention", "Cast", "CastLike", "Range", "SpaceToDepth"}


FILES = {
    "pytorch-converted": (82, Counter(exact=82)),
    "pytorch-operator": (35, Counter(exact=33, rows_of_output=1, no_real_output=1)),
    "simple": (23, Counter(exact=8, no_real_output=8, size_depends_on_values=4)),
    "light": (9, Counter(read=8)),
}
"""Folder of ONNX's own networks -> how many there are, and what becomes of how many at least."""


@pytest.mark.filterwarnings("ignore:overflow")  # doubles that no float32 holds
@pytest.mark.parametrize("kind", FILES)
def test_networks_that_onnx_ships_compute_what_it_says_or_are_refused(kind):
    count, least = FILES[kind]
    found = Counter(map(outcome, shipped(kind)))
    assert found.total() == count
    assert not found["wrong"]
    assert found["exact"] + found["read"] >= least["exact"] + least["read"], found
