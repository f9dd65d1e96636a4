"""A layer name is text that others wrote: it must never run."""

import contextlib
import time

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import explain
from explain.features import mappable_layers
from explain.network import lift, with_titles
from explain.network.blueprint.as_json import from_json, stored_tensors, to_json
from explain.network.blueprint.blueprint import build, describe
from explain.network.graph import sanitise, told_apart


def _payload(marker):
    return f'training");getattr(__import__("os"),"system")("touch {marker}");str("'


class _Hostile(nn.Module):
    """Looks its parts up by their hostile name, as a network from a file would."""

    def __init__(self, name, *, where):
        super().__init__()
        self.name, self.where = name, where
        self.blocks = nn.ModuleDict({name if where == "dict" else "plain": nn.Linear(3, 3)})
        if where == "module":
            self.add_module(name, nn.Linear(3, 3))
        if where == "parameter":
            self.register_parameter(name, nn.Parameter(torch.randn(3)))
        if where == "buffer":
            self.register_buffer(name, torch.randn(3))
        if where == "constant":
            setattr(self, name, torch.randn(3))

    def forward(self, x):
        x = self.blocks[self.name if self.where == "dict" else "plain"](x)
        if self.where == "module":
            return getattr(self, self.name)(x)
        return x if self.where == "dict" else x + getattr(self, self.name)


@pytest.mark.parametrize("where", ["module", "dict"])
def test_the_naive_route_runs_the_name_of_a_layer(where, tmp_path):
    marker = tmp_path / "marker"
    with contextlib.suppress(TypeError, SyntaxError):
        torch.fx.symbolic_trace(_Hostile(_payload(marker), where=where))(torch.randn(2, 3))
    assert marker.exists()


@pytest.mark.parametrize("where", ["module", "dict", "parameter", "buffer", "constant"])
def test_lifting_never_runs_a_name(where, tmp_path):
    marker = tmp_path / "marker"
    source = _Hostile(_payload(marker), where=where).eval()
    inputs = torch.randn(2, 3)
    network = lift(source, inputs)
    assert torch.equal(network(inputs), source(inputs))
    assert not marker.exists()
    for name in (*dict(network.named_modules()), *network.weights()):
        assert all(part.isidentifier() or part.isdigit() for part in name.split(".") if part)


def test_the_display_name_is_what_the_author_wrote(tmp_path):
    hostile = _payload(tmp_path / "marker")
    network = lift(_Hostile(hostile, where="module"), torch.randn(2, 3))
    assert [info.display for info in network.layers] == ["blocks.plain", hostile]


def test_a_lifted_network_can_be_exported_without_running_a_name(tmp_path):
    marker = tmp_path / "marker"
    network = lift(_Hostile(_payload(marker), where="module"), torch.randn(2, 3))
    torch.export.export(network, (torch.randn(2, 3),)).module()(torch.randn(2, 3))
    assert not marker.exists()


def test_the_source_keeps_its_hostile_name(tmp_path):
    hostile = _payload(tmp_path / "marker")
    source = _Hostile(hostile, where="module")
    lift(source, torch.randn(2, 3))
    assert hostile in dict(source.named_children())


@given(st.lists(st.text(max_size=12), unique=True, max_size=8))
def test_safe_names_are_safe_distinct_and_leave_safe_ones_alone(names):
    safe = sanitise(names)
    assert list(safe) == names
    assert len(set(safe.values())) == len(names)
    for name in safe.values():
        assert name
        assert name.isascii()
        assert name.replace("_", "a").isalnum()
        assert not hasattr(nn.Module(), name)


@pytest.mark.parametrize(
    ("names", "safe"),
    [
        (["a", "b1"], ["a", "b1"]),
        (["a b", "a-b", "a_b"], ["a_b_2", "a_b_3", "a_b"]),
        (["", "é"], ["_", "__2"]),
        (["0", "layer 1"], ["0", "layer_1"]),
        (["train ing", "forward!"], ["train_ing", "forward_"]),
    ],
)
def test_safe_names_by_hand(names, safe):
    assert list(sanitise(names).values()) == safe


def test_names_that_all_collide_are_told_apart_one_after_the_other():
    names = [f"a{chr(0x2200 + n % 250)}{chr(0x2300 + n // 250)}" for n in range(20_000)]
    before = time.process_time()
    safe = sanitise(names)
    assert time.process_time() - before < 2
    assert [safe[name] for name in names[:3]] == ["a__", "a___2", "a___3"]
    assert len(set(safe.values())) == len(names)


NAMES = st.sampled_from(["l", "m", "l_1", "a.l"])


@given(titles=st.dictionaries(NAMES, NAMES))
def test_no_two_layers_have_one_title_and_the_only_one_of_a_title_keeps_it(titles):
    found = told_apart(titles)
    assert list(found) == list(titles)
    assert len(set(found.values())) == len(titles)
    if len(set(titles.values())) == len(titles):
        assert found == titles


class _Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.l, self.m, self.n = nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 2)

    def forward(self, x):
        return self.n(self.m(torch.relu(self.l(torch.relu(self.l(x))))))


def test_a_file_that_calls_two_layers_alike_gets_two_titles_and_each_use_of_a_layer_a_name():
    network = lift(_Twice(), torch.randn(2, 3))
    blueprint = describe(network)
    called = {**to_json(blueprint), "displays": {"m": "l", "n": "l"}}
    again = build(from_json(called, stored_tensors(blueprint)))
    for found in (again, with_titles(network, {"m": "l", "n": "l"}), network):
        names = [info.name for info in found.layers if info.kind == "linear"]
        titles = {info.name: info.display for info in found.layers}
        assert names == ["l", "l_2", "m", "n"]
        assert len(set(titles.values())) == len(titles) == len(found.layers)
    subject = explain.subject(_Twice(), torch.randn(4, 3), torch.tensor([0, 1, 0, 1]))
    assert mappable_layers(subject) == ("l", "l_2", "m", "n")
