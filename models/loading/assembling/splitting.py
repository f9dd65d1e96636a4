"""Which rows of one file serve criteria, and which are measured on."""

import torch
from torch import Tensor

from explain.core.messages import Message
from explain.core.subject import Samples

CALIBRATION = 512
"""At most so many rows serve criteria and repair."""
FEWEST = 20
"""Of fewer rows all are measured on."""
_SHARE = 4


def split_rows(samples: Samples, seed: int) -> tuple[Samples, Samples | None, Message]:
    """Return the rows that are measured on, those for calibration, and a sentence about both.

    A quarter of the rows, at most 512, chosen at random inside each class, in stored order. None
    where there are fewer than 20 rows.
    """
    count = min(samples.count // _SHARE, CALIBRATION)
    if samples.count < FEWEST:
        return samples, None, Message("loading.assembling.all_measured", rows=samples.count)
    chosen = _chosen(samples, count, seed)
    rest = torch.ones(samples.count, dtype=torch.bool)
    rest[chosen] = False
    grouped = _classes(samples) is not None
    said = Message(
        "loading.assembling.split_in_classes" if grouped else "loading.assembling.split",
        chosen=len(chosen),
        rows=samples.count,
        seed=seed,
        rest=int(rest.sum()),
    )
    return samples.take(rest.nonzero()[:, 0].numpy()), samples.take(chosen.numpy()), said


def _chosen(samples: Samples, count: int, seed: int) -> Tensor:
    """Return `count` row numbers, ascending: as many of every class as its share asks for."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(samples.count, generator=generator)
    classes = _classes(samples)
    if classes is not None:
        order = order[torch.argsort(classes[order], stable=True)]
        places = (torch.arange(count) + 0.5) * samples.count / count
        order = order[places.long()]
    return order[:count].sort().values


def _classes(samples: Samples) -> Tensor | None:
    targets = samples.targets
    if targets is None or targets.is_floating_point() or targets.dim() != 1:
        return None
    return targets
