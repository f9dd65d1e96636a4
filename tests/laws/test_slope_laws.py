"""Laws of gradients that cannot arrive: nothing is called without influence for that."""

import json

import pytest
import torch
from torch import nn

import explain
import models
from explain.__main__ import main
from explain.attribution import ATTRIBUTORS
from explain.core.messages import say
from explain.core.subject import InputSpec
from explain.network.slopes import slopes

NAMES = ("region", "plan", "age", "income", "visits")


class Codes(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.last = nn.Embedding(3, 4), nn.Linear(7, 2)

    def forward(self, x):
        return self.last(torch.cat([self.table(x[:, 0].long()), x[:, 2:]], 1))


class Sign(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(5, 6), nn.Linear(6, 2)

    def forward(self, x):
        return self.last(torch.sign(self.first(x)))


class Threshold(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(5, 2)

    def forward(self, x):
        return self.last(torch.cat([(x[:, :1] > 0).float(), x[:, 1:]], 1))


class Choice(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(5, 6), nn.Linear(6, 2)

    def forward(self, x):
        return self.last(nn.functional.one_hot(self.first(x).argmax(1), 6).float())


class Copied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(5, 6), nn.Linear(6, 2)

    def forward(self, x):
        h = torch.relu(self.first(x)).clone()
        h[:, 0] = h[:, 1] * 2
        return self.last(h)


def subject_of(module):
    torch.manual_seed(0)
    x, y = 4 * torch.randn(12, 5), torch.arange(12) % 2
    x[:, 0] = torch.arange(12) % 3
    spec = InputSpec(kind="table", shape=(5,), names=NAMES)
    return explain.subject(module, x, y, calibration=(x, y), spec=spec)


BLOCKED = {Codes: NAMES[:1], Sign: NAMES, Threshold: NAMES[:1], Choice: NAMES, Copied: ()}
GRADIENTS = [record.key for record in ATTRIBUTORS if record.family == "gradient"]


@pytest.mark.parametrize("kind", BLOCKED, ids=lambda kind: kind.__name__)
def test_columns_that_no_gradient_comes_back_to_are_named_by_every_gradient_method(kind):
    subject = subject_of(kind())
    blocked = slopes(subject.network).blocked["input:0"]
    assert (
        tuple(name for name, is_blocked in zip(NAMES, blocked, strict=True) if is_blocked)
        == BLOCKED[kind]
    )
    for method in GRADIENTS:
        if BLOCKED[kind]:
            with pytest.raises(explain.Refused, match=BLOCKED[kind][0]):
                explain.attribute(subject, method, sample=0)
    assert explain.attribute(subject, "shapley-sampling", sample=1).values.any()
    if not BLOCKED[kind]:
        assert explain.attribute(subject, "saliency", sample=0).values.all()


def test_the_command_line_begins_with_the_first_method_that_fits_and_says_why(monkeypatch, capsys):
    subject = subject_of(Codes())
    monkeypatch.setattr(models, "load", lambda *_, **__: subject)
    assert main(["attribute", "--model", "codes", "--amount", "0.5", "--drift", "8", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    first, why = ATTRIBUTORS[0], ATTRIBUTORS[0].fits(subject)
    chosen = next(record for record in ATTRIBUTORS if record.fits(subject) is None)
    assert found["method"] == chosen.key != first.key
    assert found["drift"]["rows"] + len(found["drift"]["flipped"]) == 8
    said = say("command.other_method", method=chosen.title, first=first.title, why=why)
    assert found["method_note"] == said
    assert main(["attribute", "--model", "codes", "--method", first.key]) == 1
    assert str(why) in capsys.readouterr().err


def test_a_layer_without_a_gradient_is_left_alone_by_gradients():
    subject, plan = subject_of(Sign()), explain.PruningPlan(criterion="taylor", amount=0.5)
    scores = explain.score(subject, plan)
    assert [tensor.layer for tensor in scores.tensors] == ["last"]
    assert scores.fixed == (("first.weight", 30),)
    masks = explain.select(scores, plan)
    pruned = explain.prune(subject, masks).network
    assert pruned.get_parameter("first.weight").all()
