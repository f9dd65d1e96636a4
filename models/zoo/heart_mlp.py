"""`heart-mlp`: does the pruned network still serve every hospital?"""

from torch import nn

from explain.core.subject import ModelCard
from models.architectures import TwoLayerMlp
from models.data import heart
from models.demo import Demo
from models.fitting import Recipe


def build_heart_mlp() -> nn.Module:
    """Return the untrained network: 35 inputs, 32 and 16 hidden units, 2 classes."""
    return TwoLayerMlp(35, (32, 16), 2)


DEMO = Demo(
    key="heart-mlp",
    title="Heart disease in four hospitals",
    line="Tells from 13 findings whether a coronary vessel is narrowed; 920 patients, 4 hospitals.",
    kind="table",
    build=build_heart_mlp,
    read=heart.read_heart,
    recipe=Recipe(epochs=20),
    card=ModelCard(
        title="Heart disease in four hospitals",
        purpose="Shows what pruning does to the decisions about patients of each hospital and sex.",
        not_for="Teaching data, not for diagnosis.",
        source=heart.SOURCE,
        authors=heart.AUTHORS,
        licence=heart.LICENCE,
        limits=heart.LIMITS,
    ),
)
