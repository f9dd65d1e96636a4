"""Hostile files about networks of several inputs: models, cards, and arrays by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.hostile.made.arrays import good, npz, objects, packed, targets
from tests.hostile.parts.graphs import step, with_graph
from tests.hostile.parts.programs import GRAPH, edited
from tests.hostile.parts.zips import Entry, zipped
from tests.hostile.record import Hostile

_HUGE = 10**6
_Json = Any


def _onnx(*sizes: int | str, count: int = 1, name: str = "z") -> Callable[[Path], bytes]:
    """Return the good network with further inputs, whose means are added to the first."""

    def change(graph: onnx.GraphProto) -> None:
        names = [f"{name}{at}" for at in range(count)]
        graph.input.extend(
            helper.make_tensor_value_info(one, TensorProto.FLOAT, list(sizes)) for one in names
        )
        means = [step("ReduceMean", [one], f"m{at}", keepdims=0) for at, one in enumerate(names)]
        together = step("Sum", ["x", *(f"m{at}" for at in range(count))], "all")
        graph.node[0].input[0] = "all"
        old = list(graph.node)
        del graph.node[:]
        graph.node.extend([*means, together, *old])

    return lambda _: with_graph(change)


def _pt2(*sizes: int, count: int = 1) -> Callable[[Path], bytes]:
    """Return the good network with further inputs that nothing reads."""

    def change(content: _Json) -> None:
        graph = content["graph_module"]["graph"]
        specs = content["graph_module"]["signature"]["input_specs"]
        for at in range(count):
            name = {"name": f"extra_{at}"}
            graph["inputs"].append({"as_tensor": name})
            specs.append({"user_input": {"arg": {"as_tensor": name}}})
            graph["tensor_values"][name["name"]] = {
                "dtype": 7,
                "sizes": [{"as_int": size} for size in sizes],
                "requires_grad": False,
                "device": {"type": "cpu", "index": None},
                "strides": [{"as_int": 1} for _ in sizes],
                "storage_offset": {"as_int": 0},
                "layout": 7,
            }

    return lambda _: edited(GRAPH, change)


def _held(held: object) -> Callable[[Path], bytes]:
    return lambda _: json.dumps({"schema": 1, "held": held}).encode()


def _beside(data: bytes) -> Callable[[Path], bytes]:
    x = good(np.ones((12, 6), np.float32))
    return lambda _: npz(x=x, y=targets(), beside=data)


def _packed_beside(_: Path) -> bytes:
    x = Entry(name="x.npy", data=good(np.ones((12, 6), np.float32)))
    return zipped([x, packed("beside.npy")])


INPUTS: tuple[Hostile, ...] = (
    Hostile(
        key="onnx-inputs-many",
        row="graph-lies",
        door="model",
        attack="1,500 inputs",
        make=_onnx("rows", 6, count=1_500),
        says=("1,501 inputs",),
        counted=True,
    ),
    Hostile(
        key="onnx-input-shared-huge",
        row="run-bombs",
        door="model",
        attack="an adjacency of 10¹² numbers that all rows share",
        make=_onnx(_HUGE, _HUGE),
        says=("too large",),
        counted=True,
    ),
    Hostile(
        key="onnx-inputs-shared-together",
        row="run-bombs",
        door="model",
        attack="thirty inputs that all rows share, each just small enough",
        make=_onnx(3_000, 3_000, count=30),
        says=("too large",),
        counted=True,
    ),
    Hostile(
        key="onnx-input-markup",
        row="markup",
        door="model",
        attack="an input whose name a page would render",
        make=_onnx(3, 3, name="<img src=http://example.com/a>\u202e\0"),
        says=("the same for all rows",),
    ),
    Hostile(
        key="pt2-inputs-many",
        row="graph-lies",
        door="model",
        attack="10,000 inputs that nothing reads",
        make=_pt2(3, 3, count=10_000),
        says=("10,001 inputs",),
        counted=True,
    ),
    Hostile(
        key="pt2-input-shared-huge",
        row="run-bombs",
        door="model",
        attack="an input of 10¹² numbers that all rows share",
        make=_pt2(_HUGE, _HUGE),
        says=("too large",),
        counted=True,
    ),
    Hostile(
        key="card-held-many",
        row="large-parameters",
        door="card",
        attack="ten thousand inputs that are held",
        make=_held({f"x{at}": at for at in range(10_000)}),
        says=("held",),
    ),
    Hostile(
        key="card-held-types",
        row="json",
        door="card",
        attack="inputs held at objects, lists of lists, truths, and too large a number",
        make=_held({"a": {"b": 1}, "c": [[1]], "d": True, "e": [1], "f": "x" * 900}),
        says=("held.a", "held.c", "held.d", "held.e", "held.f"),
    ),
    Hostile(
        key="npz-input-objects",
        row="array-headers",
        door="inputs",
        attack="a further input that is a pickle",
        make=lambda marker: _beside(objects(marker))(marker),
        says=("object",),
    ),
    Hostile(
        key="npz-input-packed",
        row="zip-bombs",
        door="inputs",
        attack="a further input that unpacks to 2 GB",
        make=_packed_beside,
    ),
    Hostile(
        key="npz-input-uneven",
        row="array-headers",
        door="inputs",
        attack="a further input with more rows than there are",
        make=_beside(good(np.ones((1_000, 3), np.float32))),
        says=("12 rows", "1000, 3"),
    ),
    Hostile(
        key="npz-input-missing",
        row="array-headers",
        door="inputs",
        attack="no array for the further input",
        make=lambda _: npz(x=good(np.ones((12, 6), np.float32)), y=targets()),
        says=("beside=values",),
    ),
)
