"""The architectures that bare weights can be put into, in the order of the menu."""

from explain.core import in_words
from explain.core.errors import ImportRefused
from models.registry.architectures.bert import BERTS
from models.registry.architectures.convnext import CONVNEXT
from models.registry.architectures.densenet import DENSENET
from models.registry.architectures.efficientnet import EFFICIENTNET
from models.registry.architectures.lenet import LENET
from models.registry.architectures.lstm import LSTM
from models.registry.architectures.mlp import MLP
from models.registry.architectures.mobilenet import MOBILENETS
from models.registry.architectures.regnet import REGNET
from models.registry.architectures.resnet import RESNETS
from models.registry.architectures.transformer import TRANSFORMER
from models.registry.architectures.vgg import VGGS
from models.registry.architectures.vit import VIT
from models.registry.record import Architecture

ARCHITECTURES: tuple[Architecture, ...] = (
    MLP,
    LENET,
    *RESNETS,
    *VGGS,
    *MOBILENETS,
    EFFICIENTNET,
    DENSENET,
    REGNET,
    CONVNEXT,
    VIT,
    TRANSFORMER,
    *BERTS,
    LSTM,
)
KEYS: tuple[str, ...] = tuple(entry.key for entry in ARCHITECTURES)


def architecture(name: str) -> Architecture:
    """Return the architecture of that name, or of which a trained size has that name.

    Letters may be large, "_" may stand for "-".

    Raises:
        ImportRefused: there is none; the hint lists all.
    """
    key = name.lower().replace("_", "-")
    for entry in ARCHITECTURES:
        if key in (entry.key, *entry.published):
            return in_words(entry, "architecture", entry.key)
    raise ImportRefused("models.registry.no_such_architecture", name=name[:80], keys=list(KEYS))
