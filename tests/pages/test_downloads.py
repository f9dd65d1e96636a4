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
from explain.core.messages import as_set, count, say, share
from explain.figures import metric_sentence
from explain.measure import headline_metric, meter, metric_change
from models.loading.opening import open_model
from pages._decisions import ledger
from pages._decisions.case_table import MOST
from pages._shell.charts import plain, sized
from pages._shell.state import MODEL, PLAN, SAMPLE, START
from pages._shell.url import encode
from tests.demos import RELATIVES, of_each_kind
from tests.pages.visiting import opened, table_of, text

WAYS, RATES = "data-decisions ways", "data-decisions rates"
GROUPS, CASES = "data-decisions groups", "data-decisions cases"
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


def buttons(app):
    """Return the buttons of the files of a page by their keys."""
    return {one.proto.id.split("-", 2)[2]: one.proto for one in app.get("download_button")}


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


@pytest.mark.parametrize("key", of_each_kind(but=RELATIVES))
def test_the_flip_ledger_says_what_the_page_shows(key):
    app, files = offered(key, "decisions")
    rows = table(files["download-flips"])
    changed = {row["id"]: row for row in rows if row["status"] != "same"}
    shown = table_of(app, CASES)
    heads, listed = shown[0], shown[1:]
    assert len(listed) == min(MOST, len(changed))
    for cells in listed:
        row, said = changed[cells[0]], dict(zip(heads, cells, strict=True))
        assert said[say("decisions.column", column="before")] == row["dense"]
        assert said[say("decisions.column", column="after")] == row["pruned"]
        status = say("decisions.status", status=row["status"])
        assert said[say("decisions.column", column="what")] == status
        assert said[say("decisions.column", column="first")] == as_set(float(row["first_amount"]))
        assert (said[say("decisions.column", column="back")] != "") == (row["flips_back"] == "True")


@pytest.mark.parametrize("key", of_each_kind(but=RELATIVES))
def test_every_number_of_the_decisions_is_that_of_explain(demo, key):
    app, _ = offered(key, "decisions")
    whole, pruned = demo(key), pruned_by(demo(key), PLAN_OF_ALL)
    before = explain.evaluate(whole)
    after = explain.evaluate(pruned, reference=before)
    flips = explain.flips(whole, pruned)
    classes = whole.task.classes
    said = text(app)
    changed, total = len(flips.changed), flips.n
    start = say("figures.decisions.changed", changed=changed, total=total, outcomes="")[:-1]
    assert start in said
    for status, rows in (("broke", flips.broke), ("fixed", flips.fixed)):
        told = say("figures.decisions.outcome", status=status, n=len(rows))
        assert (told in said) == bool(len(rows))
    change = metric_change(whole, before, after)
    assert metric_sentence(change, meter(headline_metric(whole))) in said
    matrix = table_of(app, WAYS)
    names = matrix[0][1:]
    assert [row[0] for row in matrix[1:]] == names
    for row in matrix[1:]:
        for name, cell in zip(names, row[1:], strict=True):
            went = (before.decisions == classes.index(row[0])) & (
                after.decisions == classes.index(name)
            )
            marks = {"✕": len([at for at in flips.broke if went[at]])}
            marks["✓"] = len([at for at in flips.fixed if went[at]])
            if name == row[0]:
                assert cell == (count(int(went.sum())) if went.any() else "·")
            else:
                assert all((f"{sign} {count(n)}" in cell) == bool(n) for sign, n in marks.items())
    _groups(app, whole, flips)
    assert len(table_of(app, CASES)) == 1 + min(MOST, changed)
    assert len(table_of(app, RATES)) == 1 + len(classes)


def _groups(app, whole, flips):
    everybody = len(flips.changed) / flips.n
    rows = {row[0]: row for row in table_of(app, GROUPS)[1:]}
    moved = set(flips.changed.tolist())
    for column, labels in whole.samples.groups.items():
        for label in set(labels):
            members = [at for at in range(flips.n) if labels[at] == label]
            changed = len(moved.intersection(members))
            row = rows.get(f"{label} {column}")
            assert (row is None) == (len(members) < 5)
            if row is not None:
                size = "few" if len(members) < 30 else "enough"
                part = changed / len(members)
                assert row[2] == say("decisions.group_share", size=size, share=part, n=len(members))
    assert share(everybody) in text(app)


@pytest.mark.parametrize("key", of_each_kind())
def test_the_plan_and_the_networks_are_those_of_the_page(demo, key):
    app, files = offered(key, "")
    assert PruningPlan.from_json(opened_file(files["download-plan"]).decode()) == PLAN_OF_ALL
    wanted = pruned_by(demo(key), PLAN_OF_ALL).network.weights()
    weights = opened_file(files["download-weights"])
    found = load_tensors(weights)
    counters = {name for name in wanted if name.endswith("num_batches_tracked")}
    assert all(torch.equal(found[name], wanted[name]) for name in wanted.keys() - counters)
    assert all(found[name] > 0 for name in counters), "those of the source"
    kept = sum(int(tensor.count_nonzero()) for tensor in wanted.values())
    size = sum(tensor.nbytes for tensor in wanted.values())
    assert plain(sized("", size)) in buttons(app)["download-weights"].label
    assert size <= len(weights) < 1.2 * size + 5_000
    own = load_tensors(opened_file(files["download-network.safetensors"]))
    read = open_model(opened_file(files["download-network.pt2"])).network.weights()
    for tensors in (own, read):
        assert sum(int(tensors[name].count_nonzero()) for name in wanted if name in tensors) == kept


@pytest.mark.parametrize("key", of_each_kind())
@pytest.mark.parametrize("page", ["", "decisions", "inside", "inputs", "parts", "models"])
def test_every_file_of_every_page_can_be_opened(key, page):
    app, files = offered(key, page)
    for name, data in files.items():
        if name.startswith("data-") or name.endswith("csv"):
            table(data)
        else:
            assert opened_file(data)
    for name, shown in buttons(app).items():
        assert shown.help or shown.type == "secondary", name
        if not callable(files[name]):
            size = plain(sized("", len(opened_file(files[name]))))
            assert size in f"{shown.label}{shown.help}", name


def test_why_a_file_cannot_be_made_is_said(monkeypatch):
    app, files = offered("heart-mlp", "decisions")
    monkeypatch.setattr(ledger, "decision_name", refuse)
    with pytest.raises(Refused):
        files["download-flips"]()
    monkeypatch.setattr(ledger, "decision_name", figures.decision_name)
    (said,) = [error.value for error in app.run().error]
    assert "decisions" in said
    assert str(Refused("comparison.gone"))[:20] in said
    opened_file(files["download-flips"])
    assert not app.run().error


def refuse(*_given):
    raise Refused("comparison.gone")
