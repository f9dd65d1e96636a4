"""The options that say which network, and how it is pruned."""

import argparse
from pathlib import Path

import explain
import models
from explain import InvalidOption, InvalidPlan, PruningPlan, Refused, UnknownKey
from explain.core import BASES, SCOPES, Masked
from explain.core.messages import say
from explain.pruning import GRAINS, criterion, mended


def add_plan_options(command: argparse.ArgumentParser, *, positional: bool = False) -> None:
    """Add the options that choose a network, and those of a plan."""
    add, again = command.add_argument, say("command.help.repeatable")
    if positional:
        add("model", help=say("command.help.model"))
    else:
        add("--model", required=True, help=say("command.help.model"))
    add_file_options(command)
    add("--plan", type=Path, help=say("command.help.plan"))
    add("--criterion", default="magnitude", help=say("command.help.criterion"))
    grains = [record.key for record in GRAINS]
    add("--granularity", help=say("command.help.granularity", grains=grains))
    add("--plan-option", action="append", default=[], metavar="KEY=NUMBER", help=again)
    add("--scope", choices=SCOPES, default="", help=say("command.help.scope"))
    add("--of", choices=BASES, default=BASES[0], help=say("command.help.of"))
    amount = command.add_mutually_exclusive_group()
    amount.add_argument("--amount", type=float, help=say("command.help.amount"))
    amount.add_argument("--threshold", type=float, help=say("command.help.threshold"))
    add("--override", action="append", default=[], metavar="LAYER=AMOUNT", help=again)
    add("--protect", action="append", default=[], metavar="LAYER", help=again)
    add("--seed", type=int, default=0, help=say("command.help.seed"))
    add("--fold", action="store_true", help=say("command.help.fold"))
    add("--repair", action="store_true", help=say("command.help.repair"))
    add("--recalibrate", action="store_true", help=say("command.help.recalibrate"))


def add_file_options(command: argparse.ArgumentParser) -> None:
    """Add the options that belong to a network of a file."""
    add = command.add_argument
    add("--card", type=Path, help=say("command.help.card"))
    add("--data", type=Path, help=say("command.help.data"))
    add("--vocabulary", type=Path, help=say("command.help.vocabulary"))
    held = say("command.help.held")
    add("--held", action="append", default=[], metavar="NAME=VALUE", help=held)
    add("--output-name", help=say("command.help.output_name"))
    add("--part", default="", help=say("command.help.part"))


def plan_of(options: argparse.Namespace) -> PruningPlan:
    """Return the plan that the options describe; a file of one may switch mends on."""
    if options.plan is not None:
        how = Masked.from_json(plan_text(options.plan))
        options.recalibrate = options.recalibrate or how.recalibrated
        options.fold = options.fold or how.folded
        options.repair = options.repair or how.repaired
        return how.plan
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
        of=options.of,
    )


def pruned_by(
    options: argparse.Namespace, plan: PruningPlan
) -> tuple[explain.Subject, explain.MaskSet, explain.Subject]:
    """Return the dense network, the masks and the pruned network."""
    subject = subject_asked(options)
    masks = explain.select(explain.score(subject, plan), plan)
    how = Masked(
        plan=plan,
        recalibrated=options.recalibrate,
        folded=options.fold,
        repaired=options.repair,
    )
    return subject, masks, mended(explain.prune(subject, masks), how, subject)


def subject_asked(options: argparse.Namespace) -> explain.Subject:
    """Return the network that the options name, with its data."""
    return models.load(
        options.model,
        card=options.card,
        data=options.data,
        vocabulary=options.vocabulary,
        output=options.output_name,
        held=dict(map(_held, options.held)),
        part=options.part,
    )


def second_training(key: str) -> explain.Subject | None:
    """Return the second training of a network, None where there is none."""
    try:
        return models.load_demo(key, seed=2)
    except (Refused, UnknownKey):
        return None


def plan_text(path: Path) -> str:
    """Return the text of a plan or recipe; InvalidPlan where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidPlan("command.unreadable", path=str(path)) from error


def _override(pair: str) -> tuple[str, float]:
    return _named_number(pair, "LAYER=AMOUNT", "--override hidden1=0.5")


def _option(pair: str) -> tuple[str, float]:
    return _named_number(pair, "KEY=NUMBER", "--plan-option m=8")


def _held(pair: str) -> tuple[str, object]:
    """Return the name of an input, and its number, array or columns."""
    name, _, value = pair.partition("=")
    if not name or not value:
        raise InvalidOption("loading.inputs.no_pair", pair=pair)
    try:
        return name, float(value)
    except ValueError:
        columns = value.split("+")
        return name, columns if len(columns) > 1 else value


def _named_number(pair: str, form: str, example: str) -> tuple[str, float]:
    name, _, number = pair.rpartition("=")
    try:
        return name, float(number)
    except ValueError as error:
        raise InvalidPlan("command.no_pair", pair=pair, form=form, example=example) from error
