"""arithmetic: how one unit gets its value from its inputs, term by term."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from explain.core.errors import Refused
from explain.core.subject import Subject
from explain.features.passes import observe
from explain.network import activation_after, batch_norm_after, producers


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """`Σ terms + bias = total`, which goes `through` norm and activation function to `value`.

    `through`: the class names of these modules in order, empty where there are none. `sources`
    [inputs]: (layer or input, unit) pairs that add up to each input; unit -1 is the whole layer.

    `inputs`, `weights`, `terms` [inputs]: one entry per input feature. For a convolution an entry
    is one input channel at the position (`at`) where the unit answers most: its weight is the sum
    of the kernel, its input the mean of the patch, its term the exact Σ w·x of the kernel: `summed`
    says that this is so, and that a term is not the product of the two.
    """

    layer: str
    unit: int
    at: tuple[int, ...]
    inputs: NDArray[np.float64]
    weights: NDArray[np.float64]
    terms: NDArray[np.float64]
    bias: float
    total: float
    value: float
    through: tuple[str, ...]
    sources: tuple[tuple[tuple[str, int], ...], ...]
    summed: bool


def arithmetic(
    subject: Subject, layer: str, unit: int, sample: int, *, at: tuple[int, ...] | None = None
) -> Arithmetic:
    """Return the arithmetic of one unit of a linear or convolutional layer for one sample.

    `at` is the position looked at, by default where this network's unit answers most.

    Cost: one forward pass of one sample.

    Raises:
        Refused: the layer is no linear or 1-d/2-d convolutional layer, or has no such unit.
        InvalidSubject: no such sample.
    """
    after = activation_after(subject.network).get(layer, layer)
    module = subject.network.get_submodule(layer)
    if not isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d):
        raise Refused("features.no_arithmetic", layer=layer)
    if not 0 <= unit < len(module.weight):
        raise Refused("features.no_unit", layer=layer, unit=unit, last=len(module.weight) - 1)
    seen = observe(subject, (layer, after), sample)
    inputs, outputs = seen[layer]
    bias = 0.0 if module.bias is None else float(module.bias.detach()[unit])
    if isinstance(module, nn.Linear):
        place = _strongest(outputs[..., unit]) if at is None else at
        x, w = inputs[place].double(), module.weight[unit].double()
        terms = w * x
    else:
        place = _strongest(outputs[unit]) if at is None else at
        x, w, terms = _of_convolution(module, inputs, unit, place)
    return Arithmetic(
        layer=layer,
        unit=unit,
        at=place,
        inputs=_array(x),
        weights=_array(w),
        terms=_array(terms),
        bias=bias,
        total=float(_array(terms).sum()) + bias,
        value=_value_at(module, seen[after][1], unit, place),
        through=_through(subject, layer, after),
        sources=_sources(subject, layer, module, unit, len(x)),
        summed=module.weight[unit, 0].numel() > 1,
    )


def _through(subject: Subject, layer: str, after: str) -> tuple[str, ...]:
    norm = batch_norm_after(subject.network).get(layer)
    names = [name for name in (norm, after) if name is not None and name != layer]
    modules = (subject.network.get_submodule(name) for name in dict.fromkeys(names))
    return tuple(type(module).__name__ for module in modules)


def _sources(
    subject: Subject, layer: str, module: nn.Module, unit: int, count: int
) -> tuple[tuple[tuple[str, int], ...], ...]:
    found = producers(subject.network)[layer]
    groups = int(getattr(module, "groups", 1))
    rows = int(getattr(module, "out_channels", 1))
    first = unit // max(1, rows // groups) * count if groups > 1 else 0
    return tuple(
        tuple(
            (found.producers[term.producer[at]], int(term.unit[at]))
            for term in found.terms
            if term.producer[at] >= 0
        )
        for at in range(first, first + count)
    )


def _array(values: Tensor) -> NDArray[np.float64]:
    array: NDArray[np.float64] = values.detach().double().numpy()
    return array


def _of_convolution(
    module: nn.Conv1d | nn.Conv2d, inputs: Tensor, unit: int, at: tuple[int, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    kernel = module.weight[unit].double()
    patch = _patch(module, inputs.double(), unit, at)
    terms = (kernel * patch).flatten(1).sum(1)
    return patch.flatten(1).mean(1), kernel.flatten(1).sum(1), terms


def _strongest(outputs: Tensor) -> tuple[int, ...]:
    """Return the position of the largest |output|; () where there is one position only."""
    flat = int(outputs.abs().flatten().argmax())
    return tuple(int(i) for i in np.unravel_index(flat, tuple(outputs.shape)))


def _patch(module: nn.Conv1d | nn.Conv2d, inputs: Tensor, unit: int, at: tuple[int, ...]) -> Tensor:
    """Return the inputs [channels of the unit's group, *kernel] that meet the kernel at `at`."""
    if isinstance(module.padding, str) or module.padding_mode != "zeros":
        raise Refused("features.padding")
    sides = [side for pad in reversed(module.padding) for side in (pad, pad)]
    padded = functional.pad(inputs, sides)
    width = module.in_channels // module.groups
    first = unit // (module.out_channels // module.groups) * width
    patch = padded[first : first + width]
    for axis, position in enumerate(at):
        start = position * module.stride[axis]
        reach = module.dilation[axis] * (module.kernel_size[axis] - 1) + 1
        steps = slice(start, start + reach, module.dilation[axis])
        patch = patch[(slice(None),) * (axis + 1) + (steps,)]
    return patch


def _value_at(module: nn.Module, after: Tensor, unit: int, at: tuple[int, ...]) -> float:
    index = (*at, unit) if isinstance(module, nn.Linear) else (unit, *at)
    value = float(after[index])
    return value if math.isfinite(value) else math.nan
