"""The options that choose a case, and `cases`: which there are, those first that teach most."""

import argparse
import json
from typing import Any

import explain
from explain import Case, Pick, Refused
from explain.command.choosing import add_plan_options, plan_of, pruned_by
from explain.core import SHOWN, versions
from explain.core.messages import say
from explain.figures import case_words


def add_case_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_plan_options(command)
    command.add_argument("--pick", choices=SHOWN, default="all", help=say("command.help.pick"))
    _add_narrowing(command)


def add_sample_options(command: argparse.ArgumentParser, *, text: bool = False) -> None:
    """Add the options that choose one sample: by its number, by what it does, or typed."""
    one = command.add_mutually_exclusive_group()
    one.add_argument("--sample", type=int, default=0, help=say("command.help.sample"))
    one.add_argument("--pick", choices=SHOWN, help=say("command.help.pick_one"))
    if text:
        one.add_argument("--text", help=say("command.help.text"))
    _add_narrowing(command)


def _add_narrowing(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--class", dest="label", help=say("command.help.of_class"))
    add("--group", default="", metavar="NAME=VALUE", help=say("command.help.group"))
    add("--search", default="", help=say("command.help.search"))


def cases(options: argparse.Namespace) -> dict[str, Any]:
    """Return the cases that are picked, in words."""
    plan = plan_of(options)
    subject, masks, pruned = pruned_by(options, plan)
    return {
        "model": subject.key,
        "plan": json.loads(masks.plan.to_json()),
        "pick": options.pick,
        "cases": [_said(subject, case) for case in _picked(options, subject, masks, pruned)],
        "versions": dict(versions()),
    }


def _said(subject: explain.Subject, case: Case) -> dict[str, Any]:
    words = case_words(subject, case)
    return {
        "sample": case.row,
        "name": words.name,
        "line": words.line,
        "decides": words.turn,
        "verdict": words.verdict,
        "first_amount": case.first_amount,
        "lead": case.lead,
    }


def sample_of(
    options: argparse.Namespace,
    subject: explain.Subject,
    masks: explain.MaskSet,
    pruned: explain.Subject,
) -> int:
    """Return the sample that the options choose: the first of the cases picked, else its number.

    Raises:
        Refused: no case is picked, or classes, groups and words narrow nothing down.
    """
    if options.pick is None:
        if options.label or options.group or options.search:
            raise Refused("command.nothing_to_narrow")
        return int(options.sample)
    found = _picked(options, subject, masks, pruned)
    if not found:
        raise Refused("study.nothing_picked")
    return found[0].row


def _picked(
    options: argparse.Namespace,
    subject: explain.Subject,
    masks: explain.MaskSet,
    pruned: explain.Subject,
) -> tuple[Case, ...]:
    name, _, value = options.group.partition("=")
    pick = Pick(
        show=options.pick,
        label=_label(options.label, subject),
        group=options.group and f"{name}~{value}",
        search=options.search,
    )
    sweep = explain.sweep(
        subject,
        masks.plan,
        scores=masks.scores,
        recalibrated=options.recalibrate,
        folded=options.fold,
        repaired=options.repair,
    )
    run = explain.evaluate(pruned, rows=sweep.rows, reference=sweep.dense)
    return explain.cases(sweep, subject, run, pick, amount=masks.pool_amount)


def _label(named: str | None, subject: explain.Subject) -> int | None:
    """Return the class of a name or number; what is neither is refused where it is looked for."""
    if named is None or named in subject.task.classes:
        return None if named is None else subject.task.classes.index(named)
    return int(named) if named.isdecimal() else -1
