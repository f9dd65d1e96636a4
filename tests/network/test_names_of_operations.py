"""What goes by other names is the same: operators, and an answer inside a record."""

import io
import re
from collections import OrderedDict

import pytest
import torch
from torch import nn
from torch.utils import _pytree

import explain
from explain.core.errors import InvalidSubject, UnsupportedOperation
from explain.network import lift
from models.loading.files.pt2 import read_pt2
from models.loading.limits import LIMITS

_ALIAS = re.compile(r"[Aa]lias (?:for|of) :func:`torch\.([\w.]+)`")
_TWO = {"atan2", "div", "ge", "gt", "le", "lt", "matmul", "mul", "ne", "sub", "xlogy"}
_MORE = {
    "clamp": lambda f, h, _: f(h, 0.2, 0.8),
    "cat": lambda f, h, g: f([h, g], 1),
    "vstack": lambda f, h, g: f([h[:, 0].T, g[:, 0].T]).T,
    "movedim": lambda f, h, _: f(h, 1, 2),
    "transpose": lambda f, h, _: f(h, 1, 2),
    "diagonal": lambda f, h, _: f(h, dim1=1, dim2=2),
    **dict.fromkeys(("logsumexp", "softmax"), lambda f, h, _: f(h, -1)),
}
_NOT_HERE = {
    *("det", "inv", "matrix_exp", "matrix_power", "pinv", "slogdet", "householder_product"),
    *("gammainc", "gammaincc", "i0", "multigammaln", "polygamma", "outer", "trapezoid"),
}
"""Operations that are not of the allow-list, or not of one row."""


def _one(f, h, _):
    return f(h)


def _two(f, h, g):
    return f(h, g)


def _found(name):
    place = torch
    for part in name.split("."):
        place = getattr(place, part)
    return place


def aliases():
    """Return (other name, own name) of every function of torch that says whose alias it is."""
    pairs = {
        (f"{prefix}{name}", own)
        for prefix, place in (("", torch), ("special.", torch.special), ("linalg.", torch.linalg))
        for name in dir(place)
        for own in _ALIAS.findall(str(getattr(place, name).__doc__))[:1]
    }
    return sorted(pair for pair in pairs if pair[1].rpartition(".")[2] not in _NOT_HERE)


class Calls(nn.Module):
    """One function after the other, by one of its names."""

    def __init__(self, place):
        super().__init__()
        self.layer, self.names, self.place = nn.Linear(6, 16), aliases(), place

    def forward(self, x):
        h = torch.sigmoid(self.layer(x)).reshape(-1, 4, 4)
        total = h.mean((1, 2))
        for names in self.names:
            own = names[1].rpartition(".")[2]
            f = _found(names[self.place])
            call = _MORE.get(own, _two if own in _TWO else _one)
            total = total + call(f, h, h * 0.5).nan_to_num().to(h.dtype).flatten(1).mean(1)
        return total


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


class Used(nn.Module):
    """What RoBERTa, GPT-2, T5, XLNet, DeBERTa, FNet, BEiT, ConvNeXt V2 and Siamese networks do."""

    def __init__(self, *, written=False):
        super().__init__()
        self.layer, self.last, self.written = nn.Linear(6, 6), nn.Linear(6, 3), written

    def forward(self, x):
        h = self.layer(x).type_as(torch.zeros(1))
        h = torch.max(torch.min(h, 2**h), torch.addcmul(h, h, h, value=0.5))
        h = h + torch.diff(h, dim=1, prepend=h[:, :1]).round() + h.floor() * h.ceil()
        rows, columns = torch.meshgrid(torch.arange(6.0), torch.arange(2.0), indexing="ij")
        h = h + (rows + columns).mean(1) + h.tile(2)[:, 3:9]
        h = h * nn.functional.cosine_similarity(h, h * 2 + 1).unsqueeze(1)
        h = h * nn.functional.pairwise_distance(h, h + 1, keepdim=True)
        h = h - h.sort(1).values + torch.lerp(h, h.cumprod(1), 0.3) + h.prod(1, keepdim=True)
        h = h + torch.fft.irfft(torch.fft.rfft(h) * 2, n=6)
        h = h + torch.fft.fftn(h.reshape(-1, 2, 3), dim=(1, 2)).real.flatten(1)
        h = nn.functional.softmax(h, -1, dtype=torch.float32)
        return self.last(h if self.written else self._assigned(h))

    def _assigned(self, h):
        h = h.clone()
        h[:, 0] = 0
        h[:, 1] = h[:, 2] * 2
        h[:, torch.tensor([3, 4])] = 1.0
        h[h > 0.5] = 0.5
        return h * torch.tensor(3.5).item()


class Drawing(nn.Module):
    def __init__(self, draw, *, read):
        super().__init__()
        self.layer, self.draw, self.read = nn.Linear(6, 3), draw, read

    def forward(self, x):
        h = torch.sigmoid(self.layer(x))
        noise = self.draw(h)
        return h + noise if self.read else h


class Squeezed(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.first, self.last, self.dim = nn.Linear(6, 4), nn.Linear(4, 1), dim

    def forward(self, x):
        found = self.last(torch.tanh(self.first(x)))
        return found.squeeze() if self.dim is None else found.squeeze(self.dim)


def _calls(place):
    torch.manual_seed(0)
    return Calls(place).eval()


def _file(module, x):
    rows = ({0: torch.export.Dim("rows")},)
    written = io.BytesIO()
    torch.export.save(torch.export.export(module, (x,), dynamic_shapes=rows), written)
    return written.getvalue()


def test_every_other_name_that_torch_has_for_an_operation_is_lifted_as_that_operation():
    x = torch.randn(5, 6)
    by_other, by_own = lift(_calls(0), x), lift(_calls(1), x)
    assert len(aliases()) > 40
    assert [s.operation for s in by_other.steps] == [s.operation for s in by_own.steps]
    assert torch.equal(by_other(x), by_own(x))
    assert torch.equal(read_pt2(_file(_calls(0), x), LIMITS).network(x), by_own(x))


def test_functions_that_known_networks_use_are_lifted_bit_for_bit():
    source, x = Used().eval(), torch.randn(4, 6)
    assert torch.equal(lift(source, x)(x), source(x))


def test_functions_that_known_networks_use_are_read_from_a_file_bit_for_bit():
    source, x = Used(written=True).eval(), torch.randn(4, 6)
    assert torch.equal(read_pt2(_file(source, x), LIMITS).network(x), source(x))


@pytest.mark.parametrize("draw", [torch.rand_like, torch.randn_like, torch.bernoulli])
def test_random_numbers_are_refused_unless_nothing_reads_them(draw):
    dead, x = Drawing(draw, read=False).eval(), torch.randn(4, 6)
    assert torch.equal(lift(dead, x)(x), dead(x))
    with pytest.raises(UnsupportedOperation, match="rand"):
        lift(Drawing(draw, read=True).eval(), x)


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
