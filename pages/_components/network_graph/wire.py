"""NetworkView -> the bytes that the browser decodes: magic, JSON header, typed arrays.

All numbers little endian: "SPG1", u32 header length, UTF-8 JSON padded with spaces to a multiple
of four, then the arrays in the header's order, 4 bytes per entry. NEVER (0xFFFFFFFF) in `dies_at`
means that no amount removes the edge.
"""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain import InvalidSubject, NetworkView, NonFinite
from explain.core import ViewLayer

MAGIC = b"SPG1"
_ARRAYS = (
    ("source", "u4"),
    ("target", "u4"),
    ("dies_at", "u4"),
    ("weight", "f4"),
    ("strength", "f4"),
    ("count", "u4"),
    ("thins_at", "u4"),
    ("unit_dies_at", "u4"),
)
_LARGEST = 0xFFFF_FFFF


def pack(view: NetworkView) -> bytes:
    """Return the payload of one network for the browser.

    36 bytes per edge with bundles, 24 without (`thins_at` is left out when nothing is a bundle),
    4 per unit, plus the header. Raises NonFinite for weights or strengths that are not finite and
    InvalidSubject for arrays that do not fit together.
    """
    arrays = _arrays(view)
    _check(view, arrays)
    header = _padded(json.dumps(_header(view, arrays), separators=(",", ":"), allow_nan=False))
    length = len(header).to_bytes(4, "little")
    return b"".join([MAGIC, length, header, *(a.tobytes() for a in arrays.values())])


def _arrays(view: NetworkView) -> dict[str, NDArray[Any]]:
    return {name: _cast(name, np.asarray(getattr(view, name)), kind) for name, kind in _ARRAYS}


def _cast(name: str, values: NDArray[Any], kind: str) -> NDArray[Any]:
    flat = values.reshape(-1)
    if kind == "u4" and flat.size and (flat.min() < 0 or flat.max() > _LARGEST):
        raise InvalidSubject("prune.drawing.out_of_range", name=name)
    with np.errstate(over="ignore"):
        packed = flat.astype(f"<{kind}")
    if kind == "f4" and not np.isfinite(packed).all():
        raise NonFinite.inside("edges", name)
    return packed


def _check(view: NetworkView, arrays: dict[str, NDArray[Any]]) -> None:
    edges = arrays["dies_at"].size
    nodes = sum(layer.drawn for layer in view.layers)
    for name in ("source", "target", "weight", "strength", "count"):
        if arrays[name].size != edges:
            raise InvalidSubject(
                "prune.drawing.edges", name=name, found=arrays[name].size, edges=edges
            )
    if arrays["thins_at"].size not in {0, 3 * edges}:
        raise InvalidSubject("prune.drawing.bundles")
    if arrays["unit_dies_at"].size != nodes:
        raise InvalidSubject("prune.drawing.units", found=arrays["unit_dies_at"].size, nodes=nodes)
    if edges and max(arrays["source"].max(), arrays["target"].max()) >= nodes:
        raise InvalidSubject("prune.drawing.leads_nowhere")
    if (np.diff(arrays["dies_at"].astype(np.int64)) > 0).any():
        raise InvalidSubject("prune.drawing.not_sorted")


def _header(view: NetworkView, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    return {
        "sig": view.sig,
        "arrays": [[name, kind, int(arrays[name].size)] for name, kind in _ARRAYS],
        "layers": [_layer(layer) for layer in view.layers],
        "groups": [list(map(int, group)) for group in view.groups],
        "fixed_pruned": int(view.fixed_pruned),
        "prunable": int(view.prunable),
        "edges_total": int(view.edges_total),
        "weights_total": int(view.weights_total),
        "zeros": int(view.zeros),
    }


def _layer(layer: ViewLayer) -> dict[str, Any]:
    return {
        "key": layer.key,
        "title": layer.title,
        "kind": layer.kind,
        "column": int(layer.column),
        "first": int(layer.first),
        "drawn": int(layer.drawn),
        "units": int(layer.units),
        "grid": list(layer.grid) if layer.grid else None,
        "names": list(layer.names) if layer.names else None,
        "members": list(layer.members) or None,
    }


def _padded(text: str) -> bytes:
    encoded = text.encode()
    return encoded + b" " * (-len(encoded) % 4)
