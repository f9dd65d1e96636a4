"""Weights that are no numbers: found and named before anything is computed with them."""

from collections.abc import Iterator

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.network.lifted import Lifted

__all__ = ["refuse_unsound"]

_SHOWN = 5


def refuse_unsound(network: Lifted) -> None:
    """Refuse NaN and infinity in the tensors of layers; masks may hold minus infinity.

    Raises:
        ImportRefused: with the names of the tensors.
    """
    bad = list(_unsound(network))
    if bad:
        more = f" and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
        raise ImportRefused(
            f"NaN or infinity stands in {', '.join(bad[:_SHOWN])}{more}.",
            hint="Such weights come from a training that diverged: take an earlier checkpoint.",
        )


def _unsound(network: Lifted) -> Iterator[str]:
    loose = {str(s.arguments[0]) for s in network.steps if s.operation == "parameter"}
    shown = {info.name: info.display for info in network.layers}
    for name, tensor in (*network.named_parameters(), *network.named_buffers()):
        if tensor.is_floating_point() and _is_bad(tensor, mask=name in loose):
            layer, _, last = name.rpartition(".")
            yield f"{shown.get(layer, layer)}.{last}" if layer else last


def _is_bad(tensor: Tensor, *, mask: bool) -> bool:
    if not mask:
        return not bool(torch.isfinite(tensor).all())
    return bool((torch.isnan(tensor) | (tensor == float("inf"))).any())
