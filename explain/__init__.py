"""Sparsight's back end: prune a network and see what that did. It knows no user interface.

import explain, models
subject = models.load("digits-mlp")
plan = explain.PruningPlan(criterion="magnitude", amount=0.9)
scores = explain.score(subject, plan)
masks = explain.select(scores, plan)
pruned = explain.prune(subject, masks)
sweep = explain.sweep(subject, plan)
"""

from explain.core.cases import Case, Pick
from explain.core.comparison import Evaluation, FlipLedger, Flips, GroupCount, Sweep
from explain.core.contributions import Conductances, Contributions, Interactions
from explain.core.errors import (
    Cancelled,
    ExplainError,
    ImportRefused,
    InvalidFile,
    InvalidOption,
    InvalidPlan,
    InvalidSubject,
    NonFinite,
    Refused,
    UnknownKey,
    UnsupportedOperation,
)
from explain.core.explanation import Drift, Explanation, FeatureMaps
from explain.core.intervals import Measurement
from explain.core.network import NetworkView
from explain.core.partition import Partition
from explain.core.plan import PruningPlan
from explain.core.provenance import Provenance
from explain.core.recipe import Recipe, Stage
from explain.core.scores import MaskSet, ScoreSet, ThresholdRange
from explain.core.subject import InputSpec, ModelCard, Samples, Subject, Task
from explain.core.training import Training
from explain.decompose import partition
from explain.measure import evaluate, size
from explain.pruning import prune, score, select
from explain.study import (
    Run,
    StageRun,
    attribute,
    beside,
    cases,
    conductances,
    contributions,
    drift,
    feature_maps,
    flips,
    fold_constants,
    hidden_alone,
    interactions,
    ledger_of,
    left_beside,
    localised,
    measure,
    network_view,
    recalibrate,
    repair,
    run,
    subject,
    sweep,
)
from explain.training import Trained, fine_tune

__all__ = [
    "Cancelled",
    "Case",
    "Conductances",
    "Contributions",
    "Drift",
    "Evaluation",
    "ExplainError",
    "Explanation",
    "FeatureMaps",
    "FlipLedger",
    "Flips",
    "GroupCount",
    "ImportRefused",
    "InputSpec",
    "Interactions",
    "InvalidFile",
    "InvalidOption",
    "InvalidPlan",
    "InvalidSubject",
    "MaskSet",
    "Measurement",
    "ModelCard",
    "NetworkView",
    "NonFinite",
    "Partition",
    "Pick",
    "Provenance",
    "PruningPlan",
    "Recipe",
    "Refused",
    "Run",
    "Samples",
    "ScoreSet",
    "Stage",
    "StageRun",
    "Subject",
    "Sweep",
    "Task",
    "ThresholdRange",
    "Trained",
    "Training",
    "UnknownKey",
    "UnsupportedOperation",
    "attribute",
    "beside",
    "cases",
    "conductances",
    "contributions",
    "drift",
    "evaluate",
    "feature_maps",
    "fine_tune",
    "flips",
    "fold_constants",
    "hidden_alone",
    "interactions",
    "ledger_of",
    "left_beside",
    "localised",
    "measure",
    "network_view",
    "partition",
    "prune",
    "recalibrate",
    "repair",
    "run",
    "score",
    "select",
    "size",
    "subject",
    "sweep",
]
