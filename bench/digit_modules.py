"""Print what the modules of the digit networks are for: `python -m bench.digit_modules`.

Three built-in networks, each in two trainings: four digits with taxed wires, their plain twin, and
one digit with taxed wires. How many modules are found; how well they agree with the digit that each
unit serves (the one whose labels move most when the unit alone is hidden); and what is read right
of each digit while a module's units are held at their mean over the calibration rows. For the
control it is read of each class.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

import models
from explain.core.partition import Partition
from explain.core.resources import use_one_thread
from explain.core.subject import Subject
from explain.decompose import adjusted_rand, hide, partition
from models.data.side_by_side import PLACES, digits_right
from models.demo import SEEDS

FOUR = ("four-digits-taxed", "four-digits-plain")
CONTROL = "one-digit-taxed"
DIES, LEAVES = 0.2, 0.1
"""What is read right less than the first is taken away; a loss below the second leaves it."""
SMALLEST = 1e-6
"""A unit whose absence moves no output by more serves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What is read right: `intact` [parts], and `without` [modules, parts] each module.

    A part is a place in the picture, or a class of the control.
    """

    intact: NDArray[np.float64]
    without: NDArray[np.float64]

    @property
    def taken(self) -> NDArray[np.bool_]:
        """Return which parts each module takes away [modules, parts]: next to nothing is read."""
        return np.asarray(self.without < DIES)

    @property
    def own_only(self) -> NDArray[np.bool_]:
        """Return which modules take some parts away and leave all others as they were [modules]."""
        left = self.without > self.intact - LEAVES
        some = self.taken.any(axis=1) & ~self.taken.all(axis=1)
        return np.asarray(some & (self.taken | left).all(axis=1))


def hidden(subject: Subject, parts: Partition) -> Hidden:
    """Return what is read right of each digit, or class, without each module of a network."""
    found = [
        read_right(hide(subject, parts.labels, [module], replacement="mean"))
        for module in range(parts.count)
    ]
    return Hidden(intact=read_right(subject), without=np.stack(found))


def read_right(subject: Subject) -> NDArray[np.float64]:
    """Return the share that is read right at each place, or of each class of a single digit."""
    targets = subject.samples.targets
    outputs = _outputs(subject)
    if targets is None:
        raise ValueError(subject.key)
    if subject.task.kind == "multilabel":
        return np.asarray(digits_right(outputs, targets).double().mean(dim=0).numpy())
    right = outputs.argmax(dim=1).eq(targets).double()
    return np.array([float(right[targets == at].mean()) for at in range(outputs.shape[1])])


def served(subject: Subject, parts: Partition) -> NDArray[np.int64]:
    """Return the place that each hidden unit serves, in the order of `parts.labels`; -1: none."""
    intact, found = _outputs(subject), []
    for layer, labels in parts.labels.items():
        for unit in range(len(labels)):
            alone = np.zeros_like(labels)
            alone[unit] = 1
            moved = _outputs(hide(subject, {layer: alone}, [1], replacement="mean")) - intact
            by_place = moved.square().mean(dim=0).reshape(len(PLACES), -1).sum(dim=1)
            found.append(int(by_place.argmax()) if float(by_place.max()) > SMALLEST else -1)
    return np.array(found, dtype=np.int64)


def agreement(subject: Subject, parts: Partition) -> float:
    """Return the adjusted Rand index of the modules and what their units serve; 1 is the same."""
    units, found = np.concatenate(list(parts.labels.values())), served(subject, parts)
    alive = (found >= 0) & (units >= 0)
    return adjusted_rand(units[alive], found[alive])


def _outputs(subject: Subject) -> torch.Tensor:
    with torch.no_grad():
        return subject.network(*subject.samples.inputs)


def main() -> None:
    """Print one line a training, and under it one a module."""
    use_one_thread()
    for key in (*FOUR, CONTROL):
        for seed in SEEDS:
            subject = models.load(key, seed=seed)
            parts = partition(subject)
            line = f"{key} training {seed}: {parts.count} modules of {parts.sizes.tolist()} units"
            if key in FOUR:
                line += f", adjusted Rand {agreement(subject, parts):.2f}"
            found = hidden(subject, parts)
            print(f"{line}; {found.own_only.sum()} take their own alone")
            print("  read right", _row(found.intact))
            for module, row in enumerate(found.without):
                print(f"  without {module + 1} ", _row(row))


def _row(shares: NDArray[np.float64]) -> str:
    return " ".join(f"{share:.3f}" for share in shares)


if __name__ == "__main__":
    main()
