"""What a person should know about the network that came out of a file."""

from collections import defaultdict
from collections.abc import Iterator

from onnx import ModelProto, TensorProto

from explain.network.kinds import PRUNABLE
from explain.network.lifted import Lifted

__all__ = ["remarks"]

_OTHERS = {
    TensorProto.DOUBLE: "float64",
    TensorProto.FLOAT16: "float16",
    TensorProto.BFLOAT16: "bfloat16",
}
_SHOWN = 5


def remarks(model: ModelProto, network: Lifted) -> tuple[str, ...]:
    """Return sentences about converted weights and about layers that share one."""
    return tuple(_converted(model)) + tuple(_tied(network))


def _converted(model: ModelProto) -> Iterator[str]:
    kinds = {tensor.data_type for tensor in model.graph.initializer}
    for kind, name in _OTHERS.items():
        if kind in kinds:
            yield f"Weights in {name} were converted to float32; outputs may differ a little."


def _tied(network: Lifted) -> Iterator[str]:
    owners: defaultdict[int, list[str]] = defaultdict(list)
    displays = {info.name: info.display for info in network.layers}
    for name, module in network.named_modules():
        if isinstance(module, PRUNABLE):
            for part, parameter in module.named_parameters(recurse=False):
                if part.startswith("weight"):
                    owners[id(parameter)].append(displays.get(name, name))
    groups = [names for names in owners.values() if len(set(names)) > 1]
    if groups:
        listed = "; ".join(", ".join(names[:_SHOWN]) for names in groups[:_SHOWN])
        more = f" and {len(groups) - _SHOWN} more groups" if len(groups) > _SHOWN else ""
        yield (
            f"Layers that share one weight: {listed}{more}. Either the network uses it several "
            "times, or the exporter kept equal tensors once; pruning one prunes all."
        )
