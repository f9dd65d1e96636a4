"""Measuring: outputs, decisions, metrics, flips and size, each with its n and its unit."""

from explain.core.decisions import differ
from explain.core.subject import evaluation_rows
from explain.measure.catalog import METERS, meter
from explain.measure.evaluation import (
    decision_changes,
    evaluate,
    headline_metric,
    ledger_between,
    ledger_of,
    metric_change,
    metric_interval,
    metric_resamples,
    size,
)
from explain.measure.groups import FEW, GroupChange, count_groups, group_changes, stands_out
from explain.measure.guessing import guessing
from explain.measure.rates import ClassRate, class_rates
from explain.measure.tasks import (
    as_targets,
    check_outputs,
    check_subject,
    infer_task,
    to_logits,
)
from explain.measure.transitions import Transition, Way, transitions, went
from explain.measure.turns import turns_of

__all__ = [
    "FEW",
    "METERS",
    "ClassRate",
    "GroupChange",
    "Transition",
    "Way",
    "as_targets",
    "check_outputs",
    "check_subject",
    "class_rates",
    "count_groups",
    "decision_changes",
    "differ",
    "evaluate",
    "evaluation_rows",
    "group_changes",
    "guessing",
    "headline_metric",
    "infer_task",
    "ledger_between",
    "ledger_of",
    "meter",
    "metric_change",
    "metric_interval",
    "metric_resamples",
    "size",
    "stands_out",
    "to_logits",
    "transitions",
    "turns_of",
    "went",
]
