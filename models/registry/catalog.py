"""The architectures that bare weights can be put into, in the order of the menu."""

from explain.core import in_words
from explain.core.errors import ImportRefused
from models.registry.architectures import vgg
from models.registry.architectures.lenet import LENET
from models.registry.architectures.lstm import LSTM
from models.registry.architectures.mlp import MLP
from models.registry.architectures.resnet import RESNET18, RESNET34, RESNET50
from models.registry.architectures.transformer import TRANSFORMER
from models.registry.record import Architecture

ARCHITECTURES: tuple[Architecture, ...] = (
    MLP,
    LENET,
    RESNET18,
    RESNET34,
    RESNET50,
    vgg.VGG11,
    vgg.VGG11_BN,
    vgg.VGG13,
    vgg.VGG13_BN,
    vgg.VGG16,
    vgg.VGG16_BN,
    vgg.VGG19,
    vgg.VGG19_BN,
    TRANSFORMER,
    LSTM,
)
KEYS: tuple[str, ...] = tuple(entry.key for entry in ARCHITECTURES)


def architecture(name: str) -> Architecture:
    """Return the architecture of that name; letters may be large, "_" may stand for "-".

    Raises:
        ImportRefused: there is none; the hint lists all.
    """
    key = name.lower().replace("_", "-")
    for entry in ARCHITECTURES:
        if entry.key == key:
            return in_words(entry, "architecture", entry.key)
    raise ImportRefused("models.registry.no_such_architecture", name=name[:80], keys=list(KEYS))
