"""`python -m explain modules` says the same as Python."""

import json

import numpy as np
import pytest

import explain
from explain import hidden_alone
from explain.__main__ import main
from explain.decompose import give_back, modules_or_blocks, partition_quality
from tests.cutting import pruned_to


def printed(capsys, *arguments):
    assert main(["modules", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_modules_prints_what_python_returns_for_a_sample(capsys, demo):
    options = ["--model", "heart-mlp", "--amount", "0.8", "--k", "3", "--sample", "4"]
    found = printed(capsys, *options, "--value", "probability", "--labels")
    subject = demo("heart-mlp")
    parts = explain.partition(subject, k=3)
    dense = explain.contributions(subject, parts, rows=[4], value="probability")
    after = explain.contributions(
        pruned_to(subject, 0.8), parts, rows=[4], value="probability", targets=dense.targets
    )
    assert found["shown"]["labels"] == {n: own.tolist() for n, own in parts.labels.items()}
    assert found["found"]["count"] == 3
    assert found["rows"] == [4]
    assert found["targets"] == dense.targets.tolist()
    assert found["dense"]["shapley"] == dense.shapley.tolist()
    assert found["pruned"]["shapley"] == after.shapley.tolist()
    assert found["pruned"]["residual"] <= 1e-5
    assert (found["interactions"], found["give_back"], found["quality"]) == (None, None, None)


def test_modules_prints_interactions_give_back_and_quality_on_demand(capsys, demo):
    options = ["--model", "heart-mlp", "--amount", "0.9", "--k", "3", "--rows", "12"]
    found = printed(capsys, *options, "--interactions", "--give-back", "--quality")
    subject, rows = demo("heart-mlp"), np.array(found["rows"])
    pruned, parts = pruned_to(subject, 0.9), explain.partition(subject, k=3)
    assert len(rows) == 12
    wanted = explain.interactions(pruned, parts, rows=rows, targets=np.array(found["targets"]))
    assert found["interactions"]["pruned"]["matrix"] == wanted.matrix.tolist()
    back = give_back(subject, pruned, parts.labels)
    assert [part["repaired"] for part in found["give_back"]["parts"]] == [
        part.repaired for part in back.parts
    ]
    assert found["give_back"]["all_repaired"] == found["give_back"]["changed"]
    quality = partition_quality(subject, parts)
    assert found["quality"]["n_cut"] == quality.n_cut
    assert found["quality"]["p_value"] == quality.p_value


def test_modules_says_that_there_are_none_and_shows_blocks(capsys, demo):
    found = printed(capsys, "--model", "digits-cnn", "--method", "layered-null")
    none, blocks = modules_or_blocks(demo("digits-cnn"))
    assert none.count == 1
    assert (found["found"]["structure"], found["shown"]["structure"]) == ("none", "blocks")
    assert found["shown"]["method"] == blocks.method
    assert found["shown"]["names"] == list(blocks.names)
    assert len(found["dense"]["shapley"]) == blocks.count > 1
    assert found["hidden_alone"] is None


def test_modules_that_were_found_say_whether_hiding_each_changes_anything(capsys, demo):
    found = printed(capsys, "--model", "one-digit-taxed")["hidden_alone"]
    subject = demo("one-digit-taxed")
    wanted = hidden_alone(subject, explain.partition(subject))
    assert [change["low"] for change in found["changes"]] == [one.low for one in wanted.changes]
    assert (found["metric"], found["replacement"]) == ("accuracy", "mean")
    assert "2 of 2" in found["sentence"]


def test_modules_prints_lines_for_people(capsys):
    assert main(["modules", "--model", "heart-mlp", "--k", "2"]) == 0
    assert "shapley" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    ["--method nothing", "--k 0", "--k 999", "--sample 99999", "--rows 0", "--target 7",
     "--give-back", "--replacement mean --method attention-heads", "--method manual"],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence_and_a_hint(capsys, options):
    assert main(["modules", "--model", "heart-mlp", *options.split()]) == 1
    error = capsys.readouterr().err.strip().splitlines()
    assert len(error) == 2
    assert "Traceback" not in "".join(error)
