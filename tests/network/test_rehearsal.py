"""Running without numbers costs little, whatever a network asks for."""

import time

import pytest
import torch
from torch import nn

from explain.core.errors import ExplainError
from explain.core.network import Ref, Step
from explain.network import Lifted
from explain.network.rehearsal import rehearse
from tests.network.zoo import ZOO


def _step(name, operation, arguments, keywords=()):
    return Step(name=name, operation=operation, module=None, arguments=arguments, keywords=keywords)


def _input(sizes=((1, None), (6, 6))):
    keywords = (("dtype", torch.float32), ("sizes", sizes))
    return _step("input:0", "input", (0,), keywords)


def _network(*steps, modules=()):
    last = _step("output:0", "output", (Ref(steps[-1].name),))
    return Lifted(modules=dict(modules), tensors={}, steps=(_input(), *steps, last))


def _squares(count):
    first = _step("n0", "size", (Ref("input:0"), 1))
    more = (
        _step(f"n{i}", "int_mul", (Ref(f"n{i - 1}"), Ref(f"n{i - 1}"))) for i in range(1, count)
    )
    return (first, *more)


@pytest.mark.parametrize("name", ZOO)
def test_a_rehearsal_states_the_shapes_and_types_of_a_real_run(name, lifted):
    inputs = ZOO[name].draw(3)
    with torch.no_grad():
        real = lifted(name).record(*inputs)
    rehearsed = rehearse(lifted(name), tuple(x.to("meta") for x in inputs))
    for step, value in real.items():
        _assert_alike(value, rehearsed[step])


def _assert_alike(real, rehearsed):
    if isinstance(real, torch.Tensor):
        assert rehearsed.is_meta
        assert (rehearsed.shape, rehearsed.dtype) == (real.shape, real.dtype)
    elif isinstance(real, (tuple, list)):
        assert len(real) == len(rehearsed)
        for one, other in zip(real, rehearsed, strict=True):
            _assert_alike(one, other)
    else:
        assert real == rehearsed


@pytest.mark.parametrize(
    "steps",
    [
        _squares(60),
        (_step("n", "int_mul", ("text", 10**12)),),
        (_step("n", "int_mod", ("%1000000000d", 5)),),
        (_step("s", "split", (Ref("input:0"), 1)), _step("n", "int_mul", (Ref("s"), 10**9))),
        (
            _step("e", "expand", (Ref("input:0"), (10**12, 1, 6))),
            _step("u", "unbind", (Ref("e"),)),
        ),
        (
            _step("e", "expand", (Ref("input:0"), (10**12, 1, 6))),
            _step("u", "split", (Ref("e"), 1), (("dim", 0),)),
        ),
        (
            _step("z", "zeros", ((0, 10**12),)),
            _step("u", "unbind", (Ref("z"),), (("dim", 1),)),
        ),
    ],
)
def test_what_would_be_slow_without_numbers_is_refused_before_it_runs(steps):
    started = time.perf_counter()
    with pytest.raises(ExplainError):
        rehearse(_network(*steps), (torch.empty(1, 6, device="meta"),))
    assert time.perf_counter() - started < 1


def test_an_endless_window_is_refused():
    pool = nn.MaxPool2d((1, 10**9))
    steps = (
        _step("v", "expand", (Ref("input:0"), (1, 1, 6, 10**9))),
        Step(name="pool", operation="module", module="pool", arguments=(Ref("v"),)),
    )
    with pytest.raises(ExplainError):
        rehearse(_network(*steps, modules={"pool": pool}), (torch.empty(6, 1, device="meta"),))


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("first", [True, False])
def test_recurrent_layers_of_any_length_are_rehearsed_at_once(kind, first):
    layer = kind(6, 4, num_layers=3, bidirectional=True, batch_first=first)
    steps = (
        _step("v", "expand", (Ref("input:0"), (4096, 8, 6))),
        Step(name="rnn", operation="module", module="rnn", arguments=(Ref("v"),)),
        _step("item:0", "item", (Ref("rnn"), 0)),
    )
    started = time.perf_counter()
    found = rehearse(_network(*steps, modules={"rnn": layer}), (torch.empty(1, 6, device="meta"),))
    assert time.perf_counter() - started < 0.5
    assert found["item:0"].shape == (4096, 8, 8)


def test_a_recurrent_layer_of_another_width_is_refused():
    steps = (Step(name="rnn", operation="module", module="rnn", arguments=(Ref("input:0"),)),)
    with pytest.raises(RuntimeError):
        rehearse(
            _network(*steps, modules={"rnn": nn.GRU(5, 4)}), (torch.empty(1, 6, device="meta"),)
        )


class _Heard(nn.Module):
    calls = 0

    def forward(self, value):
        _Heard.calls += 1
        return value * 2


def test_a_long_chain_of_the_same_layers_is_worked_out_once():
    layers = {f"layer{at}": _Heard() for at in range(50)}
    steps = (
        Step(name=name, operation="module", module=name, arguments=(Ref(last),))
        for name, last in zip(layers, ("input:0", *layers), strict=False)
    )
    _Heard.calls = 0
    rehearse(_network(*steps, modules=layers), (torch.empty(1, 6, device="meta"),))
    assert _Heard.calls == 1


def test_what_was_worked_out_is_taken_only_for_the_same_types_settings_and_weights():
    given = Ref("input:0")
    layers = {
        "two": nn.MaxPool1d(2),
        "three": nn.MaxPool1d(3),
        "narrow": nn.Linear(6, 4),
        "wide": nn.Linear(6, 4),
    }
    layers["wide"].weight, layers["wide"].bias = nn.Linear(6, 5).parameters()
    steps = (
        _step("whole", "argmax", (given, 1)),
        _step("more", "add", (Ref("whole"), 1)),
        _step("parts", "add", (Ref("whole"), 1.0)),
        *(Step(name=n, operation="module", module=n, arguments=(given,)) for n in layers),
    )
    found = rehearse(_network(*steps, modules=layers), (torch.empty(1, 6, device="meta"),))
    assert (found["more"].dtype, found["parts"].dtype) == (torch.int64, torch.float32)
    assert [found[name].shape[1] for name in layers] == [3, 2, 4, 5]
