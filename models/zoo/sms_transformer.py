"""`sms-transformer`: attention over the words of a message, also of one that is typed in."""

from torch import nn

from explain.core.subject import ModelCard
from models.architectures import TextTransformer
from models.baseline import WORDS
from models.data import sms
from models.demo import Demo
from models.fitting import Fitting

WIDTH = 32
HEADS = 4
BLOCKS = 2


def build_sms_transformer() -> nn.Module:
    """Return the untrained network: 40 tokens, 32 values each, 2 blocks of 4 heads, 2 classes."""
    return TextTransformer(len(sms.read_vocabulary()), sms.LENGTH, WIDTH, HEADS, BLOCKS, 2)


DEMO = Demo(
    key="sms-transformer",
    line="Tells spam from wanted messages word by word; type in a message of your own.",
    kind="text",
    build=build_sms_transformer,
    read=sms.read_sms,
    recipe=Fitting(epochs=8, rate=2e-3),
    baseline=WORDS,
    card=ModelCard(
        title="Unwanted text messages",
        purpose="Shows which words decide, and which of them still do after pruning.",
        not_for="Teaching data, not for filtering real messages.",
        source=sms.SOURCE,
        authors=sms.AUTHORS,
        licence=sms.LICENCE,
        limits=sms.LIMITS,
    ),
)
