"""kernels: the weights that lead into one channel, and which of them survive."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidSubject
from explain.core.subject import Subject
from explain.features.mappable import check_channel, tap


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernels:
    """The kernels of one channel, before and after.

    `dense`, `pruned` [inputs, *kernel]: [inputs, height, width] of a 2-d convolution, [inputs,
    width] of a 1-d one, [inputs] of a linear layer. `survives` [inputs]: share of each kernel's
    weights that are not 0 in the dense network and not 0 in the pruned one either; NaN where
    the dense network had none. `kept` and `total` count these weights over all inputs.
    """

    layer: str
    channel: int
    dense: NDArray[np.float32]
    pruned: NDArray[np.float32]
    survives: NDArray[np.float64]
    kept: int
    total: int


def kernels(dense: Subject, pruned: Subject, layer: str, channel: int) -> Kernels:
    """Return the incoming kernels of a channel in two networks of the same shape.

    Cost: no pass.

    Raises:
        UnknownKey: no such layer.
        Refused: it has no units to look at, or no such channel.
        InvalidSubject: the two networks do not have the same layer.
    """
    check_channel(tap(dense, layer), channel)
    before, after = (_incoming(subject, layer, channel) for subject in (dense, pruned))
    if before.shape != after.shape:
        raise InvalidSubject("features.other_kernels", layer=layer)
    had, has = _per_input(before != 0), _per_input((before != 0) & (after != 0))
    with np.errstate(invalid="ignore"):
        survives = has / had
    return Kernels(
        layer=layer,
        channel=channel,
        dense=before,
        pruned=after,
        survives=survives,
        kept=int(has.sum()),
        total=int(had.sum()),
    )


def _incoming(subject: Subject, layer: str, channel: int) -> NDArray[np.float32]:
    weight: NDArray[np.float32] = (
        subject.network.get_parameter(f"{layer}.weight").detach()[channel].float().numpy()
    )
    return weight.copy()


def _per_input(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = marked.reshape(len(marked), -1).sum(1, dtype=np.int64)
    return counts
