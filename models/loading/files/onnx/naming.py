"""Names of layers and tensors: from weights and scopes of the file, made safe."""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from onnx import NodeProto
from torch import nn

from explain.core.network import Step
from explain.network import Lifted, NetworkInput, assemble, entered
from explain.network.graph import layer_of, sanitise, unique
from explain.network.operations import Einsum, MatMul, ScaledDotProductAttention
from explain.network.steps import references, renamed
from models.loading.files.onnx.graph import OnnxNode
from models.loading.files.onnx.operators.layers import LAYERS
from models.loading.files.onnx.operators.norms import NORMS
from models.loading.files.onnx.operators.recurrent import RECURRENT
from models.loading.files.onnx.sketch import Sketch
from models.loading.limits import Limits

_INVENTED = re.compile(r"^(onnx::.*|val_\d+|_?val.*|\d+|/.*|.*\bConstant\b.*)$")
_ENDINGS = ("weight", "bias", "kernel", "gamma", "beta", "alpha", "running_mean", "embeddings")
_WEIGHTED = frozenset({*LAYERS, *NORMS, *RECURRENT, "Gather"})
_IN_SCOPE: Mapping[type[nn.Module], str] = {
    ScaledDotProductAttention: "attention",
    MatMul: "matmul",
    Einsum: "einsum",
}
_OWN = frozenset({*_ENDINGS, "running_var", "num_batches_tracked"})


class Names:
    """Gives every layer and every loose tensor a name of its own.

    A layer with weights is called after its weight ("fc1.weight"), or after the module of the
    source in which it stands where exporters merged or renamed weights; a layer without weights
    after that module, if it is the only one of its kind there, else after the layer before it.
    `originals`: safe dotted name -> what the file calls it.
    """

    def __init__(self, nodes: Sequence[OnnxNode], limits: Limits) -> None:
        self.originals: dict[str, str] = {}
        self._limits = limits
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._scopes = {node.scope for node in nodes}
        self._outer = {outer for node in nodes for outer in _scopes_of(node.scope)}
        self._uses = Counter((node.scope, node.op) for node in nodes)
        self._weighted = Counter(node.scope for node in nodes if node.op in _WEIGHTED)

    def layer(self, node: OnnxNode, module: nn.Module, weights: Iterable[str], before: str) -> str:
        """Return the name of a new layer that `node` stands for."""
        owner = next((layer for layer in map(_owner, weights) if layer), "")
        if owner or list(weights):
            name = self._owner(node, owner) or f"{type(module).__name__.lower()}"
        elif type(module) in _IN_SCOPE:
            name = ".".join(filter(None, (node.scope, _IN_SCOPE[type(module)])))
        elif self._is_one_module(node):
            name = node.scope
        else:
            name = f"{before}_{type(module).__name__.lower()}"
        return self._claim(name)

    def tensor(self, name: str) -> str:
        """Return the name of a tensor that no layer owns."""
        wanted = "constant" if not name or _INVENTED.match(name) else name
        layer, last = layer_of(wanted), wanted.rpartition(".")[2]
        return self._claim(f"{layer}_{last}" if layer and last in _OWN else wanted)

    def _owner(self, node: OnnxNode, owner: str) -> str:
        """Return the layer that a weight speaks of, or where it stands if the weight was merged.

        A merged weight has the name of a layer that the file has elsewhere too; a convolution
        that took up its norm has the scope of the norm, and the weight's own name is right.
        """
        alone = not self._has_inner(node.scope) and self._weighted[node.scope] == 1
        merged = owner in self._scopes or not owner
        if node.scope and alone and merged and not owner.startswith(f"{node.scope}."):
            return node.scope
        return _under(node.scope, owner)

    def _has_inner(self, scope: str) -> bool:
        return scope in self._outer

    def _is_one_module(self, node: OnnxNode) -> bool:
        """Return whether the scope of a node is a module that does this and nothing else."""
        alone = self._uses[node.scope, node.op] == 1
        return bool(node.scope) and alone and not self._has_inner(node.scope)

    def _claim(self, name: str) -> str:
        cut = self._shortened(name)
        safe = ".".join(_safe(part) for part in cut.split("."))
        fresh = unique(safe, self._taken, self._numbers)
        self._taken |= {fresh, *_scopes_of(fresh)}
        self.originals[fresh] = cut + fresh[len(safe) :]
        return fresh

    def _shortened(self, name: str) -> str:
        parts = [part for part in name[: self._limits.name_characters].split(".") if part]
        depth = self._limits.name_depth
        return ".".join([*parts[: depth - 1], "_".join(parts[depth - 1 :])]).strip(".") or "layer"


def _owner(weight: str) -> str:
    """Return the layer that a weight's name speaks of: "fc1" for "fc1.weight"."""
    if not weight or _INVENTED.match(weight):
        return ""
    path = weight.replace("/", ".").strip(".")
    layer, last = layer_of(path), path.rpartition(".")[2]
    for ending in _ENDINGS:
        if last.endswith(f"_{ending}"):
            return ".".join(filter(None, (layer, last.removesuffix(f"_{ending}"))))
    return layer or last


def _under(scope: str, owner: str) -> str:
    """Return the owner of a weight, seen from where the layer stands.

    Exporters keep equal tensors once, under the first name: then the scope says which it is.
    """
    if not scope or not owner or owner == scope or owner.startswith(f"{scope}."):
        return owner or scope
    inner, last = layer_of(owner), owner.rpartition(".")[2]
    if _last(inner) == _last(scope) and inner != scope:
        return f"{scope}.{last}"
    return scope if _last(owner) == _last(scope) else owner


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _scopes_of(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts))}


def _safe(part: str) -> str:
    safe = sanitise([part])[part]
    return f"{safe}_" if safe in _OWN else safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Names of the inputs, which of them have rows, and how many numbers the others may hold."""

    names: Sequence[str]
    rows: Sequence[bool]
    most: int


def with_final_names(
    sketch: Sketch, names: Names, inputs: Inputs
) -> tuple[Lifted, tuple[NetworkInput, ...]]:
    """Return the network of a sketch, layers and tensors under their final names; its inputs."""
    layers = _layer_names(sketch, names)
    used = {str(step.arguments[0]) for step in sketch.steps if step.operation == "parameter"}
    tensors = {key: names.tensor(sketch.tensors[key].name) for key in sketch.tensors if key in used}
    ready = entered(
        [_handed(step, tensors) for step in renamed(sketch.steps, layers)],
        {name: sketch.tensors[key].tensor.contiguous() for key, name in tensors.items()},
        inputs.names,
        inputs.rows,
        most=inputs.most,
    )
    network = assemble(
        modules={name: sketch.layers[key].module for key, name in layers.items()},
        tensors=ready.tensors,
        steps=ready.steps,
        originals=names.originals,
    )
    return network, ready.entries


def _layer_names(sketch: Sketch, names: Names) -> dict[str, str]:
    """Return key -> name; a layer without weights is called after the last layer before it."""
    found: dict[str, str] = {}
    order: dict[str, int] = {}
    before: dict[str, str] = {}
    for step in sketch.steps:
        sources = [before[ref.name] for ref in references(step)]
        last = max(sources, key=lambda name: order.get(name, -1), default="")
        before[step.name] = last
        if step.operation == "module":
            layer = sketch.layers[step.name]
            name = names.layer(layer.node, layer.module, layer.weights, last or "input")
            order[name] = len(found)
            found[step.name] = before[step.name] = name
    return found


def _handed(step: Step, tensors: Mapping[str, str]) -> Step:
    """Return the step, one that hands out a tensor under that tensor's final name."""
    if step.operation != "parameter":
        return step
    return dataclasses.replace(step, arguments=(tensors[str(step.arguments[0])],))


_SCOPES = "pkg.torch.onnx.name_scopes"
_QUOTED = re.compile(r"'([^']*)'")
_REPEATED = 2


def scope_of(node: NodeProto) -> str:
    """Return the dotted path of the module, "" where nothing says it.

    PyTorch's newer exporter keeps a list of paths in the node's metadata, from the outermost
    module to the operation itself; the older one, and others, put the path in front of the
    node's name ("/encoder/fc/MatMul").
    """
    for entry in node.metadata_props:
        if entry.key == _SCOPES:
            paths = _QUOTED.findall(entry.value)
            return paths[-2] if len(paths) >= _REPEATED else ""
    return _joined(part for part in node.name.split("/")[:-1] if part)


def _joined(parts: Iterable[str]) -> str:
    """Return a dotted path; "block/block.0" names one module, a child with its parent in front."""
    path: list[str] = []
    for part in parts:
        if path and part.startswith(f"{path[-1]}."):
            path.pop()
        path.append(part)
    return ".".join(path)
