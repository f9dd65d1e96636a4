"""The tensors of a traced network: which input of the graph is which tensor, copied or shared."""

import operator
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram
from torch.fx import Node

from explain.core.errors import UnsupportedOperation
from explain.network.operations import KEYS, OPERATIONS
from explain.network.tracing import ROOT

__all__ = ["Weights"]

_ROOT = f"{ROOT}."


class Weights:
    """Finds the tensor behind a node of the graph; what is tied in the source stays tied.

    `share=False` copies each tensor once (strides kept), so that the network owns its weights.
    """

    def __init__(self, program: ExportedProgram, module: nn.Module, *, share: bool) -> None:
        self.names = _names(program)
        self._sources = _sources(program, module, self.names)
        self._aliases = _aliases(module)
        self._share = share
        self._made: dict[int, Tensor] = {}

    def of(self, node: Any) -> Tensor | None:
        """Return the tensor a node stands for, computed from other tensors where needed.

        Raises:
            UnsupportedOperation: the node depends on the network's inputs.
        """
        if node is None:
            return None
        if node.name in self._sources:
            return self._own(self._sources[node.name])
        return self._computed(node)

    def is_tensor(self, node: Node) -> bool:
        """Return whether the node is a parameter, buffer or constant of the source."""
        return node.name in self._sources

    def roots(self, node: Any) -> tuple[str, ...]:
        """Return all dotted names of the first tensor that a weight is made of."""
        if not isinstance(node, Node):
            return ()
        if node.name in self.names:
            return self._aliases.get(id(self._sources[node.name]), (self.names[node.name],))
        return next(filter(None, map(self.roots, node.all_input_nodes)), ())

    def _own(self, tensor: Tensor) -> Tensor:
        if id(tensor) not in self._made:
            self._made[id(tensor)] = tensor if self._share else _copied(tensor)
        return self._made[id(tensor)]

    def _computed(self, node: Node) -> Tensor:
        """Evaluate a weight that the source computes (weight norm, a slice of a larger tensor)."""
        with torch.no_grad():
            value = self._value(node)
        needs_gradient = any(self._needs_gradient(n) for n in node.all_input_nodes)
        made = nn.Parameter(value.detach().clone(), requires_grad=needs_gradient)
        self._sources[node.name] = made
        self._made[id(made)] = made
        return made

    def _value(self, argument: Any) -> Any:
        if isinstance(argument, (list, tuple)):
            return [self._value(part) for part in argument]
        if not isinstance(argument, Node):
            return argument
        if argument.name in self._sources:
            return self._sources[argument.name].detach()
        if argument.target is operator.getitem:
            return self._value(argument.args[0])[argument.args[1]]
        if argument.op != "call_function" or argument.target not in KEYS:
            raise UnsupportedOperation(f"a weight computed by {argument.target}")
        function = OPERATIONS[KEYS[argument.target]]
        keywords = {k: self._value(v) for k, v in argument.kwargs.items()}
        return function(*map(self._value, argument.args), **keywords)

    def _needs_gradient(self, node: Node) -> bool:
        if node.name in self._sources:
            return self._sources[node.name].requires_grad
        return any(map(self._needs_gradient, node.all_input_nodes))


def _copied(tensor: Tensor) -> Tensor:
    copied = tensor.detach().clone()
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(copied, requires_grad=tensor.requires_grad)
    return copied


def _names(program: ExportedProgram) -> dict[str, str]:
    """Return node name -> dotted name for all tensors that enter the graph beside the inputs."""
    signature = program.graph_signature
    tables: tuple[Mapping[str, str], ...] = (
        signature.inputs_to_parameters,
        signature.inputs_to_buffers,
        signature.inputs_to_lifted_tensor_constants,
    )
    return {node: name.removeprefix(_ROOT) for table in tables for node, name in table.items()}


def _sources(
    program: ExportedProgram, module: nn.Module, names: Mapping[str, str]
) -> dict[str, Tensor]:
    known = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    constants = {name.removeprefix(_ROOT): value for name, value in program.constants.items()}
    return {node: known[name] if name in known else constants[name] for node, name in names.items()}


def _aliases(module: nn.Module) -> dict[int, tuple[str, ...]]:
    """Return all dotted names of each parameter, by its identity."""
    found: dict[int, tuple[str, ...]] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        found[id(parameter)] = (*found.get(id(parameter), ()), name)
    return found
