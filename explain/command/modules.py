"""`modules`: the modules of a network and what each contributes, before and after pruning."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

import explain
from explain import InvalidOption, Refused
from explain.command.choosing import add_plan_options, plan_of, pruned_by
from explain.command.printing import json_fields, json_value
from explain.core import evaluation_rows, versions
from explain.core.messages import say
from explain.decompose import PARTITIONERS, give_back, modules_or_blocks, partition_quality
from explain.decompose.contributions import REPLACEMENTS, VALUES
from explain.figures import (
    contributions_sentence,
    give_back_sentence,
    hidden_alone_sentence,
    interactions_sentence,
    partition_sentences,
    quality_sentence,
)
from explain.measure import headline_metric, meter
from explain.study import hidden_alone

_BY_HAND = "manual"
_PART = ("part", "restored", "repaired", "share", "low", "high", "broken")


def add_module_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_plan_options(command)
    add = command.add_argument
    methods = [record.key for record in PARTITIONERS if record.key != _BY_HAND]
    add("--method", default="layered-null", help=say("command.help.one_of", keys=methods))
    add("--k", type=int, help=say("command.help.k"))
    rows = command.add_mutually_exclusive_group()
    rows.add_argument("--sample", type=int, default=0, help=say("command.help.sample"))
    rows.add_argument("--rows", type=int, metavar="N", help=say("command.help.rows"))
    add("--value", choices=VALUES, default="logit", help=say("command.help.value"))
    add("--target", type=int, help=say("command.help.contribution_target"))
    add("--replacement", choices=REPLACEMENTS, default="zero", help=say("command.help.replacement"))
    add("--interactions", action="store_true", help=say("command.help.interactions"))
    add("--give-back", action="store_true", help=say("command.help.give_back"))
    add("--quality", action="store_true", help=say("command.help.quality"))
    add("--labels", action="store_true", help=say("command.help.labels"))


def modules(options: argparse.Namespace) -> dict[str, Any]:
    """Return the modules of the dense network and what they add in both networks."""
    rows = _rows(options)
    plan = plan_of(options)
    subject, masks, pruned = pruned_by(options, plan)
    chosen = evaluation_rows(subject, rows) if rows else np.array([options.sample], np.int64)
    found, shown = modules_or_blocks(subject, options.method, k=options.k, seed=options.seed)
    asked = {"value": options.value, "replacement": options.replacement, "seed": options.seed}
    asked["rows"] = chosen
    dense = explain.contributions(subject, shown, targets=options.target, **asked)
    after = explain.contributions(pruned, shown, targets=dense.targets, **asked)
    both = {"dense": subject, "pruned": pruned}
    return {
        "model": subject.key,
        "plan": json.loads(masks.plan.to_json()),
        "found": _partition(found, labels=options.labels),
        "hidden_alone": _hidden_alone(subject, found) if found.was_found else None,
        "shown": _partition(shown, labels=options.labels),
        "value": options.value,
        "replacement": options.replacement,
        "rows": chosen.tolist(),
        "targets": dense.targets.tolist(),
        "dense": _added(dense, shown.names),
        "pruned": _added(after, shown.names),
        "interactions": {
            name: _together(
                explain.interactions(one, shown, targets=dense.targets, **asked), shown.names
            )
            for name, one in both.items()
        }
        if options.interactions
        else None,
        "give_back": _given_back(subject, pruned, shown) if options.give_back else None,
        "quality": _quality(subject, shown, options.seed) if options.quality else None,
        "versions": dict(versions()),
    }


def _rows(options: argparse.Namespace) -> int:
    if options.rows is not None and options.rows < 1:
        raise InvalidOption("command.no_mean", rows=options.rows)
    return options.rows or 0


def _partition(parts: explain.Partition, *, labels: bool) -> dict[str, Any]:
    own = {name: each.tolist() for name, each in parts.labels.items()}
    return {
        "method": parts.method,
        "count": parts.count,
        "names": list(parts.names),
        "sizes": parts.sizes.tolist(),
        "dead": parts.dead,
        "structure": parts.structure,
        "margin": None if parts.estimate is None else json_value(parts.estimate.margin),
        "power": None if parts.estimate is None else json_value(parts.estimate.power),
        "sentence": " ".join(partition_sentences(parts)),
        **({"labels": own} if labels else {}),
    }


def _hidden_alone(subject: explain.Subject, found: explain.Partition) -> dict[str, Any]:
    try:
        hidden = hidden_alone(subject, found)
    except Refused as error:
        return {"sentence": str(error)}
    changes = [json_fields(each, "value", "low", "high") for each in hidden.changes]
    return {
        "metric": headline_metric(subject),
        "replacement": hidden.replacement,
        "rows": len(hidden.rows),
        "changes": changes,
        "sentence": hidden_alone_sentence(hidden, found.names, meter(headline_metric(subject))),
    }


def _added(found: explain.Contributions, names: Sequence[str]) -> dict[str, Any]:
    return {
        **json_fields(found, "shapley", "low", "high", "ablation"),
        "whole": json_value(float(found.whole.mean())),
        "empty": json_value(float(found.empty.mean())),
        "residual": json_value(float(np.abs(found.residual).max())),
        "exact": found.exact,
        "sets": found.coalitions,
        "sentence": contributions_sentence(found, names),
    }


def _together(found: explain.Interactions, names: Sequence[str]) -> dict[str, Any]:
    return {
        **json_fields(found, "matrix", "low", "high", "exact"),
        "sentence": interactions_sentence(found, names),
    }


def _given_back(
    subject: explain.Subject, pruned: explain.Subject, shown: explain.Partition
) -> dict[str, Any]:
    found = give_back(subject, pruned, shown.labels, names=shown.names)
    return {
        "changed": len(found.changed),
        "parts": [json_fields(part, *_PART) for part in found.parts],
        "all_repaired": found.all_repaired,
        "sentence": give_back_sentence(found),
    }


def _quality(subject: explain.Subject, shown: explain.Partition, seed: int) -> dict[str, Any]:
    found = partition_quality(subject, shown, seed=seed)
    return {
        **json_fields(found, "cut", "modularity"),
        "null_modularity": json_value(float(found.null_modularities.mean())),
        **json_fields(found, "n_cut", "effect", "p_value"),
        "stability": json_value(found.stability.value),
        "traffic": found.traffic,
        "sentence": quality_sentence(found),
    }
