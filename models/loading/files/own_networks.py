"""Networks that this project wrote down, in a file or for another process."""

from collections.abc import Iterator, Mapping

from torch import Tensor, nn

from explain.network import Lifted
from explain.network.blueprint.as_json import from_json
from explain.network.blueprint.blueprint import Bounds, build
from models.loading.files.raw_tensors import check_finite
from models.loading.limits import Limits


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
