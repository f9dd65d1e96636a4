"""`heart-mlp`: does the pruned network still serve every hospital?"""

from explain.core.subject import ModelCard
from models.architectures import TwoLayerMlp
from models.data import heart
from models.demo import Demo
from models.fitting import Fitting

DEMO = Demo(
    key="heart-mlp",
    line="Tells from 13 findings whether a coronary vessel is narrowed; 920 patients, 4 hospitals.",
    kind="table",
    build=lambda: TwoLayerMlp(inputs=35, hidden=(32, 16), classes=2),
    read=heart.read_heart,
    recipe=Fitting(epochs=20),
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
