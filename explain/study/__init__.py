"""The one place where the rooms meet: the verbs that notebooks, command line and pages use."""

from explain.attribution import drift
from explain.features import feature_maps
from explain.measure import ledger
from explain.pruning import recalibrate
from explain.study.explaining import attribute
from explain.study.localising import localised
from explain.study.making import subject
from explain.study.measuring import measure
from explain.study.modules import conductances, contributions, interactions
from explain.study.sweeping import CURVE, GRID, flips, sweep
from explain.study.viewing import network_view

__all__ = [
    "CURVE",
    "GRID",
    "attribute",
    "conductances",
    "contributions",
    "drift",
    "feature_maps",
    "flips",
    "interactions",
    "ledger",
    "localised",
    "measure",
    "network_view",
    "recalibrate",
    "subject",
    "sweep",
]
