"""A case is chosen by looking: the tiles are what `explain.cases` picks, on every page."""

import json
from html import escape

import pytest

import explain
from explain import Pick, PruningPlan
from explain.core import SHOWN
from explain.core.messages import say
from explain.figures import case_groups, case_words
from tests.pages.visiting import html, notes, opened, text

AMOUNT = 0.8


def choosing(app):
    """Open the popover of the chip before the page is drawn."""
    app.session_state["case-choice"] = True


def tiles(app):
    """Return what the tiles are told."""
    mounts = (one.proto for one in app.get("bidi_component"))
    (found,) = (one.json for one in mounts if one.component_name == "sparsight_case_tiles")
    return json.loads(found)


def rows(app):
    return [tile["row"] for tile in tiles(app)["cases"]]


def field(fields, key):
    return next(one for one in fields if one.key.startswith(key))


def press(app, said):
    next(one for one in app.button if one.label == said).click().run()
    assert not app.exception
    assert not app.error


@pytest.fixture(scope="module")
def picked(demo):
    """Return the subject and what is picked of it, measured apart from the page."""
    found = {}

    def pick(key, **asked):
        if key not in found:
            subject, plan = demo(key), PruningPlan(amount=AMOUNT)
            masks = explain.select(explain.score(subject, plan), plan)
            run = explain.evaluate(explain.prune(subject, masks))
            found[key] = subject, explain.sweep(subject, plan), run
        subject, sweep, run = found[key]
        return explain.cases(sweep, subject, run, Pick(**asked), amount=AMOUNT)

    return pick


def test_the_tiles_are_what_explain_picks_by_filter_class_group_and_words(picked, demo):
    key, subject = "heart-mlp", demo("heart-mlp")
    app = opened(choosing, "decisions", model=key, amount=str(AMOUNT))
    (pills,) = app.get("button_group")
    counts = [len(picked(key, show=show)) for show in SHOWN[1:]]
    named = zip(SHOWN[1:], counts, strict=True)
    assert [one.content for one in pills.proto.options] == [
        say("panels.case.filter", show=show, n=n) for show, n in named
    ]
    assert rows(app) == [case.row for case in picked(key)[:60]]
    press(app, say("panels.case.more", n=60, all=230))
    assert rows(app) == [case.row for case in picked(key)[:120]]
    field(app.selectbox, "case-label").set_value("1").run()
    field(app.selectbox, "case-group").set_value("sex~male").run()
    field(app.text_input, "case-search").set_value(" hung ").run()
    wanted = picked(key, label=1, group="sex~male", search="hung")
    assert rows(app) == [case.row for case in wanted]
    assert "".join(app.query_params["group"]) == "sex~male"
    words = case_words(subject, wanted[0])
    first = tiles(app)["cases"][0]
    assert (first["name"], first["line"], first["turn"]) == (words.name, words.line, words.turn)
    field(app.text_input, "case-search").set_value("nobody").run()
    assert say("panels.case.none") in [one.value for one in app.markdown]


def test_the_chip_says_what_the_case_is_and_walks_through_the_list(picked, demo):
    key, subject = "heart-mlp", demo("heart-mlp")
    app = opened(model=key, amount=str(AMOUNT), pick="changed")
    wanted = picked(key, show="changed")
    walk = [("next", wanted[0]), ("next", wanted[1]), ("previous", wanted[0])]
    for way, case in [*walk, ("previous", wanted[-1])]:
        press(app, say("panels.case.step", way=way))
        assert "".join(app.query_params["sample"]) == str(case.row)
        words = case_words(subject, case)
        groups = say("figures.cases.values", values=case_groups(subject.samples, case.row))
        assert all(escape(said) in html(app) for said in (words.name, groups, words.turn))
    tiles = [
        one.key for one in app.get("bidi_component") if "case_tiles" in one.proto.component_name
    ]
    assert tiles == ["next-tiles"]


def test_a_typed_text_is_the_case_until_another_is_chosen():
    app = opened(model="sms-transformer", text="call now to win a prize", pick="wrong")
    assert say("panels.case.typed") in html(app)
    assert "call now to win a prize" in html(app)
    press(app, say("panels.case.step", way="next"))
    assert say("panels.case.typed") not in html(app)
    assert "text" not in app.query_params


def test_a_pinned_case_stands_beside_the_chosen_one_and_they_swap(picked, demo):
    key, subject = "heart-mlp", demo("heart-mlp")
    first, second = picked(key, show="changed")[:2]
    link = {"model": key, "amount": str(AMOUNT), "sample": str(second.row)}
    app = opened("inputs", **link, pinned=str(first.row), method="saliency")
    words = case_words(subject, first)
    said = say("panels.case.pinned", name=words.name, turn=words.turn)
    assert said in text(app)
    press(app, say("panels.case.swap"))
    assert "".join(app.query_params["sample"]) == str(first.row)
    assert "".join(app.query_params["pinned"]) == str(second.row)
    assert case_words(subject, second).name in text(app)
    press(app, say("panels.case.unpin"))
    assert "pinned" not in app.query_params


def test_a_link_to_what_this_network_has_not_says_so():
    app = opened(model="heart-mlp", label="7", group="planet~Mars", pinned="9999", pick="sideways")
    noted = notes(app).replace("\\", "")
    for said in (
        say("panels.case.link_class", label=7),
        say("panels.case.link_group", group="planet~Mars"),
        say("panels.case.link_pinned", sample=9999),
    ):
        assert said in noted
