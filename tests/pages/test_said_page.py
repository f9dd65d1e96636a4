"""Pages say what stays whatever the amount is, and what is removed and still heard."""

import torch
from torch import nn

import explain
from explain import PruningPlan
from explain.core.messages import say
from explain.pruning import fold_constants, heard_units, left_alone
from pages._explore.choices import SIZE
from pages._shell import loaded
from pages._shell.state import MODEL, PLAN, START
from pages._shell.url import encode
from tests.pages.visiting import holding, opened, text, toggle

KEY = loaded.key_of("ac" * 32, b"heard")
ASKED = PruningPlan(criterion="l1-norm", granularity="unit", amount=0.5)


class Expert(nn.Module):
    """A layer, and two experts whose weights no layer owns; some weights are 0 before."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(4, 8), nn.Linear(16, 3)
        self.experts = nn.Parameter(torch.randn(2, 4, 8))
        with torch.no_grad():
            self.first.weight[0, :3] = 0

    def forward(self, x):
        asked = torch.einsum("bi,eio->bo", x, self.experts)
        return self.last(torch.cat([torch.sigmoid(self.first(x)), asked], 1))


def mine():
    torch.manual_seed(0)
    module = Expert()
    rows, answers = torch.randn(40, 4), torch.arange(40) % 3
    return explain.subject(module, rows, answers, calibration=(rows, answers))


def test_removed_units_that_are_heard_are_said_and_folded():
    subject = mine()
    masks = explain.select(explain.score(subject, ASKED), ASKED)
    pruned = explain.prune(subject, masks)
    folded = fold_constants(pruned)
    heard = heard_units(subject, masks)
    link = encode(START.but(MODEL.to(KEY), PLAN.to(ASKED), SIZE.to(value=True)))
    app = opened(holding(KEY, "Heard", subject), **link)
    why = left_alone(subject, masks.scores)
    assert (why.weights, why.total) == (2 * 4 * 8 + 3 * 16, 2 * 4 * 8 + 3 * 16 + 8 * 4)
    assert why.why == {"loose": ("experts",), "answer": ("last",)}
    assert say("panels.plan.left", share=why.weights / why.total, parts=why.told()) in text(app)
    assert say("panels.plan.zeros", n=3, of="left") in text(app)
    base = next(one for one in app.get("button_group") if one.label == say("panels.plan.of"))
    assert base.value == "left"
    assert say("panels.heard.says", n=4, layers=list(heard)) in text(app)
    assert say("explore.drawn_before", mend="folded") not in text(app)
    app.button("fold").click().run()
    assert not app.exception
    assert say("explore.drawn_before", mend="folded") in text(app)
    chips = [one.proto.popover.label for one in app.get("popover")]
    assert any(label.endswith(", folded") for label in chips)
    assert ", folded. Printed" in text(app)
    assert app.query_params["folded"] in ("yes", ["yes"])
    assert say("panels.heard.done", layers=list(heard)) in text(app)
    assert toggle(app, say("panels.heard.title")).value
    before, size = ({f.key: f.value for f in explain.size(one)} for one in (pruned, folded))
    assert size["nonzero"] == before["nonzero"] - 3 * 4
    assert say("explore.takes.nonzero", left=size["nonzero"], all=size["parameters"]) in text(app)
    app.button("fold-off").click().run()
    assert "folded" not in app.query_params
