"""From bytes to the protobuf of a model, and what is refused at once."""

from onnx import ModelProto

from explain.core.errors import ImportRefused
from models.loading.limits import Limits

__all__ = ["opsets", "parse"]

OLDEST, NEWEST = 9, 23
"""Versions of the standard operators that are known."""

_STANDARD = frozenset({"", "ai.onnx"})


def parse(data: bytes, limits: Limits) -> ModelProto:
    """Return the parsed message; nothing in it has been looked at but its size and version.

    Raises:
        ImportRefused: no ONNX file, too large, too many nodes or tensors, functions of its own,
            or operators of a version that is not known.
    """
    if len(data) > limits.file_bytes:
        raise ImportRefused(
            f"The file has {len(data):,} bytes, more than {limits.file_bytes:,}.",
            hint="Use a smaller network.",
        )
    try:
        model: ModelProto = ModelProto.FromString(data)
    except Exception as error:
        raise _no_model() from error
    if not model.HasField("graph") or not model.graph.output or not model.opset_import:
        raise _no_model()
    _refuse_excess("nodes", len(model.graph.node), limits.nodes)
    _refuse_excess("tensors", len(model.graph.initializer), limits.tensors)
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
            f"The file uses version {version} of the ONNX operators.",
            hint=f"Export it with opset_version=18; {OLDEST} to {NEWEST} are read.",
        )
    return found


def _refuse_excess(what: str, count: int, limit: int) -> None:
    if count > limit:
        raise ImportRefused(
            f"The file has {count:,} {what}, more than {limit:,}.", hint="Use a smaller network."
        )


def _refuse_functions(model: ModelProto) -> None:
    if model.functions:
        names = ", ".join(sorted({function.name[:40] for function in model.functions})[:5])
        raise ImportRefused(
            f"The file defines functions of its own: {names}.",
            hint="Export it again without functions: torch.onnx.export(..., dynamo=True) writes "
            "none unless it is asked to.",
        )


def _no_model() -> ImportRefused:
    return ImportRefused(
        "This is no ONNX model: it has no graph with an output.",
        hint='Export one with torch.onnx.export(model, (example,), "model.onnx").',
    )
