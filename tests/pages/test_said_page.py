"""Pages say what stays whatever the amount is, and what is removed and still heard."""

import torch
from torch import nn

import explain
from explain import PruningPlan
from explain.core.messages import say
from explain.pruning import fold_constants, heard_units
from pages._explore.choices import SIZE
from pages._shell import loaded
from pages._shell.state import MODEL, PLAN, START
from pages._shell.url import encode
from tests.pages.visiting import holding, opened, text, toggle

KEY = loaded.key_of("ac" * 32, b"heard")
ASKED = PruningPlan(criterion="l1-norm", granularity="unit", amount=0.5)


def mine():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 8), nn.Sigmoid(), nn.Linear(8, 3))
    rows, answers = torch.randn(40, 4), torch.arange(40) % 3
    return explain.subject(module, rows, answers, calibration=(rows, answers))


def test_removed_units_that_are_heard_are_said_and_folded():
    subject = mine()
    masks = explain.select(explain.score(subject, ASKED), ASKED)
    folded = fold_constants(explain.prune(subject, masks))
    heard = heard_units(subject, masks)
    link = encode(START.but(MODEL.to(KEY), PLAN.to(ASKED), SIZE.to(value=True)))
    app = opened(holding(KEY, "Heard", subject), **link)
    assert say("panels.heard.says", n=4, layers=list(heard)) in text(app)
    app.button("fold").click().run()
    assert not app.exception
    assert app.query_params["folded"] in ("yes", ["yes"])
    assert say("panels.heard.done", layers=list(heard)) in text(app)
    assert toggle(app, say("panels.heard.title")).value
    size = {found.key: found.value for found in explain.size(folded)}
    assert size["nonzero"] == 5 * 4 + 3 * 4 + 3
    assert say("explore.takes.nonzero", left=size["nonzero"], all=size["parameters"]) in text(app)
    app.button("fold-off").click().run()
    assert "folded" not in app.query_params
