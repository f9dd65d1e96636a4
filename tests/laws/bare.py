"""A network that is only a bag of weights, for laws about masks of any shape, type and layout."""

from dataclasses import dataclass

import torch
from torch import nn

from explain.core.subject import InputSpec, ModelCard, Samples, Subject, Task


@dataclass(frozen=True)
class BareNetwork:
    tensors: dict

    @property
    def prunable(self):
        return tuple(self.tensors)

    def get_parameter(self, name):
        return self.tensors[name]

    def get_submodule(self, _name):
        return nn.Module()

    def with_parameters(self, parameters):
        return BareNetwork({**self.tensors, **parameters})


def bare_subject(tensors):
    return Subject(
        key="bare",
        network=BareNetwork({name: nn.Parameter(t) for name, t in tensors.items()}),
        samples=Samples(inputs=(torch.zeros(1, 1),)),
        calibration=None,
        spec=InputSpec(kind="array", shape=(1,)),
        task=Task(kind="regression"),
        card=ModelCard(title="bare", purpose="laws"),
        fingerprint="bare",
    )
