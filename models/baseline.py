"""Baselines and the figures on a card."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Literal

import torch
from torch import Tensor, nn

from explain.core.decisions import accuracy, auc, balanced_accuracy, macro_f1, sample_losses
from explain.core.errors import InvalidSubject
from explain.core.subject import Samples, Task
from models.data.side_by_side import digits_right
from models.fitting import module_outputs
from models.text import tokens, word, word_counts


def figures(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Return every figure that fits outputs [n, classes] and targets, to 6 decimals.

    Targets [n] are classes, [n, labels] of 0 and 1 sets of labels. The AUC only for two classes;
    the log-loss in nats, that of a set the mean over its labels.
    """
    kind: Literal["classification", "multilabel"] = "classification"
    if targets.dim() > 1:
        kind = "multilabel"
    task = Task(kind=kind, classes=tuple(map(str, range(outputs.shape[1]))))
    mean = macro_f1 if kind == "multilabel" else balanced_accuracy
    found = {
        "accuracy": accuracy(outputs, targets, task),
        mean.__name__.replace("_", "-"): mean(outputs, targets, task),
        "log-loss": float(sample_losses(outputs.double(), targets, task).mean()),
    }
    if kind == "classification" and outputs.shape[1] == 2:
        found["auc"] = auc(outputs, targets, task)
    return {key: round(value, 6) for key, value in found.items()}


ROUNDS = 5000
STRENGTH = 10.0
"""How far the words of a message may count (scikit-learn's C)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionBaseline:
    """What a logistic regression reads of the samples.

    `table(train, rows)` [n, columns] float64: fitted on the samples `train`, made of `rows`.
    `strength` is the inverse of the penalty on its weights.
    """

    title: str
    reads: str
    table: Callable[[Samples, Samples], Tensor]
    strength: float = 1.0


def logistic_regression(
    baseline: RegressionBaseline, train: Samples, test: Samples
) -> dict[str, object]:
    """Return the figures of a logistic regression on the test rows, and how they were made.

    Needs scikit-learn, which only the training environment has: it is imported when needed.
    """
    if train.targets is None or test.targets is None:
        raise InvalidSubject("models.no_targets")
    regression = import_module("sklearn.linear_model").LogisticRegression
    model = regression(C=baseline.strength, max_iter=ROUNDS)
    fitted, tested = (baseline.table(train, part).numpy() for part in (train, test))
    if train.targets.dim() > 1:
        model = import_module("sklearn.multiclass").OneVsRestClassifier(model)
        outputs = model.fit(fitted, train.targets.numpy()).decision_function(tested)
    else:
        outputs = model.fit(fitted, train.targets.numpy()).predict_log_proba(tested)
    return {
        "metrics": figures(torch.from_numpy(outputs), test.targets),
        "how": (
            f"scikit-learn {version('scikit-learn')} "
            f"LogisticRegression(C={baseline.strength}, max_iter={ROUNDS}), "
            f"fitted on the same {train.count} training rows and {baseline.reads}, measured "
            f"on the same {test.count} held-out rows."
        ),
    }


def _inputs(_train: Samples, rows: Samples) -> Tensor:
    return rows.inputs[0].flatten(1).double()


def _colours(_train: Samples, rows: Samples) -> Tensor:
    """Return mean and deviation of every colour, in whole grey values: 6 numbers a picture."""
    pixels = 255 * rows.inputs[0].double().flatten(2)
    return torch.cat([pixels.mean(dim=2), pixels.std(dim=2)], dim=1)


def _words(train: Samples, rows: Samples) -> Tensor:
    """Return TF-IDF with smooth inverse document frequencies, rows of length 1.

    Every word of the training messages counts, also one that the network's vocabulary leaves out
    and those after the last token that it reads.
    """
    found = word_counts(train.display["message"])
    at = {name: column for column, name in enumerate(sorted(found))}
    table = torch.zeros(rows.count, len(at), dtype=torch.float64)
    for row, message in enumerate(rows.display["message"]):
        for name in map(word, tokens(message)):
            if name in at:
                table[row, at[name]] += 1
    frequencies = torch.tensor([found[name] for name in at], dtype=torch.float64)
    rarity = ((1 + train.count) / (1 + frequencies)).log() + 1
    return torch.nn.functional.normalize(table * rarity, dim=1)


INPUTS = RegressionBaseline(
    title="logistic regression", reads="inputs as the network", table=_inputs
)
COLOURS = RegressionBaseline(
    title="logistic regression on colours",
    reads="mean and standard deviation of the three colours of a patch",
    table=_colours,
)
WORDS = RegressionBaseline(
    title="TF-IDF and logistic regression",
    reads="the TF-IDF of their words",
    table=_words,
    strength=STRENGTH,
)


def places_read(network: nn.Module, _calibration: Samples, test: Samples) -> tuple[str, ...]:
    """Return the sentence for the card: how many digits are read where ten labels are a digit."""
    if test.targets is None:
        return ()
    right = digits_right(module_outputs(network, test.inputs[0]), test.targets)
    shares = ", ".join(f"{share:.3f}" for share in right.double().mean(dim=0).tolist())
    sentence = (
        f"Where the likeliest of the ten labels of a place is taken, {shares} of the digits at the "
        f"{right.shape[1]} places are read right. Accuracy counts pictures whose 40 labels are all "
        "right."
    )
    return (sentence,)


AMOUNT = 0.5


def collapse(network: nn.Module, calibration: Samples, test: Samples) -> tuple[str, ...]:
    """Return the sentence for the card: balanced accuracy dense, halved, and recalibrated."""
    if test.targets is None:
        return ()
    pruned = without_smallest_half(network)
    again = with_statistics_of(pruned, calibration.inputs[0])
    dense, broken, mended = (
        figures(module_outputs(each, test.inputs[0]), test.targets)["balanced-accuracy"]
        for each in (network, pruned, again)
    )
    sentence = (
        f"Global magnitude pruning at {AMOUNT:.0%} takes the balanced accuracy from {dense:.3f} to "
        f"{broken:.3f}. Estimating the statistics of BatchNorm again on {calibration.count} "
        f"training patches, without their labels, brings it to {mended:.3f}."
    )
    return (sentence,)


def without_smallest_half(network: nn.Module) -> nn.Module:
    """Return a copy without the smallest half of all weights of its convolutions and layers."""
    found = copy.deepcopy(network)
    weights = [m.weight for m in found.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    cut = sizes.kthvalue(round(AMOUNT * len(sizes))).values
    with torch.no_grad():
        for weight in weights:
            weight.mul_((weight.abs() > cut).to(weight.dtype))
    return found


def with_statistics_of(network: nn.Module, inputs: Tensor) -> nn.Module:
    """Return a copy whose BatchNorm means and variances are those of one pass over `inputs`."""
    found = copy.deepcopy(network).train()
    for module in found.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    module_outputs(found, inputs)
    return found.eval()
