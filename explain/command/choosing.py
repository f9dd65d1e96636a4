"""The options that say which network, and how it is pruned."""

import argparse
from pathlib import Path

import explain
import models
from explain import InvalidPlan, PruningPlan, Refused, UnknownKey
from explain.core import SCOPES
from explain.pruning import GRAINS, criterion

__all__ = ["add_plan_options", "plan_of", "pruned_by", "second_training"]

_MODEL = "key of a built-in network, or a path to a file"


def add_plan_options(command: argparse.ArgumentParser, *, positional: bool = False) -> None:
    """Add the options that choose a network, and those of a plan."""
    add = command.add_argument
    if positional:
        add("model", help=_MODEL)
    else:
        add("--model", required=True, help=_MODEL)
    add("--card", type=Path, help="the model card of a file, as JSON")
    add("--data", type=Path, help="samples for a file: CSV, a zip of images, or npz")
    add("--vocabulary", type=Path, help="the tokenizer file of a text network")
    add("--plan", type=Path, help="a plan saved as JSON; other plan options are ignored")
    add("--criterion", default="magnitude", help="key of a criterion")
    grains = ", ".join(record.key for record in GRAINS)
    add("--granularity", help=f"{grains}; default: what the criterion is known for")
    add("--plan-option", action="append", default=[], metavar="KEY=NUMBER", help="repeatable")
    add("--scope", choices=SCOPES, default="global", help="what scores are compared across")
    amount = command.add_mutually_exclusive_group()
    amount.add_argument("--amount", type=float, help="share removed, 0 to 1")
    amount.add_argument("--threshold", type=float, help="remove every score below this")
    add("--override", action="append", default=[], metavar="LAYER=AMOUNT", help="repeatable")
    add("--protect", action="append", default=[], metavar="LAYER", help="repeatable")
    add("--seed", type=int, default=0, help="for everything that draws at random")
    add("--recalibrate", action="store_true", help="make the BatchNorm statistics anew afterwards")


def plan_of(options: argparse.Namespace) -> PruningPlan:
    """Return the plan that the options describe."""
    if options.plan is not None:
        return PruningPlan.from_json(_text(options.plan))
    return PruningPlan(
        criterion=options.criterion,
        granularity=options.granularity or criterion(options.criterion).granularity,
        scope=options.scope,
        amount=options.amount,
        threshold=options.threshold,
        overrides=tuple(_override(pair) for pair in options.override),
        protected=tuple(options.protect),
        seed=options.seed,
        options=tuple(_option(pair) for pair in options.plan_option),
    )


def pruned_by(
    options: argparse.Namespace, plan: PruningPlan
) -> tuple[explain.Subject, explain.MaskSet, explain.Subject]:
    """Return the dense network, the masks and the pruned network."""
    subject = _subject(options)
    masks = explain.select(explain.score(subject, plan), plan)
    pruned = explain.prune(subject, masks)
    return subject, masks, explain.recalibrate(pruned) if options.recalibrate else pruned


def _subject(options: argparse.Namespace) -> explain.Subject:
    return models.load(
        options.model, card=options.card, data=options.data, vocabulary=options.vocabulary
    )


def second_training(key: str) -> explain.Subject | None:
    """Return the second training of a network, None where there is none."""
    try:
        return models.load_demo(key, seed=2)
    except (Refused, UnknownKey):
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidPlan(f"Cannot read {path}.", hint="Give a JSON file.") from error


def _override(pair: str) -> tuple[str, float]:
    return _named_number(pair, "LAYER=AMOUNT", "--override hidden1=0.5")


def _option(pair: str) -> tuple[str, float]:
    return _named_number(pair, "KEY=NUMBER", "--plan-option m=8")


def _named_number(pair: str, form: str, example: str) -> tuple[str, float]:
    name, _, number = pair.rpartition("=")
    try:
        return name, float(number)
    except ValueError as error:
        raise InvalidPlan(f"{pair!r} is no {form}.", hint=f"Write it as {example}") from error
