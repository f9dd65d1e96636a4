"""What goes by other names is the same: operators, and an answer inside a record."""

from collections import OrderedDict

import pytest
import torch
from torch import nn
from torch.utils import _pytree

import explain
from explain.core.errors import InvalidSubject
from explain.network import lift


class Aliases(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 4)

    def forward(self, x):
        h = self.layer(x)
        h = torch.multiply(torch.negative(h), torch.absolute(h))
        h = torch.divide(torch.multiply(torch.subtract(h, 1.0), 2.0), 3.0)
        h = torch.divide(torch.subtract(h, h / 4), h.abs() + 1)
        h = torch.concat([torch.clip(h, -1, 1), torch.special.expit(h)], -1)
        return torch.concatenate([h, h], -1)


class Record(OrderedDict):
    """What Hugging Face's networks return."""


_pytree.register_pytree_node(
    Record,
    lambda record: (list(record.values()), list(record)),
    lambda values, names: Record(zip(names, values, strict=True)),
    serialized_type_name="tests.Record",
)


class Recorded(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 3)

    def forward(self, x):
        return Record(logits=self.layer(x))


class Squeezed(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.first, self.last, self.dim = nn.Linear(6, 4), nn.Linear(4, 1), dim

    def forward(self, x):
        found = self.last(torch.tanh(self.first(x)))
        return found.squeeze() if self.dim is None else found.squeeze(self.dim)


def test_operators_by_other_names_are_the_same():
    source, x = Aliases().eval(), torch.randn(4, 6)
    assert torch.equal(lift(source, x)(x), source(x))


def test_an_answer_inside_a_record_is_the_answer():
    source, x = Recorded().eval(), torch.randn(4, 6)
    assert torch.equal(lift(source, x)(x), source(x)["logits"])


def test_an_answer_without_rows_of_its_own_is_refused_in_words():
    with pytest.raises(InvalidSubject, match="0 dimensions for 1 row"):
        lift(Squeezed(None).eval(), torch.randn(4, 6))


def test_contributions_to_an_answer_of_one_number_a_row_add_up():
    subject = explain.subject(Squeezed(-1), torch.randn(6, 6), torch.randn(6))
    found = explain.contributions(subject, explain.partition(subject, "width-slices"), sample=0)
    assert abs(found.residual).max() < 1e-6
