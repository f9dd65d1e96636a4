"""What a plan means for each site: its own amount, or protection."""

from explain.core.errors import UnknownKey
from explain.core.plan import PruningPlan
from explain.core.scores import ScoreSet, TensorRanking
from explain.network import layer_of


def own_amounts(scores: ScoreSet, plan: PruningPlan) -> tuple[float | None, ...]:
    """Return for each site the amount set for it alone, 0 where protected, None in the pool.

    Raises:
        UnknownKey: an override or a protection names no layer of this network.
    """
    known = [name for tensor in scores.tensors for name in _names(tensor)]
    known += [name for fixed, _ in scores.fixed for name in (fixed, layer_of(fixed))]
    for name in (*(name for name, _ in plan.overrides), *plan.protected):
        if name not in known:
            raise UnknownKey.among("prunable layer", name, dict.fromkeys(known))
    return tuple(_own(tensor, plan) for tensor in scores.tensors)


def _names(tensor: TensorRanking) -> tuple[str, ...]:
    """Return what people may call a site: itself, its layer, and each weight that it reaches."""
    reached = (name for weight in tensor.weights for name in (weight, layer_of(weight)))
    return tuple(dict.fromkeys((tensor.name, tensor.layer, *reached)))


def _own(tensor: TensorRanking, plan: PruningPlan) -> float | None:
    names = _names(tensor)
    if any(name in plan.protected for name in names):
        return 0.0
    amounts = dict(plan.overrides)
    return next((amounts[name] for name in names if name in amounts), None)
