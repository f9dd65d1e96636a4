"""Sizes that a file leaves free: what is read for all of them, for some, and for one."""

import dataclasses
import json

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import helper

import models
from explain.core.errors import ImportRefused
from explain.core.messages import say
from models.loading.files.onnx import read_onnx
from models.loading.limits import LIMITS
from tests.loading.graphs import model, node, port, tensor


def numbers(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def pictures(nodes, tensors):
    """Return a file of pictures of three colours with free height and width."""
    return model(nodes, tensors, inputs=[port("x", "n", 3, "height", "width")], opset=13)


def u_shaped():
    """Make a picture 32 times smaller, enlarge it, and put what was left behind beside it."""
    nodes = [
        node("Conv", ["x", "w1"], ["a"], pads=[1, 1, 1, 1]),
        node("MaxPool", ["a"], ["b"], kernel_shape=[2, 2], strides=[2, 2]),
        node("MaxPool", ["b"], ["c"], kernel_shape=[16, 16], strides=[16, 16]),
        node("Resize", ["c", "", "larger"], ["d"], mode="linear"),
        node("Concat", ["d", "b"], ["e"], axis=1),
        node("GlobalMaxPool", ["e"], ["f"]),
        node("Flatten", ["f"], ["g"]),
        node("Gemm", ["g", "w2"], ["y"]),
    ]
    weights = [tensor("w1", numbers(4, 3, 3, 3)), tensor("w2", numbers(8, 2))]
    return pictures(nodes, [*weights, tensor("larger", [1, 1, 16, 16])])


def with_fixed_step(width):
    """Return a file whose padding and blocks ask for a size, and whose last layer takes `width`."""
    nodes = [
        node("Conv", ["x", "w1"], ["a"], auto_pad="SAME_UPPER", strides=[2, 2]),
        node("SpaceToDepth", ["a"], ["b"], blocksize=2),
        node("GlobalAveragePool", ["b"], ["c"]),
        node("Flatten", ["b" if width else "c"], ["d"]),
        node("Gemm", ["d", "w2"], ["y"]),
    ]
    weights = [tensor("w1", numbers(2, 3, 3, 3)), tensor("w2", numbers(width or 8, 2))]
    return pictures(nodes, weights)


def assert_like_onnxruntime(file, *shapes):
    del file.graph.output[0].type.tensor_type.shape.dim[:]
    file.graph.output[0].type.tensor_type.ClearField("shape")
    file.ir_version = 9
    data = file.SerializeToString()
    reading = read_onnx(data, LIMITS)
    judge = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    for shape in shapes:
        given = numbers(*shape)
        wanted = judge.run(None, {"x": given})[0]
        got = reading.network(torch.from_numpy(given)).detach().numpy()
        assert np.abs(got - wanted).max() <= 1e-5 * np.abs(wanted).max()
    return reading


def test_a_network_with_skips_over_strides_takes_every_size_that_fits_its_strides():
    reading = assert_like_onnxruntime(u_shaped(), (2, 3, 32, 64), (1, 3, 96, 32))
    assert not reading.warnings


def test_a_network_for_one_size_is_read_for_a_usual_one_and_says_so():
    reading = assert_like_onnxruntime(with_fixed_step(0), (2, 3, 224, 224))
    assert [str(said) for said in reading.warnings] == [
        say("loading.onnx.fixed", sizes=[3, 224, 224])
    ]


def test_a_network_for_one_size_is_read_for_the_size_on_its_card():
    file = with_fixed_step(8 * 5 * 3)
    with pytest.raises(ImportRefused):
        read_onnx(file.SerializeToString(), LIMITS)
    card = json.dumps({"input": {"shape": [3, 20, 12]}})
    file.metadata_props.add(key="model_card", value=card)
    reading = assert_like_onnxruntime(file, (2, 3, 20, 12))
    assert str(reading.warnings[0]) == say("loading.onnx.fixed", sizes=[3, 20, 12])


def test_a_network_for_one_size_is_read_for_the_size_on_the_card_beside_it(tmp_path):
    nodes = [node("Flatten", ["x"], ["a"]), node("Gemm", ["a", "w"], ["y"])]
    file = tmp_path / "model.onnx"
    file.write_bytes(pictures(nodes, [tensor("w", numbers(60, 2))]).SerializeToString())
    card = tmp_path / "model_card.json"
    card.write_text(json.dumps({"modality": "series", "input": {"shape": [3, 4, 5]}}))
    subject = models.load(file)
    assert subject.samples.inputs[0].shape[1:] == (3, 4, 5)
    assert say("loading.onnx.fixed", sizes=[3, 4, 5]) in map(str, subject.card.notes)
    card.write_text(json.dumps({"modality": "series"}))
    with pytest.raises(ImportRefused):
        models.load(file)


def test_what_stands_in_the_way_of_the_largest_sizes_is_said():
    nodes = [node("Flatten", ["x"], ["a"]), node("Gemm", ["a", "w"], ["y"])]
    with pytest.raises(ImportRefused, match=r"\[3, 393216\] X \[5, 2\]"):
        read_onnx(pictures(nodes, [tensor("w", numbers(5, 2))]).SerializeToString(), LIMITS)


def graph_of(nodes, tensors=(), output="z"):
    return helper.make_graph(nodes, "branch", [], [port(output, None, None)], list(tensors))


def branching(condition, then, other):
    """Return a file that goes two ways, the conditions in front of them."""
    choice = node("If", ["go"], ["y"], then_branch=then, else_branch=other)
    return model([*condition, choice], [tensor("four", 4, np.int64), tensor("one", 1, np.int64)])


TWICE = graph_of([node("Add", ["x", "x"], ["z"])])
UNREAD = graph_of([node("Det", ["x"], ["z"])])
WIDTH = [node("Shape", ["x"], ["s"]), node("Gather", ["s", "one"], ["width"])]


def test_a_branch_that_the_sizes_decide_is_taken_with_what_lies_around_it():
    condition = [*WIDTH, node("Equal", ["width", "four"], ["go"])]
    inner = node("If", ["no"], ["z"], then_branch=UNREAD, else_branch=TWICE)
    not_again = [node("Not", ["go"], ["no"]), inner]
    for then in (TWICE, graph_of(not_again)):
        file = branching(condition, then, UNREAD)
        given = torch.randn(3, 4)
        network = read_onnx(file.SerializeToString(), LIMITS).network
        assert network(given).equal(2 * given)


def test_numbers_inside_a_branch_are_weights_and_count():
    weight = tensor("fc.weight", numbers(3, 4))
    then = graph_of([node("Gemm", ["x", "fc.weight"], ["z"], transB=1)], [weight])
    condition = [*WIDTH, node("Equal", ["width", "four"], ["go"])]
    data = branching(condition, then, UNREAD).SerializeToString()
    network = read_onnx(data, LIMITS).network
    assert dict(network.named_parameters())["fc.weight"].shape == (3, 4)
    with pytest.raises(ImportRefused, match="more than 13 numbers"):
        read_onnx(data, dataclasses.replace(LIMITS, elements=13))
    with pytest.raises(ImportRefused, match="more than 4"):
        read_onnx(data, dataclasses.replace(LIMITS, nodes=4))


def test_a_branch_that_cannot_be_read_is_refused_where_it_is_taken():
    condition = [*WIDTH, node("Equal", ["width", "four"], ["go"])]
    with pytest.raises(ImportRefused, match=r"Det \(1\)"):
        read_onnx(branching(condition, UNREAD, TWICE).SerializeToString(), LIMITS)


def test_a_branch_that_the_number_of_rows_or_the_values_decide_is_refused():
    rows = [node("Shape", ["x"], ["s"], end=1), node("Equal", ["s", "one"], ["go"])]
    total = [node("ReduceSum", ["x"], ["s"], keepdims=0), node("Cast", ["s"], ["go"], to=9)]
    for condition, why in ((rows, "size of its input"), (total, r"If \(1\)")):
        with pytest.raises(ImportRefused, match=why):
            read_onnx(branching(condition, TWICE, TWICE).SerializeToString(), LIMITS)
