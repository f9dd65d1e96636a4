"""What a layer of the lifted network is called."""

from collections import Counter
from collections.abc import Iterable, Mapping

from torch import nn

from explain.network.graph import layer_of
from explain.network.lifting.building import BUILDERS, Built
from explain.network.lifting.traced import Fits, Node
from explain.network.operations import (
    Einsum,
    MatMul,
    ScaledDotProductAttention,
    WeightedMatMul,
)

_IN_SCOPE: Mapping[type[nn.Module], str] = {
    ScaledDotProductAttention: "attention",
    MatMul: "matmul",
    WeightedMatMul: "matmul",
    Einsum: "einsum",
}

_LONGEST = 120
"""A name of so many characters is not made longer."""


class LayerNames:
    """Gives each layer the name of the source's module, or one that says where it stands.

    A layer with weights is called after the module that owns them ("conv1", "self_attn.out_proj");
    the second call of one module gets `_2`. A layer without weights is called after the module
    that the source used for it, if it used it once; else after the layer before it
    ("conv1_relu"; in long chains, where that grows too long, after the module they stand in),
    attention and matrix products after the module they stand in.

    `source`: the modules of the source by dotted name; `reserved`: names that belong to tensors.
    """

    def __init__(
        self, nodes: Iterable[Node], source: Mapping[str, Fits], reserved: Iterable[str]
    ) -> None:
        self._source = source
        self._reserved = {*source, *reserved}
        self._taken: set[str] = set()
        self._uses = Counter(node.path for node in nodes if node.target in BUILDERS)
        self._numbers: Counter[str] = Counter()

    def name(self, node: Node, built: Built, *, weight: tuple[str, ...], before: str) -> str:
        """Return the name of a new layer.

        `weight`: all dotted names of the tensor that decides; `before`: the last layer upstream.
        """
        path = node.path
        if weight:
            name = self._owner(path, weight, built.module)
        elif self._uses[path] == 1 and self._matches(path, built.module):
            name = path
        else:
            name = self._derived(path, built.module, before)
        self._taken.add(fresh := self._unused(name))
        return fresh

    def _unused(self, name: str) -> str:
        """Return the name, numbered where it is taken or belongs to something else."""
        if name in self._source and name not in self._taken:
            return name
        candidate = name
        while candidate in self._taken or candidate in self._reserved:
            self._numbers[name] += 1
            candidate = f"{name}_{self._numbers[name] + 1}"
        return candidate

    def _owner(self, path: str, names: tuple[str, ...], module: nn.Module) -> str:
        """Return the module that owns a weight; of several the one that is running."""
        if self._matches(path, module) and any(name.startswith(f"{path}.") for name in names):
            return path
        owners = [layer_of(name) for name in names]
        fallback = f"{names[0]}_layer".replace("_weight_layer", "")
        return next((owner for owner in owners if self._matches(owner, module)), fallback)

    def _matches(self, path: str, module: nn.Module) -> bool:
        return path in self._source and path != "" and self._source[path](module)

    def _derived(self, path: str, module: nn.Module, before: str) -> str:
        if type(module) in _IN_SCOPE:
            return ".".join(filter(None, (path, _IN_SCOPE[type(module)])))
        base = before if len(before) <= _LONGEST else path or "layer"
        return f"{base}_{type(module).__name__.lower()}"
