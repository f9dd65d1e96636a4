"""What a .pt2 file must not hold, each with its reason."""

import dataclasses
import json
import zipfile

import pytest
import torch
from torch import nn
from torch.nn import functional

from explain.core.errors import ImportRefused
from models.loading.files.pt2 import read_pt2
from models.loading.limits import LIMITS
from tests.loading.pt2_files import (
    CONSTANTS,
    MODEL,
    WEIGHTS,
    edited,
    entries,
    mlp,
    older,
    packed,
    program,
    pt2,
    saved,
    without,
)
from tests.loading.refusals import PLACED


def refused(data, words, limits=LIMITS):
    with pytest.raises(ImportRefused, match=words) as error:
        read_pt2(data, limits)
    assert error.value.hint
    assert error.value.reason.isprintable()
    assert getattr(error.value.messages[0], "key", "") not in PLACED


@pytest.fixture(scope="module")
def good():
    """Return the bytes of a sound file."""
    return pt2(*mlp())


class Does(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function
        self.inner = nn.Linear(4, 4)

    def forward(self, x, y=None, z=None):
        return self.function(*(value for value in (x, y, z) if value is not None))


def of(function, *inputs, **settings):
    return pt2(Does(function).eval(), inputs or (torch.randn(3, 4),), **settings)


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5)), "training mode: dropout"),
        (nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)), "training mode: batch norm"),
        (nn.Sequential(nn.Linear(4, 4), nn.Dropout1d(0.5)), "training mode: dropout"),
    ],
    ids=["dropout", "batch norm", "channel dropout"],
)
def test_a_network_in_training_mode_is_refused(module, words):
    x = (torch.randn(3, 4),) if "Dropout1d" not in repr(module) else (torch.randn(3, 4, 4),)
    refused(pt2(module.train(), x), f"{words}.* of the module '1'")
    refused(saved(program(module.train(), x).run_decompositions()), r"training mode|random")


def test_a_recurrent_network_in_training_mode_is_refused():
    class Series(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(4, 3, num_layers=2, dropout=0.5, batch_first=True)

        def forward(self, x):
            return self.rnn(x)[0][:, -1]

    refused(pt2(Series().train(), (torch.randn(3, 5, 4),)), "recurrent layer drops")


def test_a_norm_by_the_statistics_of_the_batch_is_refused():
    source = nn.Sequential(nn.BatchNorm1d(4, track_running_stats=False)).eval()
    refused(pt2(source, (torch.randn(3, 4),)), "statistics of what comes in")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: (x, x + 1), "returns 2 values"),
        (lambda x: {"boxes": x, "hidden": x + 1}, r"'boxes' \(4\), 'hidden' \(4\)"),
        (lambda x: x.logcumsumexp(1), "aten.logcumsumexp"),
        (lambda x: x.mode(1).values, "mode"),
        (lambda x: torch.rand_like(x) + x, "random"),
        (lambda x: x.sum(), "one row of outputs per row"),
        (lambda x: x.t() * 1, "one row of outputs per row"),
        (lambda x: torch.cat([x, x]), "one row of outputs per row"),
        (lambda x: x.to(torch.complex64).real, "not read here"),
    ],
    ids=[
        "two outputs",
        "two named",
        "unknown",
        "two results",
        "random",
        "one number",
        "turned",
        "twice",
        "complex",
    ],
)
def test_what_cannot_be_a_network_here_is_refused(function, words):
    refused(of(function), words)


def _then_base(x):
    y = x * 2
    y.view(-1, 2, 2)[:, 0].relu_()
    return y


def _then_beside(x):
    y = x * 2
    z = y[:, 1:]
    y[:, :2].relu_()
    return torch.cat([y, z], 1)[:, 2:6]


def _then_view(x):
    y = x * 2
    z = y[:, :2]
    y.relu_()
    return y[:, :2] + z


def _by_unknown(x):
    y = x * 2
    y.index_copy_(1, torch.tensor([0]), torch.zeros(len(y), 1))
    return y


def _by_other_type(x):
    y = (x > 0).to(torch.int32)
    y.mul_(torch.ones(4, dtype=torch.int64))
    return y.float()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (_then_base, "changed in place"),
        (_then_beside, "changed in place"),
        (_then_view, "changed in place"),
        (_by_unknown, "index_copy_"),
        (_by_other_type, "another type"),
    ],
    ids=["through a view", "beside a slice", "before a view is used", "unknown", "with a cast"],
)
def test_writing_in_place_is_refused_where_a_new_value_would_not_be_the_same(function, words):
    refused(of(function), words)


def test_a_network_that_writes_to_its_buffers_is_refused():
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            self.calls += 1
            return x * self.calls

    refused(pt2(Counts().eval(), (torch.randn(3, 4),)), "own tensor 'calls'")
    exported = program(Counts().eval(), (torch.randn(3, 4),)).run_decompositions()
    refused(saved(exported), "own tensor 'calls'")


def test_a_size_that_is_a_formula_is_refused_and_not_worked_out(good):
    text = "__import__('os').system('false')"

    def change(value):
        sizes = value["graph_module"]["graph"]["tensor_values"]["input"]["sizes"]
        sizes[0] = {"as_expr": {"expr_str": text, "hint": {"as_int": 3}}}

    refused(edited(good, change), "formula")


def node(value, place=0):
    return value["graph_module"]["graph"]["nodes"][place]


def meta(value, name="0.weight"):
    return value["config"][name]["tensor_meta"]


EDITS = {
    "an operator outside the list": (
        lambda v: node(v).update(target="torch.ops.aten.from_file.default"),
        "from_file",
    ),
    "a path instead of an operator": (
        lambda v: node(v).update(target="torch.os.system"),
        "torch.os.system",
    ),
    "a graph inside": (
        lambda v: node(v)["inputs"][0].update(arg={"as_graph": {"name": "g", "graph": {}}}),
        "as_graph",
    ),
    "a custom object": (
        lambda v: node(v)["inputs"][0].update(arg={"as_custom_obj": {"name": "x"}}),
        "as_custom_obj",
    ),
    "an argument that the operator has not": (
        lambda v: node(v)["inputs"][0].update(name="nonsense"),
        "nonsense",
    ),
    "an argument twice": (lambda v: node(v)["inputs"].append(node(v)["inputs"][0]), "twice"),
    "a value before it is there": (
        lambda v: v["graph_module"]["graph"]["nodes"].reverse(),
        "before it is there",
    ),
    "a cycle": (
        lambda v: node(v)["inputs"][0].update(arg={"as_tensor": {"name": "linear_1"}}),
        "before it is there",
    ),
    "a value twice": (lambda v: node(v, 2).update(outputs=node(v)["outputs"]), "calls two values"),
    "too many operations": (
        lambda v: v["graph_module"]["graph"]["nodes"].extend([node(v)] * LIMITS.nodes),
        "operations, more than",
    ),
    "no nodes": (lambda v: v["graph_module"]["graph"].pop("nodes"), "no list under 'nodes'"),
    "a weight that is not there": (
        lambda v: v["graph_module"]["signature"]["input_specs"][0]["parameter"].update(
            parameter_name="missing"
        ),
        "'missing'",
    ),
    "an object among the inputs": (
        lambda v: v["graph_module"]["signature"]["input_specs"].append({"custom_obj": {}}),
        "custom_obj",
    ),
    "a name with markup in control characters": (
        lambda v: node(v)["metadata"].update(nn_module_stack="k,a\x1b[31m,c"),
        "control characters",
    ),
    "a name that is too long": (
        lambda v: node(v)["metadata"].update(nn_module_stack=f"k,{'a' * 300},c"),
        "300 characters",
    ),
    "a name that is too deep": (
        lambda v: node(v)["metadata"].update(nn_module_stack=f"k,{'a.' * 60}a,c"),
        "deep",
    ),
    "no size at all": (
        lambda v: v["range_constraints"].update(
            {name: {"min_val": 5, "max_val": 4} for name in v["range_constraints"]}
        ),
        "no size at all",
    ),
    "layers that do not fit together": (
        lambda v: node(v, 2)["inputs"][1].update(arg={"as_tensor": {"name": "p_0_weight"}}),
        "run|fit",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_graph_that_was_tampered_with_is_refused(name, good):
    change, words = EDITS[name]
    refused(edited(good, change), words)


WEIGHT_EDITS = {
    "pickled": (lambda v: v["config"]["0.weight"].update(use_pickle=True), "pickle"),
    "opaque": (lambda v: v["config"]["0.weight"].update(tensor_meta=None), "pickle"),
    "outside": (lambda v: meta(v).update(storage_offset={"as_int": 10**6}), "too few"),
    "larger": (lambda v: meta(v).update(sizes=[{"as_int": 6}, {"as_int": 4}]), "too few"),
    "long strides": (lambda v: meta(v).update(strides=[{"as_int": 10**9}, {"as_int": 1}]), "few"),
    "stride zero": (lambda v: meta(v).update(strides=[{"as_int": 0}, {"as_int": 1}]), "zero"),
    "stride below zero": (lambda v: meta(v).update(strides=[{"as_int": -1}] * 2), "zero or less"),
    "more by overlapping": (
        lambda v: meta(v).update(sizes=[{"as_int": 16}] * 2, strides=[{"as_int": 1}] * 2),
        "too few",
    ),
    "offset below zero": (lambda v: meta(v).update(storage_offset={"as_int": -1}), "negative"),
    "empty": (lambda v: meta(v).update(sizes=[{"as_int": 0}, {"as_int": 4}]), "empty"),
    "formula": (
        lambda v: meta(v).update(sizes=[{"as_expr": {"expr_str": "s0"}}, {"as_int": 4}]),
        "formula",
    ),
    "rank": (lambda v: meta(v).update(strides=[{"as_int": 1}]), "belong together"),
    "complex": (lambda v: meta(v).update(dtype=10), "type"),
    "8 bit": (lambda v: meta(v).update(dtype=29), "type"),
    "whole numbers": (lambda v: meta(v).update(dtype=4), "quantised"),
    "sparse": (lambda v: meta(v).update(layout=1), "layout"),
    "another entry": (
        lambda v: v["config"]["0.weight"].update(path_name="../../archive_format"),
        "no bytes",
    ),
    "truth as a size": (lambda v: meta(v).update(storage_offset={"as_int": True}), "number"),
}


@pytest.mark.parametrize("name", WEIGHT_EDITS)
def test_a_weight_that_its_bytes_do_not_hold_is_refused(name, good):
    change, words = WEIGHT_EDITS[name]
    refused(edited(good, change, WEIGHTS), words)


def test_weights_that_are_no_numbers_are_named():
    source, inputs = mlp()
    with torch.no_grad():
        source[0].weight[1, 1] = float("nan")
        source[2].bias[0] = float("inf")
    refused(pt2(source, inputs), "'0.weight', '2.bias'")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"elements": 30}, "numbers, more than 30"),
        ({"tensors": 4}, "tensors, more than 4"),
        ({"nodes": 2}, "operations, more than 2"),
        ({"json_bytes": 1_000}, "more than 1,000"),
        ({"file_bytes": 5_000}, "more than 5,000"),
    ],
)
def test_what_is_larger_than_the_limits_is_refused(limits, words, good):
    refused(good, words, dataclasses.replace(LIMITS, **limits))


def test_a_weight_that_is_blown_up_by_the_graph_is_refused_before_it_is_computed():
    weight = torch.ones(1, 1)

    class Blown(nn.Module):
        def __init__(self):
            super().__init__()
            self.small = nn.Parameter(weight)

        def forward(self, x):
            return functional.linear(x, self.small.expand(4, 4) * 1)

    def change(value):
        for step in value["graph_module"]["graph"]["nodes"]:
            for argument in step["inputs"]:
                if argument["name"] == "size":
                    argument["arg"] = {"as_ints": [10**6, 10**6]}

    refused(edited(pt2(Blown().eval(), (torch.randn(3, 4),)), change), "computed weight of more")


def test_a_weight_that_takes_ever_more_steps_is_refused_at_once():
    class Doubled(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(4, 4))

        def forward(self, x):
            weight = self.weight
            for _ in range(120):
                weight = weight + weight
            return functional.linear(x, weight)

    refused(pt2(Doubled().eval(), (torch.randn(3, 4),)), "more than 100 operations")


def test_archives_that_are_something_else_are_refused(good):
    parts = entries(good)
    refused(without(good, "archive/archive_format"), "does not say")
    refused(packed({**parts, "archive/byteorder": b"big"}), "byte order")
    refused(packed({**parts, "archive/models/second.json": b"{}"}), "2 networks")
    refused(without(good, MODEL), "0 networks")
    refused(without(good, WEIGHTS), "no entry")
    refused(without(good, CONSTANTS), "no entry")
    refused(without(good, "archive/data/weights/weight_0"), "no bytes")
    refused(packed(parts, zipfile.ZIP_DEFLATED), "compressed")
    refused(packed({"serialized_exported_program.json": b"{}"}), "no entry")
    refused(
        packed({"archive/archive_format": b"pt2", "archive/data/aotinductor/m/a.so": b""}),
        "compiled",
    )
    refused(packed({**parts, MODEL: b"[]"}), "no JSON object")
    refused(packed({**parts, MODEL: json.dumps({"a": 1}).encode()}), "graph_module")
    refused(packed({**parts, "archive/extra/model_card.json": b"{"}), "model card")


def test_an_older_file_runs_nothing_either(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "marker"), "w"))

    exported = program(*mlp())
    weights = {**exported.state_dict, "0.weight": Evil()}
    refused(older(exported, flat=True, weights=weights), "plain tensor|program")
    assert not list(tmp_path.iterdir())
