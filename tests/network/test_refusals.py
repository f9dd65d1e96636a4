"""What cannot be lifted is refused in words, with its name."""

import pytest
import torch
from torch import nn

from explain.core.errors import ExplainError, InvalidSubject, UnsupportedOperation
from explain.core.messages import say
from explain.core.network import Ref, Step
from explain.network import Lifted, lift
from tests.network.zoo import ZOO


class _Function(nn.Module):
    """Any function behind a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.fc = nn.Linear(4, 4)

    def forward(self, *inputs):
        return self.function(self.fc(inputs[0]), *inputs[1:])


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (torch.rand_like, "rand_like"),
        (lambda x: torch.linalg.svd(x.reshape(-1, 2, 2))[1], "svd"),
        (lambda x: nn.functional.dropout(x, 0.5, training=True), "dropout"),
        (lambda x: torch.mode(x, -1)[0], "mode"),
        (lambda x: x * x.sum().item(), "item"),
    ],
    ids=["random", "svd", "dropout", "mode", "item"],
)
def test_an_operation_outside_the_list_is_refused_with_its_name_and_layer(function, named):
    inside = nn.Sequential(nn.Linear(4, 4), nn.Sequential(_Function(function)))
    with pytest.raises(UnsupportedOperation, match=named) as error:
        lift(inside, torch.randn(3, 4))
    assert error.value.hint
    assert say("unsupported_operation.place", of="layer", path="1.0") in str(error.value)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x if x.sum() > 0 else -x, "values inside"),
        (lambda x: (x, x), "returns 2 values"),
        (lambda x: x @ torch.zeros(5, 5), "does not run"),
    ],
    ids=["branch", "two outputs", "wrong shape"],
)
def test_a_network_that_cannot_be_traced_is_refused_in_words_and_nowhere_else(
    function, words, capfd
):
    with pytest.raises(InvalidSubject, match=words) as error:
        lift(_Function(function), torch.randn(3, 4))
    assert error.value.hint
    assert capfd.readouterr() == ("", "")


def test_a_fixed_batch_size_is_refused():
    with pytest.raises(UnsupportedOperation, match="fixed batch size of 2"):
        lift(_Function(lambda x: x.reshape(2, 4)), torch.randn(2, 4))


def test_a_length_that_the_source_fixes_is_fixed():
    class Fixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(10, 4)

        def forward(self, ids):
            return self.embedding(ids).reshape(-1, 24)

    source = Fixed()
    network = lift(source, torch.randint(0, 10, (3, 6)))
    with pytest.raises(InvalidSubject, match=r"\[1\.\., 6\]"):
        network(torch.randint(0, 10, (6, 3)))


def test_a_recurrent_network_is_fixed_to_the_length_of_the_example(lifted):
    with pytest.raises(InvalidSubject, match=r"\[1\.\., 7\]"):
        lifted("lstm")(torch.zeros(2, 8, dtype=torch.int64))


def test_a_number_of_rows_written_into_the_network_is_refused():
    with pytest.raises(ExplainError) as error:
        lift(_Function(lambda x: x.reshape(len(x.tolist()), 4)), torch.randn(2, 4))
    assert error.value.hint


def test_a_network_that_writes_to_its_buffers_is_refused():
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x):
            self.calls += 1
            return x * self.calls

    with pytest.raises(UnsupportedOperation, match="calls"):
        lift(Counts(), torch.randn(3, 4))


def test_batch_norm_without_statistics_is_refused():
    source = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, track_running_stats=False))
    with pytest.raises(UnsupportedOperation, match="batch_norm"):
        lift(source, torch.randn(3, 4))


@pytest.mark.parametrize(
    "example",
    [torch.zeros(0, 4), torch.zeros(()), (), (torch.zeros(2, 4), torch.zeros(3, 4))],
    ids=["no rows", "no dimension", "nothing", "different rows"],
)
def test_an_example_without_rows_is_refused(example):
    with pytest.raises(InvalidSubject):
        lift(_Function(lambda x: x), example)


@pytest.mark.parametrize("shape", [(3, 5), (3,), (3, 6, 1), (0, 6)])
def test_inputs_of_another_shape_are_refused(shape, lifted):
    with pytest.raises(InvalidSubject, match=r"lifted for \[1\.\., 6\]"):
        lifted("mlp")(torch.zeros(shape))


def test_another_number_of_inputs_is_refused(lifted):
    (x,) = ZOO["mlp"].draw(2)
    for inputs in ((), (x, x)):
        with pytest.raises(InvalidSubject, match="1 inputs"):
            lifted("mlp")(*inputs)


def test_a_length_on_the_other_side_of_a_branch_is_refused():
    class Long(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(10, 4)

        def forward(self, ids):
            x = self.embedding(ids)
            return x.sum(1) if ids.shape[1] <= 8 else x[:, 8:].mean(1)

    source = Long()
    network = lift(source, torch.randint(0, 10, (3, 6)))
    ids = torch.randint(0, 10, (2, 8))
    assert torch.equal(network(ids), source(ids))
    with pytest.raises(InvalidSubject, match=r"\.\.8\]"):
        network(torch.randint(0, 10, (2, 9)))


def test_a_length_that_must_be_even_is_fixed_to_that_of_the_example():
    class Even(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(10, 4)

        def forward(self, ids):
            x = self.embedding(ids)
            return x.sum(1) if ids.shape[1] % 2 == 0 else x.mean(1)

    source = Even()
    network = lift(source, torch.randint(0, 10, (3, 6)))
    ids = torch.randint(0, 10, (4, 6))
    assert torch.equal(network(ids), source(ids))
    with pytest.raises(InvalidSubject):
        network(torch.randint(0, 10, (3, 7)))


def test_a_step_outside_the_list_cannot_be_written_by_hand_either():
    steps = (
        Step(name="a", operation="input", module=None, arguments=(0,)),
        Step(name="b", operation="os.system", module=None, arguments=(Ref("a"),)),
    )
    with pytest.raises(UnsupportedOperation, match=r"os\.system"):
        Lifted(modules={}, tensors={}, steps=steps)
