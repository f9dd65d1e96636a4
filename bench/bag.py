"""A subject whose network is only a bag of weights: nothing is lifted, nothing can run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from bench.shapes import Shapes
from explain.core.network import Network
from explain.core.subject import InputSpec, ModelCard, Samples, Subject, Task


@dataclass(frozen=True, slots=True)
class _Bag:
    tensors: Mapping[str, nn.Parameter]

    @property
    def prunable(self) -> tuple[str, ...]:
        return tuple(self.tensors)

    def get_parameter(self, name: str) -> nn.Parameter:
        return self.tensors[name]

    def get_submodule(self, _name: str) -> nn.Module:
        return nn.Module()


def random_weights(shapes: Shapes) -> dict[str, Tensor]:
    """Return float32 weights as an initialisation draws them, none of them 0: zeros are counted."""
    generator = torch.Generator().manual_seed(0)
    return {f"{name}.weight": _drawn(shape, generator) for name, shape in shapes.items()}


def _drawn(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    weight: Tensor = torch.randn(shape, generator=generator) / shape[1] ** 0.5
    weight[weight == 0] = torch.finfo(weight.dtype).tiny
    return weight


def bag(weights: Mapping[str, Tensor]) -> Subject:
    """Return a subject that criteria which look at weights only can score."""
    network: Any = _Bag({name: nn.Parameter(w) for name, w in weights.items()})
    return Subject(
        key="bag",
        network=cast("Network", network),
        samples=Samples(inputs=(torch.zeros(1, 1),)),
        calibration=None,
        spec=InputSpec(kind="array", shape=(1,)),
        task=Task(kind="regression"),
        card=ModelCard(title="bag of weights", purpose="bench"),
        fingerprint="bag",
    )
