"""What the back end expects of a network, and what there is to draw of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray
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
    rank: int
    """Dimensions of its output, the batch included."""
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


NEVER = 0xFFFF_FFFF
"""The rank of an edge that no amount removes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLayer:
    """One column part of the picture: `drawn` nodes that stand for `units` units.

    `first` is the id of the first node; `grid` (rows, columns) lays nodes out like an image;
    `members` lists for each drawn node the first unit it stands for (with `drawn` + 1 entries).
    """

    key: str
    title: str
    kind: str
    column: int
    first: int
    drawn: int
    units: int
    grid: tuple[int, int] | None = None
    names: tuple[str, ...] | None = None
    members: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkView:
    """Everything the browser needs to draw a network and let connections die, and nothing else.

    Edges are sorted by `dies_at`, the longest-lived first. An edge is gone when the number of
    pruned entries reaches `dies_at`; `NEVER` means protected. An edge with `count` > 1 stands for
    that many weights (a kernel, a bundle between groups of units): `thins_at` [edges, 3] holds the
    ranks at which a quarter, a half and three quarters of them are gone.
    `groups` (size, how many) and `fixed_pruned` turn an amount into the number of pruned entries:
    `fixed_pruned + Σ how_many · round(amount · size)`; where an amount is a share of all, a third
    number counts those gone before (`explain.pruning.groups`).
    `edges_total` and `weights_total` say what exists before the budget left something out; the
    `zeros`, prunable weights that were 0 before, are in neither.
    """

    sig: str
    layers: tuple[ViewLayer, ...]
    source: NDArray[np.uint32]
    target: NDArray[np.uint32]
    dies_at: NDArray[np.uint32]
    weight: NDArray[np.float32]
    strength: NDArray[np.float32]
    count: NDArray[np.uint32]
    thins_at: NDArray[np.uint32]
    unit_dies_at: NDArray[np.uint32]
    groups: tuple[tuple[int, ...], ...]
    fixed_pruned: int
    prunable: int
    edges_total: int
    weights_total: int
    zeros: int
