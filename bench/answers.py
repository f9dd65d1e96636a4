"""What the page has to show: the three numbers of a plan, straight from the back end."""

from collections.abc import Callable

import explain
import models
from explain.figures import wording
from explain.measure import decision_changes, headline_metric, meter

Numbers = tuple[str, str, str]


def answers(model: str) -> Callable[[float], Numbers]:
    """Return a function from a global magnitude amount to what is kept, how good, what changed."""
    subject = models.load(model)
    plan = explain.PruningPlan()
    scores, dense = explain.score(subject, plan), explain.evaluate(subject)
    record = meter(headline_metric(subject))

    def at(amount: float) -> Numbers:
        masks = explain.select(scores, plan.at(amount))
        run = explain.evaluate(explain.prune(subject, masks), reference=dense)
        changed = decision_changes(dense, run, subject.task)
        return (
            f"{masks.kept:,}",
            wording.metric(run.metric, record),
            f"{len(changed.changed):,}",
        )

    return at
