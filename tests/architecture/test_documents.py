"""What the documents say is run: snippets, commands, links and the generated page."""

import importlib
import importlib.util
import json
import re
import shlex
from dataclasses import replace

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

import explain
from explain.__main__ import main
from explain.attribution import catalog as methods
from explain.core.methods import Attributor, Criterion, Grain, Meter, Partitioner
from explain.decompose import catalog as partitions
from explain.measure import catalog as meters
from explain.pruning import catalog as criteria
from models.baseline import figures
from models.demo import Demo
from models.fitting import fit, module_outputs
from models.train import rows_of
from pages._choices.catalog import CHOICES
from pages._shell.state import MODEL, START
from pages._shell.terms import glossary
from pages._shell.url import checked, decode, encode

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"""\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)\"""")


def blocks(text, language):
    return [body for name, body in BLOCK.findall(text) if name == language]


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


def documents(root):
    found = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "bench").glob("*.md")]
    return sorted(found)


def module_of(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_methods_is_what_the_catalogs_say(root):
    generator = module_of(root / "docs" / "generate.py", "docs_generate")
    assert generator.PAGE.read_text(encoding="utf-8") == generator.page(), (
        "docs/methods.md is stale: run python -m docs.generate"
    )


def test_the_page_of_methods_follows_a_new_criterion(root, monkeypatch):
    generator = module_of(root / "docs" / "generate.py", "docs_generate")
    new = replace(criteria.CRITERIA[0], key="brand-new", title="Brand new")
    monkeypatch.setattr(generator, "CRITERIA", (*criteria.CRITERIA, new))
    assert "### Brand new" in generator.page()
    assert generator.page() != generator.PAGE.read_text(encoding="utf-8")


def test_the_python_of_the_readme_runs(readme, run_python):
    snippets = blocks(readme, "python")
    assert len(snippets) >= 2
    ended = run_python("-c", "\n".join(snippets))
    assert ended.returncode == 0, ended.stderr
    assert "of 6464" in ended.stdout


def commands(text):
    lines = "\n".join(blocks(text, "sh")).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("python -m explain")]


def test_the_commands_of_the_readme_run(root, readme, run_python, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    how_to = (root / "docs/how-to/run-a-recipe.md").read_text(encoding="utf-8")
    (tmp_path / "recipe.json").write_text(blocks(how_to, "json")[0], encoding="utf-8")
    found = commands(readme)
    assert {shlex.split(line)[3] for line in found} >= {
        *("models", "criteria", "methods", "prune", "attribute", "features"),
    }
    for line in found:
        assert main(shlex.split(line)[3:]) == 0, line
        said = capsys.readouterr().out
        if "--json" in line:
            assert json.loads(said), line
    ended = run_python(*shlex.split(found[0])[1:])
    assert ended.returncode == 0, f"{found[0]}\n{ended.stderr}"


def test_the_targets_of_make_in_the_documents_exist(root):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for path in documents(root):
        named = set(re.findall(r"`make ([a-z-]+)", path.read_text(encoding="utf-8")))
        assert named <= targets, path.name


def test_no_link_between_the_documents_is_dead(root):
    dead = []
    for path in documents(root):
        for pair in LINK.findall(path.read_text(encoding="utf-8")):
            target = "".join(pair).partition("#")[0]
            local = target and "://" not in target and not target.startswith("mailto:")
            if local and not (path.parent / target).exists():
                dead.append(f"{path.relative_to(root)}: {target}")
    assert not dead


def test_every_decision_has_a_number_of_its_own_a_date_and_says_why(root):
    found = sorted((root / "docs" / "adr").glob("*.md"))
    numbers = [path.name.partition("-")[0] for path in found]
    assert len(numbers) == len(set(numbers))
    for path, number in zip(found, numbers, strict=True):
        text = path.read_text(encoding="utf-8")
        assert re.match(rf"# {number} .+\n\n20\d\d-\d\d-\d\d\n\n## ", text), path.name
        assert re.search(r"^## (Context|Why)", text, re.MULTILINE), path.name
        assert re.search(r"^## Decision", text, re.MULTILINE), path.name


def written(root, tmp_path, name):
    """Write the first Python block of a how-to into a file, as a reader would."""
    text = (root / "docs" / "how-to" / f"{name}.md").read_text(encoding="utf-8")
    path = tmp_path / f"{name.replace('-', '_')}.py"
    path.write_text(blocks(text, "python")[0], encoding="utf-8")
    return path


def example(root, tmp_path, name, kind):
    """Return the record that the first Python block of a how-to makes."""
    path = written(root, tmp_path, name)
    module = module_of(path, path.stem)
    return next(value for value in vars(module).values() if isinstance(value, kind))


def test_the_example_of_a_criterion_prunes(root, tmp_path, monkeypatch, demo):
    record = example(root, tmp_path, "add-a-criterion", Criterion)
    monkeypatch.setattr(criteria, "CRITERIA", (*criteria.CRITERIA, record))
    subject = demo("digits-mlp")
    plan = explain.PruningPlan(criterion=record.key, granularity=record.granularity, amount=0.5)
    masks = explain.select(explain.score(subject, plan), plan)
    assert masks.total - masks.kept == round(0.5 * masks.total)
    assert explain.flips(subject, explain.prune(subject, masks)).n == subject.samples.count


def test_the_example_of_a_grain_is_the_n_of_m_that_ships(root, tmp_path, monkeypatch, demo):
    record = example(root, tmp_path, "add-a-grain", Grain)
    monkeypatch.setattr(criteria, "GRAINS", (*criteria.GRAINS, record))
    subject = demo("digits-mlp")
    for options in ({}, {"n": 1, "m": 8}):
        ours, theirs = (
            explain.select(explain.score(subject, plan), plan).keep
            for plan in (
                explain.PruningPlan(granularity=key, amount=0.7, options=options)
                for key in (record.key, "nm")
            )
        )
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_the_example_of_a_metric_measures(root, tmp_path, monkeypatch, demo):
    record = example(root, tmp_path, "add-a-metric", Meter)
    monkeypatch.setattr(meters, "METERS", (*meters.METERS, record))
    digits, heart = demo("digits-mlp"), demo("heart-mlp")
    measured = replace(digits, task=replace(digits.task, metric=record.key))
    assert explain.evaluate(digits).metric < explain.evaluate(measured).metric <= 1
    assert record.fits(digits) is None
    assert record.fits(heart)


def test_the_example_of_an_attribution_method_explains(root, tmp_path, monkeypatch, demo):
    record = example(root, tmp_path, "add-an-attribution-method", Attributor)
    monkeypatch.setattr(methods, "ATTRIBUTORS", (*methods.ATTRIBUTORS, record))
    for key in ("digits-cnn", "heart-mlp", "sms-transformer"):
        subject = demo(key)
        found = explain.attribute(subject, record.key, sample=1)
        plain = explain.attribute(subject, "saliency", sample=1)
        assert found.values.shape == plain.values.shape
        assert (found.values >= 0).all()
        assert found.values.any()


def test_the_example_of_a_partition_method_splits(root, tmp_path, monkeypatch, demo):
    record = example(root, tmp_path, "add-a-partition-method", Partitioner)
    monkeypatch.setattr(partitions, "PARTITIONERS", (*partitions.PARTITIONERS, record))
    one, same = (explain.partition(demo("digits-cnn"), record.key, k=3) for _ in range(2))
    assert one.count == 3
    assert np.ptp(one.sizes) <= 1
    assert all(np.array_equal(one.labels[name], same.labels[name]) for name in one.labels)


def test_the_example_of_a_demo_learns(root, tmp_path):
    demo = example(root, tmp_path, "add-a-demo", Demo)
    data = demo.read()
    few = replace(demo.recipe, epochs=3)
    network = fit(demo.build, rows_of(data.train), few, seed=1)
    chance = 1 / len(data.task.classes)
    found = figures(module_outputs(network, data.test.inputs[0]), data.test.targets)["accuracy"]
    assert found > 3 * chance
    assert isinstance(network, torch.nn.Module)


GLOSSARY = re.compile(r"^\| ([^|]+) \| ([^|]+) \| (?:`([\w.]+)`|—) \|$", re.MULTILINE)


def looked_up(name):
    """Return what a dotted name of the glossary stands for; fields count by their annotation."""
    found, *members = name.split(".")
    found = importlib.import_module(found)
    for member in members:
        if not hasattr(found, member) and hasattr(found, "__path__"):
            importlib.import_module(f"{found.__name__}.{member}")
        fields = getattr(found, "__dataclass_fields__", {})
        found = fields[member] if member in fields else getattr(found, member)
    return found


def test_every_word_of_the_glossary_stands_once_and_names_what_is_in_the_code(root):
    entries = GLOSSARY.findall((root / "docs" / "glossary.md").read_text(encoding="utf-8"))
    words = [word for word, _, _ in entries if word not in {"word", "---"}]
    assert len(words) >= 30
    assert len(set(words)) == len(words)
    for _, _, name in entries:
        assert not name or looked_up(name) is not None, name


def test_the_glossary_says_of_every_word_with_a_card_what_the_card_says(root):
    entries = GLOSSARY.findall((root / "docs" / "glossary.md").read_text(encoding="utf-8"))
    meant = {
        one.replace("-", " "): meaning
        for word, meaning, _ in entries
        for one in re.split(r" \(|\)", word)
    }
    cards = dict(glossary())
    assert len(cards) > 20
    assert {w: c for w, c in cards.items() if not meant.get(w, "").startswith(c)} == {}


def test_a_name_of_the_glossary_that_is_gone_would_be_found():
    with pytest.raises(AttributeError):
        looked_up("explain.PruningPlan.share")


def test_the_example_of_a_choice_is_in_state_link_check_and_reset(root, tmp_path, demo):
    path = written(root, tmp_path, "add-a-choice")
    shown = module_of(path, path.stem).SHOWN
    catalog = (*CHOICES, shown)
    asked = START.but(MODEL.to("heart-mlp"), shown.to(12))
    assert (START[shown], asked[shown]) == (8, 12)
    assert decode(encode(asked), ["heart-mlp"], catalog) == (asked, ())
    assert checked(asked, catalog) == (asked, ())
    _, (unread,) = decode({"shown": ["many"]}, [], catalog)
    assert unread == "The link's shown 'many' is no whole number."
    more = demo("heart-mlp").samples.count + 1
    fallen, (missing,) = checked(asked.but(shown.to(more)), catalog)
    assert fallen == START.but(MODEL.to("heart-mlp"))
    assert missing == f"The link's {more} samples are not there; showing 8."
    assert asked.but(MODEL.to("digits-mlp"))[shown] == 8


def test_the_example_of_a_panel_follows_the_sample(root, tmp_path, demo):
    groups = demo("heart-mlp").samples.groups
    path = written(root, tmp_path, "add-a-panel")
    app = AppTest.from_function(_page_with, args=(str(path),), default_timeout=60).run()
    for sample in (0, 5):
        app.number_input[0].set_value(sample).run()
        assert not app.exception
        assert not app.error
        (shown,) = app.markdown
        assert all(values[sample] in shown.value for values in groups.values())


def _page_with(path):
    import importlib.util as files  # noqa: PLC0415 - the whole page stands in this function

    import streamlit as st  # noqa: PLC0415 - the same

    from pages._shell.actions import choose  # noqa: PLC0415 - the same
    from pages._shell.panel import drawn_page  # noqa: PLC0415 - the same
    from pages._shell.state import (  # noqa: PLC0415 - the same
        MODEL,
        SAMPLE,
        START,
        STARTED,
        become,
    )

    st.session_state[STARTED] = True
    spec = files.spec_from_file_location("about_sample", path)
    module = files.module_from_spec(spec)
    spec.loader.exec_module(module)
    if "sample" not in st.session_state:
        become(START.but(MODEL.to("heart-mlp")))
    st.number_input(
        "sample", 0, key="sample", on_change=lambda: choose(SAMPLE.to(st.session_state["sample"]))
    )
    with drawn_page():
        module.about_sample()
