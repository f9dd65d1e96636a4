"""Hostile ONNX files in the words of old versions, and with branches that sizes decide."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.hostile.parts.graphs import changed, number, step
from tests.hostile.record import Hostile


def _body(nodes: Sequence[onnx.NodeProto], output: str) -> onnx.GraphProto:
    returned = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
    return helper.make_graph(nodes, "body", [], [returned])


def _branching(
    then: onnx.GraphProto | None = None, **more: onnx.GraphProto
) -> Callable[[onnx.ModelProto], None]:
    """Return what puts an If in place of the ReLU: hidden values are 5, so it takes `then`."""

    def change(model: onnx.ModelProto) -> None:
        graph = model.graph
        graph.initializer.extend([number("one", 1), number("five", 5)])
        graph.node.insert(1, step("Equal", ["width", "five"], "yes"))
        graph.node.insert(1, step("Gather", ["sizes", "one"], "width"))
        graph.node.insert(1, step("Shape", ["hidden"], "sizes"))
        branches = {} if then is None else {"then_branch": then}
        graph.node[4].CopyFrom(step("If", ["yes"], "active", **branches, **more))

    return change


def _relu(name: str, source: str = "hidden") -> onnx.GraphProto:
    return _body([step("Relu", [source], name)], name)


def good_branch() -> bytes:
    """Return a network with a ReLU inside of a branch that a size decides."""
    return changed(_branching(_relu("a"), else_branch=_relu("b")))


def _old(change: Callable[[onnx.GraphProto], object] = lambda _: None) -> bytes:
    """Return a network of version 6, with one thing changed in its graph."""

    def older(model: onnx.ModelProto) -> None:
        graph = model.graph
        model.opset_import[0].version = 6
        graph.initializer.append(number("slope", np.full(5, 0.1), np.float32))
        graph.node[0].CopyFrom(step("Gemm", ["x", "first.weight", "first.bias"], "a", transB=1))
        graph.node[1].CopyFrom(step("PRelu", ["a", "slope"], "active"))
        graph.node.insert(1, step("Add", ["a", "first.bias"], "added", broadcast=1, axis=1))
        graph.node[2].input[0] = "padded"
        graph.node.insert(2, step("Pad", ["added"], "padded", pads=[0, 0, 0, 0], mode="constant"))
        graph.node[4].input[0] = "dropped"
        graph.node.insert(4, step("Dropout", ["active"], "dropped", is_test=1))
        change(graph)

    return changed(older)


def good_old() -> bytes:
    """Return a network of version 6: operands laid over from an axis on, slopes by channel."""
    return _old()


def _pads(count: int) -> Callable[[onnx.GraphProto], None]:
    def change(graph: onnx.GraphProto) -> None:
        pads = next(one for one in graph.node[2].attribute if one.name == "pads")
        pads.ints[3] = count

    return change


def _axis(graph: onnx.GraphProto) -> None:
    next(one for one in graph.node[1].attribute if one.name == "axis").i = 2**40


def _cast(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 5
    model.graph.node[1].CopyFrom(step("Cast", ["hidden"], "active", to="__class__"))


_BOMB = _body(
    [step("ConstantOfShape", ["tera"], "many"), step("ReduceSum", ["many"], "a")],
    "a",
)


def _bomb(model: onnx.ModelProto) -> None:
    _branching(_BOMB, else_branch=_relu("b"))(model)
    model.graph.initializer.append(number("tera", [2**20, 2**20]))


def _many() -> onnx.GraphProto:
    names = ["hidden", *(f"v{place}" for place in range(50_000))]
    pairs = itertools.pairwise(names)
    return _body([step("Relu", [before], after) for before, after in pairs], names[-1])


def _made(change: Callable[[onnx.ModelProto], object]) -> Callable[[Path], bytes]:
    return lambda _: changed(change)


OLD_WORDS: tuple[Hostile, ...] = tuple(
    Hostile(
        key=f"onnx-{key}",
        row=row,
        door="model",
        attack=attack,
        make=make,
        says=says,
        counted=True,
    )
    for key, row, attack, make, says in (
        (
            "if-bomb",
            "run-bombs",
            "10¹² numbers in the branch that is taken",
            _made(_bomb),
            ("100,000,000",),
        ),
        (
            "if-many",
            "many-nodes",
            "50,000 steps in the branch that is taken",
            _made(_branching(_many(), else_branch=_relu("b"))),
            ("4,000",),
        ),
        (
            "if-half",
            "control-flow",
            "a branch for one answer alone",
            _made(_branching(_relu("a"))),
            ("if",),
        ),
        (
            "if-itself",
            "control-flow",
            "a branch that uses what comes out of it",
            _made(_branching(_relu("a", "active"), else_branch=_relu("b"))),
            ("active",),
        ),
        (
            "old-pads",
            "run-bombs",
            "10¹² numbers laid beside, in the words of version 6",
            lambda _: _old(_pads(2**40)),
            (),
        ),
        (
            "old-axis",
            "onnx-values",
            "operands laid over each other from the dimension 2⁴⁰ on",
            lambda _: _old(_axis),
            ("dimension",),
        ),
        (
            "old-cast",
            "onnx-values",
            "a type that is called as a part of Python",
            _made(_cast),
            ("__class__",),
        ),
    )
)
