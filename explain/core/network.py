"""What the back end expects of a network; `explain.network` implements it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable

from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Ref:
    """The value that the step of this name left behind."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One operation of a network: what runs, on which values, under which name its result goes on.

    `operation` is a key of the allow-list, or "module" when `module` names the module that runs.
    `arguments` and `keywords` are plain nested tuples in which a `Ref` stands for an earlier value.
    """

    name: str
    operation: str
    module: str | None
    arguments: tuple[object, ...]
    keywords: tuple[tuple[str, object], ...] = ()
    shape: tuple[int, ...] | None = None
    """Output shape of one sample (batch dimension dropped); None when the result is no tensor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerInfo:
    """One step that runs a module: what it is and what it costs for one sample."""

    name: str
    display: str
    kind: str
    """linear, conv, recurrent, embedding, norm, activation, pool, attention or other."""
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    """Multiply-accumulates of one sample; 0 for norms, activations and pools by convention."""


@runtime_checkable
class Network(Protocol):
    """A lifted network: real layers under their own names and the flat list of steps over them."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return the operations in execution order."""
        ...

    @property
    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the steps that run a module, in execution order."""
        ...

    @property
    def prunable(self) -> tuple[str, ...]:
        """Return the names of the weights that pruning may touch; a tied weight stands once."""
        ...

    def __call__(self, *inputs: Tensor) -> Tensor:
        """Run the network: inputs with the batch in dimension 0, one output."""
        ...

    def walk(self, *inputs: Tensor) -> Iterator[tuple[str, Any]]:
        """Run it step by step: yield each step's name and value before the next runs."""
        ...

    def get_submodule(self, target: str) -> nn.Module:
        """Return the module of that dotted name."""
        ...

    def named_modules(self) -> Iterator[tuple[str, nn.Module]]:
        """Iterate over all modules."""
        ...

    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Iterate over all parameters, a tied one once."""
        ...

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """Iterate over all buffers."""
        ...

    def get_parameter(self, target: str) -> nn.Parameter:
        """Return the parameter of that dotted name."""
        ...

    def weights(self) -> dict[str, Tensor]:
        """Return every tensor once, detached and contiguous."""
        ...

    def sharing_copy(self) -> Self:
        """Return a private skeleton: new module objects over the same tensors."""
        ...

    def with_parameters(self, parameters: Mapping[str, Tensor]) -> Self:
        """Return a sharing copy in which these parameters are replaced, tied ones everywhere."""
        ...
