"""How many rows of a network may run at once."""

import torch

from explain.core.network import Network


def size_of_values(network: Network) -> int:
    """Return how many numbers the values of one row take, 1 or more."""
    return max(1, sum(torch.Size(step.shape).numel() for step in network.steps if step.shape))


def capacity(network: Network, elements: int = 2**22, most: int = 1024) -> int:
    """Return how many rows may run at once so that their values take about `elements` numbers."""
    return max(1, min(most, elements // size_of_values(network)))
