"""`attribute`: what an answer comes from, before and after pruning."""

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

import explain
from explain import InvalidOption
from explain.attribution import (
    ATTRIBUTORS,
    BASELINES,
    ROWS,
    by_question,
    fitting_attributors,
)
from explain.command.choosing import add_plan_options, plan_of, pruned_by, second_training
from explain.command.picking import add_sample_options, sample_of
from explain.command.printing import json_fields, json_value
from explain.core import evaluation_rows, versions
from explain.core.messages import say
from explain.figures import drift_sentence, output_name
from models.text import typed_sample

_PARTS = (
    *("overlap", "rescaled", "fall", "floor", "ceiling"),
    *("other_seed", "beyond_retraining", "other_baseline"),
    *("sign_agreement", "spearman", "top_k"),
)


def add_attribute_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_plan_options(command)
    add = command.add_argument
    methods = [record.key for record in ATTRIBUTORS]
    add("--method", help=say("command.help.method", keys=methods))
    baselines = [record.key for record in BASELINES]
    add("--baseline", help=say("command.help.baseline", keys=baselines))
    add_sample_options(command, text=True)
    add("--target", type=int, help=say("command.help.target"))
    add("--of-input", type=int, help=say("command.help.of_input"))
    again = say("command.help.repeatable")
    add("--option", action="append", default=[], metavar="KEY=NUMBER", help=again)
    told = say("command.help.drift", n=ROWS)
    add("--drift", type=int, default=0, const=ROWS, nargs="?", metavar="ROWS", help=told)


def attribute(options: argparse.Namespace) -> dict[str, Any]:
    """Return the values of both networks for one sample, and on demand the drift over many."""
    check_drift(options.drift)
    plan = plan_of(options)
    subject, masks, pruned = pruned_by(options, plan)
    options.method, note = fitting_method(options.method, subject)
    samples = None if options.text is None else typed_sample(subject, options.text)
    settings: dict[str, Any] = {
        "baseline": options.baseline,
        "options": dict(_option(pair) for pair in options.option),
        "seed": options.seed,
    }
    sample = sample_of(options, subject, masks, pruned)
    row = {"sample": 0 if samples else sample, "samples": samples, "of_input": options.of_input}
    asked = {**settings, **row}
    dense = explain.attribute(subject, options.method, target=options.target, **asked)
    target = int(dense.targets[0])
    after = explain.attribute(pruned, options.method, target=target, **asked)
    return {
        "model": subject.key,
        "plan": json.loads(masks.plan.to_json()),
        "method": options.method,
        "method_note": note,
        "baseline": dense.baseline,
        "options": dict(dense.options),
        "passes": dense.passes,
        "of_input": dense.of_input,
        "held": list(dense.held),
        "inputs_held": list(map(str, subject.spec.held)),
        "sample": None if samples else sample,
        "target": target,
        "class": output_name(subject.task, target) if subject.task.classes else None,
        "dense": _explained(dense, subject.spec),
        "pruned": _explained(after, subject.spec),
        "drift": drift_between(subject, pruned, options, settings, dense.of_input)
        if options.drift
        else None,
        "versions": dict(versions()),
    }


def fitting_method(key: str | None, subject: explain.Subject) -> tuple[str, str | None]:
    """Return the key of the method, and a note where it is not the one that usually begins."""
    first = ATTRIBUTORS[0]
    if key is not None:
        return key, None
    chosen = next(iter(fitting_attributors(subject)), first)
    if chosen is first:
        return first.key, None
    why = first.fits(subject)
    return chosen.key, say("command.other_method", method=chosen.title, first=first.title, why=why)


def _explained(found: explain.Explanation, spec: explain.InputSpec) -> dict[str, Any]:
    sums, asked = by_question(found.values[0], spec)
    return {
        "output": _first(found.outputs),
        "baseline_output": _first(found.baseline_outputs),
        "gap": _first(found.gaps),
        "shape": list(found.values.shape[1:]),
        "values": found.values[0].tolist(),
        "questions": dict(zip(asked, sums.tolist(), strict=True)) if spec.questions else None,
    }


def _first(values: NDArray[np.float64] | None) -> float | None:
    return None if values is None else json_value(values)[0]


def drift_between(
    subject: explain.Subject,
    pruned: explain.Subject,
    options: argparse.Namespace,
    settings: dict[str, Any],
    of_input: int = 0,
) -> dict[str, Any]:
    """Return the drift between two networks, over so many rows as `options.drift` says."""
    rows = evaluation_rows(subject, options.drift)
    other = second_training(options.model)
    found = explain.drift(
        subject, pruned, options.method, rows=rows, other_seed=other, of_input=of_input, **settings
    )
    parts = [(name, getattr(found, name)) for name in _PARTS]
    return {
        "rows": len(found.rows),
        "flipped": found.flipped.tolist(),
        "draws": found.draws,
        "shared_noise": found.shared_noise,
        "options": dict(found.options),
        **{name: number and json_fields(number, "value", "low", "high") for name, number in parts},
        "verdict": found.verdict,
        "sentence": drift_sentence(found),
    }


def check_drift(rows: int) -> None:
    """Refuse drift over less than no rows."""
    if rows < 0:
        raise InvalidOption("command.no_drift", rows=rows)


def _option(pair: str) -> tuple[str, float]:
    key, _, number = pair.partition("=")
    try:
        return key, float(number)
    except ValueError as error:
        form, example = "KEY=NUMBER", "--option steps=16"
        raise InvalidOption("command.no_pair", pair=pair, form=form, example=example) from error
