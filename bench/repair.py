"""Print what repair brings back, and what it costs: `python -m bench.repair`.

The first table prunes built-in networks by magnitude and repairs them; the second times one linear
layer of growing width beside SparseGPT's solve of the same layer, which visits column by column.
"""

import resource
import sys
import time

import torch
from torch import Tensor, nn

import explain
import models
from explain.core.resources import use_one_thread
from explain.pruning import repair

_PRUNED = (
    ("digits-cnn", (0.8, 0.9, 0.95)),
    ("retina-cnn", (0.5, 0.8, 0.9, 0.95)),
    ("digits-mlp", (0.9, 0.95)),
    ("heart-mlp", (0.9,)),
    ("sms-transformer", (0.9,)),
)
_WIDTHS = (128, 256, 512)
_ROWS = 1_024


def main() -> int:
    """Print both tables."""
    use_one_thread()
    print("network          amount  dense  pruned  repaired  flips, %  CPU s")
    for key, amounts in _PRUNED:
        for amount in amounts:
            print(_brought_back(models.load(key), amount), flush=True)
    print("width  kept  repair s  error  SparseGPT s  error  peak MB")
    for width in _WIDTHS:
        for kept in (0.5, 0.1):
            print(_one_layer(width, kept), flush=True)
    return 0


def _brought_back(subject: explain.Subject, amount: float) -> str:
    plan = explain.PruningPlan(amount=amount)
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    started = time.process_time()
    found = repair(pruned, subject)
    seconds = time.process_time() - started
    dense, before, after = (explain.evaluate(one) for one in (subject, pruned, found))
    flips = 100 * len(explain.flips(subject, found).changed) / dense.n
    return (
        f"{subject.key:<16} {amount:6.2f} {dense.metric:6.3f} {before.metric:7.3f} "
        f"{after.metric:9.3f} {flips:9.1f} {seconds:6.2f}"
    )


def _one_layer(width: int, kept: float) -> str:
    torch.manual_seed(width)
    x = torch.randn(_ROWS, width) @ torch.randn(width, width) / width**0.5
    shown = (x, torch.zeros(_ROWS, dtype=torch.int64))
    layer = nn.Linear(width, width, bias=False)
    subject = explain.subject(layer, x, calibration=shown)
    plan = explain.PruningPlan(amount=1 - kept, scope="layer")
    pruned = explain.prune(subject, explain.select(explain.score(subject, plan), plan))
    started = time.process_time()
    found = repair(pruned, subject)
    seconds = time.process_time() - started
    (name,) = subject.network.prunable
    weight, ours = (one.network.get_parameter(name).detach() for one in (subject, found))
    started = time.process_time()
    theirs = _column_by_column(weight, x, kept)
    other = time.process_time() - started
    errors = [
        float((x @ (one - weight).T).norm() / (x @ weight.T).norm()) for one in (ours, theirs)
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{width:5} {kept:5.1f} {seconds:9.2f} {errors[0]:6.3f} {other:12.2f} {errors[1]:6.3f} "
        f"{peak:8.0f}"
    )


def _column_by_column(weight: Tensor, x: Tensor, kept: float, block: int = 128) -> Tensor:
    """Return what SparseGPT (arXiv:2301.00774, Algorithm 1, damping 1 %) makes of a weight."""
    gram = x.T @ x
    gram.diagonal().add_(0.01 * gram.diagonal().mean())
    inverse = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(gram)), upper=True)
    left = weight.clone()
    for start in range(0, len(gram), block):
        end = min(start + block, len(gram))
        scores = left[:, start:end] ** 2 / inverse.diagonal()[start:end] ** 2
        cut = scores.flatten().kthvalue(max(1, int((1 - kept) * scores.numel()))).values
        for at in range(start, end):
            gone = scores[:, at - start] <= cut
            error = torch.where(gone, left[:, at], 0) / inverse[at, at]
            left[:, at:] -= error[:, None] * inverse[at, at:]
            left[gone, at] = 0
    return left


if __name__ == "__main__":
    sys.exit(main())
