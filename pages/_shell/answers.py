"""What networks answer to one sample, or to a typed text in its place."""

import numpy as np
from numpy.typing import NDArray

from explain import Samples
from explain.core import Compared
from models.text import typed_sample
from pages._shell import caches
from pages._shell.caches import subject_of
from pages._shell.kept import kept


@kept(size=64)
def _typed(model: str, text: str) -> Samples:
    return typed_sample(caches.subject(model), text)


def samples(model: str, text: str) -> Samples:
    """Return the samples of a model, or the one that a typed text is."""
    return _typed(model, text) if text else caches.subject(model).samples


@kept(size=512)
def outputs(network: Compared, sample: int, text: str) -> NDArray[np.float64]:
    """Return what a network puts out for one sample [k]. Cost: one forward pass."""
    row = np.array([0 if text else sample])
    found = subject_of(network).network(*samples(network.model, text).take(row).inputs)
    values: NDArray[np.float64] = found.detach().double().reshape(-1).numpy()
    return values


def target_decided(model: str, sample: int, text: str) -> int:
    """Return the output that the dense network decides for."""
    found = outputs(Compared(model=model), sample, text)
    return int(found.argmax()) if len(found) > 1 else 0
