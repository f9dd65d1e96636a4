"""What a plan means for each tensor: its scope, its own amount, or protection."""

from dataclasses import replace

from explain.core.errors import InvalidPlan, UnknownKey
from explain.core.plan import PruningPlan
from explain.core.records import Criterion
from explain.core.scores import Ranked, ScoreSet
from explain.network import layer_of

__all__ = ["own_amounts", "resolve"]


def resolve(record: Criterion, plan: PruningPlan) -> PruningPlan:
    """Return the plan with the scope that holds for this criterion.

    A scope that the criterion does not offer becomes its default (Wanda compares inside rows).
    A threshold is one number for all tensors, so its scope is always global.

    Raises:
        InvalidPlan: a threshold for a criterion whose scores do not compare across tensors.
    """
    if plan.threshold is None:
        scope = plan.scope if plan.scope in record.scopes else record.scopes[0]
        return replace(plan, scope=scope)
    if "global" not in record.scopes:
        raise InvalidPlan(
            f"{record.title} compares scores inside rows only: one threshold means nothing.",
            hint="Give an amount.",
        )
    return replace(plan, scope="global")


def own_amounts(scores: ScoreSet, plan: PruningPlan) -> tuple[float | None, ...]:
    """Return for each tensor the amount set for it alone, 0 where protected, None in the pool.

    Raises:
        UnknownKey: an override or a protection names no layer of this network.
    """
    known = [name for t in scores.tensors for name in (t.name, t.layer)]
    known += [name for fixed, _ in scores.fixed for name in (fixed, layer_of(fixed))]
    for name in (*(name for name, _ in plan.overrides), *plan.protected):
        if name not in known:
            raise UnknownKey.among("prunable layer", name, dict.fromkeys(known))
    return tuple(_own(tensor, plan) for tensor in scores.tensors)


def _own(tensor: Ranked, plan: PruningPlan) -> float | None:
    names = (tensor.name, tensor.layer)
    if any(name in plan.protected for name in names):
        return 0.0
    amounts = dict(plan.overrides)
    return next((amounts[name] for name in names if name in amounts), None)
