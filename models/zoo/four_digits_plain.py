"""`four-digits-plain`: the twin of `four-digits-taxed` whose wires cost nothing."""

from explain.core.subject import ModelCard
from models.architectures import TwoLayerMlp
from models.baseline import places_read
from models.data import side_by_side
from models.demo import Demo
from models.fitting import Fitting, stretches

DEMO = Demo(
    key="four-digits-plain",
    line="Reads the same four digits as its taxed twin, trained without the tax.",
    kind="image",
    build=lambda: TwoLayerMlp(inputs=256, hidden=(128, 64), classes=40),
    read=side_by_side.read_side_by_side,
    recipe=Fitting(epochs=40, batch=64, rate=2e-3, decay=0.0),
    folds=stretches,
    findings=places_read,
    card=ModelCard(
        title="Four digits, plain twin",
        purpose="Shows that a network may do four things apart without having four modules.",
        not_for="Teaching data, not for reading real documents.",
        source=side_by_side.SOURCE,
        authors=side_by_side.AUTHORS,
        licence=side_by_side.LICENCE,
        limits=side_by_side.LIMITS,
    ),
)
