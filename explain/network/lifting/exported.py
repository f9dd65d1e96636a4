"""An exported program of torch as the graph that `translation` reads."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from torch import Tensor, fx, nn
from torch.export import ExportedProgram

from explain.core.errors import UnsupportedOperation
from explain.network.lifting.traced import Fits, Graph, Input, Node
from explain.network.lifting.tracing import ROOT, fixed_size
from explain.network.lifting.weights import Weights

_ROOT = f"{ROOT}."
_ANY_SIZE = (1, None)
_FEWEST = 2


def graph_of(program: ExportedProgram) -> Graph:
    """Return the graph of a program that was traced under the name `ROOT`."""
    nodes: dict[fx.Node, Node] = {}
    for node in program.graph.nodes:
        if node.op != "output":
            nodes[node] = _node(node, nodes)
    named = {node.name: made for node, made in nodes.items()}
    signature = program.graph_signature
    return Graph(
        nodes=tuple(nodes.values()),
        inputs={
            made: _input(program, node)
            for node, made in nodes.items()
            if node.name in signature.user_inputs
        },
        output=named.get(str(signature.user_outputs[0])),
    )


def traced_weights(program: ExportedProgram, module: nn.Module, *, share: bool) -> Weights:
    """Return the tensors of a traced module; `share=False` copies each of them once."""
    names = _names(program)
    return Weights(
        names=names,
        sources=_sources(program, module, names),
        aliases=_aliases(module),
        share=share,
    )


def fits_of(module: nn.Module) -> dict[str, Fits]:
    """Return the test for each module inside `module`, by its dotted name."""
    found = module.named_modules(remove_duplicate=False)
    return {path: partial(_is_like, part) for path, part in found}


def _is_like(source: nn.Module, module: nn.Module) -> bool:
    return isinstance(source, type(module))


def _node(node: fx.Node, nodes: Mapping[fx.Node, Node]) -> Node:
    return Node(
        name=node.name,
        target=_target(node),
        arguments=_replaced(node.args, nodes),
        keywords={name: _replaced(value, nodes) for name, value in node.kwargs.items()},
        rank=_rank(node),
        path=_path(node),
    )


def _target(node: fx.Node) -> Any:
    if node.op == "get_attr":
        raise UnsupportedOperation("unsupported_operation.part", name=str(node.target))
    return node.target if node.op == "call_function" else None


def _replaced(argument: Any, nodes: Mapping[fx.Node, Node]) -> Any:
    if isinstance(argument, fx.Node):
        return nodes[argument]
    if isinstance(argument, (list, tuple)):
        return tuple(_replaced(part, nodes) for part in argument)
    return argument


def _rank(node: fx.Node) -> int:
    value = node.meta.get("val")
    return value.dim() if isinstance(value, Tensor) else 0


def _path(node: fx.Node) -> str:
    """Return the dotted path of the innermost module of the source that a node ran in."""
    stack = node.meta.get("nn_module_stack") or {}
    paths: list[str] = [path for path, _ in stack.values()]
    return paths[-1].removeprefix(ROOT).removeprefix(".") if paths else ""


def _input(program: ExportedProgram, node: fx.Node) -> Input:
    value = node.meta["val"]
    return Input(dtype=value.dtype, sizes=tuple(_range(program, size) for size in value.shape))


def _range(program: ExportedProgram, size: Any) -> tuple[int, int | None]:
    """Return the smallest and largest size a dimension may have; None: no limit.

    `torch.export` never states a smallest size below 2; one row works as well.
    """
    fixed = fixed_size(size)
    if fixed is not None:
        return fixed, fixed
    limits = program.range_constraints.get(size.node.expr)
    if limits is None:
        return _ANY_SIZE
    low, high = _finite(limits.lower), _finite(limits.upper)
    return (1 if low is None or low <= _FEWEST else low), high


def _finite(end: Any) -> int | None:
    return int(end) if str(end).isdigit() else None


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
