"""`run`: carry out a recipe and say what every stage left."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import explain
from explain.command.choosing import add_file_options, plan_text, subject_asked
from explain.command.printing import json_value
from explain.core.messages import say
from explain.measure import headline_metric
from explain.network import save_weights


def add_run_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add = command.add_argument
    add("recipe", type=Path, help=say("command.help.recipe"))
    add("--model", required=True, help=say("command.help.model"))
    add_file_options(command)
    add("--output", type=Path, help=say("command.help.output"))


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return the recipe, what every stage left, and the hash of the result.

    How far it is stands on the error stream, where that is a terminal.
    """
    recipe = explain.Recipe.from_json(plan_text(options.recipe))
    subject = subject_asked(options)
    progress = _tell if sys.stderr.isatty() else None
    ran = explain.run(subject, recipe, progress=progress)
    if options.output is not None:
        save_weights(ran.subject.network, options.output)
    return {
        "model": subject.key,
        "recipe": json.loads(recipe.to_json()),
        "metric": headline_metric(subject),
        "stages": [_stage(stage) for stage in ran.stages],
        "seconds": round(ran.provenance.seconds, 3),
        "hash": ran.hash,
        "versions": dict(ran.provenance.versions),
    }


def _tell(share: float, _phase: str = "") -> None:
    print(say("command.share_done", share=share), end="\r", file=sys.stderr)  # noqa: T201


def _stage(stage: explain.StageRun) -> dict[str, Any]:
    after, flips = stage.evaluation, stage.flips
    return {
        "kept": stage.kept,
        "total": stage.total,
        "metric": None if after is None else json_value(after.metric),
        "loss": None if after is None else json_value(after.loss),
        "n": None if after is None else after.n,
        "changed": None if flips is None else len(flips.changed),
        "training": [
            {"loss": json_value(epoch.loss), "aside": json_value(epoch.aside)}
            for epoch in stage.epochs
        ],
    }
