"""Taylor: how much the loss would change, to first order, if the weight were zero."""

import torch
from torch import Tensor

from explain.core.decisions import sample_losses
from explain.core.errors import Refused
from explain.core.messages import Message
from explain.core.methods import Criterion, Options, Scored
from explain.core.network import Network
from explain.core.scores import Site, weights_of
from explain.core.subject import Samples, Subject
from explain.pruning.calibration import batches


def taylor_scores(subject: Subject, sites: tuple[Site, ...], _options: Options) -> Scored:
    """Score every weight by |w · ∂L/∂w|, L the mean loss over the calibration samples."""
    weights = weights_of(sites)
    dense = {name: subject.network.get_parameter(name).detach() for name in weights}
    network = subject.network.with_parameters(dense)
    leaves = [network.get_parameter(name).requires_grad_() for name in weights]
    totals = [torch.zeros_like(leaf) for leaf in leaves]
    samples = batches(subject)
    count = sum(rows.count for rows in samples)
    for rows in samples:
        with torch.enable_grad():
            loss = _summed_loss(network, rows, subject) / count
        found = torch.autograd.grad(loss, leaves, allow_unused=True)
        for total, gradient in zip(totals, found, strict=True):
            if gradient is not None:
                total.add_(gradient)
    return {n: (dense[n] * total).abs() for n, total in zip(weights, totals, strict=True)}


def _summed_loss(network: Network, rows: Samples, subject: Subject) -> Tensor:
    if rows.targets is None:
        raise Refused("pruning.taylor_unlabelled")
    return sample_losses(network(*rows.inputs), rows.targets, subject.task).sum()


def _fits(subject: Subject) -> Message | None:
    """Return why the subject cannot be scored: no labelled calibration samples."""
    if subject.calibration is None or subject.calibration.targets is None:
        return Message("pruning.no_labels")
    return None


TAYLOR = Criterion(
    key="taylor",
    title="Taylor",
    line="Weights whose removal would change the loss least, to first order, die first.",
    entries=("weights", "groups", "units"),
    granularity="weight",
    scopes=("global", "layer", "row"),
    function=taylor_scores,
    formula="|w · ∂L/∂w|",
    source="Molchanov et al. 2019, arXiv:1906.10771, first-order criterion",
    differs="The paper sums squares over a unit and over mini-batches; here each weight is scored "
    "by itself, with the gradient of the mean loss over all calibration samples. What takes "
    "several weights has the sum of their scores.",
    needs=("data", "labels", "gradients"),
    cost="one forward and one backward pass over the calibration samples",
    fits=_fits,
)
