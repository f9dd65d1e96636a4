"""The command line refuses in words and prints only what JSON can say."""

import json

import pytest

import explain
from explain import __main__ as command_line


@pytest.mark.parametrize("path", ["no/such/folder/pruned.safetensors", "."])
def test_weights_that_cannot_be_written_are_one_sentence_and_a_hint(capsys, tmp_path, path):
    out = tmp_path / path
    options = ["prune", "--model", "heart-mlp", "--amount", "0.5", "--output", str(out)]
    assert command_line.main(options) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 2


def test_drift_over_fewer_than_no_rows_is_one_sentence_and_a_hint(capsys):
    assert command_line.main(["attribute", "--model", "heart-mlp", "--drift", "-3"]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert said[0] == "Drift cannot be measured over -3 rows."
    assert len(said) == 2


def test_a_number_that_is_none_is_null(capsys, monkeypatch):
    evaluate = explain.evaluate

    def unknown(subject, **options):
        run = evaluate(subject, **options)
        object.__setattr__(run, "metric", float("nan"))
        return run

    monkeypatch.setattr(explain, "evaluate", unknown)
    assert command_line.main(["prune", "--model", "heart-mlp", "--amount", "0.5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found["metric"]["dense"] is found["metric"]["pruned"] is None


def test_each_network_runs_once(capsys, monkeypatch):
    seen, evaluate = [], explain.evaluate

    def counted(subject, **options):
        seen.append(subject.pruned_by != "")
        return evaluate(subject, **options)

    monkeypatch.setattr(explain, "evaluate", counted)
    monkeypatch.setattr("explain.study.measuring.evaluate", counted)
    assert command_line.main(["prune", "--model", "heart-mlp", "--amount", "0.5"]) == 0
    assert "flips" in capsys.readouterr().out
    assert seen == [False, True]
