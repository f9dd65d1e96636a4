"""Models of people: reachable for who loaded them, bounded in memory, found again by a link."""

from dataclasses import replace

import pytest

from explain import PruningPlan
from explain.core.messages import say
from models.loading.loading import load_file
from models.text import tokens, words_read
from pages._shell import loaded
from pages._shell.kept import forget_model
from pages._shell.state import MODEL, PLAN, SAMPLE, START
from pages._shell.url import encode
from tests.loading.hub_folders import TEXTS, hub_folder, zipped
from tests.pages.visiting import box, holding, notes, opened, text

SHA = "0123456789abcdef" * 4
KEY = loaded.key_of(SHA, b"data", b"card")
LINK = encode(START.but(MODEL.to(KEY), PLAN.to(PruningPlan(amount=0.75)), SAMPLE.to(3)))


def amount(app):
    return next(n.value for n in app.number_input if n.label.startswith("Amount"))


def test_who_loaded_a_model_sees_it_on_the_page(demo):
    app = opened(holding(KEY, "My net", demo("heart-mlp")), **LINK)
    assert not app.error
    assert not notes(app)
    assert amount(app) == 75
    menu = next(box for box in app.selectbox if box.label == "Model")
    assert menu.value == KEY
    assert "My net" in menu.options


def test_a_model_with_the_title_of_another_is_told_apart_from_it(demo):
    title = demo("heart-mlp").card.title
    app = opened(holding(KEY, title, demo("heart-mlp")), model="heart-mlp").run()
    assert app.session_state["state"].model == "heart-mlp"
    assert say("panels.model.again", title=title, n=2) in box(app, "Model").options


def test_another_session_with_the_link_learns_which_file_it_needs_and_the_link_stays(demo):
    opened(holding(KEY, "My net", demo("heart-mlp")), **LINK)
    other = opened(**LINK)
    assert say("load.waits.file", file=SHA[:12]) in text(other)
    assert SHA in other.code[0].value
    assert not other.warning
    assert "My net" not in text(other)
    assert {name: "".join(other.query_params[name]) for name in LINK} == {
        name: "".join(values) for name, values in LINK.items()
    }


def test_a_link_that_waits_gives_way_to_what_people_do_next():
    app = opened(**LINK)
    app.switch_page("pages/explore.py").run()
    assert say("load.waits.file", file=SHA[:12]) not in text(app)
    app.switch_page("pages/models.py").run()
    assert say("load.waits.file", file=SHA[:12]) in text(app)
    app.button("open-credit-mlp").click().run()
    assert not app.exception
    assert app.session_state["state"].model == "credit-mlp"
    assert "waiting" not in app.session_state


def test_a_model_that_made_room_falls_back_with_a_note_and_keeps_its_link(demo):
    app = opened(holding(KEY, "My net", demo("heart-mlp")), **LINK)
    forget_model(KEY)
    del app.session_state["started"]  # the test runs a page without app.py from the second time on
    app.run()
    assert not app.exception
    assert SHA in app.code[0].value
    assert "".join(app.query_params["amount"]) == "0.75"


def test_a_panel_that_meets_a_missing_model_falls_back_too(demo):
    app = opened(holding(KEY, "My net", demo("heart-mlp")), **LINK)
    forget_model(KEY)
    app.run()
    assert not app.exception
    assert not app.error
    assert amount(app) == 0
    with pytest.raises(loaded.NotLoaded) as caught:
        loaded.loaded_subject(KEY)
    assert say("pages.models") in caught.value.hint


@pytest.fixture(scope="module")
def bert():
    return load_file(zipped(hub_folder()), data=TEXTS.encode())


@pytest.mark.parametrize("page", ["inside", "inputs", "parts"])
def test_every_page_opens_with_a_loaded_model_of_a_table_and_of_texts(demo, bert, page):
    for subject in (demo("heart-mlp"), bert):
        app = opened(holding(KEY, "My net", subject), page, **LINK)
        assert not app.error
        assert "could not be shown" not in text(app)


def test_what_a_network_reads_of_a_text_is_named_place_by_place_without_padding(demo, bert):
    assert words_read(bert.spec, bert.samples, 0) == ("[CLS]", "hello", "friend", "[SEP]")
    subject = demo("sms-transformer")
    message = subject.samples.display["message"][3]
    assert words_read(subject.spec, subject.samples, 3) == tokens(message)[: subject.spec.shape[0]]


def test_keys_depend_on_model_data_and_card():
    parts = [(b"a", b"b"), (b"ab", b""), (b"", b"ab"), (b"a", b"c")]
    keys = {loaded.key_of(SHA, *one) for one in parts}
    assert len(keys) == 4
    assert all(loaded.is_key(key) and loaded.file_of(key) == SHA for key in keys)
    assert not loaded.is_key("digits-mlp")


def test_a_group_whose_column_holds_the_sign_of_the_link_can_be_asked_for(demo):
    subject = demo("heart-mlp")
    halves = tuple("left~1" if at % 2 else "right" for at in range(subject.samples.count))
    samples = replace(subject.samples, groups={"a~b": halves})
    hold = holding(KEY, "My net", replace(subject, samples=samples))
    app = opened(hold, "parts", model=KEY, over="group~a~b~left~1", contributions="yes")
    assert not app.error
    assert "link's cases" not in notes(app)
    assert any("a~b: left~1" in menu.options for menu in app.selectbox)
