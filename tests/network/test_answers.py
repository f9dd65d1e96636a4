"""Laws of several outputs: one is the answer, and nothing that serves the others alone stays."""

from collections import namedtuple
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

import explain
from explain.core.errors import InvalidSubject
from explain.core.messages import Message, say

ROWS = torch.randn(5, 6, generator=torch.Generator().manual_seed(0))
Pair = namedtuple("Pair", "first second")  # noqa: PYI024 - as people write it


@dataclass
class Record:
    """What a network of a library returns."""

    logits: Tensor
    more: tuple[Tensor, ...]
    loss: None = None


class Heads(nn.Module):
    """A trunk under two heads of 3 and 4 numbers; `form` puts them together."""

    def __init__(self, form):
        super().__init__()
        torch.manual_seed(0)
        self.trunk, self.three, self.four = nn.Linear(6, 8), nn.Linear(8, 3), nn.Linear(8, 4)
        self.form = form

    def forward(self, x):
        hidden = torch.relu(self.trunk(x))
        return self.form(self.three(hidden), self.four(hidden))


def notes(subject):
    return [note.key for note in subject.card.notes if isinstance(note, Message)]


FORMS = {
    "tuple by place": (lambda a, b: (a, b), 1),
    "tuple by name": (lambda a, b: (a, b), "1"),
    "list in a list": (lambda a, b: [a, [a, b]], "1.1"),
    "dict": (lambda a, b: {"boxes": b, "scores of classes": a}, "boxes"),
    "usual name": (lambda a, b: {"boxes": a, "logits": b}, None),
    "named tuple": (Pair, "second"),
    "dataclass": (lambda a, b: Record(logits=a, more=(b,)), "more.0"),
    "the only row of numbers": (
        lambda a, b: (a.argmax(1), b, a[:, :, None] * a[:, None], a.sum()),
        None,
    ),
}


@pytest.mark.parametrize(("form", "output"), FORMS.values(), ids=FORMS)
def test_the_chosen_output_is_the_answer_and_the_other_head_leaves(form, output):
    module = Heads(form)
    subject = explain.subject(module, ROWS, torch.arange(5) % 4, output=output)
    with torch.no_grad():
        wanted = module.four(torch.relu(module.trunk(ROWS)))
    assert torch.equal(subject.network(ROWS), wanted)
    assert [layer.name for layer in subject.network.layers if layer.parameters] == ["trunk", "four"]
    assert notes(subject) == ["network.output_chosen", "network.weights_of_others"]
    said = subject.card.notes[1]
    assert dict(said.values) == {"n": 27, "weights": 56 + 27 + 36}


def test_one_tensor_in_a_container_needs_no_choice_and_no_word():
    subject = explain.subject(Heads(lambda a, _: {"out": a, "loss": None}), ROWS)
    assert notes(subject) == []


def test_several_that_could_be_meant_are_refused_with_names_sizes_and_the_line_to_type():
    with pytest.raises(InvalidSubject) as caught:
        explain.subject(Heads(lambda a, b: {"a": a, "b": b}), ROWS)
    assert "'a' (3), 'b' (4)" in str(caught.value)
    assert "explain.subject(module, inputs, output='a')" in caught.value.hint


@pytest.mark.parametrize("wanted", ["c", 2, "-1"])
def test_an_output_that_is_not_there_is_refused_with_those_that_are(wanted):
    with pytest.raises(InvalidSubject) as caught:
        explain.subject(Heads(lambda a, b: (a, b)), ROWS, output=wanted)
    assert "'0' (3), '1' (4)" in caught.value.hint


def test_a_network_without_a_tensor_is_refused():
    with pytest.raises(InvalidSubject) as caught:
        explain.subject(Heads(lambda _, __: "nothing"), ROWS)
    assert str(caught.value) == say("network.no_output.says")
