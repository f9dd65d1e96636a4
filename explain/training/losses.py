"""What a training step makes small: the task's loss, the dense network's answers, penalties."""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional

from explain.core.decisions import sample_losses
from explain.core.subject import Task
from explain.core.training import Training


def batch_loss(
    outputs: Tensor, targets: Tensor | None, answers: Tensor | None, task: Task, how: Training
) -> Tensor:
    """Return the mean loss of a batch: labels and the dense network's answers, each its share.

    Args:
        outputs: as `sample_losses` takes them.
        targets: the labels; None where only answers are followed.
        answers: what the dense network puts out for the same rows; None where it is not followed.
        task: what the outputs mean.
        how: `soft` and `temperature` of it.
    """
    total = outputs.new_zeros(())
    if targets is not None and how.soft < 1:
        total = total + (1 - how.soft) * sample_losses(outputs, targets, task).mean()
    if answers is not None and how.soft > 0:
        total = total + how.soft * answer_losses(outputs, answers, task, how.temperature).mean()
    return total


def answer_losses(outputs: Tensor, answers: Tensor, task: Task, temperature: float) -> Tensor:
    """Return how far each row's outputs are from the dense network's answers [n].

    For classes T² · KL(softmax(answers / T) ‖ softmax(outputs / T)) (Hinton et al. 2015,
    arXiv:1503.02531, section 2: the gradient keeps its size whatever T is); for labels and for
    one logit the same of each Bernoulli, mean over labels; for values the squared difference.
    """
    flat, wanted = outputs.reshape(len(outputs), -1), answers.reshape(len(answers), -1)
    if task.kind == "regression":
        return torch.square(flat - wanted)[:, 0]
    if task.kind == "classification":
        cool, warm = (functional.log_softmax(x / temperature, 1) for x in (flat, wanted))
        apart = functional.kl_div(cool, warm, reduction="none", log_target=True).sum(1)
    else:
        truth = torch.sigmoid(wanted / temperature)
        cross = functional.binary_cross_entropy_with_logits
        apart = cross(flat / temperature, truth, reduction="none")
        apart = (apart - cross(wanted / temperature, truth, reduction="none")).mean(1)
    return temperature**2 * apart


def penalty(weights: Iterable[Tensor], how: Training) -> Tensor | float:
    """Return the price of weights: `l1` times their sizes, `l2` times half their squares."""
    total: Tensor | float = 0.0
    for weight in weights if how.l1 or how.l2 else ():
        total = total + how.l1 * weight.abs().sum() + how.l2 / 2 * torch.square(weight).sum()
    return total
