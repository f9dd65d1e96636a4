"""Sparsight as a library: the verbs and values of `explain`, and `load` of `models`.

import sparsight

subject = sparsight.load("digits-mlp")
plan = sparsight.PruningPlan(criterion="magnitude", amount=0.9)
pruned = sparsight.prune(subject, sparsight.select(sparsight.score(subject, plan), plan))
"""

import explain
from explain import *  # noqa: F403 - all that it promises
from models import load

__all__ = ["load"]
__all__ += explain.__all__
