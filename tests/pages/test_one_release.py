"""Moving the slider asks for the masks of the new plan once, however many panels show them."""

import sys
from collections import Counter
from inspect import signature

import pytest

import explain
import explain.network.drawing.origins
from pages._shell.kept import MODELS, STORES, forget_model
from tests.pages.visiting import opened

MODEL = "digits-mlp"
OF_THE_MODEL = (
    (explain.pruning, "refusal"),
    (explain.network.drawing.origins, "trace_origins"),
    (explain.attribution, "noise_band"),
    (explain.decompose, "modules_or_blocks"),
)
"""What knows no amount: which criteria fit, what feeds what, the noise of a method, modules."""


def count(monkeypatch, verb, calls, room=explain):
    """Count the calls of a room's verb, wherever it was imported to."""
    real = getattr(room, verb)

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


def test_what_the_model_alone_decides_is_found_once_for_all_sessions_and_plans(monkeypatch):
    opened("inputs", model=MODEL, amount="0.5")
    opened("parts", model=MODEL, amount="0.5")
    calls = Counter()
    for room, verb in OF_THE_MODEL:
        count(monkeypatch, verb, calls, room)
    for page in ("", "inputs", "parts"):
        opened(page, model=MODEL, amount="0.7", criterion="random")
    assert not calls


def test_what_is_kept_by_the_model_has_room_for_every_model():
    by_model = [
        store for store in STORES if set(signature(store).parameters) <= {"model", "_model"}
    ]
    assert by_model
    assert [store.__name__ for store in by_model if store._size < MODELS] == []
