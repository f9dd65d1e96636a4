"""Trainee: a private copy of a subject's network that learns, one epoch at a time."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from explain.core.errors import NonFinite, Refused
from explain.core.subject import Samples, Subject
from explain.core.training import Epoch, Training
from explain.training.copies import in_training, learning_copy
from explain.training.held import held_zeros
from explain.training.losses import batch_loss, penalty
from explain.training.optimising import optimiser_of, set_rate
from explain.training.rows import apart, learning_rows, shuffled_batches


class Trainee:
    """A subject that learns: its network is a private copy, what came in stays as it is.

    In every step BatchNorm uses the statistics of the batch and moves its running ones, as in
    `nn.Module.train()`. What is pruned is 0 before and after every step and its gradient is 0, so
    that no moment and no line search sees it. Tied weights stay one. Dropout of the source is no
    part of a lifted network; `Training.dropout` drops hidden activations. Equal inputs give equal
    bits on one machine with one thread: all that is drawn comes from a generator of its own.
    """

    def __init__(self, subject: Subject, how: Training, *, dense: Subject) -> None:
        """Make the copy; `dense` says what was pruned, and gives the answers that are followed.

        Raises:
            Refused: there are no training rows; they have no labels, and the dense network's
                answers are not all that is followed; the network takes a fixed number of rows.
            UnknownKey: a frozen layer is not there.
        """
        rows = learning_rows(subject)
        if rows.targets is None and how.soft < 1:
            raise Refused("training.no_labels")
        if getattr(subject.network, "piece", None) is not None:
            raise Refused("training.fixed_rows")
        self._subject, self._how, self._dense = subject, how, dense
        self._rows, self._aside = apart(rows, subject.task, how)
        self._random = torch.Generator().manual_seed(how.seed)
        self._network, self._learning = learning_copy(subject.network, how.frozen)
        self._optimiser = optimiser_of(list(self._learning.values()), how)
        self._done = 0
        self.hold(subject)

    @property
    def subject(self) -> Subject:
        """Return the subject as it is now; what is learnt later does not change it."""
        known = {**dict(self._network.named_parameters()), **dict(self._network.named_buffers())}
        own = {name: tensor.detach().clone() for name, tensor in known.items()}
        return replace(self._subject, network=self._subject.network.with_parameters(own))

    def hold(self, pruned: Subject) -> None:
        """Take over what is zero in a pruned copy of this subject: it is 0 from now on."""
        held = held_zeros(pruned, self._dense)
        self._held = {
            self._learning[name]: gone for name, gone in held.items() if name in self._learning
        }
        self._cut()

    def epoch(self) -> Epoch:
        """See every row once, in a new order, and return what it came to.

        Cost: a forward and a backward pass over the rows, one more forward pass of the dense
        network where its answers are followed; L-BFGS up to 25 of each.

        Raises:
            NonFinite: the loss is no number any more.
        """
        set_rate(self._optimiser, self._how, self._done)
        with in_training(self._network, self._how.frozen, self._how.dropout, self._random):
            losses = [
                self._step(rows) for rows in shuffled_batches(self._rows, self._how, self._random)
            ]
        self._done += 1
        return Epoch(loss=sum(losses) / len(losses), aside=self.loss_aside())

    def _step(self, rows: Samples) -> float:
        answers = self._answers(rows)

        def closure() -> float:
            self._optimiser.zero_grad()
            with torch.enable_grad():
                loss = self._loss(rows, answers) + penalty(self._weights(), self._how)
                loss.backward()  # type: ignore[no-untyped-call]
            for tensor, gone in self._held.items():
                if tensor.grad is not None:
                    tensor.grad.masked_fill_(gone, 0)
            return loss.item()

        found = self._optimiser.step(closure)
        if found is None or not math.isfinite(found):
            raise NonFinite("training.diverged", epoch=self._done + 1, rate=self._how.rate)
        self._cut()
        return found

    def _cut(self) -> None:
        with torch.no_grad():
            for tensor, gone in self._held.items():
                tensor.masked_fill_(gone, 0)

    def _weights(self) -> list[Tensor]:
        return [tensor for tensor in self._learning.values() if tensor.dim() > 1]

    def _loss(self, rows: Samples, answers: Tensor | None) -> Tensor:
        outputs = self._network(*rows.inputs)
        return batch_loss(outputs, rows.targets, answers, self._subject.task, self._how)

    def _answers(self, rows: Samples) -> Tensor | None:
        if not self._how.soft:
            return None
        with torch.no_grad():
            found: Tensor = self._dense.network(*rows.inputs)
        return found

    def loss_aside(self) -> float | None:
        """Return the mean loss of the rows set aside, without penalties; None where none are."""
        if self._aside is None:
            return None
        with torch.no_grad():
            return self._loss(self._aside, self._answers(self._aside)).item()
