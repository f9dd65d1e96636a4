"""Every composite that is looked for, by its operation, step by step."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from explain.core.network import Step
from explain.network.steps import live, routed
from models.loading.files.onnx.composites.activations import gated_activation, gelu
from models.loading.files.onnx.composites.attention import attention
from models.loading.files.onnx.composites.norms import (
    bias,
    group_norm,
    layer_norm,
    scale,
    scaled_by_root,
    shift,
)
from models.loading.files.onnx.sketch import Layer, Pattern, Sketch

PATTERNS: Mapping[str, Sequence[Pattern]] = MappingProxyType(
    {
        "add": (bias, shift),
        "div": (layer_norm, scaled_by_root),
        "module": (attention,),
        "mul": (gated_activation, gelu, layer_norm, scaled_by_root, scale),
        "reshape": (group_norm,),
    }
)


def recognised(sketch: Sketch) -> Sketch:
    """Return a sketch in which layers that exporters wrote out are layers again.

    A pattern starts from the last of its steps; what nothing needs afterwards is dropped. Layers
    that were recognised are part of larger ones: a norm takes up its scale, then its shift.
    """
    found = sketch.empty()
    aliases: dict[str, str] = {}
    for step in sketch.steps:
        current = routed(step, aliases)
        layer = _layer(found, current)
        if layer is not None:
            aliases[step.name] = layer.name
            found.rename_uses(step.name, layer.name)
        found.add(layer or current)
    return found.with_steps(live(found.steps))


def _layer(sketch: Sketch, step: Step) -> Step | None:
    """Return the step of the layer that the first fitting pattern finds."""
    for pattern in PATTERNS.get(step.operation, ()):
        found = pattern(sketch, step)
        if found is not None:
            name = f"module:{len(sketch.layers)}"
            node = sketch.nodes[step.name]
            sketch.layers[name] = Layer(module=found.module, node=node, weights=found.weights)
            sketch.nodes[name] = node
            sketch.shapes[name] = sketch.shapes[step.name]
            return Step(name=name, operation="module", module=name, arguments=found.inputs)
    return None
