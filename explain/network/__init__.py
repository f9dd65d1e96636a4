"""The lifted network: real layers under their own names and the flat list of steps over them."""

from explain.network.channels import InputMap, Term, producers
from explain.network.drawing import Drawing, Wire, drawing
from explain.network.edges import Edges, edges, signature, silence, unit_deaths
from explain.network.files import save_weights, weights_as_bytes
from explain.network.graph import (
    activation_after,
    batch_norm_after,
    columns,
    output_layers,
    prunable_layers,
)
from explain.network.lifted import Lifted
from explain.network.lifting import assemble, lift

__all__ = [
    "Drawing",
    "Edges",
    "InputMap",
    "Lifted",
    "Term",
    "Wire",
    "activation_after",
    "assemble",
    "batch_norm_after",
    "columns",
    "drawing",
    "edges",
    "lift",
    "output_layers",
    "producers",
    "prunable_layers",
    "save_weights",
    "signature",
    "silence",
    "unit_deaths",
    "weights_as_bytes",
]
