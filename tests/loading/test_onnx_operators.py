"""Every operator, alone and as it changed over versions, computes what onnxruntime computes."""

from dataclasses import dataclass, field

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from models.loading.files.onnx import read_onnx
from models.loading.limits import LIMITS
from tests.loading.graphs import model, node, port, tensor

FLAT, IMAGE, SERIES = (4,), (2, 6, 6), (2, 5)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One node "op" on x [n, *shape] and tensors, or "x" again; the last output is y."""

    op: str
    given: tuple = ()
    shape: tuple = FLAT
    opset: int = 18
    settings: dict = field(default_factory=dict)
    outputs: int = 1
    low: float = -2.0
    high: float = 2.0
    domain: str = ""


def case(op, *given, **settings):
    options = {
        name: settings.pop(name)
        for name in ("shape", "opset", "outputs", "low", "high", "domain")
        if name in settings
    }
    return Case(op=op, given=given, settings=settings, **options)


def ints(*values):
    return np.array(values, np.int64)


def floats(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


UNARY = [
    "Abs",
    "Asinh",
    "Atan",
    "Ceil",
    "Cos",
    "Cosh",
    "Erf",
    "Exp",
    "Floor",
    "Identity",
    "Neg",
    "Relu",
    "Round",
    "Sigmoid",
    "Sign",
    "Sin",
    "Sinh",
    "Softplus",
    "Softsign",
    "Tan",
    "Tanh",
]
POSITIVE = ["Log", "Reciprocal", "Sqrt"]
ARCS = ["Acos", "Asin", "Atanh"]
BINARY = ["Add", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Sum"]
REDUCED = [
    "ReduceMean",
    "ReduceMax",
    "ReduceMin",
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSumExp",
    "ReduceSumSquare",
]

CASES = [
    *(case(op) for op in UNARY),
    *(case(op, low=0.5) for op in POSITIVE),
    *(case(op, high=0.99, low=-0.99) for op in ARCS),
    case("Acosh", low=1.0),
    *(case(op, floats(4)) for op in BINARY),
    *(case(op, floats(1, 1)) for op in BINARY),
    *(case(op, shape=IMAGE, opset=13, axes=[2, 3], keepdims=0) for op in REDUCED),
    *(case(op, ints(-1), shape=IMAGE, keepdims=1) for op in REDUCED),
    case("ReduceSum", shape=IMAGE, opset=11, axes=[1]),
    case("ReduceSum", ints(1, 2), shape=IMAGE, opset=13, keepdims=0),
    case("Pow", np.float32(3)),
    case("Pow", floats(4), low=0.5),
    case("Elu", alpha=0.7),
    case("Celu", alpha=0.7, opset=12),
    case("Selu"),
    case("LeakyRelu", alpha=0.2),
    case("ThresholdedRelu", alpha=0.5),
    case("HardSigmoid"),
    case("HardSigmoid", alpha=1 / 6, beta=0.5),
    case("HardSwish"),
    case("Mish"),
    case("Gelu", opset=20),
    case("Gelu", opset=20, approximate="tanh"),
    case("PRelu", floats(2, 1, 1), shape=IMAGE),
    case("PRelu", floats(1)),
    case("PRelu", floats(6, 1), shape=IMAGE),
    case("PRelu", floats(2, 6, 6), shape=IMAGE),
    case("Attention", "x", "x", shape=(2, 5, 4), opset=23),
    case("Attention", "x", "x", shape=(2, 5, 4), opset=23, is_causal=1, scale=0.3),
    case("Attention", "x", "x", floats(5, 5), shape=(2, 5, 4), opset=23),
    case("Attention", "x", "x", floats(5, 5) > 0, shape=(2, 5, 4), opset=23),
    case("Attention", "x", "x", shape=(5, 8), opset=23, q_num_heads=2, kv_num_heads=2),
    case("Swish", opset=24),
    case("Swish", opset=24, alpha=0.6),
    case("LRN", shape=(5, 3, 3), size=3, alpha=0.3, bias=0.8, beta=0.6),
    case("Shrink", bias=0.3, lambd=0.7),
    case("LpNormalization", shape=SERIES, axis=1),
    case("LpNormalization", shape=SERIES, p=1),
    case("MeanVarianceNormalization", shape=IMAGE, axes=[2, 3]),
    case("LpPool", shape=IMAGE, kernel_shape=[2, 3], strides=[2, 1]),
    case("LpPool", shape=IMAGE, kernel_shape=[2, 2], p=3, pads=[0, 0, 1, 1]),
    case("GlobalLpPool", shape=IMAGE),
    case("GlobalLpPool", shape=IMAGE, p=3),
    case("Hardmax", shape=SERIES),
    case("Hardmax", shape=IMAGE, axis=1),
    case("Hardmax", shape=IMAGE, opset=12),
    case("Mod", np.float32(0.7), fmod=1),
    case("ReduceProd", shape=IMAGE, opset=13, axes=[1, 3], keepdims=0),
    case("ReduceLogSum", shape=IMAGE, opset=13, axes=[1], low=0.5),
    case("Clip", opset=9, min=-0.5, max=0.7),
    case("Clip", opset=9, min=0.0),
    case("Clip", np.float32(0), np.float32(6)),
    case("Clip"),
    case("Clip", np.float32(-1)),
    case("Clip", None, np.float32(1)),
    case("Softmax", opset=13),
    case("Softmax", opset=11),
    case("Softmax", opset=11, shape=IMAGE, axis=2),
    case("Softmax", opset=9, shape=IMAGE),
    case("LogSoftmax", opset=13, axis=1, shape=SERIES),
    case("Gemm", floats(4, 3), floats(3)),
    case("Gemm", floats(3, 4), transB=1),
    case("Gemm", floats(3, 4), floats(1), transB=1),
    case("Gemm", floats(3, 4), floats(3), transB=1, alpha=0.5, beta=2.0),
    case("Gemm", floats(3, 4), floats(1, 3), transB=1),
    case("MatMul", floats(4, 3)),
    case("MatMul", floats(5, 3), shape=SERIES),
    case("MatMul", floats(1, 5, 3), shape=SERIES),
    case("Conv", floats(3, 2, 3, 3), floats(3), shape=IMAGE, pads=[1, 1, 1, 1]),
    case("Conv", floats(3, 2, 3, 3), shape=IMAGE, pads=[0, 1, 2, 0], strides=[2, 1]),
    case("Conv", floats(4, 1, 3, 3), shape=IMAGE, group=2, dilations=[2, 2]),
    case("Conv", floats(3, 2, 2, 2), shape=IMAGE, auto_pad="SAME_UPPER"),
    case("Conv", floats(3, 2, 3, 3), shape=IMAGE, auto_pad="SAME_LOWER", strides=[2, 2]),
    case("Conv", floats(3, 2, 3, 3), shape=IMAGE, auto_pad="VALID"),
    case("Conv", floats(3, 2, 3), floats(3), shape=SERIES),
    case(
        "ConvTranspose",
        floats(2, 3, 3, 3),
        floats(3),
        shape=IMAGE,
        strides=[2, 2],
        pads=[1, 1, 1, 1],
    ),
    case("ConvTranspose", floats(2, 3, 3, 3), shape=IMAGE, strides=[2, 2], output_padding=[1, 1]),
    case("ConvTranspose", floats(2, 3, 3, 3), shape=IMAGE, strides=[2, 2], pads=[0, 0, 1, 1]),
    case("ConvTranspose", floats(2, 3, 3, 3), shape=IMAGE, strides=[2, 2], auto_pad="SAME_UPPER"),
    case("MaxPool", shape=IMAGE, kernel_shape=[2, 2], strides=[2, 2]),
    case("MaxPool", shape=IMAGE, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    case("MaxPool", shape=IMAGE, kernel_shape=[3, 3], pads=[0, 0, 1, 1], strides=[2, 2]),
    case("MaxPool", shape=IMAGE, kernel_shape=[2, 2], dilations=[2, 2]),
    case("MaxPool", shape=IMAGE, kernel_shape=[4, 4], strides=[3, 3], ceil_mode=1),
    case("MaxPool", shape=IMAGE, kernel_shape=[2, 2], auto_pad="SAME_UPPER"),
    case("MaxPool", shape=SERIES, kernel_shape=[2]),
    case("AveragePool", shape=IMAGE, kernel_shape=[2, 2], strides=[2, 2]),
    case("AveragePool", shape=IMAGE, kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    case("AveragePool", shape=IMAGE, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    case("AveragePool", shape=IMAGE, kernel_shape=[3, 3], pads=[0, 0, 1, 1], count_include_pad=1),
    case("AveragePool", shape=IMAGE, kernel_shape=[3, 3], auto_pad="SAME_UPPER", strides=[2, 2]),
    case("GlobalAveragePool", shape=IMAGE),
    case("GlobalMaxPool", shape=IMAGE),
    case("BatchNormalization", floats(2), floats(2), floats(2), abs(floats(2)), shape=IMAGE),
    case("BatchNormalization", floats(4), floats(4), floats(4), abs(floats(4)), epsilon=0.01),
    case("InstanceNormalization", floats(2), floats(2), shape=IMAGE),
    case("LayerNormalization", floats(6), floats(6), shape=IMAGE),
    case("LayerNormalization", floats(6, 6), shape=IMAGE, axis=2),
    case("GroupNormalization", floats(4), floats(4), shape=(4, 3, 3), num_groups=2, opset=21),
    case("RMSNormalization", floats(6), shape=IMAGE, opset=23),
    case("Reshape", ints(-1, 72), shape=IMAGE),
    case("Reshape", ints(0, 0, -1), shape=IMAGE),
    case("Reshape", ints(0, 3, 2, 12), shape=IMAGE, opset=13),
    case("Flatten", shape=IMAGE),
    case("Flatten", shape=IMAGE, axis=-3),
    case("Transpose", shape=IMAGE, perm=[0, 3, 1, 2]),
    case("Squeeze", shape=(1, 4), opset=11, axes=[1]),
    case("Squeeze", ints(1), shape=(1, 4)),
    case("Unsqueeze", opset=11, axes=[1, 3]),
    case("Unsqueeze", ints(-1)),
    case("Split", opset=11, axis=1, outputs=2),
    case("Split", opset=11, axis=1, split=[1, 3], outputs=2),
    case("Split", ints(3, 1), axis=-1, outputs=2),
    case("Split", axis=1, num_outputs=2, outputs=2),
    case("Slice", opset=9, starts=[1], ends=[3], axes=[1]),
    case("Slice", ints(1, 0), ints(2**31, 4), ints(1, 2), ints(1, 2), shape=IMAGE),
    case("Slice", ints(-1), ints(-(2**63)), ints(1), ints(-1)),
    case("Slice", ints(-3), ints(-1), ints(-1)),
    case("Gather", ints(1), axis=1),
    case("Gather", np.int64(-1), axis=1),
    case("Gather", ints([0, 1], [3, -1]), axis=1),
    case("Expand", ints(1, 3, 1), shape=(1, 4)),
    case("Expand", ints(1, 3, 4), shape=(1, 4)),
    case("Tile", ints(1, 2, 1), shape=SERIES),
    case("Pad", ints(0, 0, 1, 0, 0, 0, 2, 1), shape=IMAGE),
    case("Pad", ints(0, 1, 0, 2), np.float32(7)),
    case("Pad", opset=9, pads=[0, 0, 1, 1, 0, 0, 1, 1], value=0.5, shape=IMAGE),
    case("Pad", ints(0, 0, 1, 1, 0, 0, 1, 1), mode="reflect", shape=IMAGE),
    case("Pad", ints(0, 0, 1, 1, 0, 0, 1, 1), mode="edge", shape=IMAGE),
    case("Pad", ints(1, 2), np.float32(0), ints(1)),
    case("Pad", ints(0, -1, 0, -1)),
    case("DepthToSpace", shape=(8, 2, 3), blocksize=2),
    case("DepthToSpace", shape=(8, 2, 3), blocksize=2, mode="CRD"),
    case("SpaceToDepth", shape=(2, 4, 6), blocksize=2),
    case("Trilu", np.int64(1), shape=(4, 4), opset=14),
    case("Trilu", shape=(4, 4), opset=14, upper=0),
    case("CumSum", np.int64(1)),
    case("Dropout"),
    case(
        "Resize",
        None,
        np.array([1, 1, 2, 2], np.float32),
        shape=IMAGE,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    ),
    case("Resize", None, np.array([1, 1, 2, 2], np.float32), shape=IMAGE),
    case("Resize", None, np.array([1, 1, 2, 2], np.float32), shape=IMAGE, mode="linear"),
    case("Resize", None, np.array([1, 1, 0.5, 0.5], np.float32), shape=IMAGE, mode="linear"),
    case(
        "Resize",
        None,
        np.array([1, 1, 2, 2], np.float32),
        shape=IMAGE,
        mode="linear",
        coordinate_transformation_mode="align_corners",
    ),
    case("Resize", None, np.array([1, 1, 2, 2], np.float32), shape=IMAGE, mode="cubic"),
    case(
        "Resize",
        None,
        np.array([1, 1, 0.5, 1.5], np.float32),
        shape=IMAGE,
        mode="linear",
        coordinate_transformation_mode="align_corners",
    ),
    case("Upsample", np.array([1, 1, 2, 3], np.float32), opset=9, shape=IMAGE),
    case("Einsum", floats(4, 3), equation="bi, io -> bo", opset=12),
    case("ai.onnx.ml:Scaler", domain="ai.onnx.ml", offset=[1.0, 2, 3, 4], scale=[0.5] * 4),
    case("ai.onnx.ml:Normalizer", domain="ai.onnx.ml", norm="L2"),
    case(
        "ai.onnx.ml:LinearRegressor",
        domain="ai.onnx.ml",
        coefficients=[1.0] * 8,
        intercepts=[1.0, 2],
        targets=2,
    ),
]


def named(found):
    return f"{found.op}-{found.opset}-{'-'.join(map(str, found.settings.values()))}"[:60]


def file_of(found):
    named = {
        f"t{i}": v for i, v in enumerate(found.given) if isinstance(v, np.ndarray | np.generic)
    }
    tensors = [tensor(name, value, value.dtype) for name, value in named.items()]
    others = (v or "" if isinstance(v, str | None) else f"t{i}" for i, v in enumerate(found.given))
    inputs = ["x", *others]
    outputs = ["y"] if found.outputs == 1 else ["other", "y"]
    op = found.op.rpartition(":")[2]
    given = {"domain": found.domain} if found.domain else {}
    nodes = [node(op, inputs, outputs, **found.settings, **given)]
    free = port("x", "n", *found.shape)
    domains = [found.domain] if found.domain else []
    out = model(nodes, tensors, inputs=[free], opset=found.opset, domains=domains)
    del out.graph.output[0].type.tensor_type.shape.dim[:]
    out.graph.output[0].type.tensor_type.ClearField("shape")
    out.ir_version = min(out.ir_version, 10)
    return out.SerializeToString()


def judged(data, inputs):
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    return session.run(None, dict(zip(names, inputs, strict=True)))[-1]


def assert_judged(data, draw):
    network = read_onnx(data, LIMITS).network
    for rows in (1, 2, 5):
        given = draw(rows).astype(np.float32)
        wanted = judged(data, [given])
        got = network(torch.from_numpy(given)).detach().numpy()
        assert got.shape == wanted.shape
        assert np.abs(got - wanted).max() <= 1e-5 * max(1.0, np.abs(wanted).max())


@pytest.mark.parametrize("found", CASES, ids=named)
def test_an_operator_computes_what_the_judge_computes(found):
    def draw(rows):
        return np.random.default_rng(rows).uniform(found.low, found.high, (rows, *found.shape))

    assert_judged(file_of(found), draw)


DEFINED = [
    case("LRN", shape=(5, 3, 3), size=4),
    case("SpaceToDepth", shape=(2, 4, 6), blocksize=2, opset=28, mode="CRD"),
    case("SwiGLU", "x", opset=28, alpha=0.7),
    case("Attention", "x", "x", shape=(4, 3, 4), opset=25),
]


@pytest.mark.parametrize("found", DEFINED, ids=named)
def test_an_operator_that_the_judge_does_not_know_computes_what_its_definition_says(found):
    data = file_of(found)
    given = np.random.default_rng(1).normal(size=(5, *found.shape)).astype(np.float32)
    wanted = ReferenceEvaluator(onnx.load_from_string(data)).run(None, {"x": given})[0]
    got = read_onnx(data, LIMITS).network(torch.from_numpy(given)).detach().numpy()
    assert np.abs(got - wanted).max() <= 1e-5 * np.abs(wanted).max()


def test_a_row_of_zeros_has_no_length_and_stays_zero():
    data = file_of(case("LpNormalization", axis=1))
    with torch.no_grad():
        assert not read_onnx(data, LIMITS).network(torch.zeros(2, 4)).any()


GRAPHS = {
    "compare-and-choose": (
        [
            node("Greater", ["x", "half"], ["above"]),
            node("Not", ["above"], ["below"]),
            node("LessOrEqual", ["x", "one"], ["inside"]),
            node("And", ["above", "inside"], ["both"]),
            node("Or", ["both", "below"], ["either"]),
            node("Where", ["either", "x", "one"], ["z"]),
            node("Cast", ["either"], ["number"], to=1),
            node("Mul", ["z", "number"], ["y"]),
        ],
        [tensor("half", 0.5), tensor("one", 1.0)],
    ),
    "sizes": (
        [
            node("Shape", ["x"], ["shape"]),
            node("Gather", ["shape", "zero"], ["rows"]),
            node("Unsqueeze", ["rows", "front"], ["wide"]),
            node("Concat", ["wide", "two"], ["target"], axis=0),
            node("ConstantOfShape", ["target"], ["ones"], value=tensor("", [1.0])),
            node("Reshape", ["x", "split"], ["parts"]),
            node("ReduceSum", ["parts", "front2"], ["sum"], keepdims=0),
            node("Mul", ["rows", "three"], ["tripled"]),
            node("Cast", ["tripled"], ["real"], to=1),
            node("Add", ["sum", "ones"], ["more"]),
            node("Div", ["more", "real"], ["y"]),
        ],
        [
            tensor("zero", 0, np.int64),
            tensor("front", [0], np.int64),
            tensor("front2", [2], np.int64),
            tensor("two", [2], np.int64),
            tensor("split", [0, 2, 2], np.int64),
            tensor("three", 3, np.int64),
        ],
    ),
    "count": (
        [
            node("Shape", ["x"], ["shape"], start=0, end=1),
            node("Squeeze", ["shape"], ["rows"]),
            node("Range", ["zero", "rows", "one"], ["places"]),
            node("Cast", ["places"], ["real"], to=1),
            node("Unsqueeze", ["real", "last"], ["column"]),
            node("Add", ["x", "column"], ["y"]),
        ],
        [tensor("zero", 0, np.int64), tensor("one", 1, np.int64), tensor("last", [1], np.int64)],
    ),
    "broadcast": (
        [
            node("Shape", ["x"], ["shape"]),
            node("Expand", ["row", "shape"], ["rows"]),
            node("Concat", ["x", "rows"], ["y"], axis=1),
        ],
        [tensor("row", [[1.0, 2, 3, 4]])],
    ),
    "places": (
        [
            node("ArgMin", ["x"], ["small"], axis=1, keepdims=0),
            node("OneHot", ["small", "four", "ends"], ["marks"], axis=1),
            node("ArgMax", ["x"], ["large"], axis=1, keepdims=1),
            node("Cast", ["large"], ["number"], to=1),
            node("Greater", ["x", "zero"], ["a"]),
            node("Greater", ["marks", "zero"], ["b"]),
            node("Xor", ["a", "b"], ["one"]),
            node("Cast", ["one"], ["c"], to=1),
            node("Sum", ["marks", "number", "c"], ["y"]),
        ],
        [
            tensor("four", 4, np.int64),
            tensor("ends", [-1.0, 2.0]),
            tensor("zero", 0.0),
        ],
    ),
    "sorted-out": (
        [
            node("TopK", ["x", "k"], ["best", "where"], axis=1),
            node("GatherElements", ["x", "where"], ["again"], axis=1),
            node("Add", ["best", "again"], ["y"]),
        ],
        [tensor("k", [2], np.int64)],
    ),
    "constants-of-every-kind": (
        [
            node("Constant", [], ["a"], value_float=2.0),
            node("Constant", [], ["b"], value_floats=[1.0, 2.0, 3.0, 4.0]),
            node("Constant", [], ["c"], value_ints=[1, 4]),
            node("Constant", [], ["d"], value_int=1),
            node("Reshape", ["b", "c"], ["row"]),
            node("Cast", ["d"], ["one"], to=1),
            node("Mul", ["x", "a"], ["m"]),
            node("Add", ["m", "row"], ["n"]),
            node("Sub", ["one", "n"], ["y"]),
        ],
        [],
    ),
    "lists": (
        [
            node("ReduceSum", ["x", "last"], ["row"], keepdims=0),
            node("SplitToSequence", ["x", "three"], ["cut"], axis=1),
            node("SplitToSequence", ["x", "sizes"], ["other"], axis=-1),
            node("SplitToSequence", ["x"], ["each"], axis=1, keepdims=0),
            node("SequenceAt", ["cut", "zero"], ["long"]),
            node("SequenceAt", ["other", "end"], ["end_long"]),
            node("SequenceInsert", ["each", "row", "one"], ["more"]),
            node("SequenceErase", ["more", "end"], ["fewer"]),
            node("SequenceErase", ["fewer"], ["three_rows"]),
            node("ConcatFromSequence", ["three_rows"], ["stacked"], axis=1, new_axis=1),
            node("SequenceEmpty", [], ["none"]),
            node("SequenceInsert", ["none", "long"], ["one_long"]),
            node("SequenceInsert", ["one_long", "end_long"], ["two"]),
            node("SequenceInsert", ["two", "stacked", "end"], ["all"]),
            node("ConcatFromSequence", ["all"], ["joined"], axis=1),
            node("SequenceConstruct", ["joined", "x"], ["pair"]),
            node("SequenceLength", ["pair"], ["count"]),
            node("Cast", ["count"], ["number"], to=1),
            node("SequenceAt", ["pair", "zero"], ["whole"]),
            node("Mul", ["whole", "number"], ["y"]),
        ],
        [
            tensor("three", 3, np.int64),
            tensor("sizes", [1, 3], np.int64),
            tensor("zero", 0, np.int64),
            tensor("one", 1, np.int64),
            tensor("end", -1, np.int64),
            tensor("last", [1], np.int64),
        ],
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_small_graph_computes_what_the_judge_computes(name):
    nodes, tensors = GRAPHS[name]
    file = model(nodes, tensors)
    file.graph.output[0].type.tensor_type.ClearField("shape")
    file.ir_version = 10
    assert_judged(file.SerializeToString(), lambda rows: floats(rows, 4))


@pytest.mark.parametrize("opset", [13, 14])
@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
@pytest.mark.parametrize("state", [False, True])
@pytest.mark.parametrize(("op", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_a_recurrent_layer_computes_what_the_judge_computes(op, gates, state, direction, opset):
    sides = 2 if direction == "bidirectional" else 1
    tensors = [
        tensor("w", floats(sides, gates * 3, 4)),
        tensor("r", floats(sides, gates * 3, 3)),
        tensor("b", floats(sides, gates * 6)),
        tensor("start", floats(sides, 1, 3)),
        tensor("flat", [0, 0, -1], np.int64),
    ]
    firsts = {"LSTM": ["", "h", "h"]}.get(op, ["", "h"]) if state else []
    settings = {"linear_before_reset": 1} if op == "GRU" else {}
    nodes = [
        node("Shape", ["x"], ["shape"]),
        node("Slice", ["shape", "zero", "one"], ["n"]),
        node("Concat", ["sides", "n", "three"], ["wide"], axis=0),
        node("Expand", ["start", "wide"], ["h"]),
        node("Transpose", ["x"], ["series"], perm=[1, 0, 2]),
        node(
            op,
            ["series", "w", "r", "b", *firsts],
            ["s", "last"],
            hidden_size=3,
            direction=direction,
            **settings,
        ),
        node("Transpose", ["s"], ["t"], perm=[2, 0, 1, 3]),
        node("Reshape", ["t", "flat"], ["u"]),
        node("ReduceSum", ["u", "one"], ["v"], keepdims=0),
        node("ReduceSum", ["last", "zero"], ["e"], keepdims=0),
        node("Concat", ["v", "e"], ["y"], axis=1),
    ]
    sizes = {"zero": 0, "one": 1, "two": 2, "three": 3, "sides": sides}
    tensors += [tensor(name, [size], np.int64) for name, size in sizes.items()]
    file = model(nodes, tensors, inputs=[port("x", "n", 6, 4)], opset=opset)
    file.graph.output[0].type.tensor_type.ClearField("shape")
    file.ir_version = 7
    assert_judged(file.SerializeToString(), lambda rows: floats(rows, 6, 4))
