"""Measuring: outputs, decisions, metrics, flips and size, each with its n and its unit."""

from explain.measure.catalog import METERS, meter
from explain.measure.decisions import decide, differ
from explain.measure.evaluation import evaluate, headline_metric
from explain.measure.ledger import flips, ledger
from explain.measure.size import size
from explain.measure.subset import LIMIT, evaluation_rows
from explain.measure.tasks import as_targets, check_outputs, check_subject, infer_task

__all__ = [
    "LIMIT",
    "METERS",
    "as_targets",
    "check_outputs",
    "check_subject",
    "decide",
    "differ",
    "evaluate",
    "evaluation_rows",
    "flips",
    "headline_metric",
    "infer_task",
    "ledger",
    "meter",
    "size",
]
