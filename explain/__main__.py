"""The command line: `python -m explain models | criteria | prune`."""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import explain
import models
from explain.core.errors import ExplainError, InvalidPlan
from explain.core.plan import SCOPES, PruningPlan
from explain.core.provenance import fingerprint_of_tensors, versions
from explain.core.threads import use_one_thread
from explain.measure import flips, headline_metric
from explain.network import save_weights
from explain.pruning import CRITERIA, criterion
from models.catalog import CATALOG


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; print its result, or the error and its hint; return the exit status."""
    use_one_thread()
    options = _parser().parse_args(arguments)
    try:
        result = options.run(options)
    except ExplainError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)  # noqa: T201
        return 1
    print(json.dumps(result, indent=2, allow_nan=False) if options.json else _plain(result))  # noqa: T201
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m explain", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run, line in (
        ("models", _models, "list the built-in networks"),
        ("criteria", _criteria, "list the pruning criteria"),
        ("prune", _prune, "prune a network and say what changed"),
    ):
        command = commands.add_parser(name, help=line, description=line)
        command.set_defaults(run=run)
        command.add_argument("--json", action="store_true", help="print JSON")
        if run is _prune:
            _add_plan_options(command)
    return parser


def _add_plan_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--model", required=True, help="key of a built-in network")
    add("--plan", type=Path, help="a plan saved as JSON; other plan options are ignored")
    add("--criterion", default="magnitude", help="key of a criterion")
    add("--granularity", help="weight, unit, neuron or channel; default: what the criterion scores")
    add("--scope", choices=SCOPES, default="global", help="what scores are compared across")
    amount = command.add_mutually_exclusive_group()
    amount.add_argument("--amount", type=float, help="share removed, 0 to 1")
    amount.add_argument("--threshold", type=float, help="remove every score below this")
    add("--override", action="append", default=[], metavar="LAYER=AMOUNT", help="repeatable")
    add("--protect", action="append", default=[], metavar="LAYER", help="repeatable")
    add("--seed", type=int, default=0, help="for random criteria")
    add("--output", type=Path, help="write the pruned weights here (safetensors)")


def _models(_options: argparse.Namespace) -> list[dict[str, Any]]:
    return [
        {"key": demo.key, "title": demo.title, "kind": demo.kind, "line": demo.line}
        for demo in CATALOG
    ]


def _criteria(_options: argparse.Namespace) -> list[dict[str, Any]]:
    return [
        {
            "key": record.key,
            "title": record.title,
            "granularity": record.granularity,
            "scopes": record.scopes,
            "formula": record.formula,
            "needs": record.needs,
            "cost": record.cost,
            "source": record.source,
            "line": record.line,
        }
        for record in CRITERIA
    ]


def _prune(options: argparse.Namespace) -> dict[str, Any]:
    subject = models.load(options.model)
    masks = explain.select(explain.score(subject, plan := _plan(options)), plan)
    pruned = explain.prune(subject, masks)
    if options.output is not None:
        save_weights(pruned.network, options.output)
    dense = explain.evaluate(subject)
    after = explain.evaluate(pruned, reference=dense)
    return {
        "model": subject.key,
        "plan": json.loads(masks.plan.to_json()),
        "counts": _counts(masks),
        "metric": _metric(headline_metric(subject), dense, after),
        "flips": _flips(flips(dense, after, subject.task)),
        "fingerprints": {
            "subject": subject.fingerprint,
            "weights": fingerprint_of_tensors(sorted(pruned.network.named_parameters())),
        },
        "versions": dict(versions()),
    }


def _plan(options: argparse.Namespace) -> PruningPlan:
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
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidPlan(f"Cannot read {path}.", hint="Give a JSON file.") from error


def _override(pair: str) -> tuple[str, float]:
    layer, _, amount = pair.rpartition("=")
    try:
        return layer, float(amount)
    except ValueError as error:
        hint = "Write it as --override hidden1=0.5"
        raise InvalidPlan(f"{pair!r} is no LAYER=AMOUNT.", hint=hint) from error


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
        "threshold": [_finite(masks.cut.low), _finite(masks.cut.high)],
        "ties": masks.cut.ties,
        "connections": {"total": masks.weights_total, "kept": masks.weights_kept},
        "layers": layers,
    }


def _finite(value: float | None) -> float | None:
    """Return what JSON can say: a number, or null for none, infinity and NaN."""
    return value if value is not None and math.isfinite(value) else None


def _metric(key: str, dense: explain.Evaluation, after: explain.Evaluation) -> dict[str, Any]:
    return {
        "key": key,
        "n": after.n,
        "dense": _finite(dense.metric),
        "pruned": _finite(after.metric),
        "loss": {"dense": _finite(dense.loss), "pruned": _finite(after.loss)},
    }


def _flips(found: explain.Flips) -> dict[str, int]:
    return {
        "n": found.n,
        "changed": len(found.changed),
        "broke": len(found.broke),
        "fixed": len(found.fixed),
        "changed_wrong": len(found.changed_wrong),
    }


def _plain(result: Any, indent: str = "") -> str:
    if isinstance(result, dict):
        lines = (_field(name, value, indent) for name, value in result.items())
        return "\n".join(lines)
    if isinstance(result, list | tuple):
        return "\n\n".join(_plain(item, indent) for item in result)
    return f"{indent}{result}"


def _field(name: str, value: Any, indent: str) -> str:
    if isinstance(value, dict):
        return f"{indent}{name}\n{_plain(value, indent + '  ')}"
    return f"{indent}{name}: {value}"


if __name__ == "__main__":
    sys.exit(main())
