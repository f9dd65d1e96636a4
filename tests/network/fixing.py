"""Networks of a fixed number of rows, as exporters write them where nobody says that it varies."""

import torch
from torch import nn
from torch.export import export

from explain.network import assemble
from explain.network.lifting.exported import fits_of, graph_of, traced_weights
from explain.network.lifting.tracing import _quiet, _Root, _without_fused_attention, skeleton
from explain.network.lifting.translation import translate
from explain.network.shapes import with_input_shapes


class OneByOne(nn.Module):
    """Forgets the batch on its way, so that nobody can tell where a second row would go."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 5)
        self.last = nn.Linear(5, 3)

    def forward(self, x):
        return self.last(torch.relu(self.first(x.squeeze(0)))).unsqueeze(0)


def fixed(module, inputs):
    """Return the network of `module` for exactly as many rows as `inputs` have."""
    source = skeleton(module)
    with _quiet(), _without_fused_attention(), torch.no_grad():
        root = _Root(source.module, "output").eval()
        program = export(root, inputs, strict=False).run_decompositions({})
    weights = traced_weights(program, source.module, share=False)
    found = translate(graph_of(program), weights, fits_of(source.module))
    steps = with_input_shapes(found.steps, [tuple(x.shape[1:]) for x in inputs])
    return assemble(
        modules=found.modules, tensors=found.tensors, steps=steps, originals=source.originals
    )
