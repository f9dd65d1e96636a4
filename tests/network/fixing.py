"""Networks of a fixed number of rows, as exporters write them where nobody says that it varies."""

import dataclasses

import torch
from torch.export import export

from explain.network import assemble
from explain.network.skeleton import skeleton
from explain.network.tracing import _quiet, _Root, _without_fused_attention
from explain.network.translation import translate
from explain.network.weights import Weights


def fixed(module, inputs):
    """Return the network of `module` for exactly as many rows as `inputs` have."""
    source = skeleton(module)
    with _quiet(), _without_fused_attention(), torch.no_grad():
        program = export(_Root(source.module).eval(), inputs, strict=False).run_decompositions({})
    found = translate(program, source.module, Weights(program, source.module, share=False))
    shapes = iter([tuple(x.shape[1:]) for x in inputs])
    steps = [
        dataclasses.replace(step, shape=next(shapes)) if step.operation == "input" else step
        for step in found.steps
    ]
    return assemble(
        modules=found.modules, tensors=found.tensors, steps=steps, originals=source.originals
    )
