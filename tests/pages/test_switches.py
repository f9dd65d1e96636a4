"""What shows or hides something is a choice: a link and a reload keep it."""

import ast
from pathlib import Path

import pytest

from explain.core.messages import say
from pages._choices.catalog import CHOICES
from pages._panels.choices import CHOICES as OTHERS
from pages._shell import style
from tests.pages.visiting import fold, opened

ROOT = Path(__file__).parents[2]
OFFERS = frozenset(
    {
        *("toggle", "checkbox", "radio", "expander", "tabs", "pills", "segmented_control"),
        *("selectbox", "multiselect", "number_input", "text_input", "text_area", "slider"),
    }
)
"""Widgets that decide what is shown."""
ACTS = frozenset({"merge-pair", "split-one", "override-layer"})
"""Keys of those that say what a button or a slider beside them acts on."""
OF_THE_PLAN = frozenset({"on", "slider"})
"""Keys, as they stand in the source, of widgets that the plan is written into before they show."""
SWITCHED = {
    "": ["compare", "scores", "size", "layer-amounts", "card"],
    "inside": [
        *("overlay", "all-units", "closely", "localisation", "strip", "top-cases", "claim"),
    ],
    "inputs": ["over-picture", "how-sure", "drift-curve", "importance", "sanity", "deletion"],
    "parts": [
        *("own-modules", "contributions", "pairs", "conductance", "module-curve"),
        *("cut-quality", "tree"),
    ],
}
"""Page -> what digits-mlp, pruned by 80 %, offers to switch on it."""


def test_no_widget_decides_what_is_shown_unless_it_is_a_choice():
    pages = [path for path in (ROOT / "pages").rglob("*.py") if "_load" not in path.parts]
    found = [f"{path.name}:{call.lineno}" for path in pages for call in undecided(path)]
    assert found == []


def undecided(path):
    for call in ast.walk(ast.parse(path.read_text())):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr not in OFFERS:
            continue
        key = next((one.value for one in call.keywords if one.arg == "key"), None)
        keys = [one.value for one in call.keywords if one.arg in {"key", None}]
        kept = any(ast.unparse(one).startswith(("keep(", "kept_field(")) for one in keys)
        acts = isinstance(key, ast.Constant) and key.value in ACTS
        if not kept and not acts and ast.unparse(key or call) not in OF_THE_PLAN:
            yield call


def test_all_switches_are_looked_at():
    elsewhere = {
        "recalibrated",
        "folded",
        "repaired",
        "drift",
        "give-back",
        "hidden-by-class",
        "class",
    }
    elsewhere |= {"criteria-left-out", "grains-left-out", "more-parts"}
    switches = {choice.name for choice in CHOICES if isinstance(choice.default, bool)}
    assert {name for names in SWITCHED.values() for name in names} == switches - elsewhere


@pytest.mark.parametrize("page", SWITCHED)
def test_a_switch_is_in_the_address_at_once_and_a_reload_keeps_it(page):
    app = opened(page, amount="0.8", **({"own-modules": "yes"} if page == "parts" else {}))
    for name in SWITCHED[page]:
        widget = switched(app, name)
        if widget is not None:
            widget.set_value(not widget.value).run()
            assert not app.error
    link = {name: "".join(values) for name, values in app.query_params.items()}
    there = [name for name in SWITCHED[page] if switched(app, name)]
    assert there or not page
    assert all(link[name] == ("no" if name == "over-picture" else "yes") for name in there)
    again = opened(page, **link)
    assert all(switched(again, name).value == switched(app, name).value for name in there)


@pytest.mark.parametrize(
    ("page", "key"),
    [
        ("", "heart-mlp"),
        ("inputs", "digits-mlp"),
        ("inputs", "heart-mlp"),
        ("parts", "heart-mlp"),
        ("inside", "digits-cnn"),
    ],
)
def test_a_part_that_folds_holds_nothing_until_a_link_opens_it(page, key):
    app = opened(page, model=key, amount="0.8")
    folds = [choice.name for choice in CHOICES if fold(app, choice.name) and choice not in OTHERS]
    assert [len(fold(app, name).children) for name in folds] == [0] * len(folds)
    again = opened(page, model=key, amount="0.8", **dict.fromkeys(folds, "yes"))
    assert not again.error
    for name in folds:
        assert fold(again, name).proto.expanded
        assert fold(again, name).children


def switched(app, name):
    """Return the switch of a choice; None for a part that folds, which no test can press."""
    return next((one for one in app.toggle if one.key == f"{name}-on"), None)


def test_class_mode_enlarges_the_page_by_link_and_by_button(monkeypatch):
    large = []
    monkeypatch.setattr(style, "class_mode", lambda: large.append(True))
    app = opened("decisions", model="heart-mlp", **{"class": "1"})
    assert not app.error
    assert large == [True]
    for mode, there in (("off", False), ("on", True)):
        app.button(key="class-mode").click().run()
        assert not app.error
        assert app.button(key="class-mode").label == say("panels.guide.class", mode=mode)
        assert ("class" in app.query_params) == there
