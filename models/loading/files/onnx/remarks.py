"""What a person should know about the network that came out of a file."""

from collections import defaultdict
from collections.abc import Iterator

from onnx import ModelProto, TensorProto

from explain.core.messages import Message
from explain.network.kinds import PRUNABLE
from explain.network.lifted import Lifted

_OTHERS = {
    TensorProto.DOUBLE: "float64",
    TensorProto.FLOAT16: "float16",
    TensorProto.BFLOAT16: "bfloat16",
}
_SHOWN = 5


def remarks(model: ModelProto, network: Lifted) -> tuple[Message, ...]:
    """Return sentences about converted weights and about layers that share one."""
    return tuple(_converted(model)) + tuple(_tied(network))


def _converted(model: ModelProto) -> Iterator[Message]:
    kinds = {tensor.data_type for tensor in model.graph.initializer}
    for kind, name in _OTHERS.items():
        if kind in kinds:
            yield Message("loading.onnx.converted", type=name)


def _tied(network: Lifted) -> Iterator[Message]:
    owners: defaultdict[int, list[str]] = defaultdict(list)
    displays = {info.name: info.display for info in network.layers}
    for name, module in network.named_modules():
        if isinstance(module, PRUNABLE):
            for part, parameter in module.named_parameters(recurse=False):
                if part.startswith("weight"):
                    owners[id(parameter)].append(displays.get(name, name))
    groups = [names for names in owners.values() if len(set(names)) > 1]
    if groups:
        shown = [", ".join(names[:_SHOWN]) for names in groups[:_SHOWN]]
        if len(groups) <= _SHOWN:
            yield Message("loading.onnx.tied", groups=shown)
        else:
            more = len(groups) - _SHOWN
            yield Message("loading.onnx.tied_and_more", groups=shown, more=more)
