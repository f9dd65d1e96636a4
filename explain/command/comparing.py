"""`compare`: two networks of the same inputs, wherever the second one was made."""

import argparse
from typing import Any

import explain
import models
from explain import ImportRefused, Refused
from explain.attribution import ATTRIBUTORS, BASELINES, ROWS
from explain.command.choosing import add_file_options, subject_asked
from explain.command.printing import json_fields
from explain.command.pruning import changes
from explain.command.reasons import check_drift, drift_between, fitting_method
from explain.core import fingerprint_of_tensors, no_rows, versions
from explain.core.messages import comparing, say
from explain.figures import grouped
from explain.measure import group_changes, ledger_between
from explain.study import left_beside
from models.loading.assembling.subject import WITHOUT_DATA
from models.loading.card.describing import card_of

_GROUP = ("n", "changed", "share", "low", "high")


def add_compare_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = command.add_argument
    add("model", metavar="FIRST", help=say("command.help.model"))
    add("other", metavar="SECOND", help=say("command.help.second"))
    add_file_options(command)
    methods = [record.key for record in ATTRIBUTORS]
    add("--method", help=say("command.help.method", keys=methods))
    baselines = [record.key for record in BASELINES]
    add("--baseline", help=say("command.help.baseline", keys=baselines))
    told = say("command.help.drift_beside", n=ROWS)
    add("--drift", type=int, default=ROWS, metavar="ROWS", help=told)
    add("--seed", type=int, default=0, help=say("command.help.seed"))


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Return how two networks differ; what needs data is None without."""
    check_drift(options.drift)
    first = subject_asked(options)
    other = explain.beside(first, _second(options, first))
    return {
        "first": _network(first, options.model),
        "second": _network(other, options.other) | {"notes": _notes(other)},
        **_connections(first, other),
        **_measured(first, other, options),
        "versions": dict(versions()),
    }


def _second(options: argparse.Namespace, first: explain.Subject) -> explain.Subject:
    """Return the second network, without data; what its file does not say, the first's card does.

    Raises:
        ImportRefused: as `models.load`.
    """
    asked = {"output": options.output_name, "part": options.part, "vocabulary": options.vocabulary}
    try:
        return models.load(options.other, card=options.card, **asked)
    except ImportRefused:
        if options.card is not None:
            raise
        return models.load(options.other, card=card_of(first), **asked)


def _network(subject: explain.Subject, named: str) -> dict[str, Any]:
    takes = {found.key: int(found.value) for found in explain.size(subject)}
    return {
        "model": named,
        "title": subject.card.title,
        "parameters": takes["parameters"],
        "nonzero": takes["nonzero"],
        "weights": fingerprint_of_tensors(sorted(subject.network.named_parameters())),
    }


def _notes(other: explain.Subject) -> list[str]:
    """Return what is said of the second network, but that it came without data."""
    return [str(note) for note in other.card.notes if note != WITHOUT_DATA]


def _connections(first: explain.Subject, other: explain.Subject) -> dict[str, Any]:
    """Return what of the first network's connections is left; why not, where units differ."""
    try:
        masks = left_beside(first, other)
    except Refused as why:
        return {"connections": None, "not_matched": str(why)}
    pairs = zip(masks.scores.tensors, masks.pruned, strict=True)
    layers = {
        one.layer: {"total": one.entries, "kept": one.entries - int(gone.sum())}
        for one, gone in pairs
    }
    connections = {"total": masks.total, "kept": masks.kept, "layers": layers}
    return {"connections": connections, "not_matched": None}


def _measured(
    first: explain.Subject, other: explain.Subject, options: argparse.Namespace
) -> dict[str, Any]:
    if no_rows(first.samples) is not None:
        return dict.fromkeys(("metric", "flips", "groups", "drift"))
    before = explain.evaluate(first)
    after = explain.evaluate(other, reference=before)
    found = group_changes(grouped(first), ledger_between(first, before, after))
    return {
        **changes(first, before, after, called="other"),
        "groups": {f"{one.column}={one.label}": json_fields(one, *_GROUP) for one in found},
        **_reasons(first, other, options),
    }


def _reasons(
    first: explain.Subject, other: explain.Subject, options: argparse.Namespace
) -> dict[str, Any]:
    if not options.drift:
        return {"drift": None}
    options.method, note = fitting_method(options.method, first)
    settings = {"baseline": options.baseline, "options": {}, "seed": options.seed}
    with comparing("model"):
        found = drift_between(first, other, options, settings)
    return {"method": options.method, "method_note": note, "drift": found}
