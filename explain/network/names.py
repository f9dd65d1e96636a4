"""Names of layers: made safe, as they end up inside code that torch generates and runs."""

import re
from collections.abc import Container, Iterable, Mapping

from torch import nn

_UNSAFE = re.compile(r"[^A-Za-z0-9_]")
_RESERVED = frozenset(dir(nn.Module()))


def sanitise(names: Iterable[str]) -> dict[str, str]:
    """Return original name -> safe name for the children of one module, in the order given.

    A safe name has only `[A-Za-z0-9_]`, is never empty, never hides an attribute of `nn.Module`
    and is unique: a name that is safe as it stands keeps itself, a collision gets `_2`, `_3` ...
    """
    originals = list(names)
    safe = {name: name for name in originals if _is_safe(name)}
    taken = set(safe)
    for name in originals:
        if name not in safe:
            safe[name] = unique(_UNSAFE.sub("_", name) or "_", taken | _RESERVED)
            taken.add(safe[name])
    return {name: safe[name] for name in originals}


def unique(name: str, taken: Container[str]) -> str:
    """Return `name`, or `name_2`, `name_3` ... : the first that is not taken."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def layer_of(tensor: str) -> str:
    """Return the layer that owns a tensor: "fc1" for "fc1.weight"."""
    return tensor.rpartition(".")[0]


def display_name(name: str, originals: Mapping[str, str]) -> str:
    """Return what people called the layer `name`.

    `originals` maps sanitised dotted names of the source to the original ones. A layer that the
    source did not name ("conv1_relu") keeps its own ending behind the longest known beginning.
    """
    for end in range(len(name), 0, -1):
        if name[:end] in originals:
            return originals[name[:end]] + name[end:]
    return name


def _is_safe(name: str) -> bool:
    return bool(name) and not _UNSAFE.search(name) and name not in _RESERVED
