"""Which module of the source a node comes from, as exporters write it down."""

import re
from collections.abc import Iterable

from onnx import NodeProto

_SCOPES = "pkg.torch.onnx.name_scopes"
_QUOTED = re.compile(r"'([^']*)'")
_REPEATED = 2


def scope_of(node: NodeProto) -> str:
    """Return the dotted path of the module, "" where nothing says it.

    PyTorch's newer exporter keeps a list of paths in the node's metadata, from the outermost
    module to the operation itself; the older one, and others, put the path in front of the
    node's name ("/encoder/fc/MatMul").
    """
    for entry in node.metadata_props:
        if entry.key == _SCOPES:
            paths = _QUOTED.findall(entry.value)
            return paths[-2] if len(paths) >= _REPEATED else ""
    return _joined(part for part in node.name.split("/")[:-1] if part)


def _joined(parts: Iterable[str]) -> str:
    """Return a dotted path; "block/block.0" names one module, a child with its parent in front."""
    path: list[str] = []
    for part in parts:
        if path and part.startswith(f"{path[-1]}."):
            path.pop()
        path.append(part)
    return ".".join(path)
