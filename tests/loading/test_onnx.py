"""An .onnx file becomes the network that it came from, or is refused in words."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import nn

from explain.core.errors import ImportRefused, InvalidSubject
from explain.core.messages import say
from explain.network import lift
from explain.network.blueprint.blueprint import build, describe
from models.loading.files.onnx import read_onnx
from models.loading.limits import LIMITS
from tests.loading.exporting import DEMO_KEYS, exported, rows, source, to_onnx
from tests.loading.graphs import dense, model, node, port, tensor
from tests.network.zoo import ZOO

NAMES = [name for name in (*ZOO, *DEMO_KEYS) if name != "two-tables"]
OLDER = [name for name in NAMES if name not in {"norms", "cross-attention"}]
"""What the older exporter can write without control flow."""

WITHOUT_13 = {"attention", "encoder", "encoder-norm-first", "sms-transformer"}
QUICK = ["residual", "norms", "digits-cnn"]
SLOW = [name for name in NAMES if name not in QUICK]


def assert_same_outputs(name, data):
    network = read_onnx(data, LIMITS).network
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    for count in (1, 2, 5):
        inputs = rows(name, count)
        given = {i.name: x.numpy() for i, x in zip(session.get_inputs(), inputs, strict=True)}
        with torch.no_grad():
            got, wanted = network(*inputs), source(name)(*inputs)
        scale = float(wanted.abs().max())
        judged = torch.from_numpy(session.run(None, given)[0])
        assert got.shape == wanted.shape
        assert (got - wanted).abs().max() <= 1e-6 * scale
        assert (got - judged).abs().max() <= 1e-6 * scale


@pytest.mark.parametrize("name", OLDER)
def test_the_older_exporter_gives_the_network_back(name):
    assert_same_outputs(name, exported(name))


@pytest.mark.parametrize("name", [name for name in OLDER if name not in WITHOUT_13])
def test_older_operators_give_the_network_back(name):
    assert_same_outputs(name, exported(name, 13))


@pytest.mark.parametrize("name", QUICK)
def test_the_newer_exporter_gives_the_network_back(name):
    assert_same_outputs(name, exported(name, dynamo=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_the_newer_exporter_gives_every_network_back(name):
    assert_same_outputs(name, exported(name, dynamo=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*QUICK, *SLOW])
def test_the_newer_exporter_gives_every_network_back_with_older_operators(name):
    assert_same_outputs(name, exported(name, 13, dynamo=True))


def kinds(network):
    return [info.kind for info in network.layers]


@pytest.mark.parametrize("dynamo", [False, True])
def test_written_out_layers_are_layers_again(dynamo):
    network = read_onnx(exported("encoder", dynamo=dynamo), LIMITS).network
    assert "erf" not in {step.operation for step in network.steps}
    assert network.get_submodule("encoder.layers.0.linear1").bias is not None
    assert [info.name for info in network.layers][:8] == [
        "embedding",
        "encoder.layers.0.self_attn.in_proj",
        "encoder.layers.0.self_attn.attention",
        "encoder.layers.0.self_attn.out_proj",
        "encoder.layers.0.norm1",
        "encoder.layers.0.linear1",
        "encoder.layers.0.linear1_gelu",
        "encoder.layers.0.linear2",
    ]


def test_norms_and_gated_activations_are_layers_again():
    network = read_onnx(exported("norms", dynamo=True), LIMITS).network
    found = [type(network.get_submodule(info.name)) for info in network.layers]
    assert found == [
        nn.Conv2d,
        nn.GroupNorm,
        nn.PReLU,
        nn.InstanceNorm2d,
        nn.LayerNorm,
        nn.SiLU,
        nn.Linear,
        nn.RMSNorm,
        nn.GELU,
        nn.Sigmoid,
    ]


@pytest.mark.parametrize("dynamo", [False, True])
def test_layers_have_the_names_of_the_source(dynamo):
    network = read_onnx(exported("named-mlp", dynamo=dynamo), LIMITS).network
    names = [info.name for info in network.layers if info.kind == "linear"]
    assert names == ["hidden1", "hidden2", "output"]
    lifted = lift(source("residual"), rows("residual", 3))
    convolutions = [info.name for info in lifted.layers if info.kind == "conv"]
    network = read_onnx(exported("residual", dynamo=dynamo), LIMITS).network
    assert [info.name for info in network.layers if info.kind == "conv"] == convolutions


def test_hostile_names_are_made_safe_and_shown_as_they_are():
    evil = 'a");import os;x("'
    file = dense()
    file.graph.initializer[0].name = file.graph.node[0].input[1] = f"{evil}.weight"
    network = read_onnx(file.SerializeToString(), LIMITS).network
    (info,) = network.layers
    assert info.name.replace("_", "").isalnum()
    assert info.display == evil


def test_layers_of_the_same_name_get_numbers():
    weight = tensor("fc.weight", np.eye(4))
    other = tensor("fc.weight.", np.eye(4))
    nodes = [node("MatMul", ["x", "fc.weight"], ["a"]), node("MatMul", ["a", "fc.weight."], ["y"])]
    file = model(nodes, [weight, other])
    names = [info.name for info in read_onnx(file.SerializeToString(), LIMITS).network.layers]
    assert len(set(names)) == 2


def test_names_are_cut_to_the_limits():
    long = ".".join(["part"] * 100)
    file = dense()
    file.graph.initializer[0].name = file.graph.node[0].input[1] = f"{long}.weight"
    (info,) = read_onnx(file.SerializeToString(), LIMITS).network.layers
    assert len(info.name) <= LIMITS.name_characters
    assert info.name.count(".") < LIMITS.name_depth


def test_equal_weights_that_the_exporter_merged_are_told():
    reading = read_onnx(exported("tied"), LIMITS)
    (warning,) = map(str, reading.warnings)
    assert "first, second" in warning
    parameters = [reading.network.get_parameter(f"{name}.weight") for name in ("first", "second")]
    assert parameters[0] is parameters[1]


@pytest.mark.parametrize("kind", [np.float64, np.float16])
def test_other_precisions_become_float32_and_are_told(kind):
    file = dense()
    weight = numpy_helper.to_array(file.graph.initializer[0]).astype(kind)
    file.graph.initializer[0].CopyFrom(tensor("fc.weight", weight, kind))
    reading = read_onnx(file.SerializeToString(), LIMITS)
    assert reading.network.get_parameter("fc.weight").dtype == torch.float32
    assert "converted to float32" in str(reading.warnings[0])


@pytest.mark.parametrize("kind", ["FLOAT16", "BFLOAT16"])
def test_an_input_of_fewer_bits_is_taken_as_float32_and_told(kind):
    code = getattr(TensorProto, kind)
    nodes = [
        node("Mul", ["x", "half"], ["z"]),
        node("Cast", ["z"], ["y"], to=TensorProto.FLOAT),
    ]
    half = helper.make_tensor("half", code, [], [0.5])
    file = model(nodes, [half], inputs=[port("x", "n", 4, kind=code)]).SerializeToString()
    reading = read_onnx(file, LIMITS)
    assert torch.equal(reading.network(torch.ones(2, 4)), torch.full((2, 4), 0.5))
    assert say("loading.onnx.converted", type=kind.lower()) in map(str, reading.warnings)


def test_the_embedded_card_comes_along():
    file = dense()
    assert read_onnx(file.SerializeToString(), LIMITS).card is None
    file.metadata_props.add(key="model_card", value='{"title": "Ducks"}')
    assert read_onnx(file.SerializeToString(), LIMITS).card == {"title": "Ducks"}


def test_scikit_learns_dictionaries_are_taken_apart():
    nodes = [
        *dense().graph.node,
        node("ArgMax", ["y"], ["label"], axis=1, keepdims=0),
        node("ZipMap", ["y"], ["maps"], domain="ai.onnx.ml", classlabels_int64s=[0, 1, 2]),
    ]
    pairs = helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(1, []))
    outputs = [
        port("label", "n", kind=TensorProto.INT64),
        helper.make_value_info("maps", helper.make_sequence_type_proto(pairs)),
    ]
    file = model(nodes, dense().graph.initializer, outputs=outputs, domains=["ai.onnx.ml"])
    reading = read_onnx(file.SerializeToString(), LIMITS)
    assert torch.equal(reading.network(torch.eye(4)), whole()(torch.eye(4)))
    assert reading.warnings[0].key == "network.output_chosen"


def test_an_output_of_whole_numbers_beside_the_answer_is_left_out():
    nodes = [*dense().graph.node, node("ArgMax", ["y"], ["label"], axis=1)]
    outputs = [port("label", "n", 1, kind=TensorProto.INT64), port("y", "n", 3)]
    file = model(nodes, dense().graph.initializer, outputs=outputs)
    assert kinds(read_onnx(file.SerializeToString(), LIMITS).network) == ["linear"]


def test_operators_behind_the_answer_need_not_be_known():
    nodes = [*dense().graph.node, node("Hardmax", ["y"], ["strange"])]
    file = model(nodes, dense().graph.initializer)
    assert torch.equal(
        read_onnx(file.SerializeToString(), LIMITS).network(torch.eye(4)), whole()(torch.eye(4))
    )


@pytest.mark.parametrize("ending", ["TopK", "ArgMax", "NonMaxSuppression"])
def test_a_choice_among_scores_at_the_end_is_cut_off_and_said(ending):
    chosen = {
        "TopK": node("TopK", ["y", "two"], ["best", "where"]),
        "ArgMax": node("ArgMax", ["y"], ["where"]),
        "NonMaxSuppression": node("NonMaxSuppression", ["boxes", "y"], ["where"]),
    }
    file = dense()
    file.graph.node.append(chosen[ending])
    file.graph.initializer.append(tensor("two", [2], np.int64))
    del file.graph.output[:]
    file.graph.output.append(port("where", "n", None, kind=7))
    if ending == "TopK":
        file.graph.output.append(port("best", "n", None))
    reading = read_onnx(file.SerializeToString(), LIMITS)
    assert torch.equal(reading.network(torch.eye(4)), whole()(torch.eye(4)))
    assert [str(said) for said in reading.warnings] == [say("loading.onnx.choice_cut", name="y")]


def whole():
    return read_onnx(dense().SerializeToString(), LIMITS).network


@pytest.mark.parametrize("name", ["residual", "lstm", "hand-attention"])
@pytest.mark.parametrize("count", [1, 4])
def test_a_fixed_number_of_rows_is_kept_and_runs_in_pieces(name, count):
    data = to_onnx(source(name), rows(name, count), free=False)
    network = read_onnx(data, LIMITS).network
    assert network.piece == count
    inputs = rows(name, 5)
    wanted = source(name)(*inputs)
    assert (network(*inputs) - wanted).abs().max() <= 1e-6 * wanted.abs().max()


def test_a_norm_over_rows_is_read_where_the_file_has_one_row():
    def file(rows):
        nodes = [node("MeanVarianceNormalization", ["x"], ["y"])]
        found = model(nodes, inputs=[port("x", rows, 2, 3, 3)])
        found.graph.output[0].type.tensor_type.ClearField("shape")
        return found.SerializeToString()

    given = torch.randn(1, 2, 3, 3)
    wanted = ReferenceEvaluator(onnx.load_from_string(file(1))).run(None, {"x": given.numpy()})[0]
    got = read_onnx(file(1), LIMITS).network(given).detach().numpy()
    assert np.abs(got - wanted).max() < 1e-5
    for count in ("n", 2):
        with pytest.raises(ImportRefused, match="rows"):
            read_onnx(file(count), LIMITS)


def test_free_lengths_stay_free():
    module = source("lstm")
    data = to_onnx(module, rows("lstm", 3), free=({0: "batch", 1: "length"},))
    network = read_onnx(data, LIMITS).network
    for length in (1, 5, 30):
        ids = torch.randint(0, 10, (4, length))
        assert torch.allclose(network(ids), module(ids), atol=1e-6)
    with pytest.raises(InvalidSubject):
        network(torch.zeros(1, LIMITS.sequence + 1, dtype=torch.int64))


@pytest.mark.slow
def test_free_lengths_of_attention_stay_free():
    module, (ids, padding) = source("encoder"), rows("encoder", 3)
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=20)}
    data = to_onnx(module, (ids, padding), dynamo=True, free=(axes, axes))
    network = read_onnx(data, LIMITS).network
    for length in (2, 5, 12):
        more = torch.randint(0, 10, (4, length)), torch.zeros(4, length, dtype=torch.bool)
        wanted = module(*more)
        assert (network(*more) - wanted).abs().max() <= 1e-6 * wanted.abs().max()


def test_pictures_of_any_size_are_read_with_sizes_that_survive_the_pools():
    module = nn.Sequential(
        nn.Conv2d(1, 2, 5, 3), nn.MaxPool2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    axes = ({0: "batch", 2: "high", 3: "wide"},)
    data = to_onnx(module.eval(), (torch.randn(2, 1, 40, 50),), free=axes)
    network = read_onnx(data, LIMITS).network
    image = torch.randn(3, 1, 33, 61)
    assert torch.allclose(network(image), module(image), atol=1e-6)


@pytest.mark.parametrize("name", ["lstm", "encoder", "grouped", "cells"])
def test_what_was_read_can_be_written_down_and_built_again(name):
    network = read_onnx(exported(name), LIMITS).network
    again = build(describe(network))
    assert again.steps == network.steps
    assert torch.equal(again(*rows(name, 3)), network(*rows(name, 3)))


def test_reading_twice_gives_the_same_network():
    first, second = (read_onnx(exported("encoder"), LIMITS).network for _ in range(2))
    assert first.steps == second.steps
    assert first.layers == second.layers
