"""What a layer costs: multiply-accumulates of one sample.

Counted are the products inside linear, convolutional, recurrent and attention layers and matrix
products, one per multiplication and addition. Bias, norm, activation, pool and embedding count 0
by convention, also the element-wise products of gates (few, and not what pruning removes).
"""

import math
from collections.abc import Sequence

from torch import Tensor, nn

from explain.network.kinds import CONVOLUTIONS, RECURRENT
from explain.network.modules import Einsum, MatMul, ScaledDotProductAttention


def macs(module: nn.Module, inputs: Sequence[Tensor], output: Tensor) -> int:
    """Return the multiply-accumulates of one call; only the shapes of the tensors are read."""
    if isinstance(module, (MatMul, nn.Linear)):
        return output.numel() * inputs[0].shape[-1]
    if isinstance(module, CONVOLUTIONS):
        return _convolution(module, inputs[0], output)
    if isinstance(module, RECURRENT):
        return _recurrent(module, inputs[0])
    if isinstance(module, ScaledDotProductAttention):
        return _attention(*inputs[:3])
    return _einsum(module, inputs) if isinstance(module, Einsum) else 0


def _convolution(module: nn.Module, image: Tensor, output: Tensor) -> int:
    """Every weight meets each position once: of the output, or of the input when transposed."""
    weight = module.get_parameter("weight")
    transposed = isinstance(module, CONVOLUTIONS[3:])
    places = image if transposed else output
    return weight.numel() * math.prod(places.shape[2:]) * places.shape[0]


def _recurrent(module: nn.Module, sequence: Tensor) -> int:
    """Every weight is used once per row and time step."""
    weights = sum(p.numel() for n, p in module.named_parameters() if n.startswith("weight"))
    return weights * math.prod(sequence.shape[:-1])


def _attention(query: Tensor, key: Tensor, value: Tensor) -> int:
    """Scores q kᵀ and the weighted sum of the values."""
    length = key.shape[-2]
    return math.prod(query.shape[:-1]) * length * (query.shape[-1] + value.shape[-1])


def _einsum(module: Einsum, operands: Sequence[Tensor]) -> int:
    """One product per combination of all indices; an ellipsis is not resolved (0)."""
    terms = module.equation.split("->")[0].replace(" ", "").split(",")
    if "." in module.equation or len(terms) != len(operands):
        return 0
    sizes = {
        index: size
        for term, operand in zip(terms, operands, strict=True)
        for index, size in zip(term, operand.shape, strict=True)
    }
    return math.prod(sizes.values())
