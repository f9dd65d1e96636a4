"""measure: the headline metric, the loss and what a network takes."""

from explain.core.intervals import wilson
from explain.core.measurement import Measurement
from explain.core.messages import Message
from explain.core.subject import Subject
from explain.core.sweep import Evaluation
from explain.measure import (
    decision_changes,
    evaluate,
    headline_metric,
    size,
)
from explain.measure import meter as _meter


def measure(subject: Subject, *, reference: Subject | None = None) -> tuple[Measurement, ...]:
    """Return the headline metric, the loss and what the network takes.

    Args:
        subject: dense or pruned.
        reference: the dense subject; adds the number of decisions that differ from it. Without
            one and without labels there is no headline metric for a pruned subject. Without
            data there is only what the network takes.

    Cost: one forward pass over the rows (two with a reference) and one pass over the weights.
    """
    if not subject.samples.count:
        return size(subject)
    dense = None if reference is None else evaluate(reference)
    run = evaluate(subject, reference=dense)
    found = _headline(subject, run, dense)
    if run.loss is not None:
        how = Message("how.mean_loss")
        unit = "squared error" if subject.task.kind == "regression" else "nats"
        found.append(Measurement(key="loss", value=run.loss, unit=unit, n=run.n, how=how))
    if dense is not None:
        changed = len(decision_changes(dense, run, subject.task).changed)
        found.append(_share("decisions_changed", changed, run.n, Message("how.changed")))
    return (*found, *size(subject))


def _headline(subject: Subject, run: Evaluation, dense: Evaluation | None) -> list[Measurement]:
    """Return the headline metric; nothing where it is agreement with an unknown network."""
    record = _meter(headline_metric(subject))
    if record.key == "agreement" and subject.pruned_by and dense is None:
        return []
    if record.key == "accuracy" and run.correct is not None:
        return [_share("accuracy", int(run.correct.sum()), run.n, Message("how.accuracy"))]
    how = Message("how.held_out")
    return [Measurement(key=record.key, value=run.metric, unit=record.unit, n=run.n, how=how)]


def _share(key: str, hits: int, n: int, how: Message) -> Measurement:
    low, high = wilson(hits, n)
    value = hits / n if n else float("nan")
    how = Message("how.wilson", how=how)
    return Measurement(key=key, value=value, unit="share", n=n, how=how, low=low, high=high)
