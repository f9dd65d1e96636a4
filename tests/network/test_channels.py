"""Which unit feeds which input: by hand, and by cutting units off."""

import numpy as np
import pytest
import torch
from torch import nn

from explain.core.errors import Refused
from explain.network import (
    activation_after,
    batch_norm_after,
    columns,
    lift,
    output_layers,
    producers,
    prunable_layers,
)
from tests.network.zoo import ZOO


def _plain(found):
    """Return [(producer name, unit)] per term."""
    return [
        [
            (found.producers[p] if p >= 0 else None, int(u))
            for p, u in zip(term.producer, term.unit, strict=True)
        ]
        for term in found.terms
    ]


def test_an_mlp_by_hand(lifted):
    found = producers(lifted("named-mlp"))
    assert _plain(found["hidden1"]) == [[("input:0", u) for u in range(6)]]
    assert _plain(found["hidden2"]) == [[("hidden1", u) for u in range(5)]]
    assert _plain(found["output"]) == [[("hidden2", u) for u in range(4)]]
    assert found["hidden1"].axes == (None,)


def test_flattening_after_a_pool_by_hand(lifted):
    found = producers(lifted("conv-norm-pool"))
    assert _plain(found["conv"]) == [[("input:0", 0), ("input:0", 1)]]
    assert found["conv"].axes == (0,)
    assert _plain(found["fc"]) == [[("conv", feature // 4) for feature in range(12)]]


def test_pixels_of_a_flattened_image_are_units():
    source = nn.Sequential(nn.Flatten(), nn.Linear(16, 3))
    found = producers(lift(source, torch.randn(2, 1, 4, 4)))["1"]
    assert _plain(found) == [[("input:0", pixel) for pixel in range(16)]]
    assert found.axes == (None,)


def test_features_of_a_sequence_are_units():
    source = nn.Sequential(nn.Linear(5, 3), nn.Flatten(), nn.Linear(12, 2))
    found = producers(lift(source, torch.randn(2, 4, 5)))
    assert _plain(found["0"]) == [[("input:0", feature) for feature in range(5)]]
    assert found["0"].axes == (-1,)
    assert _plain(found["2"]) == [[("0", unit) for _ in range(4) for unit in range(3)]]


def test_a_residual_sum_by_hand(lifted):
    found = producers(lifted("residual"))
    assert sorted(_plain(found["fc"])) == [
        [("conv2", u) for u in range(4)],
        [("shortcut.0", u) for u in range(4)],
    ]
    assert _plain(found["conv1"]) == [[("stem", u) for u in range(4)]]
    assert _plain(found["conv2"]) == [[("conv1", u) for u in range(4)]]


def test_a_concatenation_by_hand(lifted):
    found = producers(lifted("concat"))
    assert _plain(found["c"]) == [[("b", 0), ("b", 1), ("a", 0), ("a", 1), ("a", 2)]]


def test_grouped_and_depthwise_by_hand(lifted):
    found = producers(lifted("grouped"))
    assert _plain(found["depthwise"]) == [[("grouped", u) for u in range(4)]]
    assert _plain(found["pointwise"]) == [[("depthwise", u) for u in range(8)]]
    assert _plain(found["dilated"]) == [[("pointwise", u) for u in range(4)]]


def test_gates_add_their_units_to_what_they_gate(lifted):
    found = producers(lifted("gated"))
    assert _plain(found["squeeze"]) == [[("conv", u) for u in range(4)]]
    assert sorted(_plain(found["last"])) == [
        [("conv", u) for u in range(4)],
        [("excite", u) for u in range(4)],
    ]


def test_recurrent_units_and_their_last_state_by_hand(lifted):
    found = producers(lifted("lstm"))
    assert _plain(found["rnn"]) == [[("embedding", u) for u in range(6)]]
    assert _plain(found["fc"]) == [[("rnn", u) for u in range(10)]]


def test_attention_falls_back_to_the_whole_layer(lifted):
    found = producers(lifted("attention"))
    assert _plain(found["attention.out_proj"]) == [[("attention.in_proj", -1)] * 8]
    assert _plain(found["attention.in_proj"]) == [[("embedding", u) for u in range(8)]]
    assert sorted(_plain(found["fc"])) == [
        [("attention.out_proj", u) for u in range(8)],
        [("embedding", u) for u in range(8)],
    ]


def test_a_shuffle_of_channels_is_followed():
    source = nn.Sequential(nn.Conv2d(1, 6, 1), nn.ChannelShuffle(2), nn.Conv2d(6, 2, 1))
    found = producers(lift(source, torch.randn(2, 1, 3, 3)))["2"]
    assert _plain(found) == [[("0", u) for u in (0, 3, 1, 4, 2, 5)]]


@pytest.mark.parametrize(
    "name", ["conv-norm-pool", "residual", "concat", "grouped", "series", "volume", "reused-relu"]
)
def test_a_silenced_unit_changes_no_other_input_than_the_map_says(name, lifted):
    network = lifted(name)
    inputs = ZOO[name].draw(3)
    found = producers(network)
    units = {info.name: info.output_shape[0] for info in network.layers}
    for layer in prunable_layers(network):
        for unit in range(units[layer]):
            changed = _changed_inputs(network, layer, unit, inputs)
            for consumer, features in changed.items():
                said = _features_fed_by(found[consumer], layer, unit)
                direct = layer in found[consumer].producers
                assert not direct or features <= said | _indirect(found, consumer, layer)


def _changed_inputs(network, layer, unit, inputs):
    """Return for each layer which of its input features move when one unit is shifted."""

    def shift(_module, _inputs, output):
        output = output.clone()
        output.select(1, unit).add_(10)
        return output

    before = _layer_inputs(network.sharing_copy(), inputs)
    copied = network.sharing_copy()
    copied.get_submodule(layer).register_forward_hook(shift)
    after = _layer_inputs(copied, inputs)
    return {name: _moved(value, after[name]) for name, value in before.items()}


def _moved(before, after):
    moved = (before != after).movedim(1, 0).flatten(1).any(1)
    return set(torch.nonzero(moved).flatten().tolist())


def _layer_inputs(copied, inputs):
    """Return what each prunable layer is given."""
    seen = {}
    for name in prunable_layers(copied):
        copied.get_submodule(name).register_forward_pre_hook(
            lambda _module, given, key=name: seen.__setitem__(key, given[0])
        )
    with torch.no_grad():
        copied(*inputs)
    return seen


def _features_fed_by(found, layer, unit):
    at = found.producers.index(layer) if layer in found.producers else None
    fed = set()
    for term in found.terms:
        same = (term.producer == at) & ((term.unit == unit) | (term.unit == -1))
        fed |= set(np.flatnonzero(same).tolist())
    return fed


def _indirect(found, consumer, layer):
    """Return the features that some other producer downstream of the layer feeds."""
    others = [n for n in found[consumer].producers if n != layer and _reaches(found, n, layer)]
    return {
        feature
        for other in others
        for term in found[consumer].terms
        for feature in np.flatnonzero(term.producer == found[consumer].producers.index(other))
    }


def _reaches(found, layer, wanted):
    if layer not in found:
        return False
    parents = found[layer].producers
    return wanted in parents or any(_reaches(found, parent, wanted) for parent in parents)


def test_the_norm_and_the_activation_after_a_layer(lifted):
    network = lifted("residual")
    assert batch_norm_after(network) == {
        "stem": None,
        "conv1": "bn1",
        "conv2": "bn2",
        "shortcut.0": "shortcut.1",
        "fc": None,
    }
    assert activation_after(network) == {
        "stem": "stem_relu",
        "conv1": "bn1_relu",
        "conv2": "bn2",
        "shortcut.0": "shortcut.1",
        "fc": "fc",
    }


def test_a_norm_that_shares_its_input_with_another_step_does_not_count():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 3)
            self.bn = nn.BatchNorm1d(3)

        def forward(self, x):
            x = self.fc(x)
            return self.bn(x) + x

    assert batch_norm_after(lift(Shared(), torch.randn(2, 3))) == {"fc": None}


def test_output_layers_reach_the_answer_on_their_own(lifted):
    assert output_layers(lifted("mlp")) == {"4"}
    assert output_layers(lifted("residual")) == {"fc"}
    assert output_layers(lifted("lstm")) == {"rnn", "fc"}
    assert output_layers(lifted("gated")) == {"last"}


def test_columns_are_longest_paths(lifted):
    assert columns(lifted("residual")) == {
        "stem": 0,
        "conv1": 1,
        "conv2": 2,
        "shortcut.0": 1,
        "fc": 3,
    }
    assert columns(lifted("two-tables")) == {"left": 0, "right": 0, "fc": 1}


@pytest.mark.parametrize("name", ZOO)
def test_every_prunable_layer_has_a_map_of_all_its_features(name, lifted):
    network = lifted(name)
    shapes = {info.name: info.input_shape for info in network.layers}
    found = producers(network)
    assert tuple(found) == prunable_layers(network)
    for layer, inputs in found.items():
        convolution = (
            layer in columns(network) and "Conv" in type(network.get_submodule(layer)).__name__
        )
        for term in inputs.terms:
            assert len(term.producer) == shapes[layer][0 if convolution else -1]
            assert term.producer.max() < len(inputs.producers)


def test_only_a_lifted_network_can_be_traced():
    with pytest.raises(Refused):
        producers(nn.Linear(2, 2))
