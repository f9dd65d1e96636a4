"""Networks written for one number of rows run for any number."""

import pytest
import torch
from torch import nn

import explain
from explain.core.errors import InvalidSubject, Refused, UnsupportedOperation
from explain.core.subject import InputSpec, ModelCard, Samples, Subject, Task
from explain.network import lift, rows_to_prove, with_free_batch
from explain.network.layout import layouts
from tests.network.fixing import OneByOne, fixed
from tests.network.zoo import ZOO, lifted

ROWS = (1, 3)
SLOW = {
    *("encoder-norm-first", "gru", "rnn", "cells", "attention", "hand-attention"),
    *("cross-attention", "attention-weights", "named-mlp", "reused-relu", "normalised", "tied"),
}
"""What others stand for."""


class MixingRows(nn.Module):
    """Takes the mean over the rows of a piece."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 3)

    def forward(self, x):
        return self.layer(x - x.mean(0))


def outputs(network, inputs):
    with torch.no_grad():
        return network(*inputs)


@pytest.fixture
def one_by_one():
    torch.manual_seed(0)
    module = OneByOne().eval()
    return module, fixed(module, (torch.randn(1, 6),))


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("name", ["functional-cnn", "encoder", "two-tables"])
def test_any_number_of_rows_runs_in_pieces_that_are_runs_of_the_network_itself(name, rows):
    fixture = ZOO[name]
    network = fixed(fixture.build(), fixture.draw(rows))
    assert network.piece == rows
    more = fixture.draw(2 * rows + rows // 2, seed=3)
    found = outputs(network, more)
    for at in range(0, rows * 2, rows):
        alone = outputs(network, tuple(x[at : at + rows] for x in more))
        assert torch.equal(found[at : at + rows], alone)
    assert torch.allclose(found, outputs(fixture.build(), more), atol=1e-5)


@pytest.mark.parametrize("rows", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in ZOO],
)
def test_a_freed_network_computes_what_its_source_does_for_any_number_of_rows(name, rows):
    fixture = ZOO[name]
    network = with_free_batch(fixed(fixture.build(), fixture.draw(rows)))
    assert network.piece is None
    wanted = lifted(name)
    for count in (1, 2, rows, 2 * rows + 5):
        more = fixture.draw(count, seed=count)
        assert torch.allclose(outputs(network, more), outputs(wanted, more), atol=1e-6)
    assert [layer.macs for layer in network.layers] == [layer.macs for layer in wanted.layers]


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("name", ["mlp", "functional-cnn", "hand-attention", "lstm"])
def test_a_freed_network_keeps_its_tensors_and_says_where_its_rows_are(name, rows):
    fixture = ZOO[name]
    network = fixed(fixture.build(), fixture.draw(rows))
    free = with_free_batch(network)
    kept = {name: tensor.data_ptr() for name, tensor in network.weights().items()}
    assert {name: tensor.data_ptr() for name, tensor in free.weights().items()} == kept
    assert layouts(free, fixture.draw(3))


def test_shapes_and_costs_of_a_fixed_network_are_those_of_one_sample():
    fixture = ZOO["conv-norm-pool"]
    network = fixed(fixture.build(), fixture.draw(7))
    for one, other in zip(network.layers, lifted("conv-norm-pool").layers, strict=True):
        assert (one.macs, one.output_shape) == (other.macs, other.output_shape)


def test_what_forgets_the_batch_stays_in_pieces(one_by_one):
    module, network = one_by_one
    assert with_free_batch(network) is network
    inputs = torch.randn(5, 6)
    wanted = torch.cat([outputs(module, (row[None],)) for row in inputs])
    assert torch.equal(outputs(network, (inputs,)), wanted)


def test_what_mixes_the_rows_of_a_piece_stays_in_pieces():
    network = fixed(MixingRows(), (torch.randn(4, 6),))
    assert with_free_batch(network) is network


def test_rows_are_freed_by_a_few_more_than_a_piece_or_not_at_all():
    network = fixed(ZOO["mlp"].build(), ZOO["mlp"].draw(7))
    assert network.piece < rows_to_prove(network) <= 10 * 64
    sizes = range(3, 65)
    layers = [nn.Linear(size, size + 1) for size in sizes]
    crowded = fixed(nn.Sequential(*layers), (torch.randn(1, 3),))
    assert with_free_batch(crowded) is crowded


def test_gradients_flow_through_pieces(one_by_one):
    _, network = one_by_one
    inputs = torch.randn(3, 6, requires_grad=True)
    network(inputs)[:, 1].sum().backward()
    for row in range(3):
        alone = inputs.detach()[row : row + 1].requires_grad_()
        network(alone)[0, 1].backward()
        assert torch.allclose(inputs.grad[row], alone.grad[0])


def test_nobody_listens_inside_while_pieces_run(one_by_one):
    _, network = one_by_one
    own = network.sharing_copy()
    own.get_submodule("first").register_forward_hook(lambda *_: None)
    assert outputs(own, (torch.randn(1, 6),)).shape == (1, 3)
    with pytest.raises(Refused, match="made for 1 row at a time") as caught:
        own(torch.randn(2, 6))
    assert "free batch size" in caught.value.hint
    with pytest.raises(Refused):
        network.record(torch.randn(2, 6))


def test_inputs_of_different_numbers_of_rows_do_not_run_in_pieces():
    fixture = ZOO["two-tables"]
    network = fixed(fixture.build(), fixture.draw(2))
    left, right = fixture.draw(5)
    with pytest.raises(InvalidSubject, match="different numbers of rows"):
        network(left, right[:4])


def test_an_output_that_is_not_one_row_each_is_refused():
    network = fixed(nn.Flatten(0), (torch.randn(2, 3),))
    with pytest.raises(InvalidSubject, match="not one answer each"):
        network(torch.randn(4, 3))


def test_an_eager_module_of_a_fixed_number_of_rows_is_still_refused():
    with pytest.raises(UnsupportedOperation, match="fixed batch size of 2"):
        lift(nn.Unflatten(0, (2, 1)), torch.randn(2, 3))


def subject_of(network, rows=20):
    chance = torch.Generator().manual_seed(1)
    samples, calibration = (
        Samples(inputs=(torch.randn(rows, 6, generator=chance),), targets=torch.arange(rows) % 3)
        for _ in range(2)
    )
    return Subject(
        key="pieces",
        network=network,
        samples=samples,
        calibration=calibration,
        spec=InputSpec(kind="table", shape=(6,)),
        task=Task(kind="classification", classes=("a", "b", "c")),
        card=ModelCard(title="pieces", purpose="laws"),
        fingerprint="pieces",
    )


def test_observers_of_outputs_and_gradients_serve_a_network_in_pieces(one_by_one):
    module, network = one_by_one
    pieces = subject_of(network)
    inputs = pieces.samples.inputs[0]
    wanted = torch.cat([outputs(module, (row[None],)) for row in inputs])
    assert torch.equal(torch.from_numpy(explain.evaluate(pieces).outputs), wanted)
    swept = explain.sweep(pieces, explain.PruningPlan(criterion="taylor"), (0.5,))
    assert swept.flips[0] == 0
    why = explain.attribute(pieces, "integrated-gradients", sample=4)
    assert why.gaps[0] < 0.05
    plan = explain.PruningPlan()
    assert explain.network_view(pieces, explain.score(pieces, plan), plan).source.size


def test_observers_that_look_inside_many_rows_refuse_pieces_in_words(one_by_one):
    _, network = one_by_one
    pieces = subject_of(network)
    with pytest.raises(Refused, match="made for 1 row at a time"):
        explain.feature_maps(pieces, layer="first", sample=2)
    with pytest.raises(Refused, match="made for 1 row at a time"):
        explain.score(pieces, explain.PruningPlan(criterion="wanda"))
