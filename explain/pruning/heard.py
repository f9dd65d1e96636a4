"""heard_units: units that are removed and that later layers still read something of."""

import torch

from explain.core.scores import MaskSet
from explain.core.subject import Subject
from explain.network import silent_layers
from explain.pruning.catalog import grain
from explain.pruning.folding import is_heard


def heard_units(subject: Subject, masks: MaskSet) -> dict[str, int]:
    """Return how many removed units of each layer do not give 0 to every later layer.

    A removed unit puts out exactly 0. A function that makes something else of 0 (a sigmoid makes ½)
    hands a constant on, and so does a norm behind the activation; a norm over all units spreads
    what the others say. Layers whose removed units are silent are left out, and so are those of
    which nothing is read any more, see `fold_constants`. Cost: one forward pass of one row for each
    layer whose units might be heard.

    Args:
        subject: the network that the masks were made for, or the copy that they made.
        masks: what dies; no unit does where something smaller than whole units goes.
    """
    if grain(masks.scores.granularity).kind != "units":
        return {}
    silent = silent_layers(subject.network)
    found = {}
    for tensor, counts in zip(masks.scores.tensors, masks.pruned, strict=True):
        gone = torch.from_numpy(tensor.gone(counts)[:-1])
        if gone.any() and tensor.layer not in silent and is_heard(subject, tensor.layer, gone):
            found[tensor.layer] = int(gone.sum())
    return found
