"""The command line says the same as Python."""

import json

import pytest
import torch
from safetensors.torch import load_file

import explain
from explain.__main__ import main
from models.catalog import KEYS


def printed(capsys, *arguments):
    assert main(list(arguments)) == 0
    return json.loads(capsys.readouterr().out)


def test_models_lists_the_catalog(capsys):
    assert [row["key"] for row in printed(capsys, "models", "--json")] == list(KEYS)


def test_prune_prints_plan_counts_metric_flips_and_fingerprints(capsys, demo):
    options = ["--model", "digits-mlp", "--criterion", "magnitude", "--amount", "0.9", "--json"]
    found = printed(capsys, "prune", *options)
    subject = demo("digits-mlp")
    plan = explain.PruningPlan(criterion="magnitude", amount=0.9)
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    run = explain.evaluate(pruned)
    assert found["plan"] == json.loads(plan.to_json())
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
    assert by_file == by_options
    subject = demo("digits-mlp")
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    weights = load_file(out)
    for name, tensor in pruned.network.weights().items():
        assert torch.equal(weights[name], tensor)


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
