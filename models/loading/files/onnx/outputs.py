"""Which of a file's outputs is the answer of the network."""

from collections.abc import Sequence

import torch
from onnx import GraphProto, NodeProto

from explain.core.errors import ImportRefused
from explain.core.messages import Message
from models.loading.files.onnx.graph import Port

_PREFERRED = ("logits", "probabilities", "output_probability", "scores", "output")
_MAPPED = "ZipMap"


def answer_name(graph: GraphProto, outputs: Sequence[Port]) -> tuple[str, Message | None]:
    """Return the name of the value that is the network's answer, and a warning or None.

    Of several outputs it is the only one that holds floating-point numbers (class labels are whole
    numbers or text), or the one with a usual name. scikit-learn's list of dictionaries is taken
    apart again.

    Raises:
        ImportRefused: no output holds numbers, or several could be meant.
    """
    names = [port.name for port in outputs if port.dtype == torch.float32]
    names += [mapped for port in outputs if (mapped := _unmapped(graph.node, port)) is not None]
    if len(names) > 1:
        names = [name for name in _PREFERRED if name in names][:1] or names
    if len(names) != 1:
        found = [repr(port.name[:40]) for port in outputs[:8]]
        raise ImportRefused("loading.onnx.several_outputs", count=len(outputs), names=found)
    warning = None
    if len(outputs) > 1:
        count, name = len(outputs), names[0][:80]
        warning = Message("loading.onnx.output_chosen", count=count, name=name)
    return names[0], warning


def _unmapped(nodes: Sequence[NodeProto], port: Port) -> str | None:
    """Return the probabilities from which scikit-learn's converter made dictionaries."""
    for node in nodes:
        if node.op_type == _MAPPED and port.name in node.output and node.input:
            return str(node.input[0])
    return None
