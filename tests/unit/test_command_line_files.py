"""The command line writes networks to files and says what is inside others."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from explain.__main__ import main
from models.loading.opening import open_model
from tests.demos import subject_of


def _printed(capsys, *arguments):
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_export_writes_a_pruned_network_that_opens_with_its_zeros(capsys, demo, tmp_path):
    path = tmp_path / "small.safetensors"
    options = ["--criterion", "magnitude", "--amount", "0.9", "--out", str(path)]
    found = _printed(capsys, "export", "digits-mlp", *options)
    assert found["bytes"] == path.stat().st_size
    opened = open_model(path)
    zeros = sum(int((opened.network.get_parameter(n) == 0).sum()) for n in opened.network.prunable)
    assert zeros == found["connections"]["total"] - found["connections"]["kept"]
    assert opened.card["labels"] == list(demo("digits-mlp").task.classes)


def test_without_data_what_needs_none_is_pruned_and_written_and_nothing_is_measured(
    capsys, tmp_path
):
    files = [tmp_path / name for name in ("dense.safetensors", "pruned.safetensors")]
    main(["export", "heart-mlp", "--out", str(files[0])])
    capsys.readouterr()
    asked = ["prune", "--model", str(files[0]), "--amount", "0.5", "--output", str(files[1])]
    found = _printed(capsys, *asked)
    assert (found["metric"], found["flips"]) == (None, None)
    kept = sum(int(load_file(files[1])[name].count_nonzero()) for name in found["counts"]["layers"])
    assert kept == found["counts"]["kept"]
    assert main([*asked[:-2], "--criterion", "wanda"]) == 1


def test_compare_says_of_a_pruned_file_what_prune_says_of_its_plan(capsys, tmp_path):
    path, plan = tmp_path / "pruned.safetensors", ["--model", "heart-mlp", "--amount", "0.8"]
    pruned = _printed(capsys, "prune", *plan, "--output", str(path))
    found = _printed(capsys, "compare", "heart-mlp", str(path), "--drift", "8")
    assert found["connections"]["kept"] == pruned["counts"]["kept"]
    assert found["connections"]["layers"]["hidden1"] == pruned["counts"]["layers"]["hidden1.weight"]
    assert found["flips"] == pruned["flips"]
    assert found["metric"]["change"] == pruned["metric"]["change"]
    assert found["metric"]["other"] == pruned["metric"]["pruned"]
    hospitals = [one for name, one in found["groups"].items() if name.startswith("hospital=")]
    assert sum(one["changed"] for one in hospitals) == found["flips"]["changed"] > 0
    assert "runed" not in found["drift"]["sentence"]
    same = _printed(capsys, "compare", "heart-mlp", "heart-mlp", "--drift", "8")
    assert same["first"] | {"notes": []} == same["second"] | {"notes": []}
    assert (same["flips"]["changed"], same["metric"]["change"]) == (0, [0.0, 0.0, 0.0])
    assert same["drift"]["overlap"]["value"] == pytest.approx(1.0)
    assert main(["compare", "heart-mlp", "credit-mlp"]) == 1
    assert "shape 31, not 35" in capsys.readouterr().err


def test_inspect_says_what_is_inside(capsys, tmp_path):
    path = tmp_path / "dense.safetensors"
    main(["export", "heart-mlp", "--out", str(path)])
    capsys.readouterr()
    found = _printed(capsys, "inspect", str(path))
    subject = subject_of("heart-mlp")
    assert found["format"] == "sparsight"
    assert found["title"] == subject.card.title
    assert [layer["name"] for layer in found["layers"]] == [i.name for i in subject.network.layers]
    assert found["parameters"] == sum(p.numel() for _, p in subject.network.named_parameters())


def test_inspect_names_the_tensors_of_bare_weights_without_steering_the_terminal(capsys, tmp_path):
    path = tmp_path / "bare.safetensors"
    save_file({"fc.weight": torch.zeros(3, 2), "fc.bias": torch.zeros(3)}, path)
    found = _printed(capsys, "inspect", str(path))
    assert {row["name"]: row["shape"] for row in found["tensors"]} == {
        "fc.weight": [3, 2],
        "fc.bias": [3],
    }
    assert main(["inspect", str(path)]) == 0
    assert capsys.readouterr().out.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", ["missing.pt2", "folder", "text.txt"])
def test_what_is_no_model_is_refused_in_two_lines(capsys, tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.txt").write_text("hello", encoding="utf-8")
    assert main(["inspect", str(tmp_path / name)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.strip().splitlines()) == 2


def test_another_ending_is_refused(capsys, tmp_path):
    assert main(["export", "heart-mlp", "--out", str(tmp_path / "a.pkl")]) == 1
    assert ".safetensors" in capsys.readouterr().err


def test_every_command_takes_a_file_where_it_takes_a_demo(capsys, tmp_path):
    path = tmp_path / "heart.safetensors"
    main(["export", "heart-mlp", "--out", str(path)])
    table = tmp_path / "rows.csv"
    subject = subject_of("heart-mlp")
    names, rows = subject.spec.names, subject.samples.take(torch.arange(40).numpy())
    lines = [",".join([*names, subject.task.target])]
    for values, target in zip(rows.inputs[0].tolist(), rows.targets.tolist(), strict=True):
        lines.append(",".join([*map(repr, values), subject.task.classes[int(target)]]))
    table.write_text("\n".join(lines), encoding="utf-8")
    capsys.readouterr()
    options = ["--model", str(path), "--data", str(table), "--amount", "0.5"]
    found = _printed(capsys, "prune", *options)
    assert found["counts"]["pruned"] > 0
    assert found["metric"]["n"] > 0
