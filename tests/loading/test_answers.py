"""Laws of files whose network returns several values."""

import json

import pytest
import torch
from torch import nn

import models
from explain.__main__ import main
from explain.core.errors import ImportRefused
from explain.network import Output
from models.loading.card.describing import own_card
from models.loading.card.model_card import Card
from models.loading.loading import known_of, load_file
from models.loading.opening import open_model, outputs_offered
from tests.loading.graphs import model, node, port, tensor
from tests.loading.pt2_files import edited, program, saved


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.trunk, self.three, self.four = nn.Linear(4, 5), nn.Linear(5, 3), nn.Linear(5, 4)

    def forward(self, x):
        hidden = self.trunk(x)
        return {"three": self.three(hidden), "others": (self.four(hidden), hidden.argmax(1))}


def as_pt2(**extra):
    return saved(program(Heads().eval(), (torch.randn(3, 4),)), **extra)


def as_onnx():
    """Return the same network in the other format."""
    heads, nodes, tensors = Heads(), [], []
    for name, given, made in (
        ("trunk", "x", "hidden"),
        ("three", "hidden", "three"),
        ("four", "hidden", "others.0"),
    ):
        layer = getattr(heads, name)
        tensors += [tensor(f"{name}.{k}", v.detach().numpy()) for k, v in layer.named_parameters()]
        nodes.append(node("Gemm", [given, f"{name}.weight", f"{name}.bias"], [made], transB=1))
    outputs = [port("three", "n", 3), port("others.0", "n", 4)]
    return model(nodes, tensors, outputs=outputs).SerializeToString()


FILES = {"pt2": as_pt2, "onnx": as_onnx}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_either_output_of_a_file_is_the_answer_when_asked_for(make, tmp_path):
    path = tmp_path / "heads"
    path.write_bytes(make())
    heads, rows = Heads(), torch.randn(5, 4)
    for name, last, gone in (("three", heads.three, 24), ("others.0", heads.four, 18)):
        subject = models.load(path, output=name)
        assert torch.allclose(subject.network(rows), last(heads.trunk(rows)), atol=1e-6)
        layers = [layer.name for layer in subject.network.layers if layer.parameters]
        assert layers == ["trunk", "three" if gone == 24 else "four"]
        (said,) = [note for note in subject.card.notes if "weights" in getattr(note, "values", {})]
        assert dict(said.values) == {"n": gone, "weights": 25 + 18 + 24}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_without_a_choice_a_file_is_refused_with_names_sizes_and_the_lines_to_type(make):
    with pytest.raises(ImportRefused) as caught:
        open_model(make())
    assert "'three' (3), 'others.0' (4)" in str(caught.value)
    assert all(way in caught.value.hint for way in ("output_name", "output=", "--output-name"))


def test_the_card_in_a_file_may_choose_and_the_card_of_what_is_saved_no_longer_does():
    card = json.dumps({"schema": 1, "output_name": "others.0"})
    data = as_pt2(**{"model_card.json": card})
    opened = open_model(data)
    assert opened.output == "others.0"
    assert open_model(data, output="three").output == "three"
    known = known_of(opened, Card(output_name="others.0"))
    assert known.card.output_name == "others.0"
    assert not own_card(load_file(data), known.card).output_name


def test_what_a_file_returns_is_told_without_reading_its_weights():
    assert outputs_offered(as_pt2()) == (
        Output(name="three", shape=(3,)),
        Output(name="others.0", shape=(4,)),
        Output(name="others.1", shape=(), numbers=False),
    )
    assert outputs_offered(b"nothing") == ()


@pytest.mark.parametrize(
    "form", ["[1, 7]", "[" * 200, '[1, {"type": "x", "children_spec": [{}, {}]}]', "nothing", ""]
)
def test_a_form_that_does_not_fit_leaves_places_for_names(form):
    def spoil(whole):
        whole["graph_module"]["module_call_graph"][0]["signature"]["out_spec"] = form

    found = outputs_offered(edited(as_pt2(), spoil))
    assert [one.name for one in found] == ["0", "1", "2"]


def test_the_command_line_chooses_an_output(tmp_path, capsys):
    path = tmp_path / "heads.pt2"
    path.write_bytes(as_pt2())
    assert main(["inspect", str(path), "--output-name", "others.0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["output"] == [4]
    assert found["outputs"][0] == "'three' (3)"
    assert main(["prune", "--model", str(path), "--output-name", "0", "--json"]) == 0
