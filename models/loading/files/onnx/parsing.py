"""From bytes to the protobuf of a model, and what is refused at once."""

from onnx import ModelProto

from explain.core.errors import ImportRefused
from models.loading.limits import Limits

OLDEST, NEWEST = 9, 23
"""Versions of the standard operators that are known."""

_STANDARD = frozenset({"", "ai.onnx"})


def parse_onnx(data: bytes, limits: Limits) -> ModelProto:
    """Return the parsed message; nothing in it has been looked at but its size and version.

    Raises:
        ImportRefused: no ONNX file, too large, too many nodes or tensors, functions of its own,
            or operators of a version that is not known.
    """
    if len(data) > limits.file_bytes:
        raise ImportRefused("loading.onnx.too_many_bytes", count=len(data), most=limits.file_bytes)
    try:
        model: ModelProto = ModelProto.FromString(data)
    except Exception as error:
        raise _no_model() from error
    if not model.HasField("graph") or not model.graph.output or not model.opset_import:
        raise _no_model()
    if (count := len(model.graph.node)) > limits.nodes:
        raise ImportRefused("loading.onnx.too_many_nodes", count=count, most=limits.nodes)
    if (count := len(model.graph.initializer)) > limits.tensors:
        raise ImportRefused("loading.onnx.too_many_tensors", count=count, most=limits.tensors)
    _refuse_functions(model)
    return model


def opsets(model: ModelProto) -> dict[str, int]:
    """Return the version of the operators by domain, the standard one under "".

    Raises:
        ImportRefused: a version of the standard operators that is not known.
    """
    found = {
        "" if entry.domain in _STANDARD else entry.domain: int(entry.version)
        for entry in model.opset_import
    }
    version = found.setdefault("", NEWEST)
    if not OLDEST <= version <= NEWEST:
        raise ImportRefused(
            "loading.onnx.unread_version", version=version, oldest=OLDEST, newest=NEWEST
        )
    return found


def _refuse_functions(model: ModelProto) -> None:
    if model.functions:
        names = sorted({function.name[:40] for function in model.functions})[:5]
        raise ImportRefused("loading.onnx.functions", names=names)


def _no_model() -> ImportRefused:
    return ImportRefused("loading.onnx.no_model")
