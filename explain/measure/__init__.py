"""Measuring: outputs, decisions, metrics, flips and size, each with its n and its unit."""

from explain.core.decisions import differ
from explain.core.subject import evaluation_rows
from explain.measure.catalog import METERS, meter
from explain.measure.evaluation import (
    count_groups,
    decision_changes,
    evaluate,
    group_counts,
    headline_metric,
    ledger_of,
    metric_change,
    metric_interval,
    size,
)
from explain.measure.guessing import guessing
from explain.measure.tasks import as_targets, check_outputs, check_subject, infer_task

__all__ = [
    "METERS",
    "as_targets",
    "check_outputs",
    "check_subject",
    "count_groups",
    "decision_changes",
    "differ",
    "evaluate",
    "evaluation_rows",
    "group_counts",
    "guessing",
    "headline_metric",
    "infer_task",
    "ledger_of",
    "meter",
    "metric_change",
    "metric_interval",
    "size",
]
