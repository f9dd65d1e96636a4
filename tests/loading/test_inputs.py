"""Laws of files whose network takes several inputs."""

import csv
import io
import json
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

import explain
import models
from explain.__main__ import main
from explain.core.errors import ImportRefused
from explain.network import drawing_of
from models.loading.card.describing import own_card
from models.loading.card.model_card import Card, card_bytes, read_card
from models.loading.files.onnx import read_onnx
from models.loading.limits import LIMITS, Limits
from models.loading.loading import known_of, load_file, subject_file
from models.loading.opening import open_model
from pages._panels.unit import inputs_of
from tests.loading.graphs import model, node, port, tensor
from tests.loading.pt2_files import pt2, saved

RNG = np.random.default_rng(0)
ROWS = 40
X, NUMBERS = (RNG.normal(size=(ROWS, k)).astype(np.float32) for k in (4, 3))
TIME = RNG.normal(size=ROWS).astype(np.float32)
GRAPH = RNG.normal(size=(8, 8)).astype(np.float32)
Y = RNG.integers(0, 2, ROWS)


class Several(nn.Module):
    """A table, numbers beside it, a graph that all rows share, and one number a row."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.one, self.two, self.last = nn.Linear(4, 8), nn.Linear(3, 8), nn.Linear(8, 2)

    def forward(self, x, numbers, graph, time):
        hidden = self.one(x) + self.two(numbers) + time[:, None]
        return self.last(torch.relu(hidden) @ graph)


EAGER = Several().eval()
EXAMPLE = (torch.zeros(5, 4), torch.zeros(5, 3), torch.zeros(8, 8), torch.zeros(5))


def as_pt2():
    n = torch.export.Dim("n", min=1, max=4096)
    file = io.BytesIO()
    free = ({0: n}, {0: n}, None, {0: n})
    torch.export.save(torch.export.export(EAGER, EXAMPLE, dynamic_shapes=free), file)
    return file.getvalue()


def as_onnx():
    """Return the same network in the other format."""
    tensors = [tensor(name, value.detach().numpy()) for name, value in EAGER.named_parameters()]
    nodes = [
        node("Gemm", ["x", "one.weight", "one.bias"], ["a"], transB=1),
        node("Gemm", ["numbers", "two.weight", "two.bias"], ["b"], transB=1),
        node("Add", ["a", "b"], ["c"]),
        node("Unsqueeze", ["time", "axis"], ["t"]),
        node("Add", ["c", "t"], ["d"]),
        node("Relu", ["d"], ["e"]),
        node("MatMul", ["e", "graph"], ["f"]),
        node("Gemm", ["f", "last.weight", "last.bias"], ["y"], transB=1),
    ]
    inputs = [port("x", "n", 4), port("numbers", "n", 3), port("graph", 8, 8), port("time", "n")]
    tensors.append(tensor("axis", [1], np.int64))
    return model(nodes, tensors, inputs=inputs, outputs=[port("y", "n", 2)]).SerializeToString()


FILES = {"pt2": as_pt2(), "onnx": as_onnx()}
BOTH = pytest.mark.parametrize("data", FILES.values(), ids=FILES)


def answers(x, numbers, graph, time):
    """Return what the eager network says."""
    with torch.no_grad():
        return EAGER(*map(torch.as_tensor, (x, numbers, graph, time)))


def said_by(subject):
    with torch.no_grad():
        return subject.network(*subject.samples.inputs)


def places(subject):
    """Return the rows of the file, from 0 on, that a subject measures on."""
    first = 0 if subject.samples.ids[0].startswith("row") else 2
    return [int(name.split()[1]) - first for name in subject.samples.ids]


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def table(columns):
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return file.getvalue().encode()


THREE = {"a": TIME, "time": TIME, "f": TIME}


def refused(file=FILES["pt2"], **given):
    with pytest.raises(ImportRefused) as caught:
        load_file(file, **given)
    return caught.value


@pytest.fixture(autouse=True)
def opened_once(monkeypatch):
    """Read each file once: what is tested comes after that."""
    monkeypatch.setattr("models.loading.loading.open_model", _opened)


@cache
def _opened(source, **_):
    return open_model(source)


@BOTH
def test_a_held_input_is_the_eager_network_called_with_that_constant_bit_for_bit(data):
    held = {"numbers": np.float32([1, -2, 3]), "graph": GRAPH, "time": 0.3}
    subject = load_file(data, held=held)
    rows = torch.from_numpy(X)
    wanted = answers(X, np.tile(held["numbers"], (ROWS, 1)), GRAPH, np.full(ROWS, 0.3, np.float32))
    assert subject.network(rows).equal(wanted)
    assert subject.network(rows[:1]).equal(
        answers(X[:1], held["numbers"][None], GRAPH, np.float32([0.3]))
    )
    assert subject.spec.inputs == ("x",)
    told = [dict(one.values).get("value") for one in subject.spec.held]
    assert told == [None, None, "0.3"]
    assert set(subject.network.prunable) >= {"two.weight"}


@BOTH
def test_arrays_reach_their_inputs_by_name_whatever_their_order_in_the_file(data):
    arrays = {"y": Y, "time": TIME, "graph": GRAPH, "more": NUMBERS, "x": X}
    for names in (list(arrays), sorted(arrays)):
        file = npz(**{name: arrays[name] for name in names})
        subject = load_file(data, data=file, held={"numbers": "more"})
        wanted = answers(X, NUMBERS, GRAPH, TIME)[places(subject)]
        assert said_by(subject).equal(wanted)
        assert subject.spec.inputs == ("x", "numbers", "time")
    file = npz(x=X, y=NUMBERS, graph=GRAPH, time=TIME)
    taken = load_file(data, data=file, held={"numbers": "y"})  # what is an input is no answer
    assert taken.samples.targets is None
    assert said_by(taken).equal(answers(X, NUMBERS, GRAPH, TIME)[places(taken)])
    whole = load_file(data, data=npz(x=X, numbers=NUMBERS[0], graph=GRAPH, time=TIME))
    assert whole.spec.inputs == ("x", "time")
    wanted = answers(X, np.tile(NUMBERS[0], (ROWS, 1)), GRAPH, TIME)[places(whole)]
    assert said_by(whole).equal(wanted)


def test_columns_reach_their_inputs_by_name_whatever_their_order_in_the_table():
    columns = {f"f{at}": X[:, at] for at in range(4)} | {"label": Y, "age": TIME}
    columns |= {f"n{at}": NUMBERS[:, at] for at in range(3)}
    held = {"numbers": ["n0", "n1", "n2"], "time": "age", "graph": GRAPH}
    for names in (list(columns), sorted(columns, reverse=True)):
        card = {"input": {"features": ["f0", "f1", "f2", "f3"]}}
        given = table({name: columns[name] for name in names})
        subject = load_file(FILES["pt2"], card=card, data=given, held=held)
        wanted = answers(X, NUMBERS, GRAPH, TIME)[places(subject)]
        assert torch.allclose(said_by(subject), wanted, atol=1e-6)
    wrong = {**held, "numbers": ["n1", "n0", "n2"]}
    other = load_file(FILES["pt2"], card=card, data=given, held=wrong)
    assert not torch.allclose(said_by(other), wanted, atol=1e-3)


def test_any_input_may_be_the_one_that_is_explained_and_the_others_do_not_move():
    file = npz(x=X, numbers=NUMBERS, graph=GRAPH, time=TIME, y=Y)
    subject = load_file(FILES["pt2"], data=file, held={"x": "x", "time": 0.5})
    assert subject.spec.inputs == ("numbers", "x")
    drawn = drawing_of(subject.network, subject.spec, subject.task).layers
    painted = {
        layer.title: inputs_of(subject, 3, layer.key) for layer in drawn if layer.kind == "input"
    }
    wanted = zip(("features", "x"), subject.samples.inputs, strict=True)
    assert painted == {title: values[3].tolist() for title, values in wanted}
    found = explain.attribute(subject, "integrated-gradients", sample=3, options={"steps": 64})
    assert found.values.shape == (1, 3)
    row = places(subject)[3]
    half = np.float32([0.5])
    start, end = (
        answers(X[row : row + 1], numbers, GRAPH, half)[0, found.targets[0]]
        for numbers in (np.zeros((1, 3), np.float32), NUMBERS[row : row + 1])
    )
    assert found.values.sum() == pytest.approx(float(end - start), abs=0.01)


def test_a_row_with_a_gap_in_any_input_is_left_out():
    gaps = TIME.copy()
    gaps[7] = np.nan
    file = npz(x=X, numbers=NUMBERS, graph=GRAPH, time=gaps)
    subject = load_file(FILES["pt2"], data=file)
    assert subject.samples.count + subject.calibration.count == ROWS - 1
    assert said_by(subject).equal(answers(X, NUMBERS, GRAPH, TIME)[places(subject)])


class Text(nn.Module):
    """Token ids, their types and their mask, in the order of many exports."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.words, self.types, self.last = nn.Embedding(9, 4), nn.Embedding(2, 4), nn.Linear(4, 2)

    def forward(self, input_ids, token_type_ids, attention_mask):
        mask = attention_mask[:, :, None].float()
        hidden = (self.words(input_ids) + self.types(token_type_ids)) * mask
        return self.last(hidden.sum(1) / mask.sum(1))


def test_token_types_are_zero_and_the_mask_comes_with_the_ids():
    ids = torch.tensor([[4, 5, 6], [7, 0, 0]])
    text, mask = Text().eval(), (ids > 0).long()
    opened = open_model(pt2(text, (ids, torch.zeros_like(ids), mask)))
    known = known_of(opened, Card())
    assert known.card.modality == "text"
    assert known.card.input.names == ("input_ids", "attention_mask")
    subject = load_file(
        pt2(text, (ids, torch.zeros_like(ids), mask)),
        card={"modality": "text", "task": "classification"},
        data=npz(x=ids.numpy(), mask=mask.numpy()),
    )
    wanted = text(ids, torch.zeros_like(ids), mask)
    assert said_by(subject).equal(wanted)
    assert [dict(one.values)["value"] for one in subject.spec.held if "value" in one.values] == [
        "0"
    ]


def test_what_is_saved_keeps_the_names_of_the_inputs_that_stay():
    file = npz(x=X, more=NUMBERS, graph=GRAPH, time=TIME, y=Y)
    held = {"numbers": "more", "time": 0.5}
    subject = load_file(FILES["pt2"], data=file, held=held)
    known = known_of(open_model(FILES["pt2"]), Card(held=held))
    card = own_card(subject, known.card)
    assert (card.input.names, dict(card.held)) == (("x", "numbers"), {"numbers": "more"})
    assert read_card(card_bytes(card), LIMITS).held == card.held
    for kind in (".safetensors", ".pt2"):
        again = load_file(subject_file(subject, kind, card), data=file)
        assert again.spec.inputs == ("x", "numbers")
        assert said_by(again).equal(said_by(subject))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ("'graph' (8 × 8)", '"held": {"graph": 0}', "--held graph=0")),
        ({"held": {"grpah": 0}}, ("'numbers' (3)", '"held": {"graph": 0}')),
        ({"held": dict.fromkeys(("x", "numbers", "graph", "time"), 0)}, ("'x' (4)", '"held"')),
        ({"held": {"graph": np.zeros((3, 3))}}, ("'graph' (8 × 8", "3 × 3", "array")),
        ({"held": {"graph": True}}, ("held.graph", "number")),
        ({"held": {"graph": [["a"]]}}, ("held.graph", "text")),
        ({"data": npz(x=X, graph=GRAPH, time=TIME)}, ("'numbers' (3)", "numbers=values")),
        (
            {"data": npz(x=X, graph=GRAPH, time=TIME[:-1], numbers=NUMBERS)},
            ("'time'", f"[{ROWS - 1}]", str(ROWS)),
        ),
        (
            {"data": npz(x=X, graph=GRAPH * np.nan, time=TIME, numbers=NUMBERS)},
            ("'graph'", "NaN"),
        ),
        (
            {"data": npz(x=X, graph=GRAPH, time=TIME, numbers=np.array(["a"] * ROWS))},
            ("'numbers' (3)", "no numbers"),
        ),
        (
            {"data": table(THREE), "held": {"graph": 0, "numbers": ["a"]}},
            ("'numbers'", "3", "'a'", '"held"'),
        ),
        (
            {"data": table(THREE), "held": {"graph": 0, "numbers": "b"}},
            ("further input", "'b'"),
        ),
        (
            {"data": b"\x89PNG\r\n", "held": {"graph": 0}},
            ("numbers", "pictures", "npz", "--held"),
        ),
    ],
)
def test_a_refusal_names_the_input_its_shape_and_what_to_type(given, words):
    error = refused(**given)
    assert [word for word in words if word not in f"{error.reason} {error.hint}"] == []


def test_an_input_of_whole_numbers_takes_no_fraction():
    example = tuple(torch.ones(3, 5, dtype=torch.long) for _ in range(3))
    file = pt2(Text().eval(), example, lengths=True)
    said = refused(file, held={"token_type_ids": 0.5})
    assert "whole numbers" in said.reason
    codes = {"held": {"token_type_ids": "types"}, "card": {"modality": "series"}}
    ids = np.ones((4, 5), np.int64)
    given = npz(x=ids, attention_mask=ids, types=ids / 2)
    assert "whole numbers" in refused(file, data=given, **codes).reason


@pytest.mark.parametrize(
    ("ports", "limits", "words"),
    [
        ([port(f"x{at}", "n", 4) for at in range(33)], LIMITS, "33 inputs"),
        ([port("x0", "n", 4), port("x1", 40_000, 400)], LIMITS, "too large"),
        ([port("x0", "n", 4), port("x1", 3, "k")], LIMITS, "varies"),
        ([port("x0", "n", 4), port("x1", 1, 4)], Limits(inputs=1), "2 inputs"),
    ],
)
def test_inputs_are_counted_before_they_are_made(ports, limits, words):
    names = [one.name for one in ports]
    nodes = [node("ReduceMean", [name], [f"m{name}"], keepdims=0) for name in names[1:]]
    nodes.append(node("Sum", ["x0", *(f"m{name}" for name in names[1:])], ["y"]))
    file = model(nodes, inputs=ports, outputs=[port("y", "n", 4)]).SerializeToString()
    with pytest.raises(ImportRefused, match=words):
        read_onnx(file, limits)


class Graph(nn.Module):
    """The nodes of one graph as rows: what is said of one depends on the others."""

    def __init__(self):
        super().__init__()
        self.one = nn.Linear(4, 2)

    def forward(self, x, graph):
        return graph @ self.one(x)


@pytest.mark.parametrize("free", [True, False])
def test_a_network_whose_rows_depend_on_each_other_is_refused(free):
    n = torch.export.Dim("n", min=2, max=99)
    sizes = ({0: n}, {0: n, 1: n}) if free else None
    exported = torch.export.export(
        Graph().eval(), (torch.ones(6, 4), torch.ones(6, 6)), dynamic_shapes=sizes
    )
    assert "depends on the others" in refused(saved(exported), held={"graph": 0}).reason


def test_an_input_that_nothing_reads_is_not_explained_and_what_made_it_so_is_said():
    twice = torch.ones(3, 4)
    file = pt2(nn.Bilinear(4, 4, 2).eval(), (twice, twice))
    said = refused(file)
    assert "reads the input 'input1'" in said.reason
    assert "given twice" in said.hint
    assert load_file(file, held={"input1": 0}).spec.inputs == ("input2",)


def test_a_further_picture_is_scaled_as_the_first():
    class Pair(nn.Module):
        def forward(self, left, right):
            return (left - right).mean(3).flatten(1)

    file = pt2(Pair().eval(), (torch.rand(3, 3, 2, 2), torch.rand(3, 3, 2, 2)))
    left, right = (RNG.integers(0, 255, (9, 3, 2, 2), dtype=np.uint8) for _ in range(2))
    subject = load_file(file, data=npz(right=right, left=left, y=np.arange(9) % 6))
    wanted = Pair()(*(torch.from_numpy(x) * (1 / 255) for x in (left, right)))
    assert torch.allclose(said_by(subject), wanted, atol=1e-6)


def test_the_command_line_holds_inputs_and_says_so(tmp_path, capsys):
    file, data = tmp_path / "several.pt2", tmp_path / "rows.npz"
    file.write_bytes(FILES["pt2"])
    data.write_bytes(npz(x=X, more=NUMBERS, graph=GRAPH, y=Y))
    asked = ["--held", "numbers=more", "--held", "time=0.5", "--data", str(data), "--json"]
    assert main(["attribute", "--model", str(file), "--sample", "1", *asked]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["dense"]["shape"] == [4]
    assert any("'time' (1) is held at 0.5" in one for one in told["inputs_held"])
    assert main(["inspect", str(file), "--json"]) == 0
    assert "'graph' (8 × 8, the same for all rows)" in json.loads(capsys.readouterr().out)["inputs"]
    assert main(["attribute", "--model", str(file), "--held", "time", "--json"]) != 0


def test_python_takes_what_inputs_are_held_at(tmp_path):
    file = tmp_path / "several.pt2"
    file.write_bytes(FILES["pt2"])
    held = {"numbers": 1, "graph": torch.from_numpy(GRAPH), "time": -2}
    subject = models.load(file, held=held)
    wanted = answers(X, np.ones((ROWS, 3), np.float32), GRAPH, np.full(ROWS, -2, np.float32))
    assert subject.network(torch.from_numpy(X)).equal(wanted)
