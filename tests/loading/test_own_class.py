"""Weights of a class that is not known here: the lines that are offered export its network."""

import ast
import io
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import save

from models.loading.opening import open_model
from models.loading.own_class import export_lines

CLASS = """
from torch import nn

class YourNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(5, 4)
        self.gate = nn.Linear(5, 4)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.body(x).relu() * self.gate(x).sigmoid())
"""


def saved(value):
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def test_the_lines_for_an_own_class_make_a_file_with_the_same_answers(tmp_path, monkeypatch):
    (tmp_path / "own_network.py").write_text(CLASS)
    monkeypatch.syspath_prepend(tmp_path)
    from own_network import YourNetwork  # noqa: PLC0415

    torch.manual_seed(0)
    network = YourNetwork()
    state = network.state_dict()
    wrapped = {"epoch": 3, "state_dict": {f"module.{name}": t for name, t in state.items()}}
    files = {
        'my "best".pt': saved(wrapped),
        "plain.safetensors": save(state),
        "whole.pt": saved(network),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    lines = [export_lines(open_model(content, name=name)) for name, content in files.items()]
    script = "\n".join(["from own_network import YourNetwork", *lines])
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    rows = torch.randn(7, 5)
    for name in files:
        made = open_model(tmp_path / f"{Path(name).stem}.pt2")
        assert torch.allclose(made.network(rows), network(rows), atol=1e-6)
    assert "body.weight: 4 × 5" in lines[0]


def test_a_name_of_a_file_is_only_ever_a_text_in_the_lines():
    name = 'x"); import os  # .pt'
    lines = export_lines(open_model(saved({"a.weight": torch.ones(2, 2)}), name=name))
    found = list(ast.walk(ast.parse(lines)))
    assert "os" not in {one.name for one in found if isinstance(one, ast.alias)}
    texts = {one.value for one in found if isinstance(one, ast.Constant)}
    assert name.removesuffix(".pt") + ".pt2" in texts
