"""What is wrong with an .onnx file is said in words, and nothing else ever comes out of it."""

import dataclasses

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper

from explain.core.errors import ImportRefused
from models.loading.files.onnx import read_onnx
from models.loading.limits import LIMITS
from tests.loading.exporting import exported
from tests.loading.graphs import dense, model, node, port, tensor
from tests.loading.mutation import mutations


def refusal(file, limits=LIMITS):
    data = file if isinstance(file, bytes) else file.SerializeToString()
    with pytest.raises(ImportRefused) as caught:
        read_onnx(data, limits)
    assert caught.value.hint
    return caught.value.reason


def small(**changes):
    return dataclasses.replace(LIMITS, **changes)


def relu(**settings):
    return model([node("Relu", ["x"], ["y"])], **settings)


@pytest.mark.parametrize("data", [b"", b"\x80\x04.", b"PK\x03\x04", b"{}", bytes(100), b"\x08\x07"])
def test_what_is_no_onnx_file_is_refused(data):
    assert "no ONNX model" in refusal(data)


def test_a_file_that_is_too_large_is_refused():
    assert "more than 100" in refusal(dense(), small(file_bytes=100))


def test_too_many_nodes_and_tensors_are_refused():
    assert "1 nodes, more than 0" in refusal(dense(), small(nodes=0))
    assert "2 tensors, more than 1" in refusal(dense(), small(tensors=1))


def test_too_many_numbers_are_refused():
    assert "more than 10" in refusal(dense(), small(elements=10))
    assert "more than 13" in refusal(dense(), small(elements=13))


@pytest.mark.parametrize("opset", [0, 29, 999])
def test_operators_of_an_unknown_version_are_refused(opset):
    assert f"version {opset}" in refusal(relu(opset=opset))


def test_numbers_in_another_file_are_refused():
    file = dense()
    weight = file.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../secret")
    assert "lie in another file" in refusal(file)


@pytest.mark.parametrize("dims", [[3, 5], [10**12, 10**12], [-3, 4], [0], [1] * 40])
def test_sizes_that_do_not_match_the_numbers_are_refused(dims):
    file = dense()
    del file.graph.initializer[0].dims[:]
    file.graph.initializer[0].dims.extend(dims)
    assert "fc.weight" in refusal(file)


def test_a_cut_tensor_is_refused():
    file = dense()
    file.graph.initializer[0].raw_data = file.graph.initializer[0].raw_data[:-1]
    assert "should hold 12 numbers" in refusal(file)


def test_text_among_the_weights_is_refused():
    file = dense()
    file.graph.initializer[0].CopyFrom(
        helper.make_tensor("fc.weight", TensorProto.STRING, [1], ["a"])
    )
    assert "type 8" in refusal(file)


@pytest.mark.parametrize("op", ["If", "Loop", "Scan"])
def test_control_flow_is_refused(op):
    branch = helper.make_graph([node("Identity", ["x"], ["z"])], "branch", [], [port("z", None, 4)])
    inner = node(op, ["x"], ["y"], then_branch=branch, else_branch=branch)
    assert f"branches or loops while it runs: {op} (1)" in refusal(model([inner]))


def test_functions_of_the_file_are_refused():
    file = relu()
    body = [node("Relu", ["a"], ["b"])]
    imports = [helper.make_opsetid("", 18)]
    file.functions.append(helper.make_function("own", "Twice", ["a"], ["b"], body, imports))
    assert "functions of its own: Twice" in refusal(file)


def test_all_unknown_operators_are_named_at_once():
    nodes = [
        node("Unique", ["x"], ["a"]),
        node("Det", ["a"], ["b"]),
        node("Unique", ["b"], ["y"]),
    ]
    reason = refusal(model(nodes))
    assert "Det (1), Unique (2)" in reason


def test_operators_of_one_runtime_are_refused():
    file = model([node("FusedMatMul", ["x", "x"], ["y"], domain="com.microsoft")])
    assert "com.microsoft:FusedMatMul" in refusal(file)


@pytest.mark.parametrize("op", ["QuantizeLinear", "DequantizeLinear", "MatMulInteger"])
def test_quantised_steps_are_refused(op):
    assert "quantised" in refusal(model([node(op, ["x", "x"], ["y"])]))


def test_a_circle_is_refused():
    nodes = [node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])]
    assert "before anything defines it" in refusal(model(nodes))


def test_a_value_from_nowhere_is_refused():
    assert "'z' is used before" in refusal(model([node("Add", ["x", "z"], ["y"])]))


def test_an_output_from_nowhere_is_refused():
    assert "Nothing computes the output" in refusal(model([node("Relu", ["x"], ["z"])]))


def test_a_value_defined_twice_is_refused():
    nodes = [node("Relu", ["x"], ["y"]), node("Tanh", ["x"], ["y"])]
    assert "'y' is defined twice" in refusal(model(nodes))


def test_sparse_tensors_are_refused():
    file = dense()
    file.graph.sparse_initializer.add()
    assert "sparse" in refusal(file)


def test_several_outputs_that_could_be_meant_are_refused():
    nodes = [node("Relu", ["x"], ["a"]), node("Tanh", ["x"], ["b"])]
    file = model(nodes, outputs=[port("a", "n", 4), port("b", "n", 4)])
    assert "returns 2 values" in refusal(file)


def test_an_output_without_rows_is_refused():
    nodes = [node("ReduceSum", ["x"], ["y"], keepdims=1)]
    assert "1 rows where the input has 3" in refusal(model(nodes))


def test_the_rows_that_are_told_are_those_that_differ():
    nodes = [node("GatherElements", ["x", "places"], ["y"], axis=1)]
    found = refusal(model(nodes, [tensor("places", [[0], [1], [2]], np.int64)]))
    assert "3 rows where the input has 5" in found


def test_a_number_of_rows_written_into_the_network_is_refused():
    nodes = [node("Reshape", ["x", "shape"], ["y"])]
    file = model(nodes, [tensor("shape", [4, 4], np.int64)])
    assert "Reshape" in refusal(file)


def test_an_output_of_constants_is_refused():
    file = model([node("Relu", ["c"], ["y"])], [tensor("c", [[1.0]])])
    assert refusal(file)


@pytest.mark.parametrize("op", ["ConstantOfShape", "Expand", "Tile"])
def test_a_constant_that_would_fill_the_memory_is_never_made(op):
    shape = tensor("shape", [10**6, 10**6], np.int64)
    inputs = ["shape"] if op == "ConstantOfShape" else ["one", "shape"]
    nodes = [
        node(op, inputs, ["big"]),
        node("ReduceSum", ["big"], ["sum"], keepdims=0),
        node("Add", ["x", "sum"], ["y"]),
    ]
    assert refusal(model(nodes, [shape, tensor("one", [[1.0]])]))


def test_training_mode_is_refused():
    ones = [tensor(name, np.ones(4)) for name in "abcd"]
    norm = node("BatchNormalization", ["x", *"abcd"], ["y"], training_mode=1)
    assert "training mode" in refusal(model([norm], ones))
    drop = node("Dropout", ["x", "ratio", "train"], ["y"])
    flags = [tensor("ratio", 0.5), tensor("train", [True], bool)]
    assert "at random" in refusal(model([drop], flags))


def test_an_attribute_of_another_type_is_refused():
    assert "another type" in refusal(model([node("Elu", ["x"], ["y"], alpha="one")]))


def test_sizes_that_do_not_fit_are_refused_with_the_step():
    weight = tensor("w", np.ones((5, 5)))
    file = model([node("MatMul", ["x", "w"], ["y"], name="here")], [weight])
    assert "MatMul step 'here'" in refusal(file)


def test_an_endless_sequence_is_refused():
    parts = [tensor("w", np.ones((1, 8, 4))), tensor("r", np.ones((1, 8, 2)))]
    lstm = node("LSTM", ["x", "w", "r"], ["s"], hidden_size=2)
    nodes = [lstm, node("Squeeze", ["s"], ["y"])]
    file = model(nodes, parts, inputs=[port("x", 10**9, 1, 4)])
    assert "1000000000 steps" in refusal(file)


@pytest.mark.parametrize(
    ("op", "inputs", "told"),
    [
        ("SequenceAt", ["parts", "five"], "no_such_part"),
        ("SequenceErase", ["parts", "five"], "no_such_part"),
        ("SequenceInsert", ["parts", "x", "five"], "no_such_part"),
        ("SequenceAt", ["x", "five"], "input_no_list"),
        ("Relu", ["parts"], "input_is_list"),
        ("SplitToSequence", ["x"], "parts_of_free_dimension"),
        ("SplitToSequence", ["many"], "too_many_parts"),
    ],
)
def test_lists_of_tensors_are_used_as_such_inside_their_ends_or_refused(op, inputs, told):
    nodes = [
        node("SequenceConstruct", ["x", "x"], ["parts"]),
        node("Expand", ["x", "wide"], ["many"]),
        node(op, inputs, ["made"]),
        node("SequenceConstruct", ["made"], ["last"]),
        node("ConcatFromSequence", ["last"], ["y"], axis=0),
    ]
    tensors = [tensor("five", 5, np.int64), tensor("wide", [10**7, 1, 1], np.int64)]
    with pytest.raises(ImportRefused) as caught:
        read_onnx(model(nodes, tensors).SerializeToString(), LIMITS)
    assert caught.value.messages[0].values["why"].key.endswith(told)


def test_weights_computed_from_the_input_are_refused():
    image = port("x", "n", 2, 5, 5)
    file = model([node("Conv", ["x", "x"], ["y"])], inputs=[image])
    assert "depends on the inputs" in refusal(file)


def test_text_as_an_input_is_refused():
    file = relu(inputs=[port("x", "n", 4, kind=TensorProto.STRING)])
    assert "no numbers" in refusal(file)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_named(value):
    file = dense()
    file.graph.initializer[1].CopyFrom(tensor("fc.bias", [1, value, 3]))
    assert "stands in fc.bias" in refusal(file)


def test_a_mask_may_hold_minus_infinity_alone():
    mask = tensor("mask", [0, -np.inf, 0, 0])
    nodes = [node("Add", ["x", "mask"], ["y"])]
    assert read_onnx(model(nodes, [mask]).SerializeToString(), LIMITS).network
    assert "mask" in refusal(model(nodes, [tensor("mask", [0, np.nan, 0, 0])]))


def test_an_input_without_a_shape_is_refused():
    assert "shape of its input 'x'" in refusal(relu(inputs=[port("x")]))
    file = relu()
    file.graph.input[0].type.tensor_type.ClearField("shape")
    assert "shape of its input 'x'" in refusal(file)


def test_a_network_without_inputs_is_refused():
    file = model([node("Relu", ["c"], ["y"])], [tensor("c", [[1.0]])])
    del file.graph.input[:]
    assert refusal(file)


def test_a_card_that_is_no_object_is_refused():
    file = dense()
    file.metadata_props.add(key="model_card", value="[1]")
    assert "card" in refusal(file)
    file.metadata_props[0].value = "{"
    assert refusal(file)


@pytest.mark.parametrize("name", ["mlp", "lstm", "residual", "hand-attention"])
def test_a_mutated_file_raises_only_import_refused(name):
    read = 0
    for data in mutations(exported(name), 60, seed=3):
        try:
            network = read_onnx(data, LIMITS).network
        except ImportRefused:
            continue
        assert isinstance(network, torch.nn.Module)
        read += 1
    assert read < 60


@pytest.mark.slow
@pytest.mark.parametrize("name", ["encoder", "gru", "digits-cnn", "grouped"])
def test_many_mutated_files_raise_only_import_refused(name):
    for data in mutations(exported(name), 1000, seed=4):
        try:
            read_onnx(data, LIMITS)
        except ImportRefused:
            continue


@pytest.mark.parametrize(("size", "factor"), [(6, 0.6), ("wide", 0.5)])
def test_corners_laid_onto_a_size_that_is_not_whole_are_refused(size, factor):
    aligned = {"mode": "linear", "coordinate_transformation_mode": "align_corners"}
    nodes = [node("Resize", ["x", "", "factors"], ["y"], **aligned)]
    factors = tensor("factors", [1, 1, 1, factor])
    file = model(nodes, [factors], inputs=[port("x", "n", 2, 6, size)])
    assert "rounds in an unusual way" in refusal(file)


def test_a_float_output_is_needed():
    file = model([node("ArgMax", ["x"], ["y"], axis=1)], outputs=[port("y", "n", 1, kind=7)])
    assert "No output holds real numbers" in refusal(file)
