"""What most tests do first: prune a subject by a plan."""

import explain
from explain import PruningPlan


def pruned_to(subject, amount, **fields):
    """Return the subject with this share of its entries removed, by magnitude unless said."""
    plan = PruningPlan(amount=amount, **fields)
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))
