"""The command line says the same as Python."""

import json

import pytest
import torch
from safetensors.torch import load_file

import explain
import models
from explain.__main__ import main
from explain.attribution import ATTRIBUTORS
from explain.core import Masked, evaluation_rows
from models.catalog import CATALOG
from tests.demos import subject_of


def printed(capsys, *arguments):
    assert main(list(arguments)) == 0
    return json.loads(capsys.readouterr().out)


def test_models_lists_the_catalog(capsys):
    assert [row["key"] for row in printed(capsys, "models", "--json")] == [
        entry.key for entry in CATALOG
    ]


def test_prune_prints_plan_counts_metric_flips_and_fingerprints(capsys, demo):
    options = ["--model", "digits-mlp", "--criterion", "magnitude", "--amount", "0.9", "--json"]
    found = printed(capsys, "prune", *options)
    subject = demo("digits-mlp")
    plan = explain.PruningPlan(criterion="magnitude", amount=0.9)
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    run = explain.evaluate(pruned)
    assert found["plan"] == json.loads(masks.plan.to_json())
    assert (found["counts"]["pruned"], found["counts"]["total"]) == (round(0.9 * 6464), 6464)
    assert found["metric"]["pruned"] == run.metric
    assert found["metric"]["dense"] == explain.evaluate(subject).metric
    assert found["flips"]["changed"] == len(explain.flips(subject, pruned).changed)
    assert found["fingerprints"]["subject"] == subject.fingerprint
    assert len(found["fingerprints"]["weights"]) == 64


def test_the_same_command_prints_the_same_twice(capsys):
    options = ["--model", "heart-mlp", "--criterion", "random", "--seed", "4", "--amount", "0.5"]
    arguments = ["prune", *options, "--json"]
    assert printed(capsys, *arguments) == printed(capsys, *arguments)


@pytest.mark.parametrize("criterion", [record.key for record in explain.pruning.CRITERIA])
def test_every_criterion_runs_without_naming_its_granularity(capsys, criterion):
    arguments = ["prune", "--model", "heart-mlp", "--criterion", criterion, "--amount", "0.5"]
    counts = printed(capsys, *arguments, "--json")["counts"]
    assert 0 < counts["kept"] < counts["total"]


def test_a_recipe_runs_as_in_python_with_the_same_hash(capsys, demo, tmp_path):
    how = explain.Training(epochs=1, batch=128)
    stages = [
        explain.Stage(how=Masked(plan=explain.PruningPlan(amount=0.5)), training=how),
        explain.Stage(how=Masked(plan=explain.PruningPlan(amount=0.5))),
    ]
    recipe = explain.Recipe(stages=tuple(stages))
    (tmp_path / "recipe.json").write_text(recipe.to_json())
    out = tmp_path / "small.safetensors"
    options = [str(tmp_path / "recipe.json"), "--model", "heart-mlp", "--output", str(out)]
    found = printed(capsys, "run", *options, "--json")
    ran = explain.run(demo("heart-mlp"), recipe)
    assert found["hash"] == ran.hash
    assert [one["kept"] for one in found["stages"]] == [one.kept for one in ran.stages]
    assert found["stages"][1]["changed"] == len(ran.stages[1].flips.changed)
    assert found["stages"][0]["training"][0]["loss"] == ran.stages[0].epochs[0].loss
    written = load_file(out)
    for name, tensor in ran.subject.network.weights().items():
        assert tensor.equal(written[name])


def test_a_saved_plan_overrides_and_output_work(capsys, demo, tmp_path):
    plan = explain.PruningPlan(amount=0.4, overrides=(("hidden1", 0.9),), protected=("output",))
    (tmp_path / "plan.json").write_text(plan.to_json(), encoding="utf-8")
    out = tmp_path / "pruned.safetensors"
    by_file = printed(
        capsys, "prune", "--model", "digits-mlp", "--plan", str(tmp_path / "plan.json"),
        "--output", str(out), "--json",
    )  # fmt: skip
    by_options = printed(
        capsys, "prune", "--model", "digits-mlp", "--amount", "0.4", "--override",
        "hidden1=0.9", "--protect", "output", "--json",
    )  # fmt: skip
    assert by_file.pop("output") == {"file": str(out), "notes": []}
    assert by_file == by_options
    subject = demo("digits-mlp")
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    weights = load_file(out)
    for name, tensor in pruned.network.weights().items():
        assert torch.equal(weights[name], tensor)


def test_a_saved_plan_switches_mends_on(capsys, tmp_path):
    how = Masked(
        plan=explain.PruningPlan(amount=0.5), recalibrated=True, folded=True, repaired=True
    )
    (tmp_path / "plan.json").write_text(how.to_json(), encoding="utf-8")
    asked = ("prune", "--model", "digits-cnn", "--json")
    by_file = printed(capsys, *asked, "--plan", str(tmp_path / "plan.json"))
    assert by_file == printed(
        capsys, *asked, "--amount", "0.5", "--recalibrate", "--fold", "--repair"
    )
    assert by_file["folded"]
    assert by_file["repaired"]
    assert by_file["metric"] != printed(capsys, *asked, "--amount", "0.5")["metric"]


@pytest.mark.parametrize(
    "arguments",
    [
        "prune --model nothing",
        "prune --model digits-mlp --criterion magnitud",
        "prune --model digits-mlp --amount 2",
        "prune --model digits-mlp --override hidden1",
        "prune --model digits-mlp --protect nothing",
        "prune --model digits-mlp --plan /does/not/exist.json",
        "prune --model digits-mlp --criterion wanda --threshold 0.5",
    ],
)
def test_an_error_is_one_sentence_and_a_hint(capsys, arguments):
    assert main(arguments.split()) == 1
    error = capsys.readouterr().err.strip().splitlines()
    assert len(error) == 2
    assert "Traceback" not in "".join(error)


def test_methods_lists_the_catalog(capsys):
    rows = printed(capsys, "methods", "--json")
    assert [row["key"] for row in rows] == [record.key for record in ATTRIBUTORS]


def test_attribute_prints_what_python_returns(capsys, demo):
    options = ["--model", "heart-mlp", "--amount", "0.8", "--sample", "3", "--option", "steps=16"]
    found = printed(capsys, "attribute", *options, "--json")
    subject = demo("heart-mlp")
    plan = explain.PruningPlan(amount=0.8)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    asked = {"sample": 3, "options": {"steps": 16}}
    dense = explain.attribute(subject, "integrated-gradients", **asked)
    target = int(dense.targets[0])
    after = explain.attribute(pruned, "integrated-gradients", target=target, **asked)
    assert found["target"] == target
    assert found["dense"]["values"] == dense.values[0].tolist()
    assert found["pruned"]["values"] == after.values[0].tolist()
    assert found["pruned"]["gap"] == after.gaps[0]
    assert found["drift"] is None


def test_attribute_measures_drift_on_demand(capsys):
    options = ["--model", "heart-mlp", "--amount", "0.8", "--drift", "12", "--option", "steps=4"]
    found = printed(capsys, "attribute", *options, "--json")["drift"]
    assert found["rows"] + len(found["flipped"]) == 12
    assert found["overlap"]["low"] <= found["overlap"]["value"] <= found["overlap"]["high"]


def test_attribute_prints_how_far_another_seed_and_another_baseline_are(capsys, demo):
    options = ["--model", "heart-mlp", "--amount", "0.8", "--drift", "12", "--option", "steps=4"]
    printed_drift = printed(capsys, "attribute", *options, "--json")["drift"]
    subject, plan = demo("heart-mlp"), explain.PruningPlan(amount=0.8)
    wanted = explain.drift(
        subject,
        explain.prune(subject, explain.select(explain.score(subject, plan), plan)),
        "integrated-gradients",
        rows=evaluation_rows(subject, 12),
        other_seed=subject_of("heart-mlp", seed=2),
        options={"steps": 4},
    )
    for name in ("other_seed", "other_baseline"):
        number = getattr(wanted, name)
        assert printed_drift[name] == {
            "value": number.value,
            "low": number.low,
            "high": number.high,
        }


def test_attribute_prints_null_where_there_is_no_second_training(capsys, monkeypatch):
    load = models.load_demo

    def only_one(key, *, seed=1):
        if seed != 1:
            raise explain.Refused("There is no second training.", hint="None.")
        return load(key)

    monkeypatch.setattr(models, "load_demo", only_one)
    options = ["--model", "heart-mlp", "--amount", "0.8", "--drift", "12", "--option", "steps=4"]
    assert printed(capsys, "attribute", *options, "--json")["drift"]["other_seed"] is None


def test_attribute_explains_a_typed_text(capsys):
    options = ["--model", "sms-transformer", "--method", "saliency", "--text", "call now to win"]
    found = printed(capsys, "attribute", *options, "--json")
    assert found["sample"] is None
    assert found["dense"]["shape"] == [40]


def test_features_prints_what_python_returns(capsys, demo):
    options = ["--model", "digits-cnn", "--amount", "0.5", "--sample", "2", "--recalibrate"]
    found = printed(capsys, "features", *options, "--json")
    subject = demo("digits-cnn")
    plan = explain.PruningPlan(amount=0.5)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    dense = explain.feature_maps(subject, found["layer"], 2)
    after = explain.feature_maps(
        explain.recalibrate(pruned), found["layer"], 2, target=dense.target
    )
    assert found["dense"]["relevance"] == dense.relevance.tolist()
    assert found["pruned"]["relevance"] == after.relevance.tolist()
    assert found["pruned"]["order"] == after.order.tolist()


@pytest.mark.parametrize("option", ["steps", "steps=many", "stops=3", "steps=-1"])
def test_an_option_that_is_none_says_so_without_a_traceback(capsys, option):
    arguments = ["attribute", "--model", "heart-mlp", "--option", option]
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 2


def test_a_case_is_picked_in_place_of_a_row(capsys):
    options = ["--model", "heart-mlp", "--amount", "0.8", "--pick", "changed", "--json"]
    options += ["--group", "sex=male", "--class", "disease", "--search", "hungary"]
    found = printed(capsys, "cases", *options)["cases"]
    assert found
    assert all("Hungary, male" in case["line"] for case in found)
    assert {case["verdict"] for case in found} <= {"now right", "now wrong"}
    first = found[0]["sample"]
    why = printed(capsys, "attribute", *options, "--method", "saliency")
    assert (why["sample"], why["class"]) == (first, found[0]["decides"].split(" →")[0])
    assert printed(capsys, "features", *options)["sample"] == first


@pytest.mark.parametrize(
    "arguments",
    [
        "features --model heart-mlp --class disease",
        "features --model heart-mlp --pick changed",
        "features --model heart-mlp --pick all --class nobody",
        "cases --model heart-mlp --group sex",
    ],
)
def test_a_pick_of_nothing_is_one_sentence_and_a_hint(capsys, arguments):
    assert main(arguments.split()) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 2
