"""How a demo is trained: Adam with a falling rate for a fixed number of epochs."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.wires import Wires

Rows = tuple[Tensor, Tensor]
"""Inputs [n, ...] and targets: classes [n], or labels [n, labels] of 0 and 1."""
LABELS = 10.0
"""What the mean loss over labels counts, so that penalties weigh as beside one choice of ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """The choices of a training; they were made by cross-validation on training rows only."""

    epochs: int
    batch: int = 32
    rate: float = 1e-3
    """Adam's learning rate; it falls to 0 along a half cosine over all steps."""
    decay: float = 1e-2
    """Decoupled weight decay (AdamW)."""
    smoothing: float = 0.0
    """Label smoothing of the training loss."""
    sparsity: float = 0.0
    """L1 penalty on all weight matrices and kernels: many weights end near 0."""
    apart: bool = False
    """Every class is learnt as a label of its own."""
    tax: float = 0.0
    """Price of a weight's size times the length of its wire (models.wires); inputs: pictures."""
    kept: float = 1.0
    """Share of all weights, the largest ones, that is left in the last epochs."""
    mirrored: bool = False
    """Pictures are mirrored at random, up and down and left and right."""
    seeds: tuple[int, int] = (1, 2)
    """What the first and the second training start from."""


def fit(
    build: Callable[[], nn.Module],
    rows: Rows,
    recipe: Fitting,
    *,
    seed: int,
    report: Callable[[int, float], None] = lambda _epoch, _loss: None,
) -> nn.Module:
    """Return the network of `build` trained on `rows`, in evaluation mode.

    `report(epoch, loss)` hears the mean training loss of every epoch. The same seed gives the same
    bytes on one machine with one thread.
    """
    network = _initialised(build, seed)
    random = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=recipe.rate, weight_decay=recipe.decay, foreach=False
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.epochs)
    network.train()
    wires = Wires(
        weights=tuple(p for p in network.parameters() if p.dim() > 1),
        columns=rows[0].shape[-1],
        tax=recipe.tax,
        kept=recipe.kept,
    )
    for epoch in range(1, recipe.epochs + 1):
        wires.begin(epoch / recipe.epochs)
        loss = _epoch(network, rows, recipe, optimiser, random, wires)
        schedule.step()
        report(epoch, loss)
    return network.eval()


def module_outputs(network: nn.Module, inputs: Tensor) -> Tensor:
    """Return the outputs of a network in evaluation mode, without gradients."""
    with torch.no_grad():
        found: Tensor = network(inputs)
    return found


def folds(targets: Tensor, count: int) -> tuple[Tensor, ...]:
    """Return `count` disjoint sets of row numbers, each with its share of every class."""
    order = torch.randperm(len(targets), generator=torch.Generator().manual_seed(0))
    order = order[targets[order].argsort(stable=True)]
    return tuple(order[start::count] for start in range(count))


def stretches(targets: Tensor, count: int) -> tuple[Tensor, ...]:
    """Return `count` runs of row numbers in stored order: for rows whose neighbours overlap."""
    return torch.arange(len(targets)).tensor_split(count)


def _initialised(build: Callable[[], nn.Module], seed: int) -> nn.Module:
    """Return a new network whose first weights depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def _epoch(
    network: nn.Module,
    rows: Rows,
    recipe: Fitting,
    optimiser: torch.optim.Optimizer,
    random: torch.Generator,
    wires: Wires,
) -> float:
    """Run once through the rows in a new order and return the mean loss of the batches."""
    inputs, targets = rows
    losses = []
    for batch in torch.split(torch.randperm(len(inputs), generator=random), recipe.batch):
        seen = _mirrored(inputs[batch], random) if recipe.mirrored else inputs[batch]
        loss = _loss(network(seen), targets[batch], recipe)
        if recipe.sparsity:
            sizes = [weight.abs().sum() for weight in wires.weights]
            loss = loss + recipe.sparsity * torch.stack(sizes).sum()
        if recipe.tax:
            loss = loss + wires.tax_now()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        wires.cut()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def _loss(outputs: Tensor, targets: Tensor, recipe: Fitting) -> Tensor:
    """Return the loss of a batch: cross-entropy of classes, or that of labels each for itself."""
    if targets.dim() == 1 and not recipe.apart:
        return functional.cross_entropy(outputs, targets, label_smoothing=recipe.smoothing)
    labels = functional.one_hot(targets, outputs.shape[1]) if targets.dim() == 1 else targets
    truth = labels.to(outputs.dtype)
    return LABELS * functional.binary_cross_entropy_with_logits(outputs, truth)


def _mirrored(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Return pictures [n, channels, height, width], each mirrored along both sides by chance."""
    for side in (2, 3):
        turned = torch.rand(len(pictures), 1, 1, 1, generator=random) < 0.5
        pictures = torch.where(turned, pictures.flip(side), pictures)
    return pictures
