"""The network while it grows: steps, layers and tensors, every value tried on two inputs."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from explain.core.errors import ImportRefused
from explain.core.network import Ref, Step
from explain.network.operations import OPERATIONS
from explain.network.rehearsal import Weightless
from explain.network.steps import references
from models.loading.files.onnx.graph import OnnxNode
from models.loading.files.onnx.sketch import Layer, Shape
from models.loading.files.onnx.values import Constant, Running, Size, Sizes, Value
from models.loading.limits import Limits

_SIDES = (0, 1)
_MOVING = frozenset({"slice", "expand", "reshape", "unsqueeze", "squeeze_dims", "permute"})


class Builder:
    """Appends steps. Whatever depends on no input is computed at once and becomes a constant.

    Every step runs on the "meta" device for two trial inputs of different sizes: sizes that come
    out equal are numbers, the others follow the inputs.
    """

    def __init__(self, limits: Limits) -> None:
        self.layers: dict[str, Layer] = {}
        self.tensors: dict[str, Constant] = {}
        self.steps: list[Step] = []
        self.nodes: dict[str, OnnxNode] = {}
        self.shapes: dict[str, tuple[Shape, Shape]] = {}
        self.node: OnnxNode | None = None
        self.rows: list[bool] = []
        """Of each input, whether it has a row for each row of the output."""
        self._limits = limits
        self._folded = 0
        self._counts: dict[str, int] = {}
        self._made: dict[str, Step] = {}
        self._weights: dict[tuple[Any, ...], nn.Parameter] = {}
        self._loose: dict[int, Ref] = {}
        self._kept: list[Tensor] = []
        self._weightless = Weightless()

    def input(self, dtype: torch.dtype, sizes: tuple[Any, ...], seen: Sequence[Any]) -> Running:
        """Append an input; `seen` are its sizes in both trials."""
        shapes = cast("tuple[tuple[int, ...], tuple[int, ...]]", tuple(map(tuple, seen)))
        place = self._counts.get("input", 0)
        ref = self._append(
            "input", (place,), (("dtype", dtype), ("sizes", sizes)), shape=shapes[0][1:]
        )
        empty = tuple(torch.empty(shape, dtype=dtype, device="meta") for shape in shapes)
        found: Running = self._result(ref, cast("tuple[Tensor, Tensor]", empty))
        return found

    def output(self, value: Running, rows: Sequence[tuple[int, int]]) -> None:
        """Append the last step; `rows`: of each input in both trials."""
        own = tuple(seen.shape[0] for seen in value.seen)
        self.rows = [given == own for given in rows]
        self._append("output", (value.ref,))

    def step(self, key: str, *arguments: Any, **keywords: Any) -> Any:
        """Return the result of an operation: a value, a size, or a tuple of values."""
        given = (arguments, tuple(keywords.items()))
        if not _runs(given):
            return self._known(key, arguments, keywords)
        seen = tuple(self._tried(key, arguments, keywords, side) for side in _SIDES)
        frozen = tuple((name, self._frozen(value)) for name, value in keywords.items())
        return self._result(self._append(key, self._frozen(arguments), frozen), seen)

    def size(self, value: Running, axis: int) -> int | Size:
        """Return the size of a dimension: a number, or a step that asks for it."""
        fixed = value.fixed(axis)
        if fixed is not None:
            return fixed
        found: Size = self.step("size", value, axis % value.rank)
        return found

    def tensor(self, value: Value) -> Constant | Running:
        """Return sizes as a tensor of whole numbers; other values as they are."""
        if not isinstance(value, Sizes):
            return value
        parts = [
            self.step("scalar_tensor", entry, dtype=torch.int64)
            if isinstance(entry, Size)
            else Constant(torch.tensor(entry))
            for entry in value.entries
        ]
        found = parts[0] if value.scalar else self.step("stack", tuple(parts), 0)
        return cast("Running", found)

    def running(self, value: Constant | Running) -> Running:
        """Return a value that runs; a constant is handed out by a step."""
        return value if isinstance(value, Running) else self.handed_out(value)

    def is_zeros(self, value: Constant | Running) -> bool:
        """Return whether a value is nothing but zeros, as exporters write down first states."""
        if isinstance(value, Constant):
            return not value.tensor.any()
        step = self._made.get(value.ref.name)
        while step is not None and step.operation in _MOVING:
            step = self._made.get(references(step.arguments)[0].name)
        if step is None:
            return False
        filled = step.operation == "full" and step.arguments[1] == 0
        return filled or step.operation == "zeros"

    def handed_out(self, constant: Constant) -> Running:
        """Return a constant as the value of a step."""
        empty = constant.tensor.to("meta")
        return Running(self._parameter(constant), (empty, empty))

    def layer(
        self,
        node: OnnxNode,
        module: nn.Module,
        inputs: Sequence[Any],
        tensors: Mapping[str, Constant] | None = None,
        buffers: Mapping[str, Constant] | None = None,
    ) -> Any:
        """Append a layer made on the meta device; `tensors` become its weights.

        Returns:
            The value it computes, or nested tuples of values.
        """
        weights, held = dict(tensors or {}), dict(buffers or {})
        module.eval()
        seen = tuple(
            self._weightless.layer(module, [self._trial(value, side) for value in inputs])
            for side in _SIDES
        )
        for name, constant in weights.items():
            setattr(module, name, self.weight(constant.tensor))
        for name, constant in held.items():
            setattr(module, name, constant.tensor.clone())
        arguments = self._frozen(tuple(inputs))
        named = tuple(constant.name for constant in (*weights.values(), *held.values()))
        name = f"module:{len(self.layers)}"
        self.layers[name] = Layer(module=module, node=node, weights=named)
        self.steps.append(Step(name=name, operation="module", module=name, arguments=arguments))
        self.nodes[name] = node
        return self._result(Ref(name), seen)

    def weight(self, tensor: Tensor) -> nn.Parameter:
        """Return the parameter for a tensor of the file: the same one for the same numbers."""
        key = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride())
        if tensor.numel() == 0 or key not in self._weights:
            self._kept.append(tensor)
            self._weights[key] = nn.Parameter(tensor.clone(memory_format=torch.contiguous_format))
        return self._weights[key]

    def _known(self, key: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Return the result of an operation on constants, unless it would be too large."""
        self._spend(self._tried(key, arguments, keywords, 0))
        found = OPERATIONS[key](
            *(_plain(value) for value in arguments),
            **{name: _plain(value) for name, value in keywords.items()},
        )
        name = next((c.name for c in _constants(arguments) if c.name), "")
        if isinstance(found, Tensor):
            return Constant(found, name)
        return tuple(Constant(part, name) for part in found)

    def _spend(self, seen: Any) -> None:
        parts = (seen,) if isinstance(seen, Tensor) else seen
        self._folded += sum(part.numel() for part in parts)
        if self._folded > self._limits.elements:
            raise ImportRefused("loading.onnx.constants_too_large", most=self._limits.elements)

    def _tried(self, key: str, arguments: Any, keywords: Mapping[str, Any], side: int) -> Any:
        with torch.device("meta"):
            found = self._weightless.run(
                key,
                [self._trial(value, side) for value in arguments],
                {name: self._trial(value, side) for name, value in keywords.items()},
            )
        if isinstance(found, Tensor) and found.dim() > self._limits.name_depth and self.node:
            most, rank = self._limits.name_depth, found.dim()
            raise self.node.refusal("loading.onnx.steps.too_many_dimensions", rank=rank, most=most)
        return found

    def _trial(self, value: Any, side: int) -> Any:
        if isinstance(value, (Running, Size)):
            return value.seen[side]
        if isinstance(value, Constant):
            return value.tensor.to("meta")
        if isinstance(value, tuple):
            return tuple(self._trial(part, side) for part in value)
        return value

    def _frozen(self, value: Any) -> Any:
        if isinstance(value, (Running, Size)):
            return value.ref
        if isinstance(value, Constant):
            return self._parameter(value)
        if isinstance(value, tuple):
            return tuple(self._frozen(part) for part in value)
        return value

    def _parameter(self, constant: Constant) -> Ref:
        if id(constant.tensor) not in self._loose:
            name = f"tensor:{len(self.tensors)}"
            self.tensors[name] = constant
            self._kept.append(constant.tensor)
            self._loose[id(constant.tensor)] = self._append("parameter", (name,))
        return self._loose[id(constant.tensor)]

    def _append(
        self,
        key: str,
        arguments: tuple[Any, ...],
        keywords: tuple[tuple[str, Any], ...] = (),
        shape: tuple[int, ...] | None = None,
    ) -> Ref:
        number = self._counts.get(key, 0)
        self._counts[key] = number + 1
        step = Step(
            name=f"{key}:{number}",
            operation=key,
            module=None,
            arguments=arguments,
            keywords=keywords,
            shape=shape,
        )
        self.steps.append(step)
        self._made[step.name] = step
        if self.node is not None:
            self.nodes[step.name] = self.node
        return Ref(step.name)

    def _result(self, ref: Ref, seen: tuple[Any, Any]) -> Any:
        one, two = seen
        if isinstance(one, Tensor):
            self.shapes[ref.name] = (tuple(one.shape), tuple(two.shape))
            return Running(ref, (one, two))
        if isinstance(one, int):
            return Size(ref, (one, two))
        return tuple(
            self._result(self._append("item", (ref, place)), pair)
            for place, pair in enumerate(zip(one, two, strict=True))
        )


def _runs(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(map(_runs, value))
    return isinstance(value, (Running, Size))


def _plain(value: Any) -> Any:
    if isinstance(value, Constant):
        return value.tensor
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def _constants(value: Any) -> list[Constant]:
    if isinstance(value, tuple):
        return [constant for part in value for constant in _constants(part)]
    return [value] if isinstance(value, Constant) else []
