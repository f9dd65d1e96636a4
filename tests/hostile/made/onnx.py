"""Hostile ONNX files: each is a good one with one thing changed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.hostile.parts.graphs import changed, good_onnx, number, step, with_graph
from tests.hostile.record import Hostile

_HUGE = 10**12


def _graph(change: Callable[[onnx.GraphProto], object]) -> Callable[[Path], bytes]:
    return lambda _: with_graph(change)


def _code(marker: Path) -> str:
    return f'training");getattr(__import__("os"),"mkdir")({str(marker)!r});str("'


def _named_node(marker: Path) -> bytes:
    def change(graph: onnx.GraphProto) -> None:
        graph.node[1].name = _code(marker)

    return with_graph(change)


def _named_weight(marker: Path) -> bytes:
    def change(graph: onnx.GraphProto) -> None:
        graph.initializer[0].name = _code(marker)
        graph.node[0].input[1] = _code(marker)

    return with_graph(change)


def _named_value(marker: Path) -> bytes:
    def change(graph: onnx.GraphProto) -> None:
        graph.node[0].output[0] = _code(marker)
        graph.node[1].input[0] = _code(marker)

    return with_graph(change)


def _named(name: str) -> Callable[[Path], bytes]:
    def change(graph: onnx.GraphProto) -> None:
        for node in graph.node:
            node.name = f"{name}{node.name}"

    return _graph(change)


def _extra_steps(count: int) -> Callable[[Path], bytes]:
    def change(graph: onnx.GraphProto) -> None:
        graph.node[2].output[0] = "r0"
        graph.node.extend(step("Relu", [f"r{number}"], f"r{number + 1}") for number in range(count))
        graph.output[0].name = f"r{count}"

    return _graph(change)


def _many_weights(graph: onnx.GraphProto) -> None:
    graph.initializer.extend(number(f"w{index}", [0.0], np.float32) for index in range(20_001))


def _values(graph: onnx.GraphProto, name: str) -> onnx.TensorProto:
    return next(value for value in graph.initializer if value.name == name)


def _promised(graph: onnx.GraphProto) -> None:
    del _values(graph, "first.weight").dims[:]
    _values(graph, "first.weight").dims.extend([_HUGE, 6])


def _empty(graph: onnx.GraphProto) -> None:
    _values(graph, "first.weight").raw_data = b""


def _short(graph: onnx.GraphProto) -> None:
    _values(graph, "first.weight").raw_data = bytes(4)


def _negative(graph: onnx.GraphProto) -> None:
    del _values(graph, "first.weight").dims[:]
    _values(graph, "first.weight").dims.extend([-5, -6])


def _zero_size(graph: onnx.GraphProto) -> None:
    value = _values(graph, "first.weight")
    del value.dims[:]
    value.dims.extend([0, 1 << 60])
    value.raw_data = b""


def _kind(graph: onnx.GraphProto) -> None:
    _values(graph, "first.weight").data_type = 99


def _words(graph: onnx.GraphProto) -> None:
    value = _values(graph, "first.bias")
    value.data_type = TensorProto.STRING
    value.raw_data = b""
    value.string_data.extend([b"five"] * 5)


def _cycle(graph: onnx.GraphProto) -> None:
    graph.node[0].input[0] = "active"


def _undefined(graph: onnx.GraphProto) -> None:
    graph.node[1].input[0] = "nowhere"


def _twice(graph: onnx.GraphProto) -> None:
    graph.node[1].output[0] = "hidden"


def _no_output(graph: onnx.GraphProto) -> None:
    del graph.output[:]


def _lost_output(graph: onnx.GraphProto) -> None:
    graph.output[0].name = "nowhere"


def _unknown(graph: onnx.GraphProto) -> None:
    graph.node[1].op_type = "LaunchMissiles"


def _foreign(graph: onnx.GraphProto) -> None:
    graph.node[1].domain = "com.example.evil"


def _opset(version: int) -> Callable[[Path], bytes]:
    def change(model: onnx.ModelProto) -> None:
        model.opset_import[0].version = version

    return lambda _: changed(change)


def _not_finite(value: float, kind: type = np.float32) -> Callable[[Path], bytes]:
    def change(graph: onnx.GraphProto) -> None:
        values = np.zeros((5, 6), kind)
        values[2, 3] = value
        _values(graph, "first.weight").CopyFrom(number("first.weight", values, kind))

    return _graph(change)


def _body(steps: list[onnx.NodeProto], inputs: list[str], outputs: list[str]) -> onnx.GraphProto:
    return helper.make_graph(
        steps,
        "body",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
    )


def _loop(graph: onnx.GraphProto) -> None:
    body = _body(
        [step("Identity", ["go"], "again"), step("Relu", ["state"], "next")],
        ["round", "go", "state"],
        ["again", "next"],
    )
    graph.initializer.append(number("rounds", 1 << 62))
    graph.initializer.append(number("yes", 1, np.bool_))
    graph.node[1].CopyFrom(step("Loop", ["rounds", "yes", "hidden"], "active", body=body))


def _branch(graph: onnx.GraphProto) -> None:
    graph.initializer.append(number("none", 0.0, np.float32))
    sums = step("ReduceSum", ["hidden"], "sum", keepdims=0)
    graph.node.insert(1, step("Greater", ["sum", "none"], "yes"))
    graph.node.insert(1, sums)
    then = _body([step("Relu", ["hidden"], "a")], [], ["a"])
    other = _body([step("Tanh", ["hidden"], "b")], [], ["b"])
    graph.node[3].CopyFrom(step("If", ["yes"], "active", then_branch=then, else_branch=other))


def _scan(graph: onnx.GraphProto) -> None:
    body = _body([step("Relu", ["row"], "done")], ["row"], ["done"])
    graph.node[1].CopyFrom(step("Scan", ["hidden"], "active", body=body, num_scan_inputs=1))


def _function(model: onnx.ModelProto) -> None:
    inner = step("Again", ["a"], "b")
    inner.domain = "local"
    model.functions.append(
        helper.make_function(
            "local", "Again", ["a"], ["b"], [inner], [helper.make_opsetid("local", 1)]
        )
    )
    model.graph.node[1].op_type = "Again"
    model.graph.node[1].domain = "local"
    model.opset_import.append(helper.make_opsetid("local", 1))


def _nested(depth: int) -> Callable[[Path], bytes]:
    def change(graph: onnx.GraphProto) -> None:
        graph.initializer.append(number("yes", 1, np.bool_))
        body = _body([step("Relu", ["hidden"], "a")], [], ["a"])
        for _ in range(depth):
            body = _body([step("If", ["yes"], "a", then_branch=body, else_branch=body)], [], ["a"])
        graph.node[1].CopyFrom(step("If", ["yes"], "active", then_branch=body, else_branch=body))

    return _graph(change)


def _added(graph: onnx.GraphProto, steps: list[onnx.NodeProto], total: str) -> None:
    graph.node[2].output[0] = "before"
    graph.node.extend(
        [
            *steps,
            step("ReduceSum", [total], "total", keepdims=0),
            step("Add", ["before", "total"], "y"),
        ]
    )


def _constant_of_shape(graph: onnx.GraphProto) -> None:
    graph.initializer.append(number("shape", [_HUGE]))
    _added(graph, [step("ConstantOfShape", ["shape"], "zeros")], "zeros")


def _expand(graph: onnx.GraphProto) -> None:
    graph.initializer.append(number("shape", [1_000_000, 1_000_000, 3]))
    steps = [step("Expand", ["second.bias", "shape"], "wide"), step("Exp", ["wide"], "grown")]
    _added(graph, steps, "grown")


def _tile(graph: onnx.GraphProto) -> None:
    graph.initializer.append(number("repeats", [_HUGE]))
    _added(graph, [step("Tile", ["second.bias", "repeats"], "wide")], "wide")


def _one_hot(graph: onnx.GraphProto) -> None:
    graph.initializer.extend(
        [number("depth", _HUGE), number("ends", [0, 1], np.float32), number("place", [0])]
    )
    graph.node.append(step("Cast", ["hidden"], "places", to=TensorProto.INT64))
    _added(graph, [step("OneHot", ["places", "depth", "ends"], "wide")], "wide")


def _neighbours(graph: onnx.GraphProto) -> None:
    graph.node[1].CopyFrom(step("LRN", ["hidden"], "active", size=1 << 40))


def _old_tile(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 1
    graph = model.graph
    graph.initializer.extend([number("count", _HUGE), number("axis", 0)])
    wide = step("Tile", ["second.bias", "count", "axis"], "wide")
    sums = step("ReduceSum", ["wide"], "sum", axes=[0], keepdims=1)
    graph.node[2].output[0] = "rows"
    graph.node.extend([wide, sums, step("Add", ["rows", "sum"], "y", broadcast=1)])


def _deeper(model: onnx.ModelProto) -> None:
    """Places of places: each step doubles the dimensions, which ONNX's own tools write down."""
    model.opset_import[0].version = 6
    graph = model.graph
    graph.initializer.append(number("deep0", [[0]]))
    graph.node.extend(step("Gather", [f"deep{n}"] * 2, f"deep{n + 1}") for n in range(40))
    graph.node[2].output[0] = "rows"
    graph.node.append(step("Cast", ["deep40"], "real", to=1))
    graph.node.append(step("Add", ["rows", "real"], "y", broadcast=1))


def _pad(graph: onnx.GraphProto) -> None:
    graph.initializer.append(number("pads", [0, _HUGE]))
    _added(graph, [step("Pad", ["second.bias", "pads"], "wide")], "wide")


def _range(graph: onnx.GraphProto) -> None:
    graph.initializer.extend([number("a", 0), number("b", _HUGE), number("c", 1)])
    steps = [step("Range", ["a", "b", "c"], "many"), step("Cast", ["many"], "floats", to=1)]
    _added(graph, steps, "floats")


def _resize(graph: onnx.GraphProto) -> None:
    graph.initializer.append(number("four", [1, 1, 1, 3]))
    graph.initializer.append(number("sizes", [1, 1, 1_000_000, 1_000_000]))
    steps = [
        step("Reshape", ["second.bias", "four"], "image"),
        step("Resize", ["image", "", "", "sizes"], "large", mode="nearest"),
    ]
    _added(graph, steps, "large")


def _outer_product(graph: onnx.GraphProto) -> None:
    graph.initializer.extend(
        [number("column", [3, 1]), number("row", [1, 3]), number("wide", [1, 200_000])]
    )
    steps = [
        step("Reshape", ["second.bias", "column"], "c"),
        step("Tile", ["c", "wide"], "cs"),
        step("Transpose", ["cs"], "rs", perm=[1, 0]),
        step("MatMul", ["rs", "cs"], "square"),
    ]
    _added(graph, steps, "square")


def _outside(location: str) -> Callable[[Path], bytes]:
    def change(graph: onnx.GraphProto) -> None:
        value = _values(graph, "first.weight")
        value.raw_data = b""
        value.data_location = TensorProto.EXTERNAL
        entry = value.external_data.add()
        entry.key, entry.value = "location", location

    return _graph(change)


def _outside_constant(graph: onnx.GraphProto) -> None:
    value = number("inner", np.zeros((5, 6)), np.float32)
    value.raw_data = b""
    value.data_location = TensorProto.EXTERNAL
    entry = value.external_data.add()
    entry.key, entry.value = "location", "/etc/hostname"
    del graph.initializer[0]
    graph.node.insert(0, step("Constant", [], "first.weight", value=value))


def _card(model: onnx.ModelProto) -> None:
    entry = model.metadata_props.add()
    entry.key, entry.value = "model_card", '{"schema": 1, "title": "a", "title": "b"}'


def _deep_card(model: onnx.ModelProto) -> None:
    entry = model.metadata_props.add()
    entry.key, entry.value = "model_card", "[" * 100_000


def _long_input(graph: onnx.GraphProto) -> None:
    graph.input[0].type.tensor_type.shape.dim[1].dim_value = _HUGE


def _no_shape(graph: onnx.GraphProto) -> None:
    graph.input[0].type.tensor_type.ClearField("shape")


def _uneven(graph: onnx.GraphProto) -> None:
    del _values(graph, "second.weight").dims[:]
    _values(graph, "second.weight").dims.extend([5, 3])


def _unknown_setting(graph: onnx.GraphProto) -> None:
    graph.node[0].attribute.append(helper.make_attribute("transC", 1))


def _sparse(graph: onnx.GraphProto) -> None:
    values = number("first.sparse", [1.0], np.float32)
    graph.sparse_initializer.append(
        helper.make_sparse_tensor(values, number("where", [0]), [_HUGE])
    )


def _long_sequence(graph: onnx.GraphProto) -> None:
    graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1_000_000
    graph.initializer.extend(
        [
            number("w", np.zeros((1, 16, 1)), np.float32),
            number("r", np.zeros((1, 16, 4)), np.float32),
            number("last", [2]),
            number("time", [1, 0]),
        ]
    )
    del graph.node[:]
    graph.node.extend(
        [
            step("Transpose", ["x"], "by_time", perm=[1, 0]),
            step("Unsqueeze", ["by_time", "last"], "series"),
            helper.make_node("LSTM", ["series", "w", "r"], ["", "state"], hidden_size=4, name="l"),
            step("Squeeze", ["state"], "y"),
        ]
    )


ONNX: tuple[Hostile, ...] = (
    Hostile(
        key="onnx-name-node",
        row="names-into-code",
        door="model",
        attack="a node whose name is Python",
        make=_named_node,
        naive="names into fx",
    ),
    Hostile(
        key="onnx-name-weight",
        row="names-into-code",
        door="model",
        attack="a weight whose name is Python",
        make=_named_weight,
        naive="names into fx",
    ),
    Hostile(
        key="onnx-name-value",
        row="names-into-code",
        door="model",
        attack="a value whose name is Python",
        make=_named_value,
    ),
    Hostile(
        key="onnx-name-image",
        row="markup",
        door="model",
        attack="nodes whose names ask for a picture elsewhere",
        make=_named("![](http://example.com/a.png)"),
    ),
    Hostile(
        key="onnx-name-long",
        row="markup",
        door="model",
        attack="nodes with names of 10,000 letters and line breaks",
        make=_named("a\n\r\u202e" * 2_500),
    ),
    Hostile(
        key="onnx-operator-unknown",
        row="effects",
        door="model",
        attack="an operator that does not exist",
        make=_graph(_unknown),
        says=("launchmissiles",),
    ),
    Hostile(
        key="onnx-operator-foreign",
        row="effects",
        door="model",
        attack="an operator from a library that would have to be loaded",
        make=_graph(_foreign),
        says=("com.example.evil",),
    ),
    Hostile(
        key="onnx-shape-promised",
        row="onnx-values",
        door="model",
        attack="a weight of 6 · 10¹² elements in 120 bytes",
        make=_graph(_promised),
        says=("first.weight",),
    ),
    Hostile(
        key="onnx-values-none",
        row="onnx-values",
        door="model",
        attack="a weight without values",
        make=_graph(_empty),
        says=("first.weight",),
    ),
    Hostile(
        key="onnx-values-short",
        row="onnx-values",
        door="model",
        attack="a weight with one value of thirty",
        make=_graph(_short),
        says=("first.weight",),
    ),
    Hostile(
        key="onnx-shape-negative",
        row="onnx-values",
        door="model",
        attack="a weight of negative size",
        make=_graph(_negative),
        says=("first.weight",),
    ),
    Hostile(
        key="onnx-shape-zero",
        row="onnx-values",
        door="model",
        attack="a weight of 0 × 2⁶⁰",
        make=_graph(_zero_size),
        says=("hidden",),
    ),
    Hostile(
        key="onnx-type-unknown",
        row="onnx-values",
        door="model",
        attack="a weight of a type that does not exist",
        make=_graph(_kind),
        says=("first.weight",),
    ),
    Hostile(
        key="onnx-type-words",
        row="onnx-values",
        door="model",
        attack="a bias made of words",
        make=_graph(_words),
        says=("first.bias",),
    ),
    Hostile(
        key="onnx-sparse",
        row="onnx-values",
        door="model",
        attack="a sparse weight of 10¹² elements",
        make=_graph(_sparse),
        says=("sparse",),
    ),
    Hostile(
        key="onnx-cycle",
        row="graph-lies",
        door="model",
        attack="a step that needs a later one",
        make=_graph(_cycle),
        says=("active",),
    ),
    Hostile(
        key="onnx-undefined",
        row="graph-lies",
        door="model",
        attack="a step that needs what nobody makes",
        make=_graph(_undefined),
        says=("nowhere",),
    ),
    Hostile(
        key="onnx-twice",
        row="graph-lies",
        door="model",
        attack="a value that two steps make",
        make=_graph(_twice),
        says=("hidden",),
    ),
    Hostile(
        key="onnx-no-output",
        row="graph-lies",
        door="model",
        attack="no output",
        make=_graph(_no_output),
        says=("output",),
    ),
    Hostile(
        key="onnx-output-lost",
        row="graph-lies",
        door="model",
        attack="an output that nobody makes",
        make=_graph(_lost_output),
        says=("nowhere",),
    ),
    Hostile(
        key="onnx-opset-old",
        row="graph-lies",
        door="model",
        attack="operators of version 0",
        make=_opset(0),
        says=("opset",),
    ),
    Hostile(
        key="onnx-opset-new",
        row="graph-lies",
        door="model",
        attack="operators of version 999",
        make=_opset(999),
        says=("opset",),
    ),
    Hostile(
        key="onnx-uneven",
        row="graph-lies",
        door="model",
        attack="layers that do not fit each other",
        make=_graph(_uneven),
    ),
    Hostile(
        key="onnx-setting-unknown",
        row="graph-lies",
        door="model",
        attack="a setting that the operator does not have",
        make=_graph(_unknown_setting),
        says=("transc",),
    ),
    Hostile(
        key="onnx-input-endless",
        row="graph-lies",
        door="model",
        attack="an input of 10¹² features",
        make=_graph(_long_input),
    ),
    Hostile(
        key="onnx-input-shapeless",
        row="graph-lies",
        door="model",
        attack="an input without a shape",
        make=_graph(_no_shape),
    ),
    Hostile(
        key="onnx-weight-nan",
        row="not-finite",
        door="model",
        attack="one weight that is NaN",
        make=_not_finite(float("nan")),
        says=("first",),
    ),
    Hostile(
        key="onnx-weight-inf",
        row="not-finite",
        door="model",
        attack="one weight that is infinite, in half precision",
        make=_not_finite(float("inf"), np.float16),
    ),
    Hostile(
        key="onnx-loop",
        row="control-flow",
        door="model",
        attack="a loop of 2⁶² rounds",
        make=_graph(_loop),
        says=("loop",),
    ),
    Hostile(
        key="onnx-branch",
        row="control-flow",
        door="model",
        attack="a branch that the values decide",
        make=_graph(_branch),
        says=("if",),
    ),
    Hostile(
        key="onnx-scan",
        row="control-flow",
        door="model",
        attack="a scan",
        make=_graph(_scan),
        says=("scan",),
    ),
    Hostile(
        key="onnx-function",
        row="control-flow",
        door="model",
        attack="a function that calls itself",
        make=lambda _: changed(_function),
        says=("function",),
    ),
    Hostile(
        key="onnx-nested",
        row="control-flow",
        door="model",
        attack="branches nested 12 deep, two in each",
        make=_nested(12),
        says=("4,000",),
    ),
    Hostile(
        key="onnx-many-nodes",
        row="many-nodes",
        door="model",
        attack="20,001 steps more than needed",
        make=_extra_steps(20_001),
        says=("4,000",),
    ),
    Hostile(
        key="onnx-very-many-nodes",
        row="many-nodes",
        door="model",
        attack="200,000 steps",
        make=_extra_steps(200_000),
        says=("4,000",),
        slow=True,
    ),
    Hostile(
        key="onnx-many-weights",
        row="many-tensors",
        door="model",
        attack="20,001 weights more than needed",
        make=_graph(_many_weights),
        says=("20,000",),
    ),
    Hostile(
        key="onnx-constant-of-shape",
        row="run-bombs",
        door="model",
        attack="4 TB of zeros",
        make=_graph(_constant_of_shape),
    ),
    Hostile(
        key="onnx-expand",
        row="run-bombs",
        door="model",
        attack="a bias repeated 10¹² times",
        make=_graph(_expand),
    ),
    Hostile(
        key="onnx-tile",
        row="run-bombs",
        door="model",
        attack="a bias laid side by side 10¹² times",
        make=_graph(_tile),
    ),
    Hostile(
        key="onnx-one-hot",
        row="run-bombs",
        door="model",
        attack="places marked among 10¹²",
        make=_graph(_one_hot),
        says=("onehot", "counts too far"),
        counted=True,
    ),
    Hostile(
        key="onnx-neighbours",
        row="run-bombs",
        door="model",
        attack="channels normalised with 2⁴⁰ beside them",
        make=_graph(_neighbours),
        says=("lrn",),
        counted=True,
    ),
    Hostile(
        key="onnx-old-tile",
        row="run-bombs",
        door="model",
        attack="a bias laid side by side 10¹² times, in the words of version 1",
        make=lambda _: changed(_old_tile),
        says=("100,000,000",),
        counted=True,
    ),
    Hostile(
        key="onnx-old-dimensions",
        row="run-bombs",
        door="model",
        attack="2⁴⁰ dimensions in 40 steps of version 6, which ONNX's converter would follow",
        make=lambda _: changed(_deeper),
        says=("gather",),
        counted=True,
    ),
    Hostile(
        key="onnx-pad",
        row="run-bombs",
        door="model",
        attack="a bias with 10¹² zeros behind it",
        make=_graph(_pad),
    ),
    Hostile(
        key="onnx-range",
        row="run-bombs",
        door="model",
        attack="numbers from 0 to 10¹²",
        make=_graph(_range),
    ),
    Hostile(
        key="onnx-resize",
        row="run-bombs",
        door="model",
        attack="a picture of a million by a million",
        make=_graph(_resize),
    ),
    Hostile(
        key="onnx-outer-product",
        row="run-bombs",
        door="model",
        attack="a product of 200,000 by 200,000",
        make=_graph(_outer_product),
    ),
    Hostile(
        key="onnx-long-sequence",
        row="run-bombs",
        door="model",
        attack="an LSTM over a million steps, which counters do not see",
        make=_graph(_long_sequence),
    ),
    Hostile(
        key="onnx-outside-parent",
        row="external-data",
        door="model",
        attack="a weight in a file of another folder",
        make=_outside("../../../../etc/hostname"),
        says=("external",),
    ),
    Hostile(
        key="onnx-outside-absolute",
        row="external-data",
        door="model",
        attack="a weight at an absolute path",
        make=_outside("/etc/hostname"),
        says=("external",),
    ),
    Hostile(
        key="onnx-outside-sibling",
        row="external-data",
        door="model",
        attack="a weight in a file beside it",
        make=_outside("weights.bin"),
        says=("external",),
    ),
    Hostile(
        key="onnx-outside-constant",
        row="external-data",
        door="model",
        attack="a constant of a step at an absolute path",
        make=_graph(_outside_constant),
        says=("external",),
    ),
    Hostile(
        key="onnx-card-doubled",
        row="json",
        door="model",
        attack="a card whose title stands twice",
        make=lambda _: changed(_card),
        says=("twice",),
    ),
    Hostile(
        key="onnx-card-deep",
        row="json",
        door="model",
        attack="a card of 100,000 brackets",
        make=lambda _: changed(_deep_card),
    ),
    Hostile(
        key="onnx-truncated",
        row="graph-lies",
        door="model",
        attack="half a file",
        make=lambda _: good_onnx().SerializeToString(deterministic=True)[:200],
    ),
)
