"""heard_units: units that are removed and that later layers still read something of."""

from explain.core.scores import MaskSet
from explain.core.subject import Subject
from explain.network import silent_layers
from explain.pruning.catalog import grain


def heard_units(subject: Subject, masks: MaskSet) -> dict[str, int]:
    """Return how many removed units of each layer do not give 0 to every later layer.

    A removed unit puts out exactly 0. A function that makes something else of 0 (a sigmoid makes ½)
    hands a constant on, and so does a norm behind the activation; a norm over all units spreads
    what the others say. Layers whose removed units are silent are left out. Cost: no pass.

    Args:
        subject: the network that the masks were made for.
        masks: what dies; no unit does where something smaller than whole units goes.
    """
    if grain(masks.scores.granularity).kind != "units":
        return {}
    silent = silent_layers(subject.network)
    counted = zip(masks.scores.tensors, masks.pruned, strict=True)
    gone = {tensor.layer: int(count.sum()) for tensor, count in counted}
    return {layer: count for layer, count in gone.items() if count and layer not in silent}
