"""Parameters and multiply-accumulates, counted by hand."""

import pytest
import torch
from torch import nn

from explain.network import lift
from tests.network.zoo import ZOO


def _infos(network):
    return {info.name: info for info in network.layers}


def test_linear_layers_by_hand(lifted):
    infos = _infos(lifted("named-mlp"))
    assert [infos[n].macs for n in ("hidden1", "hidden2", "output")] == [6 * 5, 5 * 4, 4 * 3]
    assert [infos[n].parameters for n in ("hidden1", "hidden2", "output")] == [35, 24, 15]
    assert infos["relu1"].macs == infos["relu1"].parameters == 0


def test_convolutions_by_hand(lifted):
    infos = _infos(lifted("grouped"))
    assert infos["grouped"].macs == (9 * 9) * 4 * 1 * 9
    assert infos["depthwise"].macs == (9 * 9) * 8 * 1 * 9
    assert infos["pointwise"].macs == (9 * 9) * 4 * 8
    assert infos["dilated"].output_shape == (4, 3, 3)
    assert infos["dilated"].macs == (3 * 3) * 4 * 4 * 9
    assert infos["up"].output_shape == (2, 7, 7)
    assert infos["up"].macs == (3 * 3) * 4 * 2 * 4
    assert infos["grouped"].parameters == 4 * 9 + 4


def test_strides_norms_and_one_dimension_by_hand(lifted):
    infos = _infos(lifted("residual"))
    assert infos["conv1"].macs == (4 * 4) * 4 * 4 * 9
    assert infos["shortcut.0"].macs == (4 * 4) * 4 * 4
    assert infos["bn1"].macs == 0
    assert infos["bn1"].parameters == 8
    assert _infos(lifted("series"))["conv1"].macs == 12 * 4 * 3 * 3
    assert _infos(lifted("volume"))["conv"].macs == 64 * 3 * 27


def test_recurrent_layers_by_hand(lifted):
    steps, directions, hidden = 7, 2, 5
    weights = directions * hidden * ((6 + hidden) + (2 * hidden + hidden))
    assert _infos(lifted("lstm"))["rnn"].macs == steps * 4 * weights
    assert _infos(lifted("gru"))["rnn"].macs == steps * 3 * weights
    assert _infos(lifted("cells"))["cell"].macs == 4 * 4 * (3 + 4)


def test_attention_by_hand(lifted):
    length, heads, width = 7, 2, 4
    infos = _infos(lifted("attention"))
    assert infos["attention.attention"].macs == heads * length * length * (width + width)
    assert infos["attention.in_proj"].macs == length * 8 * 24
    assert infos["attention.out_proj"].macs == length * 8 * 8
    written = _infos(lifted("hand-attention"))
    assert written["matmul"].macs == written["einsum"].macs == length * length * 8
    explicit = _infos(lifted("attention-weights"))
    assert explicit["attention.matmul"].macs == heads * length * length * width


@pytest.mark.parametrize("name", ZOO)
def test_parameters_of_all_layers_add_up_to_those_of_the_network(name, lifted):
    network = lifted(name)
    owned = {step.arguments[0] for step in network.steps if step.operation == "parameter"}
    loose = sum(p.numel() for n, p in network.named_parameters() if n in owned)
    total = sum(p.numel() for p in network.parameters())
    assert sum(info.parameters for info in network.layers) + loose == total


@pytest.mark.parametrize("name", ZOO)
def test_shapes_are_those_of_one_sample(name, lifted):
    network = lifted(name)
    values = network.record(*ZOO[name].draw(1))
    for step in network.steps:
        value = values[step.name]
        if not isinstance(value, torch.Tensor):
            assert step.shape is None
        else:
            assert value.numel() == torch.Size(step.shape).numel()


def test_shapes_drop_the_batch_wherever_it_stands(lifted):
    shapes = {step.name: step.shape for step in lifted("encoder").steps}
    assert shapes["encoder.layers.0.self_attn.in_proj"] == (7, 24)
    assert shapes["encoder.layers.0.self_attn.attention"] == (2, 7, 4)
    assert shapes["encoder.layers.0.self_attn.out_proj"] == (7, 8)
    assert shapes["input:0"] == (7,)


def test_kinds(lifted):
    kinds = {info.name: info.kind for info in lifted("norms").layers}
    assert kinds == {
        "conv": "conv", "group": "norm", "prelu": "activation", "instance": "norm",
        "layer": "norm", "layer_silu": "activation", "fc": "linear", "rms": "norm",
        "gelu": "activation", "glu": "activation",
    }  # fmt: skip
    assert _infos(lifted("lstm"))["rnn"].kind == "recurrent"
    assert _infos(lifted("lstm"))["embedding"].kind == "embedding"
    assert _infos(lifted("residual"))["conv1"].kind == "conv"
    assert _infos(lifted("series"))["pool"].kind == "pool"
    assert _infos(lifted("attention"))["attention.attention"].kind == "attention"


def test_counting_a_large_network_allocates_none_of_its_values():
    source = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
    network = lift(source, torch.zeros(1, 1, 512, 512))
    assert network.layers[0].macs == 512 * 512 * 2 * 9


class Product(nn.Module):
    """A layer, a product with a parameter, an answer."""

    def __init__(self, times):
        super().__init__()
        self.first, self.last = nn.Linear(5, 6), nn.Linear(8, 3)
        self.weight, self.turned = (nn.Parameter(torch.randn(s)) for s in ((6, 8), (8, 6)))
        self.times = times

    def forward(self, x):
        return self.last(torch.relu(self.times(self, torch.relu(self.first(x)))))


PRODUCTS = {
    "operator": lambda net, h: h @ net.weight,
    "turned": lambda net, h: h @ net.turned.T,
    "matmul": lambda net, h: torch.matmul(h, net.weight),
    "mm": lambda net, h: h.mm(net.weight),
    "einsum": lambda net, h: torch.einsum("bi,io->bo", h, net.weight),
    "einsum of dots": lambda net, h: torch.einsum("...i, io -> ...o", h, net.weight),
}


@pytest.mark.parametrize("times", PRODUCTS.values(), ids=PRODUCTS)
def test_a_product_with_a_parameter_is_a_layer_that_can_be_pruned(times):
    source, x = Product(times).eval(), torch.randn(4, 5)
    network = lift(source, x)
    assert torch.allclose(network(x), source(x), atol=1e-6)
    assert sum(network.get_parameter(n).numel() for n in network.prunable) == 30 + 48 + 24
    assert sum(info.macs for info in network.layers) == 30 + 48 + 24


COMPUTED = {
    "addmm": lambda h: torch.addmm(h, h, h.T @ h),
    "einsum of dots": lambda h: torch.einsum("...i,...j->...", h, h)[:, None] * h,
}


@pytest.mark.parametrize(("name", "macs"), [("addmm", 2 * 6 * 6), ("einsum of dots", 6 * 6)])
def test_products_of_computed_values_are_counted(name, macs):
    class Inside(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(5, 6)

        def forward(self, x):
            return COMPUTED[name](self.first(x))

    network = lift(Inside().eval(), torch.randn(3, 5))
    assert sum(info.macs for info in network.layers) == 30 + macs
