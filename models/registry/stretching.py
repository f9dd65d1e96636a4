"""Networks lifted on a small example, made ready for inputs of another size.

A trace of a long sequence unrolls it, one of a large picture computes it several times; where no
step depends on the size, a small example gives the same steps in a fraction of the time.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

from explain.core.network import Step
from explain.network import Lifted, reassembled


def stretched(network: Lifted, shape: Sequence[int], *, free: bool = False) -> Lifted:
    """Return the network for inputs of `shape` (one sample), shapes and costs counted anew.

    `free`: the first size may then be anything, as the length of a sequence.

    Raises:
        InvalidSubject: it does not run on such inputs.
    """
    steps = [_resized(step, tuple(shape), free=free) for step in network.steps]
    return reassembled(network, steps)


def _resized(step: Step, shape: tuple[int, ...], *, free: bool) -> Step:
    if step.operation != "input":
        return step
    keywords: dict[str, Any] = dict(step.keywords)
    sizes = [(size, size) for size in shape]
    keywords["sizes"] = (keywords["sizes"][0], *([(1, None)] if free else sizes[:1]), *sizes[1:])
    return dataclasses.replace(step, keywords=tuple(keywords.items()), shape=shape)
