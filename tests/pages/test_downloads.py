"""Every file that a page offers is made outside of any session, and says what the page shows."""

import csv
import io
from contextlib import contextmanager
from functools import cache
from threading import Thread

import pytest
import torch
from safetensors.torch import load as load_tensors
from streamlit.elements.widgets import button

import explain
from explain import PruningPlan, Refused, figures
from explain.core.messages import as_set, say
from models.catalog import KEYS
from models.loading.opening import open_model
from pages._decisions import decisions
from pages._shell.state import MODEL, PLAN, SAMPLE, START
from pages._shell.url import encode
from tests.pages.visiting import opened, text

PLAN_OF_ALL = PruningPlan(criterion="lamp", amount=0.8)


@contextmanager
def noting():
    """Give what the pages offer from now on: key of the button -> what makes the file."""
    found = {}
    true = button.marshall_file

    def noted(coordinates, data, *args, element_id="", **named):
        key = element_id.split("-", 2)[2]
        found[key] = data
        return true(coordinates, data, *args, element_id=element_id, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(button, "marshall_file", noted)
        yield found


@cache
def offered(key, page):
    """Return a page of a model, and the files that it offers; visited once for all laws."""
    link = encode(START.but(MODEL.to(key), PLAN.to(PLAN_OF_ALL), SAMPLE.to(3)))
    with noting() as files:
        app = opened(page, **link)
    assert not app.error
    return app, files


def opened_file(data):
    """Return the bytes of a file, made as Streamlit makes it: in a thread without a session."""
    if not callable(data):
        return data.encode() if isinstance(data, str) else data
    made = []
    thread = Thread(target=lambda: made.append(data()))
    thread.start()
    thread.join()
    assert made
    return made[0].encode() if isinstance(made[0], str) else made[0]


def table(data):
    rows = list(csv.DictReader(io.StringIO(opened_file(data).decode())))
    assert rows
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


def pruned_by(subject, plan):
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


@pytest.mark.parametrize("key", KEYS)
def test_the_flip_ledger_says_what_the_page_shows(key):
    app, files = offered(key, "decisions")
    rows = table(files["download-flips"])
    changed = [row for row in rows if row["status"] != "same"]
    assert say("decisions.changed", changed=len(changed), total=len(rows)) in text(app)
    shown = app.dataframe[0].value
    listed = changed[: len(shown)]
    assert shown[say("decisions.sample")].tolist() == [int(row["sample"]) for row in listed]
    firsts = [row["first_amount"] for row in listed]
    assert shown[say("decisions.first_flips_at")].tolist() == [
        as_set(float(first)) for first in firsts
    ]
    assert [back != "" for back in shown[say("decisions.flips_back")]] == [
        row["flips_back"] == "True" for row in listed
    ]


@pytest.mark.parametrize("key", KEYS)
def test_the_plan_and_the_networks_are_those_of_the_page(demo, key):
    _, files = offered(key, "")
    assert PruningPlan.from_json(opened_file(files["download-plan"]).decode()) == PLAN_OF_ALL
    wanted = pruned_by(demo(key), PLAN_OF_ALL).network.weights()
    found = load_tensors(opened_file(files["download-weights"]))
    assert all(torch.equal(found[name], tensor) for name, tensor in wanted.items())
    kept = sum(int(tensor.count_nonzero()) for tensor in wanted.values())
    own = load_tensors(opened_file(files["download-network.safetensors"]))
    read = open_model(opened_file(files["download-network.pt2"])).network.weights()
    for tensors in (own, read):
        assert sum(int(tensors[name].count_nonzero()) for name in wanted if name in tensors) == kept


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("page", ["", "decisions", "inside", "inputs", "parts", "models"])
def test_every_file_of_every_page_can_be_opened(key, page):
    _, files = offered(key, page)
    for name, data in files.items():
        if name.startswith("data-") or name.endswith("csv"):
            table(data)
        else:
            assert opened_file(data)


def test_why_a_file_cannot_be_made_is_said(monkeypatch):
    app, files = offered("heart-mlp", "decisions")
    monkeypatch.setattr(decisions, "decision_name", refuse)
    with pytest.raises(Refused):
        files["download-flips"]()
    monkeypatch.setattr(decisions, "decision_name", figures.decision_name)
    (said,) = [error.value for error in app.run().error]
    assert "flips" in said
    assert str(Refused("comparison.gone"))[:20] in said
    opened_file(files["download-flips"])
    assert not app.run().error


def refuse(*_given):
    raise Refused("comparison.gone")
