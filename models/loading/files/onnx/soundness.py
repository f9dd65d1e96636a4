"""What a network out of a file must hold and take before anything is computed with it."""

from collections.abc import Iterator

import torch

from explain.core.errors import ImportRefused
from explain.core.messages import listed
from explain.core.network import Step
from explain.network.lifted import Lifted
from models.loading.files.finite import is_sound

_SHOWN = 5
_WHOLE = frozenset({torch.int32, torch.int64})


def refuse_unsound(network: Lifted) -> None:
    """Refuse NaN and infinity in the tensors of layers; masks may hold minus infinity.

    Raises:
        ImportRefused: with the names of the tensors.
    """
    bad = list(_unsound(network))
    if bad:
        raise ImportRefused("loading.onnx.not_finite", tensors=listed(bad, _SHOWN))


def refuse_other_inputs(network: Lifted) -> None:
    """Refuse several inputs, but for token ids and their mask.

    Raises:
        ImportRefused: with their number.
    """
    given = [step for step in network.steps if step.operation == "input"]
    if len(given) > 1 and not (len(given) == 2 and _are_ids_and_mask(*given)):
        raise ImportRefused("loading.onnx.too_many_inputs", count=len(given))


def _are_ids_and_mask(ids: Step, mask: Step) -> bool:
    one, two = dict(ids.keywords), dict(mask.keywords)
    return one["dtype"] in _WHOLE and ids.shape == mask.shape and one["sizes"] == two["sizes"]


def _unsound(network: Lifted) -> Iterator[str]:
    loose = {str(s.arguments[0]) for s in network.steps if s.operation == "parameter"}
    shown = {info.name: info.display for info in network.layers}
    for name, tensor in (*network.named_parameters(), *network.named_buffers()):
        if not is_sound(tensor, mask=name in loose):
            layer, _, last = name.rpartition(".")
            yield f"{shown.get(layer, layer)}.{last}" if layer else last
