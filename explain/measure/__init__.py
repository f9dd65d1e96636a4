"""Measuring: outputs, decisions, metrics, flips and size, each with its n and its unit."""

from explain.core.decisions import decide, differ
from explain.core.subset import LIMIT, evaluation_rows
from explain.measure.catalog import METERS, meter
from explain.measure.evaluation import evaluate, headline_metric
from explain.measure.groups import count_groups, group_counts
from explain.measure.ledger import decision_changes, ledger_of
from explain.measure.size import size
from explain.measure.tasks import as_targets, check_outputs, check_subject, infer_task

__all__ = [
    "LIMIT",
    "METERS",
    "as_targets",
    "check_outputs",
    "check_subject",
    "count_groups",
    "decide",
    "decision_changes",
    "differ",
    "evaluate",
    "evaluation_rows",
    "group_counts",
    "headline_metric",
    "infer_task",
    "ledger_of",
    "meter",
    "size",
]
