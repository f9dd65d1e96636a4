"""A translated network before its layers have names: what composites are looked for in."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from explain.core.network import Ref, Step
from explain.network.steps import references
from models.loading.files.onnx.graph import OnnxNode
from models.loading.files.onnx.values import Constant

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A module, the node it stands for, and the file's names of its weights."""

    module: nn.Module
    node: OnnxNode
    weights: tuple[str, ...] = ()


class Sketch:
    """Steps in order, their layers and tensors, and questions about them.

    `shapes`: step -> the shape of its value in both trials, where it is a tensor. `nodes`: step ->
    the node of the file that it comes from.
    """

    def __init__(
        self,
        *,
        layers: Mapping[str, Layer],
        tensors: Mapping[str, Constant],
        nodes: Mapping[str, OnnxNode],
        shapes: Mapping[str, tuple[Shape, Shape]],
        steps: Iterable[Step] = (),
    ) -> None:
        self.layers = dict(layers)
        self.tensors = dict(tensors)
        self.nodes = dict(nodes)
        self.shapes = dict(shapes)
        self._steps: dict[str, Step] = {}
        self._uses: Counter[str] = Counter()
        for step in steps:
            self.add(step)
        self.count_uses(self.steps)

    @property
    def steps(self) -> list[Step]:
        """Return the steps in order."""
        return list(self._steps.values())

    def add(self, step: Step) -> None:
        """Append a step."""
        self._steps[step.name] = step

    def append(
        self, step: Step, operation: str, arguments: tuple[object, ...], shape: Shape
    ) -> Ref:
        """Append a step of our own in front of `step`, and return its value."""
        name = f"{operation}:own{len(self._steps)}"
        self.add(Step(name=name, operation=operation, module=None, arguments=arguments))
        self.nodes[name] = self.nodes[step.name]
        self.shapes[name] = (shape, shape)
        return Ref(name)

    def count_uses(self, steps: Sequence[Step]) -> None:
        """Remember how many steps take each value."""
        self._uses = Counter(
            name for step in steps for name in {ref.name for ref in references(step)}
        )

    def with_steps(self, steps: Iterable[Step]) -> "Sketch":
        """Return the same layers and tensors with other steps."""
        return Sketch(
            layers=self.layers,
            tensors=self.tensors,
            nodes=self.nodes,
            shapes=self.shapes,
            steps=steps,
        )

    def empty(self) -> "Sketch":
        """Return the same layers and tensors without steps; uses stay counted."""
        fresh = self.with_steps(())
        fresh.count_uses(self.steps)
        return fresh

    def is_used_once(self, argument: object) -> bool:
        """Return whether one step alone takes a value."""
        return isinstance(argument, Ref) and self._uses[argument.name] == 1

    def rename_uses(self, old: str, new: str) -> None:
        """Say that a value has another name now."""
        self._uses[new] = self._uses[old]

    def step(self, argument: object, *operations: str) -> Step | None:
        """Return the step that an argument refers to, if it is one of these operations."""
        if not isinstance(argument, Ref):
            return None
        found = self._steps.get(argument.name)
        return found if found is not None and found.operation in operations else None

    def layer(self, argument: object, *kinds: type[nn.Module]) -> Step | None:
        """Return the step that runs a layer of one of these kinds, if an argument refers to it."""
        found = self.step(argument, "module")
        if found is None or type(self.layers[found.name].module) not in kinds:
            return None
        return found

    def tensor(self, argument: object) -> Constant | None:
        """Return the tensor that an argument refers to, if it is a known one."""
        found = self.step(argument, "parameter")
        return None if found is None else self.tensors[str(found.arguments[0])]

    def number(self, argument: object) -> float | None:
        """Return the number that an argument is, written down or as a known tensor."""
        if isinstance(argument, (int, float)):
            return float(argument)
        found = self.tensor(argument)
        return float(found.tensor) if found is not None and found.tensor.numel() == 1 else None

    def shape(self, argument: object) -> Shape:
        """Return the shape of a value in the first trial; () where it has none."""
        known = self.tensor(argument)
        if known is not None:
            return tuple(known.tensor.shape)
        found = self.shapes.get(argument.name) if isinstance(argument, Ref) else None
        return () if found is None else found[0]

    def same_shape(self, one: object, two: object) -> bool:
        """Return whether two values have the same shape in both trials."""
        if not (isinstance(one, Ref) and isinstance(two, Ref)):
            return False
        first, second = self.shapes.get(one.name), self.shapes.get(two.name)
        return first is not None and first == second


def is_constant(tensor: Tensor, value: float) -> bool:
    """Return whether every number of a tensor is this one."""
    return bool((tensor == value).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """A layer that stands for a step and those before it: what it is called with, its weights."""

    module: nn.Module
    inputs: tuple[object, ...]
    weights: tuple[str, ...] = ()


Pattern = Callable[[Sketch, Step], Composite | None]
"""Looks backward from the last step of what it knows."""


_DEEPEST = 4
_CLOSE = 1e-4


def factors(sketch: Sketch, argument: object, depth: int = 0) -> tuple[float, list[Ref]]:
    """Return the product of all numbers in a tree of products, and the values in it."""
    number = sketch.number(argument)
    if number is not None:
        return number, []
    if not isinstance(argument, Ref):
        return 1.0, []
    step = sketch.step(argument, "mul", "div")
    if step is None or depth > _DEEPEST:
        return 1.0, [argument]
    left, right = step.arguments[:2]
    if step.operation == "div":
        below = sketch.number(right)
        if not below:
            return 1.0, [argument]
        number, values = factors(sketch, left, depth + 1)
        return number / below, values
    parts = [factors(sketch, side, depth + 1) for side in (left, right)]
    return math.prod(number for number, _ in parts), [v for _, values in parts for v in values]


def is_near(number: float | None, wanted: float) -> bool:
    """Return whether a number is a well-known constant as exporters round it."""
    return number is not None and abs(number - wanted) <= _CLOSE * abs(wanted)
