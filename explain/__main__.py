"""The command line: one command, with `--json` for programs."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from explain import ExplainError
from explain.command.comparing import add_compare_options, compare
from explain.command.files import add_export_options, add_inspect_options, export, inspect
from explain.command.listing import list_criteria, list_languages, list_methods, list_models
from explain.command.maps import add_feature_options, features
from explain.command.modules import add_module_options, modules
from explain.command.picking import add_case_options, cases
from explain.command.printing import indented_lines
from explain.command.pruning import add_prune_options, prune
from explain.command.reasons import add_attribute_options, attribute
from explain.command.running import add_run_options, run
from explain.core import use_one_thread
from explain.core.messages import Message, say

_Add = Callable[[argparse.ArgumentParser], None]


def _nothing(_command: argparse.ArgumentParser) -> None:
    """Add no options."""


_COMMANDS: tuple[tuple[str, Callable[[argparse.Namespace], Any], _Add, Message], ...] = (
    ("models", list_models, _nothing, Message("command.lines.models")),
    ("criteria", list_criteria, _nothing, Message("command.lines.criteria")),
    ("methods", list_methods, _nothing, Message("command.lines.methods")),
    ("languages", list_languages, _nothing, Message("command.lines.languages")),
    ("prune", prune, add_prune_options, Message("command.lines.prune")),
    ("compare", compare, add_compare_options, Message("command.lines.compare")),
    ("run", run, add_run_options, Message("command.lines.run")),
    ("cases", cases, add_case_options, Message("command.lines.cases")),
    ("attribute", attribute, add_attribute_options, Message("command.lines.attribute")),
    ("modules", modules, add_module_options, Message("command.lines.modules")),
    ("features", features, add_feature_options, Message("command.lines.features")),
    ("export", export, add_export_options, Message("command.lines.export")),
    ("inspect", inspect, add_inspect_options, Message("command.lines.inspect")),
)


def main(
    arguments: Sequence[str] | None = None,
    *,
    program: str = "python -m explain",
    epilog: str | None = None,
) -> int:
    """Run one command; print its result, or the error and its hint; return the exit status.

    `program` is how its help calls it, `epilog` what the help ends with.
    """
    use_one_thread()
    options = _parser(program, epilog).parse_args(arguments)
    try:
        result = options.run(options)
    except ExplainError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)  # noqa: T201
        return 1
    print(json.dumps(result, indent=2, allow_nan=False) if options.json else indented_lines(result))  # noqa: T201
    return 0


def _parser(program: str, epilog: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program, description=say("command.description"), epilog=epilog
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, called, add, line in _COMMANDS:
        command = commands.add_parser(name, help=str(line), description=str(line))
        command.set_defaults(run=called)
        command.add_argument("--json", action="store_true", help=say("command.help.json"))
        add(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
