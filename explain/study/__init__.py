"""The one place where the rooms meet: the verbs that notebooks, command line and pages use."""

from explain.attribution import drift
from explain.features import feature_maps
from explain.measure import ledger_of
from explain.pruning import fold_constants, recalibrate, repair
from explain.study import asking
from explain.study.asking import askable, group_of, most_rows, samples_of
from explain.study.beside import beside, left_beside
from explain.study.cases import UNSURE, cases
from explain.study.explaining import attribute, localised
from explain.study.making import network_view, subject
from explain.study.measuring import CURVE, GRID, flips, measure, sweep
from explain.study.modules import (
    can_be_passed_by,
    conductances,
    contributions,
    hidden_alone,
    interactions,
)
from explain.study.running import Run, StageRun, run

__all__ = [
    "CURVE",
    "GRID",
    "UNSURE",
    "Run",
    "StageRun",
    "askable",
    "asking",
    "attribute",
    "beside",
    "can_be_passed_by",
    "cases",
    "conductances",
    "contributions",
    "drift",
    "feature_maps",
    "flips",
    "fold_constants",
    "group_of",
    "hidden_alone",
    "interactions",
    "ledger_of",
    "left_beside",
    "localised",
    "measure",
    "most_rows",
    "network_view",
    "recalibrate",
    "repair",
    "run",
    "samples_of",
    "subject",
    "sweep",
]
