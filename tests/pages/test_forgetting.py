"""A model of a file that is removed, or left by its session, goes with all that it led to."""

import gc
import time
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from weakref import ref

import numpy as np
import pytest
import torch

import models
from explain import PruningPlan
from explain.core.intervals import _drawn, resampling
from pages._modules.choices import HIDDEN, OVER
from pages._shell import loaded
from pages._shell.kept import STORES, _names
from pages._shell.state import MODEL, PLAN, START
from pages._shell.url import encode
from tests.pages.reach import held
from tests.pages.visiting import forget_everything, holding, opened, toggle

KEY = loaded.key_of("ab" * 32, b"forgotten")
OTHER = "heart-mlp"
CONSTANTS = 1_000
"""Bytes that code may have made for itself on the way."""
LINK = encode(
    START.but(MODEL.to(KEY), PLAN.to(PruningPlan(amount=0.755)), HIDDEN.to((0,)), OVER.to("all"))
)
SWITCHES = {
    "explore": [],
    "inputs": [],
    "parts": ["Is this cut"],
    "inside": [],
}


FOLDS = {
    "explore": ["compare", "scores", "size"],
    "inputs": ["how-sure", "drift-curve", "importance", "sanity", "deletion"],
    "parts": ["own-modules", "contributions", "pairs", "module-curve", "conductance"],
}
"""What is opened by the link."""


def named(key):
    """Return (name of the store, key) of everything that is kept for a model."""
    return {(store.__name__, at) for store in STORES for at in store.there() if _names(at, key)}


def weights():
    """Return the bytes of every function of the pages that keeps anything."""
    return {
        f"{store.__module__}.{store.__name__}": store.bytes
        for store in STORES
        if store.bytes and store.__module__.startswith("pages")
    }


def parts(value):
    """Return weak references to every array, tensor and module in a value."""
    if isinstance(value, np.ndarray | torch.Tensor | torch.nn.Module):
        return [ref(value)]
    if is_dataclass(value):
        return [one for f in fields(value) for one in parts(getattr(value, f.name))]
    if isinstance(value, Mapping):
        value = tuple(value.values())
    return [one for item in value for one in parts(item)] if isinstance(value, tuple | list) else []


def visited(pages):
    """Open pages with a model of its own and ask everything that is offered there."""
    hold = holding(KEY, "Mine", models.load(OTHER))
    for page in pages:
        app = opened(hold, page, **LINK, **dict.fromkeys(FOLDS.get(page, []), "yes"))
        for label in SWITCHES[page]:
            toggle(app, label).set_value(True).run()
            app.run()
        assert not app.exception
        assert not app.error
    return app


def collected(references):
    gc.collect()
    return [one() for one in references if one() is not None]


@pytest.fixture
def kept_for_another():
    """Return what is kept for another model, after a visit of a process that begins with it."""
    forget_everything()
    opened("inputs", model=OTHER, amount="0.3")
    return named(OTHER)


def press_remove(app):
    app.switch_page("pages/models.py").run()
    next(button for button in app.button if button.label == "Remove").click().run()
    assert not app.exception


@pytest.mark.parametrize(
    ("how", "pages"), [("removed", tuple(SWITCHES)), ("ended", ("explore",))], ids=str
)
def test_nothing_is_left_of_a_model_that_is_gone_and_all_of_the_others(
    kept_for_another, pages, how
):
    before, (_, pieces) = weights(), held(KEY)
    app = visited(pages)
    gc.collect()
    assert held(KEY)[0]
    assert len({name for name, _ in named(KEY)}) > 5 * len(pages)
    references = [
        one
        for store in STORES
        for at, value in list(store._values.items())
        if _names(at, KEY)
        for one in parts(value)
    ]
    assert len(references) > 20
    assert sum(weights().values()) > sum(before.values())
    if how == "removed":
        press_remove(app)
    del app
    gc.collect()
    end = time.monotonic() + 10
    while named(KEY) and time.monotonic() < end:
        time.sleep(0.05)
    assert named(KEY) == set()
    assert weights() == before
    assert collected(references) == []
    resampling.cache_clear()
    _drawn.cache_clear()
    texts, more = held(KEY)
    assert texts == []
    assert sum(size for at, size in more.items() if at not in pieces) < CONSTANTS
    assert named(OTHER) == kept_for_another


def test_a_model_that_another_session_holds_stays(demo):
    subject = demo("heart-mlp")
    first, second = (opened(holding(KEY, "Mine", subject), model=KEY) for _ in range(2))
    press_remove(first)
    assert loaded._entry.ready(KEY)
    assert ("masks", (KEY, PruningPlan())) in named(KEY)
    press_remove(second)
    assert named(KEY) == set()
