"""Weights as safetensors: plain tensors under their names, no code."""

from pathlib import Path

from safetensors.torch import save

from explain.core.errors import InvalidFile
from explain.core.network import Network


def weights_as_bytes(network: Network) -> bytes:
    """Return all tensors of a network as a safetensors file; a tied one stands once."""
    return save({name: tensor.clone() for name, tensor in network.weights().items()})


def save_weights(network: Network, path: Path) -> None:
    """Write all tensors of a network to a safetensors file.

    Raises:
        InvalidFile: the path cannot be written.
    """
    try:
        path.write_bytes(weights_as_bytes(network))
    except OSError as error:
        raise InvalidFile("network.unwritable", path=str(path)) from error
