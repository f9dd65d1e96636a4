"""Every layer of the source is a real module under its own name, and hooks fire on it."""

from collections import Counter

import pytest
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from explain.network import lift
from tests.network.zoo import ZOO

_REAL = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, _BatchNorm, nn.Embedding)
_ALSO = (nn.RNNBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.InstanceNorm2d, nn.PReLU)


def _names(module):
    return {
        name: type(part)
        for name, part in module.named_modules()
        if isinstance(part, (*_REAL, *_ALSO))
    }


@pytest.mark.parametrize("name", [name for name in ZOO if name != "normalised"])
def test_every_layer_with_weights_keeps_its_name_and_its_class(name, lifted):
    network = lifted(name)
    for layer, kind in _names(ZOO[name].build()).items():
        found = network.get_submodule(layer)
        assert isinstance(found, kind) or issubclass(kind, type(found)), layer


@pytest.mark.parametrize("name", ZOO)
def test_every_hook_fires_exactly_once_per_call(name, lifted):
    network = lifted(name).sharing_copy()
    fired = Counter()
    for info in network.layers:
        network.get_submodule(info.name).register_forward_hook(
            lambda _module, _inputs, _output, key=info.name: fired.update([key])
        )
    network(*ZOO[name].draw(3))
    assert fired == Counter(info.name for info in network.layers)
    assert set(fired.values()) == {1}


@pytest.mark.parametrize(
    ("name", "calls"),
    [("named-mlp", 2), ("reused-relu", 2), ("functional-cnn", 2), ("residual", 3), ("tied", 3)],
)
def test_every_call_of_a_relu_has_a_module_of_its_own(name, calls, lifted):
    network = lifted(name)
    relus = [n for n, part in network.named_modules() if isinstance(part, nn.ReLU)]
    assert len(relus) == calls
    assert not any(network.get_submodule(relu).inplace for relu in relus)


def test_an_activation_used_once_keeps_its_name_and_others_say_where_they_stand(lifted):
    assert [info.name for info in lifted("named-mlp").layers] == [
        "hidden1", "relu1", "hidden2", "relu2", "output",
    ]  # fmt: skip
    assert [info.name for info in lifted("reused-relu").layers] == [
        "a", "a_relu", "b", "b_relu", "c",
    ]  # fmt: skip
    assert "conv2_relu" in [info.name for info in lifted("functional-cnn").layers]


def test_a_layer_called_twice_is_two_layers_with_one_weight(lifted):
    network = lifted("tied")
    again, second = network.get_submodule("again"), network.get_submodule("again_2")
    assert again is not second
    assert again.weight is second.weight


def test_attention_is_a_module_that_hooks_see(lifted):
    for name in ("attention", "encoder", "cross-attention"):
        kinds = [info.kind for info in lifted(name).layers]
        assert "attention" in kinds
    assert "attention.in_proj" in dict(lifted("attention").named_modules())
    assert "attention.out_proj" in dict(lifted("attention").named_modules())


def test_the_fast_path_of_the_transformer_encoder_hides_no_layer(lifted):
    names = {info.name for info in lifted("encoder").layers}
    for layer in (0, 1):
        for part in ("linear1", "linear2", "norm1", "norm2", "self_attn.in_proj"):
            assert f"encoder.layers.{layer}.{part}" in names


def test_a_decoder_with_a_mask_is_taken_and_computes_what_it_did():
    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            layer = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True)
            self.decoder, self.last = nn.TransformerDecoder(layer, 1), nn.Linear(8, 3)

        def forward(self, x):
            mask = nn.Transformer.generate_square_subsequent_mask(x.size(1))
            return self.last(self.decoder(x, x, tgt_mask=mask).mean(1))

    torch.manual_seed(0)
    source, rows = Decoder().eval(), torch.randn(4, 5, 8)
    with torch.no_grad():
        assert torch.allclose(lift(source, rows)(rows), source(rows), atol=1e-6)


def test_hooks_may_change_what_goes_on():
    fixture = ZOO["residual"]
    network = lift(fixture.build(), fixture.draw(3))
    before = network(*fixture.draw(3))
    network.get_submodule("conv1").register_forward_hook(lambda _m, _i, output: output * 0)
    assert not torch.equal(network(*fixture.draw(3)), before)


def test_train_changes_nothing(lifted):
    network = lifted("residual").sharing_copy()
    inputs = ZOO["residual"].draw(5)
    before = network(*inputs)
    network.train()
    assert torch.equal(network(*inputs), before)
    assert not any(part.training for part in network.modules())


def test_a_source_in_training_mode_is_lifted_as_in_evaluation():
    fixture = ZOO["named-mlp"]
    source = fixture.build()
    wanted = source(*fixture.draw(3))
    assert torch.equal(lift(source.train(), fixture.draw(3))(*fixture.draw(3)), wanted)


def test_gradients_reach_every_prunable_weight_and_equal_those_of_the_source():
    fixture = ZOO["residual"]
    source = fixture.build()
    network = lift(source, fixture.draw(3))
    source(*fixture.draw(3)).sum().backward()
    network(*fixture.draw(3)).sum().backward()
    for name in network.prunable:
        assert torch.equal(network.get_parameter(name).grad, source.get_parameter(name).grad)


def test_names_of_the_tree_may_be_those_of_our_own_properties():
    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 2)])
            self.steps = nn.Parameter(torch.randn(3))

        def forward(self, x):
            return self.layers[1](self.layers[0](x) + self.steps)

    source = Stack().eval()
    network = lift(source, torch.randn(2, 3))
    assert network.prunable == ("layers.0.weight", "layers.1.weight")
    assert torch.equal(network.get_parameter("steps"), source.steps)
    replaced = network.with_parameters({"steps": torch.zeros(3)})
    assert not replaced.get_parameter("steps").any()
