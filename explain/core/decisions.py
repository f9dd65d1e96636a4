"""From outputs to decisions, and how good they are: right or wrong, metrics, loss."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from explain.core.errors import InvalidSubject
from explain.core.resources import Progress, capacity, counted
from explain.core.subject import Samples, Subject, Task, need_rows


def decide(outputs: Tensor, task: Task) -> NDArray[np.float64]:
    """Return one decision per sample [n]: a class index, or the value itself for regression.

    For "multilabel" it is a set: [n, labels], 1 where the label is said and 0 where it is not.

    Args:
        outputs: [n, classes] logits (the first of equal ones wins), [n, labels] logits (each said
            above `task.cut`), or one column for "binary" (class 1 above the cut) and "regression".
        task: says which of the four it is.
    """
    values = outputs.detach().double().reshape(len(outputs), -1).numpy()
    if task.kind == "classification":
        largest: NDArray[np.float64] = values.argmax(1).astype(np.float64)
        return largest
    if task.kind == "multilabel":
        return (values > task.cut).astype(np.float64)
    column: NDArray[np.float64] = values[:, 0].copy()
    return (column > task.cut).astype(np.float64) if task.kind == "binary" else column


def of_class(truth: NDArray[np.generic], at: int) -> NDArray[np.bool_]:
    """Return which samples [n] are of a class, or have a label, by targets [n] or [n, labels]."""
    return np.asarray(truth[:, at] == 1 if truth.ndim > 1 else truth == at)


def correct(
    decisions: NDArray[np.float64], targets: NDArray[np.float64], task: Task
) -> NDArray[np.bool_]:
    """Return which decisions are right [n]: all labels, or within a regression's tolerance."""
    return ~differ(decisions, targets, task)


def differ(
    before: NDArray[np.float64], after: NDArray[np.float64], task: Task
) -> NDArray[np.bool_]:
    """Return which decisions differ [n]: in any label, or by more than a regression's tolerance."""
    if task.kind == "regression":
        moved: NDArray[np.bool_] = np.abs(after - before) > task.tolerance
        return moved
    other: NDArray[np.bool_] = before != after
    return np.asarray(other.any(-1)) if task.kind == "multilabel" else other


def decisions(
    subject: Subject, rows: NDArray[np.int64], progress: Progress | None = None
) -> NDArray[np.float64]:
    """Return what the network decides for these rows [n], or [n, labels].

    Cost: one forward pass over them, in batches whose values take about 16 MB. `progress` is
    called with the share done after each, and may raise to cancel.

    Raises:
        InvalidSubject: no rows.
        Refused: there are no data.
    """
    need_rows(subject.samples)
    if len(rows) == 0:
        raise InvalidSubject("samples.nothing_to_decide")
    return decide(torch.cat(list(_outputs(subject, subject.samples, rows, progress))), subject.task)


def largest_outputs(
    subject: Subject, samples: Samples, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the number of the largest output of each row, the first of equal ones [n].

    0 where there is a single output. Cost: one forward pass over the rows.
    """
    found = [out.double().numpy() for out in _outputs(subject, samples, rows)]
    largest = [out.reshape(len(out), -1).argmax(1) for out in found]
    return np.concatenate([np.zeros(0, np.int64), *largest]).astype(np.int64)


def _outputs(
    subject: Subject,
    samples: Samples,
    rows: NDArray[np.int64],
    progress: Progress | None = None,
) -> Iterator[Tensor]:
    """Yield what the network puts out, batch by batch."""
    size = capacity(subject.network)
    for at in counted(range(0, len(rows), size), progress):
        with torch.no_grad():
            outputs = subject.network(*samples.take(rows[at : at + size]).inputs)
        yield outputs


def leads(outputs: NDArray[np.float32], task: Task) -> NDArray[np.float64]:
    """Return the probability [n], 0 to 1, by which each decision is preferred to the next.

    That of the two likeliest classes; of a decision between two, or the least sure label of a set,
    what lies between both sides of the cut. What is not finite counts as 0, or as very large.

    Args:
        outputs: [n, classes] or [n, labels] logits; [n] or [n, 1] for "binary".
        task: says which of them it is; no regression, whose values are preferred to none.
    """
    values = np.nan_to_num(outputs.astype(np.float64)).reshape(len(outputs), -1)
    if task.kind != "classification":
        return np.asarray(np.tanh(np.abs(values - task.cut) / 2).min(1))
    likely = np.exp(values - values.max(1, keepdims=True))
    first = -np.sort(-likely / likely.sum(1, keepdims=True))
    return np.asarray(first[:, 0] - first[:, 1:2].sum(1))


def accuracy(outputs: Tensor, targets: Tensor, task: Task) -> float:
    """Return the share of samples, 0..1, whose decision is the target: every label of a set."""
    return float(correct(decide(outputs, task), targets.double().numpy(), task).mean())


def resampled_accuracy(
    outputs: Tensor, targets: Tensor, task: Task, shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `accuracy` in resamples [m] of which `shares` [m, n] says what each sample counts."""
    right = correct(decide(outputs, task), targets.double().numpy(), task)
    return np.asarray(shares @ right)


def balanced_accuracy(outputs: Tensor, targets: Tensor, task: Task) -> float:
    """Return the mean recall, 0..1, over the classes that occur."""
    decisions, truth = decide(outputs, task), targets.double().numpy()
    recalls = [(decisions[truth == label] == label).mean() for label in np.unique(truth)]
    return float(np.mean(recalls))


def resampled_balanced_accuracy(
    outputs: Tensor, targets: Tensor, task: Task, shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `balanced_accuracy` in resamples [m]; a class that a resample lacks is left out."""
    decisions, truth = decide(outputs, task), targets.double().numpy()
    here = [shares[:, truth == label] for label in np.unique(truth)]
    hits = [decisions[truth == label] == label for label in np.unique(truth)]
    with np.errstate(invalid="ignore"):
        recalls = [(part @ hit) / part.sum(1) for part, hit in zip(here, hits, strict=True)]
    return np.asarray(np.nanmean(recalls, axis=0))


def macro_f1(outputs: Tensor, targets: Tensor, task: Task) -> float:
    """Return the mean over labels of 2 · hits / (said + true), 0..1; NaN where none is either.

    Labels that are neither true nor said in any sample are left out.
    """
    said, true = decide(outputs, task), targets.double().numpy()
    hits, both = (said * true).sum(0), (said + true).sum(0)
    here = both > 0
    return float(np.mean(2 * hits[here] / both[here])) if here.any() else float("nan")


def resampled_macro_f1(
    outputs: Tensor, targets: Tensor, task: Task, shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `macro_f1` in resamples [m]; a label that a resample lacks is left out."""
    said, true = decide(outputs, task), targets.double().numpy()
    hits, both = shares @ (said * true), shares @ (said + true)
    here = both > 0
    with np.errstate(invalid="ignore"):
        return np.asarray((2 * hits / np.where(here, both, 1)).sum(1) / here.sum(1))


def auc(outputs: Tensor, targets: Tensor, task: Task) -> float:
    """Return the area under the ROC curve, 0..1, by rank sums; ties count half.

    The score is logit 1 minus logit 0, or the one logit of a binary task. NaN if a class is absent.
    """
    column = _score(outputs, task)
    truth = targets.numpy() == 1
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = mean_ranks(column)
    above = ranks[truth].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


def resampled_auc(
    outputs: Tensor, targets: Tensor, task: Task, shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `auc` in resamples [m]: the share of pairs in which the positive one is above."""
    score, truth = _score(outputs, task), targets.numpy() == 1
    positive, negative = np.flatnonzero(truth), np.flatnonzero(~truth)
    negative = negative[np.argsort(score[negative])]
    below, reached = (
        np.searchsorted(score[negative], score[positive], side) for side in ("left", "right")
    )
    # How much negative ones count up to each place, so that a positive one is looked up.
    passed = np.pad(shares[:, negative].cumsum(1), ((0, 0), (1, 0)))
    counted = shares[:, positive]
    won = np.einsum("mn,mn->m", counted, passed[:, below])
    if (reached > below).any():
        won = (won + np.einsum("mn,mn->m", counted, passed[:, reached])) / 2
    with np.errstate(invalid="ignore"):
        return np.asarray(won / (counted.sum(1) * passed[:, -1]))


def _score(outputs: Tensor, task: Task) -> NDArray[np.float64]:
    """Return what positive samples should have more of: logit 1 minus logit 0, or the one logit."""
    logits = outputs.double()
    two = task.kind == "classification"
    column = (logits[:, 1] - logits[:, 0]) if two else logits.reshape(len(logits), -1)[:, 0]
    return torch.nan_to_num(column).numpy()


def mean_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks [n] from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    means: NDArray[np.float64] = (last - (counts - 1) / 2)[inverse]
    return means


def sample_losses(outputs: Tensor, targets: Tensor, task: Task) -> Tensor:
    """Return one loss per sample [n]: cross-entropy in nats, or squared error for regression.

    The loss of a set of labels is the mean of the binary cross-entropies of its labels.

    Args:
        outputs: [n, classes] or [n, labels] logits; [n] or [n, 1] for "binary" and "regression".
        targets: [n] class indices (int64), [n, labels] of 0 and 1, or values for regression.
        task: says which of the four it is.
    """
    if task.kind == "classification":
        return functional.cross_entropy(outputs, targets, reduction="none")
    if task.kind == "multilabel":
        each = functional.binary_cross_entropy_with_logits(
            outputs, targets.to(outputs.dtype), reduction="none"
        )
        return each.mean(1)
    column = outputs.reshape(len(outputs), -1)[:, 0]
    truth = targets.to(column.dtype)
    if task.kind == "binary":
        return functional.binary_cross_entropy_with_logits(column, truth, reduction="none")
    return torch.square(column - truth)
