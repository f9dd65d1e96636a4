"""Networks as files, with their card, and read again."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import cast

import torch
from safetensors.torch import save
from torch import Tensor, nn

from explain.core.errors import Refused
from explain.core.network import Network
from explain.network import Lifted
from explain.network.blueprint.as_json import from_json, stored_tensors, to_json
from explain.network.blueprint.blueprint import Bounds, build, describe
from explain.network.exporting import example_of, exported
from models.loading.files.raw_tensors import check_finite
from models.loading.limits import LIMITS, Limits

_CARD_FILE = "model_card.json"


def to_safetensors(network: Network, card: Mapping[str, object] | None = None) -> bytes:
    """Return a network as one safetensors file that `open_model` reads back bit for bit.

    The tensors stand under their own names for every reader of safetensors; the metadata holds
    the description of layers and steps ("sparsight") and the card ("model_card").

    Raises:
        ImportRefused: a layer that cannot be written down.
        Refused: a description too long for the header of such a file.
    """
    blueprint = describe(cast("Lifted", network))
    metadata = {"sparsight": _text(to_json(blueprint))}
    if card is not None:
        metadata["model_card"] = _text(card)
    if sum(map(len, metadata.values())) > LIMITS.header_bytes // 2:
        raise Refused("loading.files.description_too_long")
    tensors = {name: tensor.clone() for name, tensor in stored_tensors(blueprint).items()}
    return bytes(save(tensors, metadata=metadata))


def to_pt2(network: Network, card: Mapping[str, object] | None = None) -> bytes:
    """Return a network as a .pt2 file (`torch.export`), with the card beside it in the archive.

    The number of rows stays free, lengths where the network allows it.

    Raises:
        Refused: torch cannot export it.
    """
    lifted = cast("Lifted", network)
    buffer = io.BytesIO()
    extra = {} if card is None else {_CARD_FILE: _text(card)}
    torch.export.save(exported(lifted, example_of(lifted)), buffer, extra_files=extra)
    return buffer.getvalue()


def _text(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def network_from(plain: object, tensors: Mapping[str, Tensor], limits: Limits) -> Lifted:
    """Return the network of a description in JSON and its tensors, trusting neither.

    Raises:
        ImportRefused: they make no network, one beyond the limits, or one whose weights hold NaN
            or infinity.
    """
    bounds = Bounds(
        steps=limits.nodes,
        tensors=limits.tensors,
        elements=limits.elements,
        name_characters=limits.name_characters,
        name_depth=limits.name_depth,
    )
    network = build(from_json(plain, tensors), bounds)
    check_finite(dict(_weights(network)))
    return network


def _weights(network: Lifted) -> Iterator[tuple[str, Tensor]]:
    """Yield what layers compute with; a constant between them may be a mask of infinities."""
    yield from network.named_parameters()
    for name, layer in network.named_modules():
        if type(layer) not in {nn.Module, Lifted}:
            for own, tensor in layer.named_buffers(recurse=False):
                yield f"{name}.{own}", tensor
