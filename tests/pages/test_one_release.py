"""Moving the slider asks for the masks of the new plan once, however many panels show them."""

import sys
from collections import Counter

import pytest

import explain
from pages._shell.kept import forget_model
from tests.pages.visiting import opened

MODEL = "digits-mlp"


def count(monkeypatch, verb, calls):
    """Count the calls of a verb, wherever it was imported to."""
    real = getattr(explain, verb)

    def call(*args, **named):
        calls[verb] += 1
        return real(*args, **named)

    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in {"explain", "pages"} and vars(module).get(verb) is real:
            monkeypatch.setattr(module, verb, call)


@pytest.mark.parametrize("page", ["", "inputs", "parts"])
def test_a_release_selects_and_prunes_once(monkeypatch, page):
    forget_model(MODEL)
    app, calls = opened(page, model=MODEL), Counter()
    for verb in ("score", "select", "prune"):
        count(monkeypatch, verb, calls)
    next(one for one in app.number_input if one.label.startswith("Amount")).set_value(81.3).run()
    assert not app.exception
    assert not app.error
    assert calls == {"select": 1, "prune": 1}
