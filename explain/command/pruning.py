"""`prune`: prune a network and say what changed."""

import argparse
import json
from pathlib import Path
from typing import Any, cast

import numpy as np

import explain
from explain.command.choosing import add_plan_options, plan_of, pruned_by
from explain.command.printing import json_value
from explain.core import fingerprint_of_tensors, no_rows, versions
from explain.core.messages import say
from explain.measure import decision_changes, headline_metric, metric_change
from explain.network import Lifted, save_weights, severed_at, state_for_source
from explain.pruning import grain, heard_units, left_alone, unfolded, unrepaired


def add_prune_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_plan_options(command)
    command.add_argument("--output", type=Path, help=say("command.help.output"))


def prune(options: argparse.Namespace) -> dict[str, Any]:
    """Return plan, counts, fingerprints, and metric and flips, which are None without data."""
    plan = plan_of(options)
    subject, masks, pruned = pruned_by(options, plan)
    return {
        **_written(options.output, pruned),
        "model": subject.key,
        "plan": json.loads(masks.plan.to_json()),
        "recalibrated": options.recalibrate,
        "folded": options.fold,
        "repaired": options.repair,
        "counts": {**_counts(masks), "why_left_alone": _why_left_alone(subject, masks)},
        "removed_but_heard": heard_units(pruned, masks),
        "cannot_fold": {layer: str(why) for layer, why in unfolded(pruned).items()},
        "cannot_repair": {layer: str(why) for layer, why in unrepaired(pruned).items()},
        "severed_at": list(severed_at(pruned.network)),
        **_measured(subject, masks, pruned),
        "fingerprints": {
            "subject": subject.fingerprint,
            "weights": fingerprint_of_tensors(sorted(pruned.network.named_parameters())),
        },
        "versions": dict(versions()),
    }


def _written(path: Path | None, pruned: explain.Subject) -> dict[str, Any]:
    """Write the weights where a path is given, and return what there is to say of their names."""
    if path is None:
        return {}
    save_weights(pruned.network, path)
    notes = state_for_source(cast("Lifted", pruned.network)).notes
    return {"output": {"file": str(path), "notes": [str(note) for note in notes]}}


def _counts(masks: explain.MaskSet) -> dict[str, Any]:
    layers = {
        tensor.name: {"total": tensor.entries, "kept": tensor.entries - int(gone.sum())}
        for tensor, gone in zip(masks.scores.tensors, masks.pruned, strict=True)
    }
    return {
        "entry": masks.scores.granularity,
        "total": masks.total,
        "kept": masks.kept,
        "pruned": masks.total - masks.kept,
        "amount": masks.amount,
        "threshold": [json_value(masks.cut.low), json_value(masks.cut.high)],
        "ties": masks.cut.ties,
        "connections": {
            "total": masks.weights_total,
            "kept": masks.weights_kept,
            "out_of_reach": masks.scores.outside,
            "zero_before": masks.scores.zeros,
        },
        "layers": layers,
        "left_alone": dict(masks.scores.fixed),
    }


def _why_left_alone(subject: explain.Subject, masks: explain.MaskSet) -> dict[str, Any]:
    found = left_alone(subject, masks.scores)
    why = [str(one) for one in found.told()]
    return {"weights": found.weights, "of": found.total, "why": why}


def _collapsed(
    masks: explain.MaskSet, pruned: explain.Subject, run: explain.Evaluation | None
) -> str | None:
    """Return a sentence where every sample gets the same answer, and why if it is known."""
    layers = severed_at(pruned.network)
    if layers:
        lost = sum(tensor.entries for tensor in masks.scores.tensors if tensor.layer in layers)
        many = grain(masks.scores.granularity).many
        return say("panels.recalibration.severed", layers=layers, lost=lost, entries=many)
    alike = run is not None and len(np.unique(run.decisions, axis=0)) == 1
    return say("command.one_decision") if alike else None


def _measured(
    subject: explain.Subject, masks: explain.MaskSet, pruned: explain.Subject
) -> dict[str, Any]:
    if no_rows(subject.samples) is not None:
        return {"collapsed": _collapsed(masks, pruned, None), "metric": None, "flips": None}
    dense = explain.evaluate(subject)
    after = explain.evaluate(pruned, reference=dense)
    return {
        "collapsed": _collapsed(masks, pruned, after),
        **changes(subject, dense, after),
    }


def changes(
    subject: explain.Subject,
    dense: explain.Evaluation,
    after: explain.Evaluation,
    *,
    called: str = "pruned",
) -> dict[str, Any]:
    """Return metric and flips of two runs; `called`: the second network in the fields."""
    return {
        "metric": _metric(subject, dense, after, called),
        "flips": _flips(decision_changes(dense, after, subject.task)),
    }


def _metric(
    subject: explain.Subject, dense: explain.Evaluation, after: explain.Evaluation, called: str
) -> dict[str, Any]:
    change = metric_change(subject, dense, after)
    return {
        "key": headline_metric(subject),
        "n": after.n,
        "dense": json_value(dense.metric),
        called: json_value(after.metric),
        "change": [json_value(change.value), json_value(change.low), json_value(change.high)],
        "loss": {"dense": json_value(dense.loss), called: json_value(after.loss)},
    }


def _flips(found: explain.Flips) -> dict[str, int]:
    counted = ("changed", "broke", "fixed", "changed_wrong")
    return {"n": found.n, **{name: len(getattr(found, name)) for name in counted}}
