"""fine_tune: a pruned network learns again, and what is pruned stays zero."""

import json
from dataclasses import asdict, dataclass, replace

from explain.core.resources import Progress, counted
from explain.core.subject import Subject
from explain.core.training import Epoch, Training
from explain.pruning.masking import history
from explain.training.trainee import Trainee


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What came of a training: the subject, and every epoch that it took.

    With `Training.patience` the subject is that of the epoch with the lowest loss on the rows set
    aside, `best` (from 1; 0: no epoch was better than the start); without, of the last.
    """

    subject: Subject
    epochs: tuple[Epoch, ...]
    best: int


def fine_tune(
    subject: Subject,
    how: Training | None = None,
    *,
    dense: Subject | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Return the subject after it learnt further; what is pruned in it stays exactly 0.

    It learns from its training rows, or its calibration rows where it has no others, and never
    from the samples that are measured on. With `how.soft` it follows the answers of `dense`
    (distillation); where that is 1 no labels are needed. `pruned_by` gains the line
    `{"trained": {...}}`. The subject given is not touched.

    Args:
        subject: dense or pruned.
        how: `Training()` by default.
        dense: the network before pruning, the subject itself by default. What is 0 in the subject
            and not in it stays 0, and so does every prunable weight that is 0 in both.
        progress: called with the share of epochs done; may raise to cancel.

    Cost: as `Trainee.epoch`, per epoch.

    Raises:
        As `Trainee`, and whatever `progress` raises.
    """
    how = Training() if how is None else how
    trainee = Trainee(subject, how, dense=subject if dense is None else dense)
    epochs: list[Epoch] = []
    best, kept, lowest = 0, trainee.subject, trainee.loss_aside()
    for number in counted(range(1, how.epochs + 1), progress):
        epochs.append(trainee.epoch())
        loss = epochs[-1].aside
        if lowest is None or loss is None or loss < lowest:
            best, kept, lowest = number, trainee.subject, loss
        elif number - best >= how.patience:
            break
    line = json.dumps({"trained": asdict(how)})
    return Trained(
        subject=replace(kept, pruned_by=history(subject, line)), epochs=tuple(epochs), best=best
    )
