"""What a network will take is counted before it runs, and refused when it is too much."""

import dataclasses
import time

import pytest
import torch
from torch import nn

from explain.core.errors import ImportRefused
from explain.core.network import Ref, Step
from explain.network import Lifted
from models.loading.limits import LIMITS
from models.loading.preflight import preflight
from tests.network.zoo import ZOO, lifted


def _step(name, operation, arguments, keywords=(), module=None):
    return Step(
        name=name, operation=operation, module=module, arguments=arguments, keywords=keywords
    )


def _network(*steps, modules=(), tensors=()):
    sizes = ((1, None), (6, 6))
    first = dataclasses.replace(
        _step("x", "input", (0,), (("dtype", torch.float32), ("sizes", sizes))), shape=(6,)
    )
    last = _step("y", "output", (Ref(steps[-1].name),))
    return Lifted(modules=dict(modules), tensors=dict(tensors), steps=(first, *steps, last))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow)
        if name in {"encoder-norm-first", "gru", "rnn", "cells", "attention-weights"}
        else name
        for name in ZOO
    ],
)
def test_the_bytes_of_one_row_are_those_of_a_real_run(name):
    network = lifted(name)
    with torch.no_grad():
        values = network.record(*ZOO[name].draw(1))
    sizes = [_bytes(value) for value in values.values()]
    found = preflight(network, LIMITS)
    assert found.value_bytes == max(sizes)
    assert found.total_bytes == sum(sizes)
    assert found.value_bytes <= found.peak_bytes <= found.total_bytes
    assert found.macs >= sum(layer.macs for layer in network.layers)


def _bytes(value):
    if isinstance(value, torch.Tensor):
        return value.numel() * value.dtype.itemsize
    return sum(map(_bytes, value)) if isinstance(value, (tuple, list)) else 0


_WIDE = _step("w", "unsqueeze", (Ref("x"), 1))
BOMBS = {
    "zeros": (_step("z", "zeros", ((10**12,),)),),
    "expand": (_WIDE, _step("z", "expand", (Ref("w"), (-1, 10**11, 6)))),
    "repeat": (_step("z", "repeat", (Ref("x"), (10**9, 1))),),
    "pad": (_step("z", "constant_pad", (Ref("x"), (0, 10**10))),),
    "outer products": (
        _WIDE,
        _step("a", "expand", (Ref("w"), (-1, 30_000, 6))),
        _step("b", "reshape", (Ref("a"), (-1, 180_000, 1))),
        _step("c", "reshape", (Ref("a"), (-1, 1, 180_000))),
        _step("z", "mul", (Ref("b"), Ref("c"))),
    ),
    "many large values": (
        _WIDE,
        *(_step(f"z{i}", "expand", (Ref("w"), (-1, 40_000_000, 6))) for i in range(40)),
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_values_that_fill_the_memory_are_refused_with_the_step(bomb):
    started = time.perf_counter()
    with pytest.raises(ImportRefused, match=r"step '[zy]"):
        preflight(_network(*BOMBS[bomb]), LIMITS)
    assert time.perf_counter() - started < 20


def test_a_fused_recurrent_layer_is_counted_and_its_sequence_bounded():
    layer = nn.LSTM(6, 1_000, num_layers=4, batch_first=True)
    steps = (
        _WIDE,
        _step("v", "expand", (Ref("w"), (-1, 4_000, 6))),
        _step("rnn", "module", (Ref("v"),), module="rnn"),
        _step("item", "item", (Ref("rnn"), 0)),
    )
    network = _network(*steps, modules={"rnn": layer})
    weights = sum(p.numel() for n, p in layer.named_parameters() if n.startswith("weight"))
    assert preflight(network, LIMITS).macs >= weights * 4_000
    with pytest.raises(ImportRefused, match="rnn"):
        preflight(network, dataclasses.replace(LIMITS, sequence=1_000))
    with pytest.raises(ImportRefused, match="arithmetic"):
        preflight(network, dataclasses.replace(LIMITS, run_macs=10**11))


def test_a_piece_of_a_network_for_so_many_rows_may_take_no_more_than_a_row_of_another():
    limits = dataclasses.replace(LIMITS, run_macs=2_000)
    layer = {"linear": nn.Linear(6, 6)}
    network = _network(_step("z", "module", (Ref("x"),), module="linear"), modules=layer)
    assert preflight(network, limits).macs <= 2_000
    first, *steps = network.steps
    sizes = (("dtype", torch.float32), ("sizes", ((9, 9), (6, 6))))
    steps = (dataclasses.replace(first, keywords=sizes), *steps)
    with pytest.raises(ImportRefused, match="arithmetic") as refused:
        preflight(Lifted(modules=layer, tensors={}, steps=steps), limits)
    assert "9 at a time" in refused.value.hint


def test_a_window_of_one_number_is_as_wide_in_every_direction():
    steps = (_step("v", "unsqueeze", (Ref("x"), 1)), _step("w", "unsqueeze", (Ref("v"), 1)))
    pools = (nn.MaxPool2d((3, 3), 1, 1), nn.MaxPool2d(3, 1, 1))
    one, other = (
        preflight(
            _network(
                *steps, _step("z", "module", (Ref("w"),), module="pool"), modules={"pool": pool}
            ),
            LIMITS,
        ).macs
        for pool in pools
    )
    assert one == other


def test_few_rows_fit_where_values_are_large():
    limits = dataclasses.replace(LIMITS, run_value_bytes=6 * 4 * 10)
    network = _network(_step("n", "neg", (Ref("x"),)))
    assert preflight(network, limits).fitting == 10
    assert preflight(network, LIMITS).fitting == 128


def test_what_is_made_of_weights_alone_may_be_smaller_and_weights_as_they_lie_are_not_made():
    made = (
        _step("w", "parameter", ("weight",)),
        _step("t", "permute", (Ref("w"), (1, 0))),
        _step("u", "permute", (Ref("t"), (1, 0))),
        _step("v", "slice", (Ref("u"), 0, 0, 10)),
        _step("s", "neg", (Ref("v"),)),
        _step("m", "mean", (Ref("s"), (0,))),
        _step("z", "add", (Ref("x"), Ref("m"))),
    )
    network = _network(*made, tensors={"weight": torch.zeros(20, 6)})
    whole = dataclasses.replace(LIMITS, run_constant_bytes=6 * 4 * 10)
    assert preflight(network, whole).rows == 1
    with pytest.raises(ImportRefused, match="'s'"):
        preflight(network, dataclasses.replace(whole, run_constant_bytes=6 * 4 * 10 - 1))


def test_a_network_that_does_not_fit_together_is_refused():
    with pytest.raises(ImportRefused):
        preflight(_network(_step("z", "reshape", (Ref("x"), (5,)))), LIMITS)
