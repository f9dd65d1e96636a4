"""The page Models without a browser: from files to a view, and refusals in words."""

import gc
import json
import zipfile
from io import BytesIO

import pytest
import streamlit as st
import torch
from safetensors.torch import save
from torch import nn

import explain
from explain.core import Masked
from explain.core.messages import say
from explain.figures import bend
from explain.measure import metric_interval
from models import catalog
from models.example import example_csv, example_model
from models.loading.card.describing import guessed, own_card
from models.loading.card.model_card import Card
from models.loading.loading import subject_file
from models.loading.processes import child
from pages._load import card
from pages._load.drafts import _SUBJECT
from pages._load.uploads import Given
from pages._shell import caches, loaded
from pages._shell.options import read_options
from pages._shell.state import MODEL, OTHER, SAMPLE, START
from pages._shell.url import encode
from tests.demos import subject_of
from tests.loading.hub_folders import TEXTS, hub_folder, zipped
from tests.loading.pt2_files import pt2, saved
from tests.pages.visiting import box, fold, holding, html, numbers, opened, ribbon, text, told


def drop(app, *files):
    """Drop files (name, content) on the one place for them, beside what lies there already."""
    (zone,) = app.file_uploader
    zone._files = list(zone._get_files_to_register())
    for name, content in files:
        zone.upload(name, content)
    app.run()
    assert not app.exception
    return app


def press(app, label):
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception


def handed_to_buttons(app):
    """Return the types of what a click is told: Streamlit may hold it beyond the session."""
    fields = app.session_state._state._state._new_widget_state.widget_metadata.values()
    return {type(one) for field in fields for one in field.callback_args or ()}


class Heads(nn.Module):
    """Two heads, and a third value that cannot be taken over."""

    def __init__(self):
        super().__init__()
        self.trunk, self.three, self.four = nn.Linear(4, 5), nn.Linear(5, 3), nn.Linear(5, 4)

    def forward(self, x):
        hidden = self.trunk(x)
        return {
            "three": self.three(hidden),
            "four": self.four(hidden),
            "most frequent": hidden.mode(1).values,
        }


def shapes(inputs, output):
    return say("load.check.shape", inputs=[inputs], output=output)


def errors(app):
    return " ".join(one.value for one in app.error).replace("\\", "")


def with_example(app):
    drop(app, ("../../etc/<img src=x>heart.safetensors", example_model("safetensors")))
    return drop(app, ("heart.csv", example_csv().encode()))


def test_model_and_table_lead_to_a_first_look_and_open_in_prune():
    app = with_example(opened("models"))
    assert not app.error
    assert shapes("35", "2") in text(app)
    assert "of the decisions are right" in text(app)
    rows = example_csv().count("\n") - 1
    assert say("load.check.aside", rows=rows, chosen=rows // 4, rest=rows - rows // 4) in text(app)
    app.session_state[_SUBJECT] = ("another", None)
    press(app, "Open in Explore")
    assert errors(app) == say("load.look.let_go")
    press(app, "Open in Explore")
    assert numbers(app)[0] == "1,664"
    now = app.session_state["state"]
    assert loaded.is_key(now.model)


def test_model_data_and_card_come_at_once_and_a_second_model_is_refused_in_words():
    weights = save(nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2)).state_dict())
    card = json.dumps({"schema": 1, "labels": ["no", "yes"], "title": "Beside"}).encode()
    rows = b"a,b,label\n" + b"1,2,no\n2,1,yes\n" * 9
    app = drop(opened("models"), ("rows.csv", rows))
    assert say("load.drop.waits", file="rows.csv") in text(app)
    drop(app, ("the card.json", card), ("net.safetensors", weights))
    assert say("load.drop.taken", role="card", file="the card.json") in text(app)
    assert say("load.data.rows", file="rows.csv", n=18) in text(app)
    assert say("load.check.right", right=1.0)[-22:] in text(app)
    drop(app, ("other.safetensors", example_model("safetensors")))
    twice = ["net.safetensors", "other.safetensors"]
    assert errors(app) == say("load.drop.twice", role="model", names=twice)
    press(app, say("load.export.button"))
    assert "torch.export.save(program" in text(app)
    assert "docs/how-to" not in text(app)


def test_files_that_no_process_looked_at_are_told_so_and_looked_at_again(monkeypatch):
    def broken():
        raise OSError

    with monkeypatch.context() as broke:
        broke.setattr(child, "start_reader", broken)
        app = drop(
            opened("models"),
            ("net.safetensors", example_model("safetensors")),
            ("rows.csv", example_csv().encode()),
        )
    for name in ("net.safetensors", "rows.csv"):
        why = say("loading.files.not_started.says")
        assert say("load.drop.unread", file=name, why=why) in errors(app)
    assert len(app.error) == 2
    drop(app, ("model_card.json", b"{}"))
    assert not app.error
    assert "net.safetensors" in text(app)


def test_an_uploaded_name_is_no_path_and_no_markup():
    app = with_example(opened("models"))
    assert "**<img src=x>heart.safetensors**" in text(app)
    assert "etc/" not in text(app)


def test_the_example_needs_one_click():
    app = opened("models")
    press(app, "Load both now")
    assert "of the decisions are right" in text(app)


def test_a_program_is_refused_with_reason_and_hint_and_the_page_lives():
    app = drop(opened("models"), ("model.pt2", b"\x80\x04cos\nsystem\n(S'true'\ntR."))
    assert app.error
    assert errors(app).count("**") == 2
    assert len(errors(app)) > 40
    press(app, "Try another file")
    assert not app.error
    assert not with_example(app).error


def test_data_that_do_not_fit_are_refused_and_nothing_else_is_lost():
    app = drop(opened("models"), ("heart.safetensors", example_model("safetensors")))
    drop(app, ("data.csv", b"a,b\n1,2\n1,2,3\n"))
    assert app.error
    assert "heart.safetensors" in text(app)
    press(app, "Go on without data")
    assert not app.error
    assert "Without data" in text(app)
    press(app, "Open in Explore")
    assert not app.error
    assert numbers(app)[0] == "1,664"


def test_a_network_without_a_card_is_guessed_and_its_form_asks_for_what_is_unknown():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    app = drop(opened("models"), ("bare.safetensors", save(net.state_dict())))
    assert box(app, "Architecture").options[0] == "MLP"
    assert box(app, "The network takes").value == "tabular"
    labels = next(one for one in app.text_area if one.label.startswith("Names of the classes"))
    assert labels.value.split() == ["0", "1", "2"]
    labels.set_value("cat\ndog\nbird")
    press(app, "Use this card")
    rows = "a,b,c,d,label\n" + "1,2,3,4,dog\n2,1,0,4,cat\n0,0,1,5,bird\n" * 8
    drop(app, ("animals.csv", rows.encode()))
    assert not app.error
    assert shapes("4", "3") in text(app)
    press(app, "Open in Explore")
    assert ribbon(app)["metric_name"] == "Accuracy"


def test_a_card_that_was_sent_is_used_though_a_file_ends_the_run_before_the_form(monkeypatch):
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    app = drop(opened("models"), ("bare.safetensors", save(net.state_dict())))
    next(one for one in app.text_input if one.label == "Column with the answer").set_value("ill")
    seen = []

    def interrupted(network):
        seen.append(network)
        if len(seen) == 1:
            st.rerun()
        return guessed(network)

    monkeypatch.setattr(card, "guessed", interrupted)
    press(app, "Use this card")
    assert len(seen) > 1
    drop(app, ("rows.csv", b"a,b,ill,c,d\n" + b"1,2,0,3,4\n2,1,1,0,4\n" * 9))
    assert errors(app) == ""
    assert "Without data" in [one.label for one in app.button]


def test_a_card_that_makes_no_sense_is_named_field_by_field_and_can_be_corrected():
    app = with_example(opened("models"))
    mean = next(one for one in app.text_input if one.label.startswith("Mean"))
    mean.set_value("1, two")
    press(app, "Use this card")
    assert "preprocess.mean" in errors(app)
    next(one for one in app.text_input if one.label.startswith("Mean")).set_value("0")
    next(one for one in app.text_input if one.label.startswith("Deviation")).set_value("1")
    press(app, "Use this card")
    assert "preprocess.mean" not in errors(app)


def test_a_card_beside_the_file_is_used():
    net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    app = drop(opened("models"), ("bare.safetensors", save(net.state_dict())))
    card = json.dumps({"schema": 1, "labels": ["no", "yes"], "title": "Beside"}).encode()
    drop(app, ("model_card.json", card))
    assert not app.error
    press(app, "Open in Explore")
    assert "Beside" in text(app)


def test_one_click_names_the_answer_and_another_scales_by_the_data():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    app = drop(opened("models"), ("bare.safetensors", save(net.state_dict())))
    rows = "age,income,churned\n" + "".join(
        f"{20 + n},{90 * n},{'yes' if n % 3 else 'no'}\n" for n in range(40)
    )
    drop(app, ("customers.csv", rows.encode()))
    assert say("load.check.no_answer") in text(app)
    ask, scale = say("load.check.is_answer", column="churned"), say("load.check.scale_by_data")
    press_said(app, ask)
    assert say("load.check.no_answer") not in text(app)
    assert "of the decisions are right" in text(app)
    assert "as they stand in the file" in text(app)
    assert handed_to_buttons(app) <= {str, int, dict, Card}
    press_said(app, scale)
    assert "as they stand in the file" not in text(app)
    kept = app.session_state["load-answers"]
    assert kept["target"] == "churned"
    assert kept["preprocess.mean"] == [39.5, 1755]
    press(app, "Use this card")
    assert app.session_state["load-answers"] == kept
    press(app, say("load.check.no_scale"))
    assert "as they stand in the file" in text(app)
    assert app.session_state["load-answers"] == {"target": "churned"}


def test_an_answer_that_the_card_calls_otherwise_is_asked_for():
    net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    app = drop(opened("models"), ("bare.safetensors", save(net.state_dict())))
    card = json.dumps({"schema": 1, "target": "ill", "labels": ["no", "yes"]}).encode()
    drop(app, ("model_card.json", card))
    drop(app, ("rows.csv", b"a,b,label\n" + b"1,2,no\n2,1,yes\n" * 9))
    assert "'ill'" in errors(app)
    press_said(app, say("load.check.is_answer", column="label"))
    assert errors(app) == ""
    assert "of the decisions are right" in text(app)


def test_weights_of_an_own_class_get_the_lines_that_export_it_and_one_message():
    weights = {"gate.weight": torch.ones(3, 5), "odd.scale": torch.ones(2)}
    app = drop(opened("models"), ("mine.safetensors", save(weights)))
    assert len(app.error) == 1
    lines = app.code[0].value
    assert 'load_file("mine.safetensors")' in lines
    assert "gate.weight: 3 × 5" in lines
    assert '"mine.pt2"' in lines


def test_of_several_networks_in_a_file_one_is_chosen_and_another_is_one_click_away():
    file = BytesIO()
    states = [nn.Linear(3, 2).state_dict(), nn.Linear(4, 2).state_dict()]
    torch.save({"generator": states[0], "discriminator": states[1], "epoch": 1}, file)
    app = drop(opened("models"), ("gan.pt", file.getvalue()))
    (menu,) = [one for one in app.selectbox if one.label == say("load.file.part")]
    assert menu.value is None
    assert menu.options[1] == say(
        "loading.assembling.network_of_file", name="discriminator", numbers=10
    )
    assert not any(one.label == say("load.card.architecture") for one in app.selectbox)
    for part, inputs in (("discriminator", 4), ("generator", 3)):
        (menu,) = [one for one in app.selectbox if one.label == say("load.file.part")]
        menu.set_value(part).run()
        assert not app.exception
        assert app.session_state["load-opened"][1].part == part
        assert next(iter(app.session_state["load-opened"][1].tensors.values())).shape == (2, inputs)
    card = ("model_card.json", json.dumps({"schema": 1, "part": "discriminator"}).encode())
    app = drop(opened("models"), ("gan.pt", file.getvalue()), card)
    assert app.session_state["load-opened"][1].part == "discriminator"


def press_said(app, label):
    press(app, next(one.label for one in app.button if one.label.replace("\\", "") == label))


def test_pictures_in_a_zip_are_read():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    from models.loading.files.saving import to_safetensors  # noqa: PLC0415

    subject = explain.subject(net, torch.rand(4, 1, 8, 8), torch.tensor([0, 1, 0, 1]))
    app = drop(opened("models"), ("net.safetensors", to_safetensors(subject.network)))
    drop(app, ("pictures.zip", pictures()))
    assert not app.error
    assert shapes("1 × 8 × 8", "2") in text(app)
    titles = [one.label for one in (*app.text_input, *app.text_area)]
    assert say("load.field", path="preprocess.resize") in titles
    assert say("load.field", path="target") not in titles
    case = say("load.look.sample")
    (shown,) = [frame.value for frame in app.dataframe if case in frame.value]
    assert all(cell.startswith("data:image/png") for cell in shown[case])
    assert set(shown["the data say"]) == {"dark", "light"}


def pictures():
    from PIL import Image  # noqa: PLC0415

    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for at in range(12):
            one = BytesIO()
            Image.new("L", (8, 8), 20 * at).save(one, "PNG")
            archive.writestr(f"{'dark' if at < 6 else 'light'}/{at}.png", one.getvalue())
    return out.getvalue()


def test_a_zipped_folder_of_transformers_brings_its_card_and_its_tokenizer():
    app = drop(opened("models"), ("mine.zip", zipped(hub_folder())), ("rows.csv", TEXTS.encode()))
    assert not app.error
    assert "(WordPiece, lower case" in text(app)
    assert say(
        "load.card.open", fields=[say("load.field", path="preprocess.tokenizer")]
    ) not in text(app)
    assert shapes("18", "3") in text(app)


def test_a_link_is_followed_once_its_file_is_loaded():
    first = with_example(opened("models"))
    press(first, "Open in Explore")
    key = first.session_state["state"].model
    link = encode(START.but(MODEL.to(key), SAMPLE.to(5)))
    again = opened("models", amount="0.75", **link)
    assert "sha256" in " ".join(one.value for one in again.info)
    with_example(again)
    press(again, "Open the view of the link")
    now = again.session_state["state"]
    assert (now.model, now.plan.amount, now.sample) == (key, 0.75, 5)


def test_files_of_this_machine_are_offered_only_from_the_folder_given_at_the_start(
    tmp_path, monkeypatch
):
    inside, outside = tmp_path / "models", tmp_path / "secret.safetensors"
    inside.mkdir()
    outside.write_bytes(example_model("safetensors"))
    (inside / "heart.safetensors").write_bytes(outside.read_bytes())
    assert not any("folder" in one.label for one in opened("models").selectbox)
    monkeypatch.setattr(
        "pages._load.file.options", lambda: read_options(["--model-dir", str(inside)])
    )
    assert box(opened("models"), "Or a file").options == ["heart.safetensors"]
    names = ("heart.safetensors", "../secret.safetensors")
    monkeypatch.setattr("pages._load.file.files_inside", lambda _folder: names)
    app = opened("models")
    box(app, "Or a file").set_value("../secret.safetensors").run()
    press(app, "Read")
    assert "outside" in errors(app) or "name" in errors(app)
    box(app, "Or a file").set_value("heart.safetensors").run()
    press(app, "Read")
    assert "heart.safetensors" in text(app)
    assert not app.error


def test_what_was_stopped_is_not_begun_again_until_it_is_asked_for():
    app = opened("models")
    app.session_state["stopped"] = {"a-"}  # of a file without a choice among its outputs
    app.session_state["load-model"] = Given("a", "net.safetensors", example_model("safetensors"))
    app.run()
    assert "Stopped: Reading net.safetensors" in text(app)
    press(app, "Go on")
    assert "Stopped" not in text(app)
    assert shapes("35", "2") in text(app)


def test_the_gallery_shows_a_case_of_every_built_in_model_and_opens_it_on_the_first_page(demo):
    app = opened("models")
    assert html(app).count('class="face"') == len(catalog.KEYS)
    pictures = [demo for demo in catalog.DEMOS if demo.kind == "image"]
    assert html(app).count('<img src="data:image/png') == len(pictures)
    assert say("load.gallery.weights", n=1664) in text(app)
    assert say("load.gallery.weights_and_zeros", n=4343, zeros=16_111) in text(app)
    press(app, catalog.demo("heart-mlp").title)
    assert app.session_state["state"].model == "heart-mlp"
    assert numbers(app)[0] == "1,664"
    app.switch_page("pages/models.py").run()
    low, _ = metric_interval(demo("heart-mlp"), caches.dense("heart-mlp"))
    amount = bend(caches.sweep("heart-mlp", Masked(plan=START.plan)), low)
    assert say("load.gallery.bears", metric="AUC", amount=amount) in text(app)


def test_a_model_of_the_gallery_is_pruned_as_the_one_before():
    app = opened("models", amount="0.8")
    press(app, catalog.demo("heart-mlp").title)
    assert numbers(app)[0] == "333"


def test_a_loaded_model_can_be_taken_out_again():
    gc.collect()  # sessions of other tests hold the same content as long as they live
    app = with_example(opened("models"))
    press(app, "Open in Explore")
    key = app.session_state["state"].model
    app.switch_page("pages/models.py").run()
    opens = [one.key for one in app.button if one.key.startswith("open-")]
    assert opens[0] == f"open-{key}"
    press(app, "Remove")
    assert app.session_state["loaded"] == {}
    assert not loaded._entry.ready(key)
    assert app.session_state["state"].model == START.model


def _saved(amount, kind):
    """Return a pruned copy of the network of heart disease, and the file that is saved of it."""
    subject = subject_of("heart-mlp")
    plan = explain.PruningPlan(amount=amount)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    return pruned, subject_file(pruned, kind, own_card(pruned, Card(title="Mine")))


@pytest.mark.parametrize("kind", [".safetensors", ".pt2"])
def test_what_prune_saves_is_loaded_again_with_its_card_and_zeros(kind):
    pruned, content = _saved(0.7, kind)
    app = drop(opened("models"), (f"pruned{kind}", content))
    assert not app.error
    press(app, "Open in Explore")
    again = loaded._entry(app.session_state["state"].model).subject
    inputs = pruned.samples.inputs[0][:20]
    assert torch.equal(again.network(inputs), pruned.network(inputs))
    zeros = [
        sum(int((t == 0).sum()) for t in s.network.weights().values()) for s in (again, pruned)
    ]
    assert zeros[0] == zeros[1] > 0


def test_a_second_file_is_compared_with_the_network_that_is_open_on_every_page():
    pruned, content = _saved(0.75, ".safetensors")
    app = drop(opened("models", model="heart-mlp", amount="0.3"), ("small.safetensors", content))
    offer = say("load.beside.offer", title=catalog.demo("heart-mlp").title)
    press(app, offer)
    assert not app.error
    state = app.session_state["state"]
    assert (state.model, state[OTHER].seed) == ("heart-mlp", 1)
    assert encode(state)["other"] == [state[OTHER].model]
    dense = subject_of("heart-mlp")
    changed = str(len(explain.flips(dense, pruned).changed))
    assert numbers(app)[2] == changed
    graph, effects = told(app, "sparsight_graph"), told(app, "sparsight_effects")
    assert (graph["amount"], ribbon(app)["amount"]) == (0.75, 0.75)
    assert graph["kept_text"].startswith("416 ")
    assert sum(1 - row[1] for row in effects["effects"]["kept"]) > 1
    assert ribbon(app)["beside"]
    assert say("comparison.line", title="Mine") in text(app)
    assert say("comparison.by_place") in text(app)
    assert say("loading.assembling.no_data") not in text(app)
    assert not fold(app, "compared")
    app.switch_page("pages/decisions.py").run()
    assert not app.error
    assert numbers(app)[2] == changed
    press(app, say("comparison.with_the_plan"))
    assert app.session_state["state"][OTHER] is None
    assert (ribbon(app)["amount"], ribbon(app)["beside"]) == (0.3, "")
    app.switch_page("pages/models.py").run()
    cards = [one.key for one in app.button if one.label == offer]
    assert f"beside-{state[OTHER].model}" in cards  # as long as the session holds the file


def test_a_file_that_does_not_fit_the_one_that_is_open_is_told_why_and_not_offered():
    key = loaded.key_of("cd" * 32, b"a first network")
    hold = holding(key, "Mine", subject_of("heart-mlp"))
    heads = pt2(Heads().eval(), (torch.randn(3, 4),))
    app = drop(opened(hold, "models", model=key), ("heads.pt2", heads))
    assert "it reads inputs of the shape 4, not 35" in text(app)
    assert "load-beside" not in {one.key for one in app.button}


def test_of_several_outputs_the_page_takes_a_likely_one_and_lets_people_choose_another():
    app = drop(opened("models"), ("heads.pt2", pt2(Heads().eval(), (torch.randn(3, 4),))))
    assert not app.error
    assert shapes("4", "3") in text(app)
    menu = box(app, "Which of the values that the network returns is its answer?")
    assert menu.value == "three"
    menu.set_value("four").run()
    assert not app.exception
    assert shapes("4", "4") in text(app)
    assert say("network.weights_of_others", n=18, weights=67) in text(app)
    box(app, menu.label).set_value("most frequent").run()
    assert "mode" in errors(app)  # what is refused leaves the menu there
    box(app, menu.label).set_value("three").run()
    assert not app.error
    assert shapes("4", "3") in text(app)


class Two(nn.Module):
    """A table, numbers beside it, and a matrix that all rows share."""

    def __init__(self):
        super().__init__()
        self.one, self.two, self.last = nn.Linear(2, 4), nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x, beside, graph):
        return self.last(torch.relu(self.one(x) + self.two(beside)) @ graph)


def test_of_several_inputs_the_page_asks_which_is_explained_and_says_beside_reasons_what_is_held():
    n = torch.export.Dim("n", min=1, max=99)
    given = (torch.ones(3, 2), torch.ones(3, 3), torch.ones(4, 4))
    exported = torch.export.export(
        Two().eval(), given, dynamic_shapes=({0: n}, {0: n}, None), strict=False
    )
    rows = "a,b,c,d,e,label\n" + "1,2,3,4,5,0\n5,1,3,2,4,1\n" * 12
    app = drop(opened("models"), ("two.pt2", saved(exported)), ("rows.csv", rows.encode()))
    assert "'beside', 'graph'" in errors(app)
    menu = box(app, say("load.inputs.first"))
    assert menu.options == ["'x' (2)", "'beside' (3)"]
    fields = {one.placeholder: one for one in app.text_input if one.placeholder}
    fields[say("load.inputs.own", name="graph")].set_value("0.5")
    fields[say("load.inputs.own", name="beside")].set_value("c, d, e").run()
    assert not errors(app)
    assert say("load.check.shape", inputs=["2", "3"], output="2") in text(app)
    assert "is held at 0.5" in text(app)
    press(app, say("load.look.open"))
    app.switch_page("pages/reasons.py").run()
    assert not app.exception
    assert "The input 'graph' (4 × 4, the same for all rows) is held at 0.5." in text(app)
    app.switch_page("pages/models.py").run()
